"""A plan and a depth go in; what is drawn as one box each comes out, in running order: single layers, and groups left shut."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import networkx as nx

from netgraph.plan import Layer, Plan
from netgraph.shape import Shape

Key = tuple[Any, ...]      # the path of a shut group, or ("layer", id)
FEWEST_LAYERS = 3          # of a group that is shut for having no weights


@dataclass(frozen=True)
class Unit:
    """The layers of one box, and the names of the groups whose frames stand around it.

    A shut group has a `title`, and the shapes that it is `given` and that it has `made` when others read them.
    """

    layers: tuple[Layer, ...]
    group: tuple[str, ...]
    title: str = ""
    given: tuple[Shape, ...] = ()
    made: tuple[Shape, ...] = ()


def depth_of(plan: Plan) -> int:
    """How deep the groups of a plan are nested.

    >>> import netgraph as ng
    >>> depth_of(ng.infer(ng.zoo.resnet(18)))
    2
    """
    return max((len(layer.group) for layer in plan), default=0)


def weightless_groups(plan: Plan) -> set[tuple[str, ...]]:
    """The groups of several layers in which nothing is learned, such as one that makes a mask.

    >>> import netgraph as ng
    >>> signs = [{"op": op, "within": "signs"} for op in ("abs", "sqrt", "tanh")]
    >>> weightless_groups(ng.infer(ng.chain(3, *signs, 2)))
    {('signs',)}
    """
    layers: Counter[tuple[str, ...]] = Counter()
    weights: Counter[tuple[str, ...]] = Counter()
    for layer in plan:
        for depth in range(1, len(layer.group) + 1):
            layers[layer.group[:depth]] += 1
            weights[layer.group[:depth]] += layer.parameter_count
    return {group for group, count in layers.items() if count >= FEWEST_LAYERS and not weights[group]}


def attention_groups(plan: Plan) -> set[tuple[str, ...]]:
    """The groups that are attention and nothing more.

    >>> import netgraph as ng
    >>> attention_groups(ng.infer(ng.zoo.transformer_encoder(1)))
    {('layer0', 'attn')}
    """
    inside: dict[tuple[str, ...], list[Layer]] = defaultdict(list)
    for layer in plan:
        for depth in range(1, len(layer.group) + 1):
            inside[layer.group[:depth]].append(layer)
    return {group for group, layers in inside.items() if attends(layers)}


def attends(layers: Sequence[Layer]) -> bool:
    """Whether they are attention and nothing more: products with a softmax between them (Vaswani et al. 2017, eq. 1), and no norm.

    >>> import netgraph as ng
    >>> attends(tuple(ng.infer(ng.zoo.transformer_encoder(1)))[1:18])
    True
    """
    ops = Counter(layer.op_name for layer in layers)
    return ops["matmul"] >= 2 and ops["softmax"] >= 1 and not any(layer.op.family == "norm" for layer in layers)


def units_of(plan: Plan, depth: int | None = None, shut: Collection[tuple[str, ...]] = ()) -> list[Unit]:
    """The units of a plan where groups deeper than `depth` are shut, and those that `shut` names; a depth of None shuts no others.

    A group stays open where a path leaves it and comes back, for as one box it would hear from itself.

    >>> import netgraph as ng
    >>> [unit.title for unit in units_of(ng.infer(ng.zoo.resnet(18)), depth=0)]
    ['', 'stem', 'layer1', 'layer2', 'layer3', 'layer4', 'head']
    """
    deepest = depth_of(plan)
    depth = deepest if depth is None else min(depth, deepest)
    if depth == deepest and not shut:
        return [Unit((layer,), layer.group) for layer in plan]
    open_groups: set[Key] = set()
    while True:
        keys = {layer.id: _key(layer, depth, shut, open_groups) for layer in plan}
        order, knot = _order(plan, keys)
        if not knot:
            break
        open_groups |= knot
    members: dict[Key, list[Layer]] = defaultdict(list)
    given: dict[Key, dict[Shape, None]] = defaultdict(dict)
    made: dict[Key, dict[Shape, None]] = defaultdict(dict)
    for layer in plan:
        key = keys[layer.id]
        members[key].append(layer)
        for wire in layer.wires:
            if keys[wire.source] != key:
                given[key][wire.shape] = made[keys[wire.source]][wire.shape] = None
        if layer.id in plan.outputs:
            made[key][layer.shape] = None
    return [_unit(key, members[key], tuple(given[key]), tuple(made[key])) for key in order]


def _key(layer: Layer, depth: int, shut: Collection[tuple[str, ...]], open_groups: Collection[Key]) -> Key:
    """The outermost shut group that a layer is in, or itself."""
    for length in range(1, len(layer.group) + 1):
        path = layer.group[:length]
        if (length > depth or path in shut) and path not in open_groups:
            return path
    return ("layer", layer.id)


def _unit(key: Key, layers: list[Layer], given: tuple[Shape, ...], made: tuple[Shape, ...]) -> Unit:
    if key == ("layer", layers[0].id):
        return Unit(tuple(layers), layers[0].group)
    *around, title = key
    return Unit(tuple(layers), tuple(around), title, given, made) if len(layers) > 1 else Unit(tuple(layers), tuple(around))


def _order(plan: Plan, keys: Mapping[Hashable, Key]) -> tuple[list[Key], set[Key]]:
    """The keys in an order in which each hears from those before, the first come first; or those that hear from themselves."""
    place: dict[Key, int] = {}
    heard: dict[Key, set[Key]] = defaultdict(set)
    for layer in plan:
        key = keys[layer.id]
        place.setdefault(key, len(place))
        heard[key] |= {keys[wire.source] for wire in layer.wires if not wire.delay} - {key}
    order = in_order(place, heard)
    if len(order) == len(place):
        return order, set()
    graph = nx.DiGraph((source, key) for key, sources in heard.items() for source in sources)
    return order, {key for part in nx.strongly_connected_components(graph) if len(part) > 1 for key in part}


def in_order(place: Mapping[Key, int], heard: Mapping[Key, Iterable[Key]]) -> list[Key]:
    """The keys so that each comes behind those that it hears from, otherwise by their place; those of a circle are left out.

    >>> in_order({("y",): 0, ("x",): 1}, {("y",): [("x",)]})
    [('x',), ('y',)]
    """
    readers: dict[Key, list[Key]] = defaultdict(list)
    left = dict.fromkeys(place, 0)
    for key, sources in heard.items():
        for source in sources:
            readers[source].append(key)
            left[key] += 1
    ready = [place[key] for key in place if not left[key]]
    names, order = list(place), list[Key]()
    heapify(ready)
    while ready:
        key = names[heappop(ready)]
        order.append(key)
        for reader in readers[key]:
            left[reader] -= 1
            if not left[reader]:
                heappush(ready, place[reader])
    return order
