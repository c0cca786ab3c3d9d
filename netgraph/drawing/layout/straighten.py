"""A strip's layout goes in; the same layout comes out with the small steps in its main lines taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from netgraph.drawing.layout.layers import main_links
from netgraph.drawing.layout.strip import Strip
from netgraph.drawing.placement import Layout, Place, Point, Route

STEP = 40        # pixels; a larger step has a reason, a smaller one is only unquiet
CLEARANCE = 10
LINES = 3        # of those on which boxes stand, that are tried
LONGEST_RUN = 24


def straightened(strip: Strip, layout: Layout) -> Layout:
    """Boxes in a row that lie a few pixels off one line are moved onto it, where nothing is in the way."""
    if strip.is_down:
        across = replace(strip, is_down=False)
        return straightened(across, layout.turned()).turned()
    shifts = _shifts(strip, layout)
    if not shifts:
        return layout
    boxes = {id: place.moved(0, shifts.get(id, 0)) for id, place in layout.boxes.items()}
    routes = tuple(_shifted(route, shifts.get(link.source, 0), shifts.get(link.target, 0))
                   for link, route in zip(strip.links, layout.routes, strict=True))
    return replace(layout, boxes=boxes, routes=routes)


def _shifts(strip: Strip, layout: Layout) -> dict[str, float]:
    shifts: dict[str, float] = {}
    for run in _runs(strip, layout.boxes):
        shifts |= next((moves for part in _parts(run) if (moves := _moves(part, strip, layout))), {})
    return shifts


def _parts(run: list[str]) -> Iterator[list[str]]:
    """The run, and the parts of it, the longest first; of a very long one only itself."""
    yield run
    if len(run) <= LONGEST_RUN:
        yield from (run[start:start + length] for length in range(len(run) - 1, 1, -1) for start in range(len(run) - length + 1))


def _moves(run: list[str], strip: Strip, layout: Layout) -> dict[str, float]:
    """How far each box has to go to stand on one line, that of most of them if it can be; nothing if they do, or cannot."""
    heights = Counter(round(layout.boxes[id].centre[1], 1) for id in run)
    for line, _ in heights.most_common(LINES):
        moves = {id: line - layout.boxes[id].centre[1] for id in run}
        largest = max(abs(move) for move in moves.values())
        if largest <= 0.1:
            break
        if largest <= STEP and _is_free(moves, strip, layout):
            return moves
    return {}


def _runs(strip: Strip, places: Mapping[str, Place]) -> Iterator[list[str]]:
    follow = {strip.links[number].source: strip.links[number].target
              for number in main_links([item.id for item in strip.items], [(link.source, link.target) for link in strip.links])}
    near = {source: target for source, target in follow.items() if abs(places[source].centre[1] - places[target].centre[1]) <= STEP}
    for start in near.keys() - set(near.values()):
        run = [start]
        while run[-1] in near:
            run.append(near[run[-1]])
        yield run


def _is_free(moves: Mapping[str, float], strip: Strip, layout: Layout) -> bool:
    """Whether the moved boxes keep clear of all others and of labels, and none crosses a frame; wires are led only later."""
    labels = [route.label for link, route in zip(strip.links, layout.routes, strict=True)
              if route.label and link.source not in moves and link.target not in moves]
    others = [place for id, place in layout.boxes.items() if id not in moves]
    if any(_between(layout.boxes, pair, moves).overlaps(other, CLEARANCE) for pair in pairwise(moves) for other in others):
        return False
    for id, dy in moves.items():
        place = layout.boxes[id].moved(0, dy)
        if any(place.overlaps(other, CLEARANCE) for other in others):
            return False
        if moves[id] and any(place.overlaps(thing, CLEARANCE) for thing in labels):
            return False
        if any(_crosses(frame.place, place) for frame in layout.frames):
            return False
    return True


def _between(places: Mapping[str, Place], pair: tuple[str, str], moves: Mapping[str, float]) -> Place:
    """The straight wire between two boxes that follow each other on the new line."""
    start, end = places[pair[0]], places[pair[1]]
    return Place(start.right, start.centre[1] + moves[pair[0]], max(end.x - start.right, 0), 0)


def _crosses(frame: Place, place: Place) -> bool:
    inside = frame.y + CLEARANCE <= place.y and place.bottom <= frame.bottom - CLEARANCE
    return frame.overlaps(place) and not inside


def _shifted(route: Route, start: float, end: float) -> Route:
    points = list(route.points)
    if abs(points[0][1] + start - points[-1][1] - end) < 0.5 and len(points) == 4:
        return Route(tuple((x, points[0][1] + start) for x, _ in points), route.label and route.label.moved(0, start))
    moved = [*(_down(point, start) for point in points[:2]), *points[2:-2], *(_down(point, end) for point in points[-2:])]
    return Route(tuple(moved), route.label and route.label.moved(0, (start + end) / 2))


def _down(point: Point, dy: float) -> Point:
    return point[0], point[1] + dy
