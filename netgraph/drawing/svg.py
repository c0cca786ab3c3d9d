"""A sheet goes in; SVG text comes out. Every name in it is escaped, and nothing in it is fetched or run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import hypot

from netgraph.drawing.card import STACK, Card, Text
from netgraph.drawing.placement import Frame, Place, Point, Route
from netgraph.drawing.sheet import Sheet
from netgraph.drawing.text import clean, foreign
from netgraph.drawing.theme import Paint, Theme
from netgraph.picture import Box, PictureWire

FAMILY = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600}
ARROW = 7.0
RADIUS = 6
ROUNDEST = 24
THICKER = 3.6        # pixels by which the wire of the largest weight is thicker
DASHED = ' stroke-dasharray="4 3"'
BROKEN = ' stroke-dasharray="5 4"'
ARROW_FAMILY = "arrow"               # in a legend: what the wires are
GHOSTS = ("noise", "removed")       # families whose edge is broken


def paint(sheet: Sheet, theme: Theme) -> str:
    """The SVG of a sheet."""
    picture, width, height = sheet.picture, sheet.width, sheet.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="{FAMILY}">',
        f"<title>{_safe(picture.title)}</title><desc>{_safe(_description(sheet))}</desc>",
        f'<rect width="{width}" height="{height}" fill="{theme.paper}"/>',
        *(_rect(frame.place, 8, theme.frames[frame.depth % 2], theme.frame_edge) for frame in sheet.layout.frames),
        *(_wire(wire, route, theme) for wire, route in zip(picture.wires, sheet.layout.routes, strict=True)),
        *(_label(wire, text, theme) for wire, text in zip(picture.wires, sheet.labels, strict=True) if text),
        *(_frame_title(frame, title, theme) for frame, title in zip(sheet.layout.frames, sheet.frame_titles, strict=True) if title),
        *(_box(box, sheet.cards[box.id], sheet.layout.boxes[box.id], theme) for box in picture.boxes),
        *(_line(text, theme.ink if text.role == "title" else theme.quiet) for text in sheet.headings),
        *(_swatch(family, place, text, theme) for family, place, text in sheet.legend),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _description(sheet: Sheet) -> str:
    boxes = ", ".join(clean(box.title) for box in sheet.picture.boxes[:40])
    more = f", and {len(sheet.picture.boxes) - 40} more" if len(sheet.picture.boxes) > 40 else ""
    return f"{sheet.picture.caption}. {len(sheet.picture.boxes)} boxes and {len(sheet.picture.wires)} wires: {boxes}{more}."


def _safe(text: str) -> str:
    return escape(clean(text))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _line(text: Text, colour: str, dx: float = 0, dy: float = 0, more: str = "") -> str:
    # textLength keeps a line in its place where the viewer has no Inter; text that Inter lacks was measured too roughly for that.
    length = "" if foreign(text.text) else f' textLength="{text.width:.1f}" lengthAdjust="spacingAndGlyphs"'
    return (f'<text x="{_number(text.x + dx)}" y="{_number(text.y + dy)}" font-size="{_number(text.size)}" '
            f'font-weight="{WEIGHTS[text.weight]}" fill="{colour}"{length}{more}>{_safe(text.text)}</text>')


def _rect(place: Place, radius: float, fill: str, edge: str, more: str = "") -> str:
    return (f'<rect x="{_number(place.x)}" y="{_number(place.y)}" width="{_number(place.width)}" height="{_number(place.height)}" '
            f'rx="{_number(radius)}" fill="{fill}" stroke="{edge}"{more}/>')


def _frame_title(frame: Frame, title: Text, theme: Theme) -> str:
    # The halo keeps the title readable where a wire runs below it.
    halo = f' stroke="{theme.frames[frame.depth % 2]}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return _line(title, theme.quiet, more=halo)


def _box(box: Box, card: Card, place: Place, theme: Theme) -> str:
    colours = theme.paint(box.family)
    texts = [_line(text, _colour(text, colours, theme), place.x, place.y) for text in card.texts]
    return f"<g><title>{_safe(box.tip or box.title)}</title>{_face(box, card, place, colours)}{''.join(texts)}</g>"


def _colour(text: Text, colours: Paint, theme: Theme) -> str:
    return theme.ink if text.role in ("title", "glyph") else colours.ink


def _face(box: Box, card: Card, place: Place, colours: Paint) -> str:
    width, height = card.face
    front = Place(place.x, place.y, width, height)
    radius = min(height / 2, ROUNDEST) if box.form != "card" else RADIUS
    more = ' stroke-width="2"' if box.is_output else ' stroke-width="1.2"'
    more += DASHED if box.family in GHOSTS else ""
    behind = [front.moved(step * STACK, step * STACK) for step in (2, 1)] if card.stacked else []
    return "".join(_rect(face, radius, colours.fill, colours.edge, more) for face in (*behind, front))


def _wire(wire: PictureWire, route: Route, theme: Theme) -> str:
    points, head = _with_arrow(route.points)
    colour = theme.stroke(wire.kind)
    dashes = {"side": ' stroke-dasharray="1.5 3" stroke-linecap="round"'}.get(wire.kind, BROKEN if wire.kind in ("gain", "removed") else "")
    arrow = " ".join(f"{_number(x)},{_number(y)}" for x, y in head)
    return (f'<path d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{_number(1.4 + THICKER * wire.weight)}"{dashes}/>'
            f'<polygon points="{arrow}" fill="{colour}"/>')


def _path(points: Sequence[Point]) -> str:
    pairs = [f"{_number(x)} {_number(y)}" for x, y in points]
    return f"M{pairs[0]}" + "".join(f"C{' '.join(pairs[at:at + 3])}" for at in range(1, len(pairs), 3))


def _with_arrow(points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
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


def _label(wire: PictureWire, text: Text, theme: Theme) -> str:
    return _line(text, theme.quiet if wire.kind in ("data", "side") else theme.stroke(wire.kind))


def _swatch(family: str, place: Place, text: Text, theme: Theme) -> str:
    if family == ARROW_FAMILY:
        return _swatch_arrow(place, theme) + _line(text, theme.quiet)
    colours = theme.paint(family)
    return _rect(place, 3, colours.fill, colours.edge, DASHED if family in GHOSTS else "") + _line(text, theme.quiet)


def _swatch_arrow(place: Place, theme: Theme) -> str:
    x, y = place.right, place.centre[1]
    return (f'<path d="M{_number(place.x - 1)} {_number(y)}H{_number(x - 4)}" stroke="{theme.wire}" stroke-width="1.4"/>'
            f'<polygon points="{_number(x)},{_number(y)} {_number(x - 6)},{_number(y - 3)} {_number(x - 6)},{_number(y + 3)}" '
            f'fill="{theme.wire}"/>')
