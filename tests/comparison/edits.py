"""Seeded random edits of nets, each with what a diff has to say of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

SWAPS = {"relu": "gelu", "gelu": "relu", "tanh": "relu", "maxpool2d": "avgpool2d", "avgpool2d": "maxpool2d", "layernorm": "rmsnorm"}
GROWN = ("units", "channels", "kernel_size", "padding", "num_embeddings", "stride", "p", "eps", "groups")


@dataclass
class Told:
    """What a diff should tell, shapes aside."""

    added: set = field(default_factory=set)
    removed: set = field(default_factory=set)
    added_edges: set = field(default_factory=set)
    removed_edges: set = field(default_factory=set)
    changed: dict[Any, dict[str, tuple[Any, Any]]] = field(default_factory=dict)


Edit = Callable[[nx.DiGraph, random.Random], tuple[nx.DiGraph, Told] | None]


def insert(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A new layer on an edge."""
    graph = graph.copy()
    source, target = rng.choice(list(graph.edges))
    graph.add_node("new layer", **rng.choice([{"op": "relu"}, {"op": "dropout", "p": 0.3}, {"op": "dense", "units": 7}, {"op": "tanh"}]))
    words = dict(graph.edges[source, target])
    graph.remove_edge(source, target)
    graph.add_edge(source, "new layer")
    graph.add_edge("new layer", target, **words)
    return graph, Told({"new layer"}, added_edges={(source, "new layer"), ("new layer", target)}, removed_edges={(source, target)})


def remove(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A layer of one source and one reader is taken out, and its ends are joined."""
    graph = graph.copy()
    fit = [node for node in graph if graph.in_degree(node) == graph.out_degree(node) == 1
           and not graph.has_edge(next(graph.predecessors(node)), next(graph.successors(node)))]
    if not fit:
        return None
    node = rng.choice(fit)
    (source,), (target,) = graph.predecessors(node), graph.successors(node)
    graph.add_edge(source, target, **graph.edges[node, target])
    graph.remove_node(node)
    return graph, Told(removed={node}, added_edges={(source, target)}, removed_edges={(source, node), (node, target)})


def grow(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A constant of a layer gets another value."""
    graph = graph.copy()
    fit = [(node, word) for node, words in graph.nodes(data=True) for word in GROWN if isinstance(words.get(word), int | float)]
    if not fit:
        return None
    node, word = rng.choice(fit)
    old = graph.nodes[node][word]
    graph.nodes[node][word] = old / 2 if isinstance(old, float) else old + 2
    return graph, Told(changed={node: {word: (old, graph.nodes[node][word])}})


def swap(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A layer gets another op, or another activation."""
    graph = graph.copy()
    fit = [(node, word) for node, words in graph.nodes(data=True) for word in ("op", "activation") if words.get(word) in SWAPS
           and not (word == "op" and len(words) - ("within" in words) - ("label" in words) > 1)]
    if not fit:
        return None
    node, word = rng.choice(fit)
    old = graph.nodes[node][word]
    graph.nodes[node][word] = SWAPS[old]
    return graph, Told(changed={node: {word: (old, SWAPS[old])}})


def rename(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A layer gets another id."""
    node = rng.choice(list(graph))
    new = rng.choice(["another name", f"{node}_2x", "dense1000", 77_777])
    if new in graph:
        return None
    return nx.relabel_nodes(graph, {node: new}), Told(changed={new: {"id": (node, new)}})


def regroup(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A layer moves to another group."""
    graph = graph.copy()
    node = rng.choice(list(graph))
    old = graph.nodes[node].get("within")
    graph.nodes[node]["within"] = "elsewhere"
    return graph, Told(changed={node: {"within": (old, "elsewhere")}})


def join(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """An edge from a node to one that comes later."""
    graph = graph.copy()
    source, target = sorted(rng.sample(range(len(graph)), 2))
    order = list(nx.topological_sort(graph))
    edge = order[source], order[target]
    if graph.has_edge(*edge):
        return None
    graph.add_edge(*edge)
    return graph, Told(added_edges={edge})


def cut(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """An edge is taken away."""
    graph = graph.copy()
    edge = rng.choice(list(graph.edges))
    graph.remove_edge(*edge)
    return graph, Told(removed_edges={edge})


def weigh(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """An edge gets a gain."""
    graph = graph.copy()
    edge = rng.choice(list(graph.edges))
    old = graph.edges[edge].get("weight")
    graph.edges[edge]["weight"] = 0.25
    return graph, Told(changed={edge: {"weight": (old, 0.25)}})


def freeze(graph: nx.DiGraph, rng: random.Random) -> tuple[nx.DiGraph, Told] | None:
    """A layer is frozen."""
    graph = graph.copy()
    node = rng.choice(list(graph))
    graph.nodes[node]["trainable"] = False
    return graph, Told(changed={node: {"trainable": (True, False)}})


EDITS: dict[str, Edit] = {edit.__name__: edit for edit in (insert, remove, grow, swap, rename, regroup, join, cut, weigh, freeze)}
