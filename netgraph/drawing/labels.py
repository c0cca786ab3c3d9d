"""A strip goes in; the same strip comes out with room for labels beside their boxes, and a layout of that one with the labels in place."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from netgraph.drawing.bends import line
from netgraph.drawing.placement import Layout, Place, Route
from netgraph.drawing.strip import Item, Link, Size, Strip

AIR = 3      # pixels between a label and what it stands beside


def with_room(strip: Strip) -> Strip:
    """Boxes grown, on the side where wires leave, by the label of the one wire of theirs that has one: so nothing can run over it."""
    room = room_of(strip)
    items = tuple(_grown(item, room[item.id], strip.is_down) if item.id in room else item for item in strip.items)
    return replace(strip, items=items, links=tuple(replace(link, label=(0, 0)) if link.source in room else link for link in strip.links))


def with_labels(strip: Strip, layout: Layout) -> Layout:
    """The layout of the grown strip, its boxes cut back to their size and the labels set where they had grown."""
    room = room_of(strip)
    grown = layout.boxes
    boxes = {item.id: _cut_back(item, grown[item.id], strip.is_down) if item.id in room else grown[item.id] for item in strip.items}
    routes = tuple(_route(link, route, boxes[link.source], strip.is_down) if link.source in room else route
                   for link, route in zip(strip.links, layout.routes, strict=True))
    return replace(layout, boxes=boxes, routes=routes)


def room_of(strip: Strip) -> dict[str, Size]:
    """For each source with one label, that is true of all its wires or stands on its only one, the size of it."""
    wires = Counter(link.source for link in strip.links)
    labelled = Counter(link.source for link in strip.links if link.label[0])
    return {link.source: link.label for link in strip.links
            if link.label[0] and labelled[link.source] == 1 and (link.label_of_source or wires[link.source] == 1)}


def _grown(item: Item, label: Size, is_down: bool) -> Item:
    wide, high = label
    if is_down:
        return replace(item, width=max(item.width, 2 * (wide + AIR)), height=item.height + high + AIR)
    return replace(item, width=item.width + wide + AIR, height=max(item.height, 2 * (high + AIR)))


def _cut_back(item: Item, place: Place, is_down: bool) -> Place:
    x, y = place.centre
    if is_down:
        return Place(x - item.width / 2, place.y, item.width, item.height)
    return Place(place.x, y - item.height / 2, item.width, item.height)


def _route(link: Link, route: Route, source: Place, is_down: bool) -> Route:
    x, y = source.centre
    start = (x, source.bottom) if is_down else (source.right, y)
    points = (start, *line(start, route.points[0]), *route.points[1:])
    wide, high = link.label
    if not wide:
        return replace(route, points=points)
    place = Place(x + AIR, source.bottom + AIR, wide, high) if is_down else Place(source.right + AIR, y - high - 1, wide, high)
    return Route(points, place)
