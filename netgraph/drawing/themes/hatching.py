"""A place and the name of a hatch go in; the straight lines of the hatch, cut to the place, come out."""

from __future__ import annotations

from collections.abc import Iterator

from netgraph.drawing.placement import Place, Point

STEP = 4.0      # pixels between the lines of a hatch; a doubled name halves it
DOT = 0.9       # length of a dot's stroke
HATCHES = ("/", "//", "\\", "|", "||", "-", "--", "x", "+", ".")

Stroke = tuple[Point, Point]


def strokes(place: Place, hatch: str) -> list[Stroke]:
    r"""The lines of a hatch: "/", "\", "|" and "-" as they look, doubled for twice as many, "x" and "+" crossed, "." dots.

    >>> strokes(Place(0, 0, 4, 4), "-")
    [((0, 2.0), (4, 2.0))]
    """
    parts = {"x": "/\\", "+": "|-"}.get(hatch, hatch[:1])
    step = STEP / 2 if len(hatch) > 1 else STEP
    return [stroke for part in parts for stroke in _lines(place, part, step)]


def _lines(place: Place, part: str, step: float) -> Iterator[Stroke]:
    if part == "|":
        yield from (((x, place.y), (x, place.bottom)) for x in _steps(place.x, place.right, step))
    elif part == "-":
        yield from (((place.x, y), (place.right, y)) for y in _steps(place.y, place.bottom, step))
    elif part == ".":
        yield from (((x, y), (x + DOT, y)) for y in _steps(place.y, place.bottom, step) for x in _steps(place.x, place.right, step))
    elif part:
        yield from _slanted(place, step, rises=part == "/")


def _slanted(place: Place, step: float, *, rises: bool) -> Iterator[Stroke]:
    """Lines at 45 degrees, each cut where it leaves the place."""
    wide, high = place.width, place.height
    for offset in _steps(0, wide + high, step * 1.5):
        start, end = max(0.0, offset - high), min(wide, offset)       # along x; the line falls by one for each step to the right
        ends = [(at, offset - at) for at in (start, end)]
        first, second = ((place.x + at, place.y + (down if rises else high - down)) for at, down in ends)
        yield first, second


def _steps(start: float, end: float, step: float) -> Iterator[float]:
    count = int((end - start) / step)
    first = start + (end - start - (count - 1) * step) / 2      # the same air at both ends
    yield from (first + number * step for number in range(count))
