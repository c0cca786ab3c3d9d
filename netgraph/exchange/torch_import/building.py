"""Building: a sketch flows in; the DiGraph comes out, without what reaches no output, its nodes named, grouped and labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from netgraph.block import Block
from netgraph.exchange.torch_import.attending import recognise_attention
from netgraph.exchange.torch_import.calls import Thing
from netgraph.exchange.torch_import.curves import recognise_curves
from netgraph.exchange.torch_import.made import ON_EDGES, Made
from netgraph.exchange.torch_import.naming import Name, named
from netgraph.exchange.torch_import.norming import recognise_norms
from netgraph.exchange.torch_import.sketch import Sketch, array_of
from netgraph.exchange.torch_import.tidying import feed_nearby, fold_activations, join_arrangements, reaching
from netgraph.exchange.torch_import.values import Value
from netgraph.ops import OPS
from netgraph.weights import escaped

Slot = int | str

def built(sketch: Sketch) -> tuple[nx.DiGraph, tuple[str, ...]]:
    """The graph, and the names of the ops in it that are not in the vocabulary."""
    _own_outputs(sketch)
    join_arrangements(sketch)
    recognise_curves(sketch)
    recognise_norms(sketch)
    recognise_attention(sketch)
    fold_activations(sketch)
    feed_nearby(sketch)
    kept = reaching(sketch)
    names = named(sketch, kept)
    graph = nx.DiGraph(name=sketch.trace.name)
    for index in kept:
        made = sketch.nodes[index]
        words = {word: value for word, value in made.words.items() if word != "name"}
        graph.add_node(names[index].id, **words, **_placement(names[index]),
                       **({"share": names[made.share].id} if made.share is not None else _arrays(made)))
        _connect(graph, sketch, index, names)
    graph.graph["outputs"] = [names[sketch.values[thing].node].id for thing in sketch.trace.outputs]
    graph.graph["torch_names"] = _torch_names(sketch, kept, names)
    unused = _unused(sketch, kept)
    if unused:
        graph.graph["torch_unused"] = {thing.name: thing.shape for thing in unused}
    return graph, tuple(sorted({made.op for i in kept if "." in (made := sketch.nodes[i]).op}))


def _own_outputs(sketch: Sketch) -> None:
    """Every output of the module gets a node that is its alone: a part of a split, an input or one given twice stands behind another."""
    taken: set[int] = set()
    same: dict[str, Any]
    for i, thing in enumerate(sketch.trace.outputs):
        value = sketch.values[thing]
        if value.node in taken or len(sketch.nodes[value.node].shapes) > 1 or sketch.nodes[value.node].op == "input":
            same = {"op": "identity"} if thing.is_float else {"op": "reshape", "shape": value.sample}      # which carries indices too
            value = value.at(sketch.new(**same, sources=[value]))
            sketch.trace.outputs[i] = again = Thing("result", thing.shape, thing.is_float)
            sketch.values[again] = value
        taken.add(value.node)


def _placement(name: Name) -> dict[str, Any]:
    return {word: value for word, value in (("within", name.group), ("label", name.label)) if value}


def _arrays(made: Made) -> dict[str, Any]:
    """The arrays that the node itself holds, where their numbers are known."""
    arrays = {field: array_of(thing).reshape(made.words["shape"] if made.op == "parameter" else thing.shape)
              for field, thing in made.weights.items() if thing.value is not None and not (field == "weight" and made.op in ON_EDGES)}
    return ({"arrays": arrays} if arrays and issubclass(OPS[made.op], Block) else arrays) | (
        {} if all(thing.is_trained for thing in made.weights.values() if thing.kind == "parameter") else {"trainable": False})


def _connect(graph: nx.DiGraph, sketch: Sketch, index: int, names: dict[int, Name]) -> None:
    """The in-edges of a node, one for each source, with slots where their order matters."""
    made = sketch.nodes[index]
    if made.op == "input":
        return
    by_source: dict[int, list[tuple[Slot, Value, dict[str, Any]]]] = {}
    slots: Sequence[Slot] = made.slots or range(len(made.edges))
    for slot, (source, words) in zip(slots, made.edges, strict=True):
        by_source.setdefault(source.node, []).append((slot, source, words))
    for node, fed in by_source.items():
        first = fed[0]
        together = [part for part in fed if (part[1].output, part[2]) == (first[1].output, first[2])]
        _edge(graph, names[node].id, names[index].id, made, together)
        for part in fed:
            if part not in together:                       # a DiGraph has one edge a pair: the others go by way of a node
                by_way = f"{names[index].id}_input_{part[0]}"
                graph.add_node(by_way, op="identity", **_placement(names[index]) | {"label": "identity"})
                graph.add_edge(names[node].id, by_way, **({"output": part[1].output} if part[1].output else {}))
                _edge(graph, by_way, names[index].id, made, [(part[0], Value(part[1].shape), part[2])])


def _edge(graph: nx.DiGraph, source: str, target: str, made: Made, fed: list[tuple[Slot, Value, dict[str, Any]]]) -> None:
    slots, words = [slot for slot, _, _ in fed], dict(fed[0][2])
    if len(made.edges) > 1:
        words["slot"] = slots[0] if len(slots) == 1 else tuple(slots)
    if fed[0][1].output:
        words["output"] = fed[0][1].output
    weight = made.weights.get("weight")
    if made.op in ON_EDGES and weight is not None and weight.value is not None and made.share is None:
        array = array_of(weight)
        words["weight"] = array.T if made.turned else array
    graph.add_edge(source, target, **words)


def _torch_names(sketch: Sketch, kept: list[int], names: dict[int, Name]) -> dict[str, str]:
    """Our name of each array: torch's, with `.T` behind it for a matrix that lies turned in the module, and `[16:32]` for rows of it."""
    return {f"{escaped(names[i].id)}.{field}": thing.name + (".T" if made.turned and field == "weight" else "")
            for i in kept if (made := sketch.nodes[i]).share is None for field, thing in made.weights.items() if thing.name}


def _unused(sketch: Sketch, kept: list[int]) -> list[Thing]:
    used = {thing.whole or thing for i in kept for thing in sketch.nodes[i].weights.values()}
    return [thing for thing in sketch.trace.parameters if thing.kind == "parameter" and thing not in used]
