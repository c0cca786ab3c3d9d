"""The layouts of a page's rows go in; one layout comes out, rows below each other and wires led from row to row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from netgraph.drawing.bends import TURN, distance, line, rounded, sampled
from netgraph.drawing.cutting import Row
from netgraph.drawing.placement import Layout, Point, Route
from netgraph.drawing.rows import ROW_GAP
from netgraph.picture import Picture

LANE = 8             # between wires that run side by side from row to row


def join(picture: Picture, rows: Sequence[Row], layouts: Sequence[Layout]) -> Layout:
    """One layout of all rows. The ports of the rows are gone; every wire of the picture has one route."""
    placed = _stacked(rows, layouts)
    links = [_connectors(above, below, [*row.carries]) for row, (above, below) in zip(rows, pairwise(placed), strict=False)]
    row_of = {item.id: number for number, row in enumerate(rows) for item in row.strip.items if not item.port}
    routes: list[Route] = []
    for number, wire in enumerate(picture.wires):
        first, last = row_of[wire.source], row_of[wire.target]
        points: list[Point] = []
        for at in range(first, last):
            points = _chained(points, placed[at].routes[rows[at].carries[wire.source]].points)
            points = _chained(points, links[at][wire.source])
        end = placed[last].routes[rows[last].ends[number]]
        routes.append(Route(tuple(_chained(points, end.points)), end.label))
    boxes = {box.id: placed[row_of[box.id]].boxes[box.id] for box in picture.boxes}
    frames = tuple(frame for layout in placed for frame in layout.frames)
    # A sheet's width holds the lanes at the ends of its rows, its height the last row.
    right = max((x for route in routes for x, _ in route.points), default=0)
    width = max(right, *(place.right for place in boxes.values()))
    return Layout(width, _bottom(placed[-1]), boxes, tuple(routes), frames)


def _stacked(rows: Sequence[Row], layouts: Sequence[Layout]) -> list[Layout]:
    left = max((TURN + LANE * len(row.carries) for row in rows), default=0)
    placed, y = [], 0.0
    for row, layout in zip(rows, layouts, strict=True):
        placed.append(layout.moved(left, y - _top(layout)))
        y = _bottom(placed[-1]) + ROW_GAP + LANE * max(0, len(row.carries) - 1)
    return placed


def _top(layout: Layout) -> float:
    return min(_heights(layout))


def _right(layout: Layout) -> float:
    return max([place.right for place in layout.boxes.values()] + [frame.place.right for frame in layout.frames])


def _bottom(layout: Layout) -> float:
    return max(_heights(layout))


def _heights(layout: Layout) -> Iterator[float]:
    for place in (*layout.boxes.values(), *(frame.place for frame in layout.frames)):
        yield from (place.y, place.bottom)
    for route in layout.routes:
        yield from (y for _, y in sampled(route.points))


def _connectors(above: Layout, below: Layout, sources: Sequence[str]) -> dict[str, list[Point]]:
    """The ways from the end of one row to the start of the next; each has lanes of its own, so that none runs on another."""
    leaving = sorted(sources, key=lambda id: above.boxes[f"out_{id}"].y)
    entering = sorted(sources, key=lambda id: below.boxes[f"in_{id}"].y)
    bottom = _bottom(above)
    right, left = _right(above), min(place.x for place in below.boxes.values())
    ways = {}
    for place, id in enumerate(reversed(leaving)):       # the lowest leaves by the inmost lane
        start, end = above.boxes[f"out_{id}"], below.boxes[f"in_{id}"]
        x_out = right + TURN + LANE * place
        x_in = left - TURN - LANE * entering.index(id)
        y = bottom + ROW_GAP / 2 - 4 + LANE * place
        ways[id] = rounded([(start.right, start.y), (x_out, start.y), (x_out, y), (x_in, y), (x_in, end.y), (end.x, end.y)])
    return ways


def _chained(points: list[Point], more: Sequence[Point]) -> list[Point]:
    """One path after the other; where they do not quite touch, a straight line joins them."""
    if not points:
        return list(more)
    gap = line(points[-1], more[0]) if distance(points[-1], more[0]) > 0.01 else []
    return [*points, *gap, *more[1:]]
