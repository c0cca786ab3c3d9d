"""A graph goes in; one side of a comparison comes out: its nodes numbered in running order, with all that can be compared of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from netgraph.edge import EDGE_WORDS
from netgraph.errors import GraphError, NetgraphError
from netgraph.graph import Node, read_nodes, require_digraph
from netgraph.inference import infer
from netgraph.plan import Plan
from netgraph.rules import running_order
from netgraph.weights import NodeId

Key = tuple[tuple[str, Hashable], ...]
EDGE_DEFAULTS = {"trainable": True, "output": 0, "delay": 0, "slot": 1}       # a slot of a sum says only how often it is fed
PLACES = frozenset({"within", "label"})        # fields that say where a node is shown, not what it does


@dataclass(frozen=True)
class Side:
    """One of two nets that are compared. Nodes are counted in running order, and all lists go by that number.

    `fields` are the values as a reader knows them, `keys` the same in a form in which equal values are equal (3 and (3, 3) for
    one kernel); `contents` are the keys that say what a node computes. `sources` has for each source the key of the edge.
    `shapes` are empty where the graph is no net that netgraph can run.
    """

    graph: nx.DiGraph
    ids: list[NodeId]
    fields: list[dict[str, Any]]
    keys: list[dict[str, Hashable]]
    contents: list[Hashable]
    sources: list[dict[int, Key]]
    targets: list[list[int]]
    shapes: list[Any] = field(default_factory=list)
    plan: Plan | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def is_end(self, node: int) -> bool:
        """Whether a node has no sources or no readers."""
        return not self.sources[node] or not self.targets[node]


def read_side(graph: nx.DiGraph) -> Side:
    """The side that a graph makes; ops that are not in the vocabulary are compared field by field as they stand.

    >>> side = read_side(nx.DiGraph([("x", "h")]))
    >>> side.ids, side.sources, side.shapes
    (['x', 'h'], [{}, {0: ()}], [])
    """
    ids = _order(require_digraph(graph))
    number = {name: place for place, name in enumerate(ids)}
    understood = {node.id: node for node in read_nodes(graph, [])}
    told = [_told(graph.nodes[name], understood.get(name)) for name in ids]
    sources = [{number[source]: _edge_key(words, understood.get(name)) for source, words in graph.pred[name].items()} for name in ids]
    targets = [[number[target] for target in graph.succ[name]] for name in ids]
    contents = [tuple(sorted((word, repr(key)) for word, key in keys.items() if word not in PLACES)) for _, keys in told]
    plan = _plan(graph)
    shapes = [plan[name].shapes if len(plan[name].shapes) > 1 else plan[name].shape for name in ids] if plan else []
    return Side(graph, ids, [fields for fields, _ in told], [keys for _, keys in told], list(contents), sources, targets, shapes, plan)


def _order(graph: nx.DiGraph) -> list[NodeId]:
    try:
        return running_order(graph)
    except GraphError:                                   # a circle: it can still be compared
        return list(graph)


def _plan(graph: nx.DiGraph) -> Plan | None:
    try:
        return infer(graph)
    except NetgraphError:
        return None


def _told(words: Mapping[str, Any], node: Node | None) -> tuple[dict[str, Any], dict[str, Hashable]]:
    """The fields of a node, and their keys; arrays, the node that it shares with, and notes of the user's own are left out."""
    given = {word: value for word, value in words.items() if isinstance(word, str) and not word.startswith("_") and word != "share"
             and not is_array(value)}
    if node is None:
        return given, {word: as_key(value) for word, value in given.items()}
    own = {field.name.rstrip("_"): (getattr(node.op, field.name), field.default) for field in dataclasses.fields(node.op)}
    told = {word: (as_key(value), as_key(default)) for word, (value, default) in own.items()}
    keys = {"op": node.op_name} | {word: key for word, (key, default) in told.items() if key != default}
    keys |= {word: words[word] for word in ("activation", "label") if words.get(word) is not None}
    keys |= {"within": "/".join(node.group)} if node.group else {}
    keys |= {} if node.trainable else {"trainable": False}
    defaults = {word: brief(default) for word, (_, default) in own.items() if default is not dataclasses.MISSING}
    arrays = {word: words[word] for word in own if is_array(words.get(word))}       # numbers that are a constant of the op
    return {"trainable": True, **defaults, **given, **arrays, "op": node.op_name}, keys


def _edge_key(words: Mapping[str, Any], target: Node | None) -> Key:
    """What an edge does, defaults left out; arrays count as no weight at all."""
    if not words:
        return ()
    given = {word: words[word] for word in EDGE_WORDS & words.keys() if words[word] is not None and not is_array(words[word])}
    if "slot" in given:
        slots = given["slot"] if isinstance(given["slot"], tuple | list) else (given["slot"],)
        given["slot"] = len(slots) if target is not None and target.op.is_symmetric else tuple(slots)
    told = ((word, as_key(value)) for word, value in given.items())
    return tuple(sorted((word, key) for word, key in told if word not in EDGE_DEFAULTS or EDGE_DEFAULTS[word] != key))


def is_array(value: object) -> bool:
    """Whether a value is an array of numbers, and not a gain, size or word.

    >>> is_array(np.ones(2)), is_array([[1.0, 2.0]]), is_array((3, 3))
    (True, True, False)
    """
    return (isinstance(value, np.ndarray) and value.ndim > 0) or (
        isinstance(value, list | tuple) and bool(value) and isinstance(value[0], list | tuple | np.ndarray))


def as_key(value: object) -> Hashable:
    """A value in a form that can be looked up; lists are tuples.

    >>> as_key([1, [2, 3]]), as_key({"b": 1})
    ((1, (2, 3)), (('b', 1),))
    """
    if isinstance(value, np.generic):
        return as_key(value.item())
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, list | tuple):
        return tuple(as_key(part) for part in value)
    if isinstance(value, dict):
        return tuple(sorted(((str(word), as_key(part)) for word, part in value.items()), key=repr))
    return value if isinstance(value, Hashable) else repr(value)


def brief(value: Any) -> Any:
    """A default as a person would write it: 1 for (1, 1).

    >>> brief((1, 1)), brief((0, 1)), brief("zeros")
    (1, (0, 1), 'zeros')
    """
    return value[0] if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1 else value
