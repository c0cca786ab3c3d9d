"""Corners go in; a path of Bezier curves that goes round them comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netgraph.drawing.placement import Point

TURN = 8             # radius of a corner in pixels
STEP = 18            # pixels, at most, of a step that has no reason to be seen
SAMPLES = 12         # points of each curve that are looked at
ROUND = 0.4477       # how far from the corner the handles of a quarter circle end, in radii


def rounded(corners: Sequence[Point]) -> list[Point]:
    """A path of straight lines as Bezier curves (1 + 3n points), its corners rounded.

    >>> len(rounded([(0, 0), (40, 0), (40, 40)]))
    10
    """
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(TURN, distance(before, corner) / 2, distance(corner, after) / 2)
        enter, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        handles = _towards(corner, before, radius * ROUND), _towards(corner, after, radius * ROUND)
        points += [*line(points[-1], enter), *handles, leave]
    return points + line(points[-1], corners[-1])


def turns(points: Sequence[Point]) -> list[Point]:
    """The ends of a way and the points at which it turns; steps of less than half a pixel are none.

    >>> turns([(0, 0), (10, 0), (10.2, 0), (40, 0), (40, 9)])
    [(0, 0), (40, 0), (40, 9)]
    >>> turns([(0, 0), (10, 0), (4, 0), (4, 9)])      # there and back again is no way
    [(0, 0), (4, 0), (4, 9)]
    """
    kept: list[Point] = []
    for point in points:
        if kept and distance(kept[-1], point) < 0.5:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def steps_in(corners: Sequence[Point]) -> int:
    """How often a way of straight lines steps aside by a little and goes on as before.

    >>> steps_in([(0, 0), (40, 0), (40, 8), (90, 8)]), steps_in([(0, 0), (40, 0), (40, 80), (90, 80)])
    (1, 0)
    """
    return sum(distance(b, c) <= STEP and (b[0] - a[0]) * (d[0] - c[0]) + (b[1] - a[1]) * (d[1] - c[1]) > 0
               for a, b, c, d in zip(corners, corners[1:], corners[2:], corners[3:], strict=False))


def _in_line(a: Point, b: Point, c: Point) -> bool:
    """Whether the way from a to b leads straight on to c, or back."""
    return any(abs(a[axis] - b[axis]) < 1 and abs(b[axis] - c[axis]) < 1 for axis in (0, 1))


def sampled(points: Sequence[Point]) -> Iterator[Point]:
    """Points along Bezier curves (1 + 3n control points), ends included.

    >>> list(sampled([(0, 0), (1, 0), (2, 0), (3, 0)]))[-1]
    (3.0, 0.0)
    """
    for start in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[start:start + 4]
        for step in range(SAMPLES + 1):
            t = step / SAMPLES
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def line(start: Point, end: Point) -> list[Point]:
    """What a straight line adds to a path that has reached its start."""
    return [start, end, end]


def distance(a: Point, b: Point) -> float:
    """Length of the way from point to point along the axes."""
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, step: float) -> Point:
    length = distance(start, end)
    part = step / length if length else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
