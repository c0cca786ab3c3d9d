"""How neurons were declared: a graph of them flows in and becomes plain data; with it, the same graph can be written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from netgraph.errors import NetgraphError
from netgraph.neurons.reading import ends

NEURONS = "_neurons"                   # a node's attribute: the ids of its neurons; the graph's: how they were declared
DEFAULTS = {"bias": 0.0, "activation": "identity"}


def declaration(graph: nx.DiGraph) -> dict[str, Any]:
    """What is needed to write a graph again, but for its weights: its own words, its nodes in order, and notes on edges.

    >>> G = nx.DiGraph(); G.add_edge("a", "y", weight=2.0)
    >>> declaration(G)
    {'graph': {}, 'nodes': [['a', {}], ['y', {}]], 'edges': []}
    """
    notes = [[source, target, {word: value for word, value in words.items() if word != "weight"}]
             for source, target, words in graph.edges(data=True) if len(words) > 1]
    return {"graph": dict(graph.graph), "nodes": [[name, dict(words)] for name, words in graph.nodes(data=True)], "edges": notes}


def as_declared(neurons: nx.DiGraph, declared: Any, name: str) -> nx.DiGraph:
    """The neurons in the order and with the notes of a declaration, with their present numbers; as they are, where there is none."""
    graph = nx.DiGraph()
    if not isinstance(declared, dict) or not {"graph", "nodes", "edges"} <= declared.keys():
        declared = {"graph": {"name": name} if name else {}, "nodes": [], "edges": []}
    graph.graph.update(declared["graph"])
    for node, words in declared["nodes"]:
        if node in neurons:
            graph.add_node(node, **{**words, **_changed(words, neurons.nodes[node])})
    graph.add_nodes_from((node, words) for node, words in neurons.nodes(data=True) if node not in graph)
    graph.add_edges_from(neurons.edges(data=True))
    graph.add_edges_from((source, target, notes) for source, target, notes in declared["edges"] if neurons.has_edge(source, target))
    complaints: list[NetgraphError] = []
    for word, meant in zip(("inputs", "outputs"), ends(graph, complaints), strict=True):
        if complaints or list(meant) != neurons.graph[word]:
            graph.graph[word] = neurons.graph[word]
    return graph


def _changed(declared: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a neuron that differ from what was declared, defaults counted."""
    return {word: present[word] for word, default in DEFAULTS.items()
            if word in present and present[word] != (default if declared.get(word) is None else declared[word])}
