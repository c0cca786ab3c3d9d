"""A sheet goes in; SVG text comes out. Every name in it is escaped, and nothing in it is fetched or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import hypot

from netgraph.drawing.card import STACK, Card, Text
from netgraph.drawing.layout.frame_titles import chip_place
from netgraph.drawing.placement import Frame, Place, Point, Route
from netgraph.drawing.sheet import Sheet
from netgraph.drawing.text import clean, foreign
from netgraph.drawing.themes.hatching import strokes
from netgraph.drawing.themes.paint import Paint, Theme
from netgraph.picture import WIRES, Box, PictureWire

FAMILY = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600}
ARROW = 7.0
RADIUS = 6
ROUNDEST = 24
OUTPUT = 5 / 3       # times as thick as other edges is that of an output
RIBBON = 5           # pixels across the band of a card that is hatched
THICKER = 3.6        # pixels by which the wire of the largest weight is thicker
DASHED = ' stroke-dasharray="4 3"'
BROKEN = ' stroke-dasharray="5 4"'
FADED = ' opacity="0.3"'
MERGE = "merge"      # the family whose swatch is the sign of a sum
GHOSTS = ("noise", "removed")       # families whose edge is broken


def paint(sheet: Sheet, theme: Theme) -> str:
    """The SVG of a sheet, with its words for those who cannot see it: a title, a description, and a title for each box."""
    picture, width, height = sheet.picture, sheet.width, sheet.height
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'{described(picture.title)}>',
        f"<title>{safe(picture.title)}</title><desc>{safe(_description(sheet))}</desc>",
        f'<rect width="{width}" height="{height}" fill="{theme.paper}"/>',
        *content(sheet, theme), "</svg>", ""))


def described(title: str) -> str:
    """The attributes of an svg element that is a picture called so, set in the shipped font."""
    return f'role="img" aria-label="{safe(title)}" aria-roledescription="diagram of a neural network" font-family="{FAMILY}"'


def content(sheet: Sheet, theme: Theme) -> Iterator[str]:
    """What stands on a sheet, from the background to the front."""
    picture, layout = sheet.picture, sheet.layout
    faded = picture.faded
    wires = [(wire, FADED if wire.source in faded or wire.target in faded else "") for wire in picture.wires]
    yield from (_frame(frame, theme) for frame in layout.frames)
    yield from (_wire(wire, route, theme, fade) for (wire, fade), route in zip(wires, layout.routes, strict=True))
    yield from (_label(wire, text, theme, fade) for (wire, fade), text in zip(wires, sheet.labels, strict=True) if text)
    yield from (_frame_title(frame, title, theme) for frame, title in zip(layout.frames, sheet.frame_titles, strict=True) if title)
    yield from (part for mark in sheet.frame_marks if mark for part in (_plate(mark, theme), line(mark, theme.paper)))
    yield from (_box(box, sheet.cards[box.id], layout.boxes[box.id], theme) for box in picture.boxes)
    yield from (line(text, theme.ink if text.role == "title" else theme.quiet) for text in sheet.headings)
    yield from (_swatch(family, place, text, theme) for family, place, text in sheet.legend)


def _description(sheet: Sheet) -> str:
    boxes = ", ".join(clean(box.title) for box in sheet.picture.boxes[:40])
    more = f", and {len(sheet.picture.boxes) - 40} more" if len(sheet.picture.boxes) > 40 else ""
    return f"{sheet.picture.caption}. {len(sheet.picture.boxes)} boxes and {len(sheet.picture.wires)} wires: {boxes}{more}."


def safe(text: str) -> str:
    """The text, clean and without markup."""
    return escape(clean(text))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def line(text: Text, colour: str, dx: float = 0, dy: float = 0, more: str = "") -> str:
    """A line of text as an element."""
    # textLength keeps a line in its place where the viewer has no Inter; text that Inter lacks was measured too roughly for that.
    length = "" if foreign(text.text) else f' textLength="{text.width:.1f}" lengthAdjust="spacingAndGlyphs"'
    return (f'<text x="{_number(text.x + dx)}" y="{_number(text.y + dy)}" font-size="{_number(text.size)}" '
            f'font-weight="{WEIGHTS[text.weight]}" fill="{colour}"{length}{more}>{safe(text.text)}</text>')


def _rect(place: Place, radius: float, fill: str, edge: str, more: str = "") -> str:
    return (f'<rect x="{_number(place.x)}" y="{_number(place.y)}" width="{_number(place.width)}" height="{_number(place.height)}" '
            f'rx="{_number(radius)}" fill="{fill}" stroke="{edge}"{more}/>')


def _frame(frame: Frame, theme: Theme) -> str:
    return _rect(frame.place, 8, theme.frames[frame.depth % 2], theme.frame_edge, f' stroke-width="{theme.frame_width}"')


def _frame_title(frame: Frame, title: Text, theme: Theme) -> str:
    # The halo keeps the title readable where a wire runs below it.
    halo = f' stroke="{theme.frames[frame.depth % 2]}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return line(title, theme.quiet, more=halo)


def _plate(mark: Text, theme: Theme) -> str:
    place = chip_place(mark)
    return _rect(place, place.height / 2, theme.quiet, "none")


def _box(box: Box, card: Card, place: Place, theme: Theme) -> str:
    paint = theme.paint_of(box)
    texts = [line(text, _colour(text, paint, theme), place.x, place.y) for text in card.texts]
    return (f"<g{FADED if box.look.faded else ''}><title>{safe(box.tip or box.title)}</title>"
            f"{_face(box, card, place, theme)}{''.join(texts)}</g>")


def _colour(text: Text, paint: Paint, theme: Theme) -> str:
    return theme.title_on(paint.fill) if text.role in ("title", "glyph") else paint.ink


def _face(box: Box, card: Card, place: Place, theme: Theme) -> str:
    paint = theme.paint_of(box)
    front = Place(place.x, place.y, *card.face)
    radius = min(front.height / 2, ROUNDEST) if box.form != "card" else RADIUS
    more = f' stroke-width="{_number(edge_width(box, theme))}"' + (DASHED if is_dashed(box) else "")
    behind = [front.moved(step * STACK, step * STACK) for step in (2, 1)] if card.stacked else []
    hatched = _hatch(_ribbon(front, radius), paint) if box.form != "glyph" else ""
    return "".join(_rect(face, radius, paint.fill, paint.edge, more) for face in (*behind, front)) + hatched


def _ribbon(front: Place, radius: float) -> Place:
    """The band at the left of a face that is hatched: left of all text, and inside of a rounded end."""
    high = front.height - 2 * max(4.0, 0.4 * radius)
    return Place(front.x + max(3.0, 0.25 * radius), front.centre[1] - high / 2, RIBBON, high)


def edge_width(box: Box, theme: Theme) -> float:
    """Pixels of a box's edge: what its look says, or else the theme's, more for an output."""
    width = theme.edge_width * OUTPUT if box.is_output else theme.edge_width
    return width if box.look.width is None else box.look.width


def is_dashed(box: Box) -> bool:
    """Whether the edge of a box is dashed: as its look says, or where the layer is there in training only, or no more."""
    return box.family in GHOSTS if box.look.dashed is None else box.look.dashed


def _hatch(place: Place, paint: Paint) -> str:
    lines = "".join(f"M{_number(a)} {_number(b)}L{_number(c)} {_number(d)}" for (a, b), (c, d) in strokes(place, paint.hatch))
    return f'<path d="{lines}" fill="none" stroke="{paint.edge}" stroke-width="0.6"/>' if lines else ""


def _wire(wire: PictureWire, route: Route, theme: Theme, fade: str) -> str:
    points, head = with_arrow(route.points)
    colour = theme.stroke(wire.kind)
    dashes = {"side": ' stroke-dasharray="1.5 3" stroke-linecap="round"'}.get(wire.kind, BROKEN if wire.kind in ("gain", "removed") else "")
    arrow = " ".join(f"{_number(x)},{_number(y)}" for x, y in head)
    width = _number(theme.wire_width + THICKER * wire.weight)
    return (f'<path d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}{fade}/>'
            f'<polygon points="{arrow}" fill="{colour}"{fade}/>')


def _path(points: Sequence[Point]) -> str:
    pairs = [f"{_number(x)} {_number(y)}" for x, y in points]
    return f"M{pairs[0]}" + "".join(f"C{' '.join(pairs[at:at + 3])}" for at in range(1, len(pairs), 3))


def with_arrow(points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """The path shortened by its arrowhead, and the head's corners."""
    tip = points[-1]
    back = next((p for p in reversed(points[:-1]) if hypot(p[0] - tip[0], p[1] - tip[1]) > 0.5), tip)
    length = hypot(tip[0] - back[0], tip[1] - back[1]) or 1.0
    x, y = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    foot = tip[0] - x * ARROW, tip[1] - y * ARROW
    half = ARROW * 0.42
    notch = foot[0] + x * 1.5, foot[1] + y * 1.5
    head = [tip, (foot[0] - y * half, foot[1] + x * half), notch, (foot[0] + y * half, foot[1] - x * half)]
    shortened = list(points)
    shortened[-1] = foot[0] + x * 2, foot[1] + y * 2
    return shortened, head


def _label(wire: PictureWire, text: Text, theme: Theme, fade: str) -> str:
    return line(text, theme.quiet if wire.kind in ("data", "side") else theme.stroke(wire.kind), more=fade)


def sample_route(place: Place) -> Route:
    """A short wire from left to right, for the legend."""
    (left, right), y = (place.x, place.right), place.centre[1]
    return Route(((left, y), (left + 3, y), (right - 3, y), (right, y)))


def _swatch(family: str, place: Place, text: Text, theme: Theme) -> str:
    if family == WIRES:
        return _wire(PictureWire("", ""), sample_route(place), theme, "") + line(text, theme.quiet)
    paint = theme.paint(family)
    said = line(text, theme.quiet)
    if family == MERGE:
        sign = "".join(f"M{_number(a)} {_number(b)}L{_number(c)} {_number(d)}" for (a, b), (c, d) in plus_in(place))
        return (_rect(place, place.width / 2, paint.fill, paint.edge)
                + f'<path d="{sign}" fill="none" stroke="{theme.title_on(paint.fill)}" stroke-width="1.4"/>' + said)
    hatched = _hatch(Place(place.x + 1.5, place.y + 1.5, place.width - 3, place.height - 3), paint)
    return _rect(place, 3, paint.fill, paint.edge, DASHED if family in GHOSTS else "") + hatched + said


def plus_in(place: Place) -> tuple[tuple[Point, Point], ...]:
    """The strokes of the sign of a sum in the swatch of a legend."""
    (x, y), reach = place.centre, place.width / 4
    return ((x - reach, y), (x + reach, y)), ((x, y - reach), (x, y + reach))
