"""Ways of wires from row to row and what stands there go in; the same come out, cut short where they ran on to turn back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from netgraph.drawing.layout.bends import rounded
from netgraph.drawing.placement import Place, Point, Route

CLEAR = 6            # pixels between a way that is cut short and what it passes

Piece = tuple[Point, Point]


def cut_short(routes: Sequence[Route], sources: Sequence[str], boxes: Mapping[str, Place]) -> tuple[Route, ...]:
    """The routes in order, without hairpins where nothing is in the way. Wires of one source may run on each other.

    >>> way = rounded([(0, 0), (20, 0), (20, 90), (40, 90), (40, -50), (80, -50)])
    >>> (route,) = cut_short([Route(tuple(way))], ["x"], {})
    >>> len(route.points) < len(way), max(y for _, y in route.points)
    (True, 0)
    """
    found = list(routes)
    ways = [_corners(route.points) for route in routes]
    labels = [route.label for route in routes if route.label]
    for number, route in enumerate(routes):
        strangers = [piece for other, way in enumerate(ways) if sources[other] != sources[number] for piece in pairwise(way)]
        shorter = _shortened(ways[number], strangers, [*boxes.values(), *labels])
        if shorter != ways[number]:
            ways[number], found[number] = shorter, replace(route, points=tuple(rounded(shorter)))
    return tuple(found)


def _corners(points: Sequence[Point]) -> list[Point]:
    """The corners of a square way of Bezier curves; none of another."""
    pieces = [(a, d) for a, b, c, d in (points[at:at + 4] for at in range(0, len(points) - 1, 3)) if a == b and c == d and a != d]
    corners = [points[0]]
    for (a, b), (c, d) in pairwise(pieces):
        if _is_level(a, b) == _is_level(c, d):
            if abs(a[_is_level(a, b)] - d[_is_level(a, b)]) > 1:
                return []
            continue
        corners.append((c[0], a[1]) if _is_level(a, b) else (a[0], c[1]))
    return [*corners, points[-1]]


def _is_level(a: Point, b: Point) -> bool:
    return abs(a[1] - b[1]) < abs(a[0] - b[0])


def _shortened(way: list[Point], strangers: Sequence[Piece], things: Sequence[Place]) -> list[Point]:
    for at, corner in _hairpins(way):
        new = way[at], corner
        if not any(_between(*new, CLEAR).overlaps(thing) for thing in things) and not any(_run_on(new, piece) for piece in strangers):
            return _shortened([*way[:at], corner, *way[at + 3:]], strangers, things)
    return way


def _hairpins(way: Sequence[Point]) -> Iterator[tuple[int, Point]]:
    """Where a way turns off, runs on aside, and comes back beyond the place: the number of that turn, and where to turn instead."""
    for at in range(1, len(way) - 3):
        before, turn, far, near, after = way[at - 1:at + 4]
        across = not _is_level(turn, far)                 # which way is across the hairpin: 0 for y, 1 for x
        axis, other = (1, 0) if across else (0, 1)
        out, back = far[axis] - turn[axis], after[axis] - near[axis]
        goes_on = (turn[other] - before[other]) * (near[other] - far[other]) > 0
        if out * back < 0 and abs(back) >= abs(out) and goes_on:
            yield at, (near[0], turn[1]) if across else (turn[0], near[1])


def _between(a: Point, b: Point, margin: float) -> Place:
    return Place(min(a[0], b[0]) - margin, min(a[1], b[1]) - margin, abs(a[0] - b[0]) + 2 * margin, abs(a[1] - b[1]) + 2 * margin)


def _run_on(one: Piece, other: Piece) -> bool:
    """Whether two pieces of one direction come nearer than they should."""
    return _is_level(*one) == _is_level(*other) and _between(*one, CLEAR / 2).overlaps(_between(*other, CLEAR / 2))
