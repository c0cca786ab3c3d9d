"""A strip's layout goes in; the same layout comes out with its short wires redrawn as plain curves that keep between two layers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from netgraph.drawing.bends import rounded, sampled
from netgraph.drawing.placement import Layout, Place, Point, Route
from netgraph.drawing.strip import Strip

NARROWEST = 20       # pixels between two layers that hold a curve
SAME_LAYER = 2.0     # pixels that centres of one layer may differ
FAR = 2.0            # a wire that goes further aside than so many widths of its channel runs square


def smoothed(strip: Strip, layout: Layout) -> Layout:
    """Wires from one layer to the next become S-curves, which never cross each other on their way to one box."""
    if strip.is_down:
        return smoothed(replace(strip, is_down=False), layout.turned()).turned()
    layers = _layers(layout)
    lanes = _lanes(strip, layout, layers)
    labels = [route.label for route in layout.routes if route.label]
    routes = list(layout.routes)
    for number, link in enumerate(strip.links):
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        channel = _channel(layers, source, target)
        if channel is None or routes[number].label is not None or abs(source.centre[1] - target.centre[1]) < 0.5:
            continue
        curve = _curve(source, target, *channel, lanes.get(link.target))
        if not any(place.overlaps(Place(*point, 0, 0)) for point in sampled(curve) for place in labels):
            routes[number] = Route(curve)
    return replace(layout, routes=tuple(routes))


def _layers(layout: Layout) -> list[list[Place]]:
    """The boxes by layer, from left to right: those of one layer have one centre."""
    layers: list[list[Place]] = []
    for place in sorted(layout.boxes.values(), key=lambda place: place.centre[0]):
        if layers and abs(layers[-1][0].centre[0] - place.centre[0]) < SAME_LAYER:
            layers[-1].append(place)
        else:
            layers.append([place])
    return layers


def _channel(layers: Sequence[Sequence[Place]], source: Place, target: Place) -> tuple[float, float] | None:
    """Where the room between the layers of two boxes begins and ends, if nothing stands between the two and it is wide enough."""
    for left, right in itertools.pairwise(layers):
        if source in left and target in right:
            start, end = max(place.right for place in left), min(place.x for place in right)
            return (start, end) if end - start >= NARROWEST else None
    return None


def _lanes(strip: Strip, layout: Layout, layers: Sequence[Sequence[Place]]) -> dict[str, float]:
    """For each box that hears from far aside, where in the channel before it those wires run together."""
    waiting: dict[tuple[float, float], dict[str, float]] = {}
    for link in strip.links:
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        channel = _channel(layers, source, target)
        if channel and abs(source.centre[1] - target.centre[1]) > FAR * (channel[1] - channel[0]):
            waiting.setdefault(channel, {})[link.target] = target.centre[1]
    lanes: dict[str, float] = {}
    for (start, end), targets in waiting.items():
        order = sorted(targets, key=lambda id: targets[id])
        lanes |= {id: start + (end - start) * (0.5 + 0.2 * (place + 0.5) / len(order)) for place, id in enumerate(order)}
    return lanes


def _curve(source: Place, target: Place, start: float, end: float, lane: float | None) -> tuple[Point, ...]:
    (_, y), (_, end_y) = source.centre, target.centre
    if lane is not None and abs(y - end_y) > FAR * (end - start):
        return tuple(rounded([(source.right, y), (lane, y), (lane, end_y), (target.x, end_y)]))
    middle = (start + end) / 2
    points = [(source.right, y)]
    if source.right < start:
        points += [points[0], (start, y), (start, y)]
    points += [(middle, y), (middle, end_y), (end, end_y)]
    if end < target.x:
        points += [points[-1], (target.x, end_y), (target.x, end_y)]
    return tuple(points)
