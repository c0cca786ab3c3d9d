"""A routed strip goes in; the labels of single wires come out beside them, where they touch nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netgraph.drawing.layout.bends import sampled
from netgraph.drawing.layout.labels import room_of
from netgraph.drawing.layout.loops import is_loop
from netgraph.drawing.layout.strip import Size, Strip
from netgraph.drawing.placement import Layout, Place, Point, Route

GAP = 2.0            # pixels between a wire and its label
ALONG = (0.5, 0.25, 0.75, 0.1, 0.9)

Segment = tuple[Point, Point]


def tagged(strip: Strip, layout: Layout) -> Layout:
    """Each label on the longest straight piece that is its wire's alone; where none has room, it stays where it was."""
    if strip.is_down:
        links = tuple(replace(link, label=link.label[::-1]) for link in strip.links)
        return tagged(replace(strip, is_down=False, links=links), layout.turned()).turned()
    room = room_of(strip)
    waiting = [number for number, link in enumerate(strip.links) if link.label[0] and link.source not in room and not is_loop(link)]
    if not waiting:
        return layout
    routes = list(layout.routes)
    things = [*layout.boxes.values(), *(route.label for link, route in zip(strip.links, routes, strict=True)
                                        if route.label and (link.source in room or is_loop(link)))]
    wires = [list(sampled(route.points)) for route in routes]
    for number in waiting:
        places = _places(routes, number, strip.links[number].label)
        free = (place for place in places if not any(place.overlaps(thing, 1) for thing in things) and not _is_struck(place, wires))
        place = next(free, routes[number].label)
        routes[number] = replace(routes[number], label=place)
        if place:
            things.append(place)
    return replace(layout, routes=tuple(routes))


def _places(routes: Sequence[Route], number: int, size: Size) -> Iterator[Place]:
    others = [piece for at, route in enumerate(routes) if at != number for piece in _straight(route)]

    def rank(piece: Segment) -> tuple[bool, float]:
        return any(_share(piece, other) for other in others), -_length(piece)
    for piece in sorted(_straight(routes[number]), key=rank):
        yield from _beside(piece, size)


def _beside(piece: Segment, size: Size) -> Iterator[Place]:
    (x, y), (end_x, end_y) = piece
    wide, high = size
    for part in ALONG:
        at_x, at_y = x + (end_x - x) * part, y + (end_y - y) * part
        if abs(y - end_y) < 1 and abs(x - end_x) >= wide:
            left = min(max(at_x - wide / 2, min(x, end_x)), max(x, end_x) - wide)
            yield from (Place(left, y - high - GAP, wide, high), Place(left, y + GAP, wide, high))
        elif abs(x - end_x) < 1 and abs(y - end_y) >= high:
            yield from (Place(x + GAP, at_y - high / 2, wide, high), Place(x - wide - GAP, at_y - high / 2, wide, high))


def _straight(route: Route) -> Iterator[Segment]:
    for start in range(0, len(route.points) - 1, 3):
        a, b, c, d = route.points[start:start + 4]
        if a == b and c == d and a != d:
            yield a, d


def _length(piece: Segment) -> float:
    (x, y), (end_x, end_y) = piece
    return abs(x - end_x) + abs(y - end_y)


def _share(piece: Segment, other: Segment) -> bool:
    """Whether two pieces run on each other."""
    return any(all(abs(a[axis] - piece[0][axis]) < 1 for a in (*piece, *other))
               and max(piece[0][1 - axis], piece[1][1 - axis]) > min(other[0][1 - axis], other[1][1 - axis]) + 1
               and max(other[0][1 - axis], other[1][1 - axis]) > min(piece[0][1 - axis], piece[1][1 - axis]) + 1 for axis in (0, 1))


def _is_struck(place: Place, wires: Sequence[Sequence[Point]]) -> bool:
    return any(place.overlaps(Place(x, y, 0, 0)) for wire in wires for x, y in wire)
