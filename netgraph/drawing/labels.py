"""A strip goes in; the same strip comes out with room for labels beside their boxes, and a layout of that one with the labels in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from netgraph.drawing.bends import line
from netgraph.drawing.layers import layers_of
from netgraph.drawing.loops import is_loop, loop_height, loop_route
from netgraph.drawing.placement import Layout, Place, Route
from netgraph.drawing.strip import Item, Link, Size, Strip
from netgraph.picture import Cluster

AIR = 3      # pixels between a label and what it stands beside
SHARED = 12  # pixels of the gap between layers that a label may take where nothing turns in it


def with_room(strip: Strip) -> Strip:
    """Boxes grown, on the side where wires leave, by the label of the one wire of theirs that has one: so nothing can run over it.

    Loops are left out, and their boxes grown by them.
    """
    room, loops = room_of(strip), loop_height(_level(strip))
    below = _below(strip, room)
    items = [_grown(item, room.get(item.id, (0, 0)), strip.is_down, below[item.id]) if item.id in below else item for item in strip.items]
    items = [_heightened(item, 2 * loops[item.id], strip.is_down) if item.id in loops else item for item in items]
    return replace(strip, items=tuple(items), links=tuple(
        replace(link, label=(0, 0)) if link.source in room else link for link in strip.links if not is_loop(link)))


def with_labels(strip: Strip, layout: Layout) -> Layout:
    """The layout of the grown strip, its boxes cut back to their size and the labels and loops set where they had grown."""
    room, loops = room_of(strip), loop_height(_level(strip))
    grown, below = layout.boxes, _below(strip, room)
    boxes = {item.id: _cut_back(item, grown[item.id], strip.is_down) if item.id in below or item.id in loops else grown[item.id]
             for item in strip.items}
    left = iter(layout.routes)
    routes = []
    for link in strip.links:
        route = _loop(boxes[link.source], link.label, strip.is_down) if is_loop(link) else next(left)
        is_cut = not is_loop(link) and (link.source in below or link.source in loops or link.target in loops)
        routes.append(_route(link, route, boxes, link.source in room, strip.is_down) if is_cut else route)
    return replace(layout, boxes=boxes, routes=tuple(routes))


def room_of(strip: Strip) -> dict[str, Size]:
    """For each source with one label, that is true of all its wires or stands on its only one, the size of it."""
    links = [link for link in strip.links if not is_loop(link)]
    wires = Counter(link.source for link in links)
    labelled = Counter(link.source for link in links if link.label[0])
    return {link.source: link.label for link in links
            if link.label[0] and labelled[link.source] == 1 and (link.label_of_source or wires[link.source] == 1)}


def _level(strip: Strip) -> Strip:
    """The strip with its labels as they are where wires run to the right."""
    return replace(strip, links=tuple(replace(link, label=link.label[::-1]) for link in strip.links)) if strip.is_down else strip


def _loop(box: Place, label: Size, is_down: bool) -> Route:
    return loop_route(box.turned(), label[::-1]).turned() if is_down else loop_route(box, label)


def _heightened(item: Item, by: float, is_down: bool) -> Item:
    return replace(item, width=item.width + by) if is_down else replace(item, height=item.height + by)


def _below(strip: Strip, room: Mapping[str, Size]) -> dict[str, float]:
    """How far boxes are grown where wires leave: where wires run down, all of a layer alike, so that they stay in line."""
    alone = _alone(strip)
    along = {id: label[strip.is_down] + AIR - SHARED * (id in alone) for id, label in room.items()}
    if not strip.is_down:
        return along
    layer = layers_of([item.id for item in strip.items], [(link.source, link.target) for link in strip.links])
    most: dict[int, float] = {}
    for id, by in along.items():
        most[layer[id]] = max(most.get(layer[id], 0.0), by)
    return {item.id: most[layer[item.id]] for item in strip.items if layer[item.id] in most and not item.port}


def _alone(strip: Strip) -> set[str]:
    """The sources whose one wire is the only one of its target, and does not go straight into a frame."""
    links = [link for link in strip.links if not is_loop(link)]
    leaving, arriving = Counter(link.source for link in links), Counter(link.target for link in links)
    around = _around(strip.clusters)
    return {link.source for link in links if leaving[link.source] == arriving[link.target] == 1
            and not around.get(link.source, frozenset()) < around.get(link.target, frozenset())}


def _around(clusters: Sequence[Cluster], outer: frozenset[int] = frozenset()) -> dict[str, frozenset[int]]:
    """The frames around each box."""
    found: dict[str, frozenset[int]] = {}
    for cluster in clusters:
        here = outer | {id(cluster)}
        found |= dict.fromkeys(cluster.boxes, here) | _around(cluster.clusters, here)
    return found


def _grown(item: Item, label: Size, is_down: bool, by: float) -> Item:
    wide, high = label
    if is_down:
        return replace(item, width=max(item.width, 2 * (wide + AIR) if wide else 0), height=item.height + by)
    return replace(item, width=item.width + by, height=max(item.height, 2 * (high + AIR)))


def _cut_back(item: Item, place: Place, is_down: bool) -> Place:
    x, y = place.centre
    if is_down:
        return Place(x - item.width / 2, place.y, item.width, item.height)
    return Place(place.x, y - item.height / 2, item.width, item.height)


def _route(link: Link, route: Route, boxes: Mapping[str, Place], has_room: bool, is_down: bool) -> Route:
    """The route led on to the boxes that were cut back, with its label where that had grown."""
    source, target = boxes[link.source], boxes[link.target]
    x, y = source.centre
    start, end = ((x, source.bottom), (target.centre[0], target.y)) if is_down else ((source.right, y), (target.x, target.centre[1]))
    points = (start, *line(start, route.points[0]), *route.points[1:-1], *([route.points[-1]] if end == route.points[-1] else [end]))
    wide, high = link.label
    if not wide or not has_room:
        return replace(route, points=points)
    place = Place(x + AIR, source.bottom + AIR, wide, high) if is_down else Place(source.right + AIR, y - high - 1, wide, high)
    return Route(points, place)
