"""The layouts of a page's rows go in; one layout comes out, rows below each other and wires led from row to row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from netgraph.drawing.layout.bends import TURN, distance, line, rounded, sampled
from netgraph.drawing.layout.cutting import Row
from netgraph.drawing.layout.hairpins import cut_short
from netgraph.drawing.layout.rows import ROW_GAP
from netgraph.drawing.placement import Layout, Point, Route
from netgraph.picture import Picture

LANE = 8             # between wires that run side by side from row to row


@dataclass(frozen=True)
class _Hop:
    """The way of a port's wires from the end of one row to the start of a later one; `lane` counts those that pass rows by."""

    port: str
    start: int
    end: int
    lane: int | None = None


def join(picture: Picture, rows: Sequence[Row], layouts: Sequence[Layout]) -> Layout:
    """One layout of all rows. The ports of the rows are gone; every wire of the picture has one route."""
    hops = _hops(rows)
    inner = max((sum(hop.end == number for hop in hops) for number in range(len(rows))), default=0)
    passing = max((hop.lane + 1 for hop in hops if hop.lane is not None), default=0)
    left = TURN + LANE * (inner + passing) if hops else 0
    placed = _stacked(rows, layouts, left)
    ways = {(hop.start, hop.port): (way, hop.end) for number in range(len(rows))
            for hop, way in _connectors(placed, [hop for hop in hops if hop.start == number], hops, left - TURN - LANE * inner)}
    row_of = {item.id: number for number, row in enumerate(rows) for item in row.strip.items if not item.port}
    routes: list[Route] = []
    for number, wire in enumerate(picture.wires):
        at, last = row_of[wire.source], row_of[wire.target]
        points: list[Point] = []
        while at < last:
            points = _chained(points, placed[at].routes[rows[at].carries[rows[last].ports[number]]].points)
            way, at = ways[at, rows[last].ports[number]]
            points = _chained(points, way)
        end = placed[last].routes[rows[last].ends[number]]
        routes.append(Route(tuple(_chained(points, end.points)), end.label))
    boxes = {box.id: placed[row_of[box.id]].boxes[box.id] for box in picture.boxes}
    if any(len(row.carries) > 1 for row in rows):
        routes = list(cut_short(routes, [wire.source for wire in picture.wires], boxes))
    frames = tuple(frame for layout in placed for frame in layout.frames)
    # A sheet's width holds the lanes at the ends of its rows, its height the last row.
    right = max((x for route in routes for x, _ in route.points), default=0)
    width = max(right, *(place.right for place in boxes.values()))
    return Layout(width, _bottom(placed[-1]), boxes, tuple(routes), frames)


def _hops(rows: Sequence[Row]) -> list[_Hop]:
    """All ways between rows; those that pass a row by keep a lane of their own for as long."""
    enters: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for item in row.strip.items:
            if item.port == "in":
                enters[item.id.removeprefix("in_")].append(number)
    hops = [_Hop(id, number, next(at for at in enters[id] if at > number)) for number, row in enumerate(rows) for id in row.carries]
    free_from: list[int] = []           # of each lane: the row where it ends
    found = []
    for hop in hops:
        if hop.end == hop.start + 1:
            found.append(hop)
            continue
        lane = next((lane for lane, end in enumerate(free_from) if end <= hop.start), len(free_from))
        free_from[lane:lane + 1] = [hop.end]
        found.append(replace(hop, lane=lane))
    return found


def _stacked(rows: Sequence[Row], layouts: Sequence[Layout], left: float) -> list[Layout]:
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
    labels = (route.label for route in layout.routes if route.label)
    for place in (*layout.boxes.values(), *(frame.place for frame in layout.frames), *labels):
        yield from (place.y, place.bottom)
    for route in layout.routes:
        yield from (y for _, y in sampled(route.points))


def _connectors(placed: Sequence[Layout], leaving: Sequence[_Hop], hops: Sequence[_Hop], left: float) -> Iterator[tuple[_Hop, list[Point]]]:
    """The ways that leave one row, each in lanes of its own, so that none runs on another; those beyond the next row at the left."""
    if not leaving:
        return
    above = placed[leaving[0].start]
    bottom, right = _bottom(above), _right(above)
    by_height = sorted(leaving, key=lambda hop: above.boxes[f"out_{hop.port}"].y, reverse=True)
    for place, hop in enumerate(by_height):                  # the lowest leaves by the inmost lane
        below = placed[hop.end]
        start, end = above.boxes[f"out_{hop.port}"], below.boxes[f"in_{hop.port}"]
        entering = sorted((other.port for other in hops if other.end == hop.end), key=lambda id: below.boxes[f"in_{id}"].y)
        x_out = right + TURN + LANE * place
        x_in = min(box.x for box in below.boxes.values()) - TURN - LANE * entering.index(hop.port)
        if hop.lane is not None:
            x_in = left - LANE * hop.lane
        y = bottom + ROW_GAP / 2 - 4 + LANE * place
        yield hop, rounded([(start.right, start.y), (x_out, start.y), (x_out, y), (x_in, y), (x_in, end.y), (end.x, end.y)])


def _chained(points: list[Point], more: Sequence[Point]) -> list[Point]:
    """One path after the other; where they do not quite touch, a straight line joins them."""
    if not points:
        return list(more)
    gap = line(points[-1], more[0]) if distance(points[-1], more[0]) > 0.01 else []
    return [*points, *gap, *more[1:]]
