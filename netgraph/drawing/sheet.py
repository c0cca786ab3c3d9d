"""A picture goes in; a sheet comes out: boxes measured and placed, every line of text in its place, heading and legend added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from netgraph.drawing.card import LINE, SMALL_SIZE, Card, Text, measure
from netgraph.drawing.page import arrange
from netgraph.drawing.placement import Frame, Layout, Place, Route
from netgraph.drawing.strip import Measured, Size
from netgraph.drawing.text import clean, fit, width_of
from netgraph.picture import Picture, PictureWire

MARGIN = 24
HEADING = 18.0
CAPTION = 12.0
HEAD_GAP = 24
LEGEND_GAP = 20
SWATCH = 12
LABEL_SIZE = 10.0
WIDEST_LABEL = 160

Swatch = tuple[str, Place, Text]


@dataclass(frozen=True)
class Sheet:
    """All of a page, measured: what is painted, and where. The titles of frames may be None where there is no room."""

    picture: Picture
    width: int
    height: int
    cards: Mapping[str, Card]
    layout: Layout
    labels: tuple[Text | None, ...]
    frame_titles: tuple[Text | None, ...]
    headings: tuple[Text, ...]
    legend: tuple[Swatch, ...]


def set_sheet(picture: Picture, direction: str = "auto") -> Sheet:
    """The sheet of a picture: layout, title block above and legend below."""
    cards = {box.id: measure(box) for box in picture.boxes}
    words = [fit(clean(wire.label), WIDEST_LABEL, LABEL_SIZE) for wire in picture.wires]
    sizes = {id: (card.width, card.height) for id, card in cards.items()}
    body = arrange(Measured(picture, sizes, [_label_size(word) for word in words]), direction)
    top, left, right, bottom = _bounds(body)
    headings = _headings(picture, max(right - left, 320))
    head = headings[-1].y + 4 + HEAD_GAP if headings else MARGIN
    inner = max([right - left, *(text.width for text in headings)])
    legend, legend_height = _legend(picture, inner, head + bottom - top + LEGEND_GAP)
    layout = body.moved(MARGIN + (inner - (right - left)) / 2 - left, head - top)
    return Sheet(picture, ceil(inner + 2 * MARGIN), ceil(head + bottom - top + legend_height + MARGIN), cards, layout,
                 tuple(_label(wire, word, route) for wire, word, route in zip(picture.wires, words, layout.routes, strict=True)),
                 tuple(_frame_title(frame) for frame in layout.frames), tuple(headings), tuple(legend))


def _label_size(word: str) -> Size:
    return (width_of(word, LABEL_SIZE) + 8, LINE - 2) if word else (0, 0)


def _label(wire: PictureWire, word: str, route: Route) -> Text | None:
    if not word or route.label is None:
        return None
    x, y = route.label.centre
    return Text(word, x - width_of(word, LABEL_SIZE) / 2, y + 3.0, LABEL_SIZE, "Regular", "line")


def _frame_title(frame: Frame) -> Text | None:
    word = fit(clean(frame.title), frame.place.width - 16, SMALL_SIZE, "Medium")
    return Text(word, frame.place.x + 10, frame.place.y + 16, SMALL_SIZE, "Medium", "line") if word else None


def _bounds(layout: Layout) -> tuple[float, float, float, float]:
    """Top, left, right and bottom of everything that is drawn."""
    places = [*layout.boxes.values(), *(frame.place for frame in layout.frames)]
    places += [route.label for route in layout.routes if route.label]
    points = [point for route in layout.routes for point in route.points]
    xs = [place.x for place in places] + [place.right for place in places] + [x for x, _ in points]
    ys = [place.y for place in places] + [place.bottom for place in places] + [y for _, y in points]
    return min(ys, default=0), min(xs, default=0), max(xs, default=0), max(ys, default=0)


def _headings(picture: Picture, room: float) -> list[Text]:
    title, caption = fit(clean(picture.title), room, HEADING, "SemiBold"), fit(clean(picture.caption), room, CAPTION)
    y = MARGIN + 0.75 * HEADING
    texts = [Text(title, MARGIN, y, HEADING, "SemiBold", "title"), Text(caption, MARGIN, y + 20, CAPTION, "Regular", "line")]
    return [text for text in texts if text.text]


def _legend(picture: Picture, room: float, y: float) -> tuple[list[Swatch], float]:
    """The swatches, wrapped to the width of the sheet, and the height they take."""
    swatches: list[Swatch] = []
    x = float(MARGIN)
    start = y
    for family, word in picture.legend:
        width = SWATCH + 6 + width_of(word, SMALL_SIZE)
        if x > MARGIN and x + width > MARGIN + room:
            x, y = float(MARGIN), y + 20
        swatches.append((family, Place(x, y, SWATCH, SWATCH), Text(word, x + SWATCH + 6, y + 10, SMALL_SIZE, "Regular", "line")))
        x += width + 18
    return swatches, (y - start + SWATCH + LEGEND_GAP if swatches else 0.0)
