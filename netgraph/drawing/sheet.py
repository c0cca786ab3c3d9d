"""A picture goes in; a sheet comes out: boxes measured and placed, every line of text in its place, heading and legend added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from netgraph.drawing.card import LINE, SMALL_SIZE, TITLE_SIZE, Card, Text, measure, title_room
from netgraph.drawing.composition.titles import told_apart
from netgraph.drawing.layout.frame_titles import Titles, frame_titles
from netgraph.drawing.layout.page import arrange, arrange_rows
from netgraph.drawing.layout.strip import Measured, Size
from netgraph.drawing.placement import Layout, Place, Route
from netgraph.drawing.text import clean, fit, width_of
from netgraph.picture import Picture

MARGIN = 20
HEADING = 18.0
CAPTION = 12.0
HEAD_GAP = 20
LEGEND_GAP = 20
SWATCH = 12
LABEL_SIZE = 11.0
WIDEST_LABEL = 160
LONGEST = 2.5        # times as long as it is wide, or wide as it is high, is a sheet that can be widened a little
NARROWEST = 480      # pixels that a heading may take even where the picture is narrower

Swatch = tuple[str, Place, Text]


@dataclass(frozen=True)
class Sheet:
    """All of a page, measured: what is painted, and where. The titles and marks of frames may be None."""

    picture: Picture
    width: int
    height: int
    cards: Mapping[str, Card]
    layout: Layout
    labels: tuple[Text | None, ...]
    frame_titles: Titles
    frame_marks: Titles
    headings: tuple[Text, ...]
    legend: tuple[Swatch, ...]


def set_sheet(picture: Picture, direction: str = "auto", rows: Sequence[Sequence[str]] = ()) -> Sheet:
    """The sheet of a picture: layout, in the given rows of boxes if there are any, title block above and legend below."""
    cards = _cards(picture)
    words = [fit(clean(wire.label), WIDEST_LABEL, LABEL_SIZE) for wire in picture.wires]
    sizes = {id: (card.width, card.height) for id, card in cards.items()}
    measured = _measured(picture, sizes, words)
    body = arrange_rows(measured, rows, direction == "TB") if rows else arrange(measured, direction)
    around = body.bounds
    headings = _headings(picture, max(around.width, NARROWEST))
    head = _under(headings)
    inner = max([around.width, *(text.width for text in headings)])
    foot = _legend(picture, inner, 0)[1] + MARGIN
    width, height = _proportioned(inner + 2 * MARGIN, head + around.height + foot)
    top, inner = height - foot - around.height, width - 2 * MARGIN
    legend, _ = _legend(picture, inner, height - foot + LEGEND_GAP)
    # A picture that was lengthened stands in the middle of its room.
    layout = body.moved(MARGIN + (inner - around.width) / 2 - around.x, head + (top - head) / 2 - around.y)
    return Sheet(picture, ceil(width), ceil(height), cards, layout,
                 tuple(_label(word, route) for word, route in zip(words, layout.routes, strict=True)),
                 *frame_titles(layout.frames, layout.routes), tuple(headings), tuple(legend))


def _cards(picture: Picture) -> dict[str, Card]:
    """The card of each box, its title from where it differs from others that would be cut to the same."""
    named = [box for box in picture.boxes if box.form != "glyph"]
    room = min(map(title_room, named), default=0.0)
    begun = told_apart((clean(box.title) for box in named), lambda title: fit(title, room, TITLE_SIZE, "SemiBold"))
    return {box.id: measure(replace(box, title=begun.get(clean(box.title), box.title))) for box in picture.boxes}


def _measured(picture: Picture, sizes: Mapping[str, Size], words: Sequence[str]) -> Measured:
    headings = _headings(picture, NARROWEST)
    margins = 2 * MARGIN, _under(headings) + _legend(picture, NARROWEST, 0)[1] + MARGIN
    return Measured(picture, sizes, [_label_size(word) for word in words], margins, max((text.width for text in headings), default=0))


def _proportioned(width: float, height: float) -> Size:
    """The size of the sheet, wider or higher where it would be too long."""
    return max(width, height / LONGEST), max(height, width / LONGEST)


def _under(headings: Sequence[Text]) -> float:
    return headings[-1].y + 4 + HEAD_GAP if headings else MARGIN


def _label_size(word: str) -> Size:
    return (width_of(word, LABEL_SIZE) + 8, LINE - 2) if word else (0, 0)


def _label(word: str, route: Route) -> Text | None:
    if not word or route.label is None:
        return None
    x, y = route.label.centre
    return Text(word, x - width_of(word, LABEL_SIZE) / 2, y + 3.0, LABEL_SIZE, "Regular", "line")


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
