"""Nodes and edges as a file lists them go in, a DiGraph comes out; a DiGraph goes in, its edges in the order to list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import networkx as nx

from netgraph.errors import GraphError, shorten
from netgraph.exchange.misfit import MisfitError
from netgraph.graph import require_digraph

Attributes = dict[Any, Any]
Id = int | str
Edge = tuple[Id, Id]


def graph_of(thing: object) -> nx.DiGraph:
    """The DiGraph itself, or the one that a compiled net carries as `.graph`.

    Raises: GraphError when there is none, or an id is neither a text nor an integer.

    >>> graph_of(nx.path_graph(2, create_using=nx.DiGraph)).edges
    OutEdgeView([(0, 1)])
    """
    carried = None if isinstance(thing, nx.Graph) else getattr(thing, "graph", None)
    graph = require_digraph(carried if isinstance(carried, nx.Graph) else thing)
    wrong = next((node for node in graph if type(node) not in (int, str)), None)
    if wrong is not None:
        raise GraphError(f"A node's id is a {type(wrong).__name__}, and a file keeps texts and integers alone. "
                         "Rename it with networkx.relabel_nodes.")
    return graph


def build(attributes: Attributes, nodes: list[tuple[Id, Attributes]], edges: list[tuple[Id, Id, Attributes]]) -> nx.DiGraph:
    """The DiGraph with these nodes and edges, in this order.

    Raises: MisfitError when a node or edge is there twice, or an edge has an end that is no node.

    >>> build({}, [("x", {}), ("y", {"units": 1})], [("x", "y", {})]).nodes["y"]
    {'units': 1}
    """
    ids = {node for node, _ in nodes}
    if len(ids) < len(nodes):
        raise MisfitError(f"The node {shorten(_first_double(node for node, _ in nodes))} stands in it twice. Rename or remove one.")
    for source, target, _ in edges:
        if source not in ids or target not in ids:
            missing = shorten(target if source in ids else source)
            raise MisfitError(f"The edge {shorten(source)} -> {shorten(target)} needs a node {missing}, and there is none. "
                              "Declare it, or remove the edge.")
    if len({(source, target) for source, target, _ in edges}) < len(edges):
        source, target = _first_double((source, target) for source, target, _ in edges)
        raise MisfitError(f"The edge {shorten(source)} -> {shorten(target)} stands in it twice, and a DiGraph keeps one. "
                          "Write one edge whose `slot` is a tuple of all it feeds.")
    graph = nx.DiGraph()
    graph.graph.update(attributes)
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


def edge_order(graph: nx.DiGraph) -> list[Edge]:
    """The edges so listed that adding them one by one gives each node its in-edges and its out-edges in the order they have.

    >>> G = nx.DiGraph(); G.add_nodes_from("abc")
    >>> G.add_edges_from(["bc", "ac"])
    >>> list(G.edges), edge_order(G)
    ([('a', 'c'), ('b', 'c')], [('b', 'c'), ('a', 'c')])
    """
    rank = {node: index for index, node in enumerate(graph)}
    edges = list(graph.edges)
    if all(rank[a] < rank[b] for node in graph for a, b in pairwise(graph.pred[node])):
        return edges   # the common case: listed by source, each target's in-edges already come in order
    sorter: TopologicalSorter[Edge] = TopologicalSorter(dict.fromkeys(edges, ()))
    for node in graph:
        for before, after in pairwise((node, target) for target in graph.succ[node]):
            sorter.add(after, before)
        for before, after in pairwise((source, node) for source in graph.pred[node]):
            sorter.add(after, before)
    try:
        return list(sorter.static_order())
    except CycleError:
        return edges   # no order of adding gives both, which only a graph changed behind networkx's back has


def _first_double(things: Iterable[Any]) -> Any:
    return next(thing for thing, count in Counter(things).items() if count > 1)
