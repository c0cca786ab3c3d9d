"""A strip goes in; a plain layered layout, found without any program, comes out. Exact for chains; frames are left out."""

from __future__ import annotations

import itertools
from collections import defaultdict

from netgraph.drawing.layers import BOX_GAP, layers_of
from netgraph.drawing.placement import Layout, Place, Point, Route
from netgraph.drawing.strip import Item, Link, Strip

SWEEPS = 4
LABEL_GAP = 12


def lay_out(strip: Strip) -> Layout:
    """Longest-path layers, long wires led through the layers between, order by barycentres, every layer centred.

    Source: Sugiyama, Tagawa & Toda 1981.
    """
    if strip.is_down:
        return _lay_out(_turned(strip)).turned()
    return _lay_out(strip)


def _turned(strip: Strip) -> Strip:
    items = tuple(Item(item.id, item.height, item.width, item.port) for item in strip.items)
    return Strip(items, tuple(Link(link.source, link.target, link.label[::-1]) for link in strip.links), gap=strip.gap)


def _lay_out(strip: Strip) -> Layout:
    layer = layers_of([item.id for item in strip.items], [(link.source, link.target) for link in strip.links])
    last = max(layer.values(), default=0)
    layer |= {item.id: last if item.port == "out" else 0 for item in strip.items if item.port}
    sizes = {item.id: (item.width, item.height) for item in strip.items}
    ways, columns = _ways(strip.links, layer, [item.id for item in strip.items], sizes)
    _untangle(columns, ways)
    gaps = _gaps(strip, layer, last)
    height = max(sum(sizes[id][1] for id in column) + BOX_GAP * (len(column) - 1) for column in columns.values())
    places: dict[str, Place] = {}
    x = 0.0
    for number in range(last + 1):
        column = columns[number]
        wide = max((sizes[id][0] for id in column), default=0)
        y = (height - sum(sizes[id][1] for id in column) - BOX_GAP * (len(column) - 1)) / 2
        for id in column:
            w, h = sizes[id] if id in layer else (wide, 0.0)   # a bend runs straight past the boxes of its layer
            places[id] = Place(x + (wide - w) / 2, y, w, h)
            y += h + BOX_GAP
        x += wide + gaps[number]
    routes = tuple(_route(link, [places[id] for id in way]) for link, way in zip(strip.links, ways, strict=True))
    return Layout(x - gaps[last], height, {item.id: places[item.id] for item in strip.items}, routes)


def _ways(links: tuple[Link, ...], layer: dict[str, int], ids: list[str],
          sizes: dict[str, tuple[float, float]]) -> tuple[list[list[str]], dict[int, list[str]]]:
    columns: dict[int, list[str]] = defaultdict(list)
    for id in ids:
        columns[layer[id]].append(id)
    ways = []
    for number, link in enumerate(links):
        bends = [f"{number}.{between}" for between in range(layer[link.source] + 1, layer[link.target])]
        for between, bend in enumerate(bends, layer[link.source] + 1):
            columns[between].append(bend)
            sizes[bend] = (0.0, 0.0)
        ways.append([link.source, *bends, link.target])
    return ways, columns


def _untangle(columns: dict[int, list[str]], ways: list[list[str]]) -> None:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for way in ways:
        for source, target in itertools.pairwise(way):
            before[target].append(source)
            after[source].append(target)
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else after
        height: dict[str, float] = {}
        for number in sorted(columns, reverse=sweep % 2 == 1):
            column = columns[number]
            now = {id: place - (len(column) - 1) / 2 for place, id in enumerate(column)}
            want = {id: (sum(height.get(n, 0) for n in near[id]) / len(near[id]) if near[id] else now[id]) for id in column}
            column.sort(key=lambda id: (want[id], now[id]))
            height |= {id: place - (len(column) - 1) / 2 for place, id in enumerate(column)}


def _gaps(strip: Strip, layer: dict[str, int], last: int) -> list[float]:
    gaps = [float(strip.gap)] * (last + 1)
    for link in strip.links:
        if link.label[0]:
            gaps[layer[link.source]] = max(gaps[layer[link.source]], link.label[0] + 2 * LABEL_GAP)
    return gaps


def _route(link: Link, places: list[Place]) -> Route:
    points: list[Point] = [(places[0].right, places[0].centre[1])]
    for source, target in itertools.pairwise(places):
        (x, y), (end_x, end_y) = (source.right, source.centre[1]), (target.x, target.centre[1])
        middle = (x + end_x) / 2
        points += [(middle, y), (middle, end_y), (end_x, end_y)]
        if target is not places[-1]:
            points += [(end_x, end_y), (target.right, end_y), (target.right, end_y)]
    wide, high = link.label
    label = Place(places[0].right + LABEL_GAP - 2, places[0].centre[1] - high - 1, wide, high) if wide else None
    return Route(tuple(points), label)
