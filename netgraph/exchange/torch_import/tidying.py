"""Tidying: a sketch flows in; it comes out with fewer nodes: activations on their layers, arrangements one after the other as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netgraph.exchange.torch_import.made import ON_EDGES, Made, order_words
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import Value
from netgraph.ops import ACTIVATIONS
from netgraph.shape import sizes

FOLDED_INTO = ON_EDGES - {"embedding"} | {"batchnorm", "groupnorm", "layernorm", "add"}
SOURCES = frozenset({"parameter", "constant"})
MOVES = frozenset({"transpose", "permute"})


def join_arrangements(sketch: Sketch) -> None:
    """Let an arrangement behind another do what both do, and leave out those that change nothing."""
    outputs = outputs_of(sketch)
    passed: dict[int, Value] = {}                          # of a node that changes nothing: what its users take in its place
    for index in reaching(sketch):
        made = sketch.nodes[index]
        made.edges = [(passed.get(source.node, source), words) for source, words in made.edges]
        if (made.op in MOVES or made.op == "reshape") and _is_idle(sketch, made) and index not in outputs:
            passed[index] = made.edges[0][0]


def fold_activations(sketch: Sketch) -> None:
    """Put the activations of the code on the layers before them."""
    outputs = outputs_of(sketch)
    users = users_of(sketch)
    for index in reaching(sketch):
        _fold_activation(sketch, index, users, outputs)


def shape_sources(sketch: Sketch) -> None:
    """Let fixed and learned numbers have at once the shape that their only user gives them."""
    users = users_of(sketch)
    for index in reaching(sketch):
        made = sketch.nodes[index]
        source = made.edges[0][0].node if made.op == "reshape" and not made.edges[0][1] else index
        before = sketch.nodes[source]
        if before.op in SOURCES and users.get(source) == [index] and source != index:
            shape = sizes(made.shapes[0], f"'{before.op}'")
            words = {"shape": shape} if before.op == "parameter" else {"value": np.reshape(before.words["value"], shape)}
            sketch.nodes[index] = replace(before, words=before.words | words, shapes=(shape,))


def feed_nearby(sketch: Sketch) -> None:
    """Let what has no source of its own, and is fed only to know how many samples there are, be fed by what it is combined with."""
    users = users_of(sketch)
    for index in reaching(sketch):
        made, last = sketch.nodes[index], index
        if made.op not in SOURCES:
            continue
        while len(users.get(last, [])) == 1 and len(sketch.nodes[users[last][0]].edges) == 1:
            last = users[last][0]
        beside = [source for source, _ in sketch.nodes[min(users.get(last, [index]))].edges if source.node != last]
        if beside and sketch.nodes[beside[0].node].op not in SOURCES and index not in _ancestors(sketch, beside[0].node):
            made.edges = [(beside[0], {})]


def _ancestors(sketch: Sketch, index: int) -> set[int]:
    waiting, seen = [index], {index}
    while waiting:
        new = {source.node for source, _ in sketch.nodes[waiting.pop()].edges} - seen
        seen |= new
        waiting += new
    return seen


def reaching(sketch: Sketch) -> list[int]:
    """The nodes from which an output can be reached, and all inputs, in order."""
    waiting = [sketch.values[thing].node for thing in sketch.trace.outputs]
    seen = {i for i, made in enumerate(sketch.nodes) if made.op == "input"}
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            made = sketch.nodes[index]
            waiting += [source.node for source, _ in made.edges] + ([made.share] if made.share is not None else [])
    return sorted(seen)


def outputs_of(sketch: Sketch) -> set[int]:
    """The nodes whose values the module gives."""
    return {sketch.values[thing].node for thing in sketch.trace.outputs}


def users_of(sketch: Sketch) -> dict[int, list[int]]:
    """The nodes that take something from each, in order."""
    users: dict[int, list[int]] = {}
    for i in reaching(sketch):
        for source, _ in sketch.nodes[i].edges:
            users.setdefault(source.node, []).append(i)
    return users


def _is_idle(sketch: Sketch, made: Made) -> bool:
    """Let an arrangement take what the one before it took; whether it changes nothing then."""
    while _joins(sketch, made):
        (source, words), = made.edges
        before = sketch.nodes[source.node]
        if made.op in MOVES:
            first = axes_of(before)
            axes = [first[axis] for axis in axes_of(made)]
            op, constants = order_words(axes) if axes != sorted(axes) else ("reshape", {"shape": made.shapes[0]})
            made.words = {"op": op, **constants}
        made.edges = [(before.edges[0][0], words)]
    source, words = made.edges[0]
    return made.op == "reshape" and not words and sketch.nodes[source.node].shapes[source.output] == made.shapes[0]


def _joins(sketch: Sketch, made: Made) -> bool:
    before = sketch.nodes[made.edges[0][0].node]
    is_plain = len(before.edges) == 1 and not before.edges[0][1]
    return is_plain and (made.op == before.op == "reshape" or (made.op in MOVES and before.op in MOVES))


def axes_of(made: Made) -> Sequence[int]:
    """The order in which a transpose or permute gives a sample's axes.

    >>> axes_of(Made({"op": "transpose"}, shapes=((2, 3, 4),)))
    [0, 2, 1]
    """
    if made.op == "permute":
        return [dim - 1 for dim in made.words["dims"][1:]]
    rank = len(made.shapes[0])
    axes = list(range(rank))
    first, second = ((made.words.get(word, end) - (made.words.get(word, end) > 0)) % rank for word, end in (("dim0", -2), ("dim1", -1)))
    axes[first], axes[second] = second, first
    return axes


def _fold_activation(sketch: Sketch, index: int, users: dict[int, list[int]], outputs: set[int]) -> None:
    """An activation that the code applies to a layer's result, and that is no module of its own, becomes the layer's `activation`."""
    made = sketch.nodes[index]
    if made.op not in ACTIVATIONS or len(made.words) > 1 or made.op == "identity" or made.call is None or made.call.is_leaf:
        return
    (source, words), *_ = made.edges
    layer = sketch.nodes[source.node]
    if words or users.get(source.node) != [index] or source.node in outputs or layer.op not in FOLDED_INTO or "activation" in layer.words:
        return
    if layer.call is not None and layer.call.layer != made.call.layer:     # two nodes of the graph that the module was compiled from
        return
    layer.words["activation"] = made.op
    for user in users.get(index, []):
        taking = sketch.nodes[user]
        taking.edges = [(other.at(source.node) if other.node == index else other, words) for other, words in taking.edges]
    users[source.node] = users.get(index, [])
    for thing in sketch.trace.outputs:
        if sketch.values[thing].node == index:
            sketch.values[thing] = sketch.values[thing].at(source.node)
