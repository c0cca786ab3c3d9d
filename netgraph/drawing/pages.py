"""A picture and a paper go in; a figure for each page comes out, its type never smaller than can be read."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

from netgraph.drawing.card import Text, measure
from netgraph.drawing.composition.splitting import Fits, Part, part_of, split
from netgraph.drawing.figure import Figure
from netgraph.drawing.formats.svg import content, described, line, safe
from netgraph.drawing.layout.rows import ranks, rows_within
from netgraph.drawing.paper import EDGE_MM, LEAST_PT, PT_PER_PX, PX_PER_MM, Size, is_legible, smallest_pt, zoom_on
from netgraph.drawing.sheet import LABEL_SIZE, MARGIN, Sheet, set_sheet
from netgraph.drawing.text import width_of
from netgraph.drawing.themes.paint import Theme
from netgraph.errors import DrawWarning
from netgraph.picture import Picture

NUMBER_SIZE = 10.0
SPARE = 0.97         # of a page that a part may fill, since stubs learn their page numbers only at the end
AROUND = 160         # pixels of a row that margins, frames and stubs take
HEAD = 100           # pixels that heading and legend take
SHORTER = (1.0, 0.85, 0.7)
LEAST_ZOOM = LEAST_PT / (LABEL_SIZE * PT_PER_PX)


class Page(Figure):
    """One page of a drawing: a sheet on paper, with its number at the foot where there are several."""

    def __init__(self, sheet: Sheet, paper: Size, theme: Theme, number: int, of: int) -> None:
        self.paper = paper
        self.theme = theme
        self.number = number
        self.of = of
        self.zoom = zoom_on(paper, sheet.width, sheet.height)
        free = 2 * EDGE_MM * PX_PER_MM
        self.sheet = stretched(sheet, (paper[0] - free) / self.zoom, (paper[1] - free) / self.zoom)

    @property
    def title(self) -> str:
        """The name of what is drawn."""
        return self.sheet.picture.title

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return round(self.paper[0])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return round(self.paper[1])

    def svg(self) -> str:
        """The page as SVG text, as large as the paper."""
        wide, high = self.paper
        edge = EDGE_MM * PX_PER_MM
        name = f"{self.title}, page {self.number} of {self.of}" if self.of > 1 else self.title
        return "\n".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.2f}" height="{high:.2f}" '
            f'viewBox="0 0 {wide:.1f} {high:.1f}" {described(name)}>',
            f'<title>{safe(name)}</title><rect width="{wide:.1f}" height="{high:.1f}" fill="{self.theme.paper}"/>',
            f'<g transform="translate({edge:.2f} {edge:.2f}) scale({self.zoom:.4f})">', *content(self.sheet, self.theme), "</g>",
            line(self._number(), self.theme.quiet) if self.of > 1 else "", "</svg>", ""))

    def _number(self) -> Text:
        said = f"{self.number} / {self.of}"
        edge = EDGE_MM * PX_PER_MM + MARGIN
        return Text(said, self.paper[0] - edge - width_of(said, NUMBER_SIZE), self.paper[1] - edge, NUMBER_SIZE, "Regular", "line")


def paged(picture: Picture, direction: str, paper: Size, theme: Theme) -> tuple[Page, ...]:
    """The pages of a picture, upright or across, whichever takes fewer; one where all of it can be read on one."""
    whole = set_sheet(picture, direction)
    upright, across = paper, paper[::-1]
    for way in sorted((upright, across), key=lambda way: -zoom_on(way, whole.width, whole.height)):
        if is_legible(whole, way):
            return (Page(whole, way, theme, 1, 1),)
    ways = [(way, to) for way, to in ((upright, "TB"), (across, "LR")) if direction in ("auto", to)]
    way, sheets = min(((way, _sheets(picture, way, to)) for way, to in ways), key=lambda result: (_is_small(*result), len(result[1])))
    _warn_of_small_type(sheets, way)
    return tuple(Page(sheet, way, theme, number, len(sheets)) for number, sheet in enumerate(sheets, start=1))


def _sheets(picture: Picture, paper: Size, direction: str) -> list[Sheet]:
    """The sheets of the parts that fit on the paper, their rows as long as it is wide, or columns as long as it is high."""
    room = (paper[1] - HEAD if direction == "TB" else paper[0]) / LEAST_ZOOM - AROUND
    sizes = {box.id: (card.width, card.height) for box in picture.boxes for card in (measure(box),)}
    along = {id: size[::-1] if direction == "TB" else size for id, size in sizes.items()}
    held = (paper[0] * SPARE, paper[1] * SPARE)

    def fits(part: Part) -> bool:
        return is_legible(set_sheet(part.picture, direction, part.rows), held)

    # What a row takes is known when it is laid out: where one is too long, all are made shorter, and at last that one is halved.
    *tries, last = (rows_within(picture, along, room * shorter) for shorter in SHORTER)
    rows = next((rows for rows in tries if all(fits(part_of(picture, [row], {})) for row in rows)), None)
    parts = split(picture, rows or [piece for row in last for piece in _pieces(picture, row, fits)], fits)
    captioned = [part.picture if not number else replace(part.picture, caption=f"continued from page {number}")
                 for number, part in enumerate(parts)]
    return [set_sheet(picture, direction, part.rows) for picture, part in zip(captioned, parts, strict=True)]


def _pieces(picture: Picture, row: Sequence[str], fits: Fits) -> list[Sequence[str]]:
    """The row, or the halves of it where it turns out to be too long once it is laid out."""
    rank = ranks(picture)
    columns = sorted({rank[id] for id in row})
    if len(columns) == 1 or fits(part_of(picture, [row], {})):
        return [row]
    middle = columns[len(columns) // 2]
    halves = [id for id in row if rank[id] < middle], [id for id in row if rank[id] >= middle]
    return [piece for half in halves for piece in _pieces(picture, half, fits)]


def _is_small(paper: Size, sheets: Sequence[Sheet]) -> bool:
    return not all(is_legible(sheet, paper) for sheet in sheets)


def _warn_of_small_type(sheets: Sequence[Sheet], paper: Size) -> None:
    small = {number: size for number, sheet in enumerate(sheets, start=1)
             if (size := smallest_pt(sheet, zoom_on(paper, sheet.width, sheet.height))) < LEAST_PT - 1e-6}
    if small:
        number = min(small, key=lambda number: small[number])
        warnings.warn(f"On page {number} of {len(sheets)} the smallest type has {small[number]:.1f} pt, since more layers stand side by "
                      "side there than a page holds. Take a larger paper, such as page=\"a3\", or fold.", DrawWarning, stacklevel=4)


def stretched(sheet: Sheet, width: float, height: float) -> Sheet:
    """The sheet on a larger one: the heading stays at the top left, the legend goes to the foot, the rest to the middle between."""
    right, down = max(0.0, width - sheet.width), max(0.0, height - sheet.height)
    dx, dy = right / 2, down / 2
    return replace(sheet, width=round(sheet.width + right), height=round(sheet.height + down), layout=sheet.layout.moved(dx, dy),
                   labels=tuple(_moved(text, dx, dy) for text in sheet.labels),
                   frame_titles=tuple(_moved(text, dx, dy) for text in sheet.frame_titles),
                   frame_marks=tuple(_moved(text, dx, dy) for text in sheet.frame_marks),
                   legend=tuple((family, place.moved(0, down), _set(text, down)) for family, place, text in sheet.legend))


def _moved(text: Text | None, dx: float, dy: float) -> Text | None:
    return text and replace(text, x=text.x + dx, y=text.y + dy)


def _set(text: Text, down: float) -> Text:
    return replace(text, y=text.y + down)
