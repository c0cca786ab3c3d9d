"""Graphs of networkx with numbers on their nodes and edges go in; the same as arrays comes out, one graph or many as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from netgraph.errors import DataError, GraphError, ShapeError, shorten


@dataclass(frozen=True, eq=False)
class FeaturedGraph:
    """A graph as arrays; an edge without a direction stands there once for each.

    Shapes: nodes (N, F), edges (2, E), weights (E, K), where K is 0 for edges without features.
    """

    nodes: np.ndarray
    edges: np.ndarray
    weights: np.ndarray

    @property
    def widths(self) -> tuple[int, int]:
        """How many numbers a node and an edge carry."""
        return self.nodes.shape[1], self.weights.shape[1]


@dataclass(frozen=True, eq=False)
class FeaturedBatch:
    """Several graphs as one, and the graph of each node.

    Shapes: as of a FeaturedGraph, owners (N,).
    """

    nodes: np.ndarray
    edges: np.ndarray
    weights: np.ndarray
    owners: np.ndarray
    count: int


def common_widths(graphs: Sequence[FeaturedGraph]) -> tuple[int, int]:
    """How many numbers nodes and edges carry, by the first graph that has such."""
    return graphs[0].widths[0], next((graph.widths[1] for graph in graphs if graph.edges.size), 0)


def featured_batch(graphs: Sequence[FeaturedGraph], edge_width: int) -> FeaturedBatch:
    """The graphs as one graph of several parts; those without edges do not know how many numbers an edge carries."""
    sizes = [len(graph.nodes) for graph in graphs]
    starts = np.cumsum([0, *sizes[:-1]])
    return FeaturedBatch(np.concatenate([graph.nodes for graph in graphs]),
                         np.concatenate([graph.edges + start for graph, start in zip(graphs, starts, strict=True)], axis=1),
                         np.concatenate([np.zeros((0, edge_width)), *(graph.weights for graph in graphs if graph.edges.size)]),
                         np.repeat(np.arange(len(graphs)), sizes), len(graphs))


def read_featured(graph: nx.Graph, node_features: str | None, edge_features: str | None) -> FeaturedGraph:
    """A graph's numbers by the names of the attributes that hold them; without a name every node carries a 1, and no edge anything.

    Raises: GraphError for what is no graph of single edges, or has no nodes; DataError and ShapeError for features that are missing,
    of unequal length, or no finite numbers.

    >>> G = nx.Graph()
    >>> G.add_node(1, feat=(0.1, 0.2)); G.add_node(2, feat=(0.3, 0.4)); G.add_edge(1, 2, feat=0.7)
    >>> read_featured(G, "feat", "feat").edges, read_featured(G, "feat", "feat").weights
    (array([[0, 1],
           [1, 0]]), array([[0.7],
           [0.7]]))
    """
    if not isinstance(graph, nx.Graph) or graph.is_multigraph():
        raise GraphError(f"An encoder reads a networkx.Graph or DiGraph, but got {_kind(graph)}. Convert it first.")
    if not len(graph):
        raise GraphError("The graph has no nodes, so there is nothing to encode. Add nodes with features.")
    order = {node: at for at, node in enumerate(graph)}
    nodes = np.ones((len(graph), 1)) if node_features is None else _table(
        ((f"Node {shorten(node)}", words) for node, words in graph.nodes(data=True)), node_features)
    pairs = np.array([(order[source], order[target]) for source, target in graph.edges], np.int64).reshape(-1, 2).T
    weights = _edge_table(graph, edge_features)
    if graph.is_directed():
        return FeaturedGraph(nodes, pairs, weights)
    is_loop = pairs[0] == pairs[1]
    return FeaturedGraph(nodes, np.concatenate([pairs, pairs[::-1, ~is_loop]], axis=1), np.concatenate([weights, weights[~is_loop]]))


def _kind(graph: object) -> str:
    return f"a {type(graph).__name__}" if isinstance(graph, nx.Graph) else f"{shorten(graph)} of type {type(graph).__name__}"


def _edge_table(graph: nx.Graph, name: str | None) -> np.ndarray:
    """The features of all edges; none where no edge has any."""
    if name is None or not any(name in words for *_, words in graph.edges(data=True)):
        return np.zeros((graph.number_of_edges(), 0))
    return _table(((f"The edge {shorten(u)} -> {shorten(v)}", words) for u, v, words in graph.edges(data=True)), name)


def _table(owners: Iterable[tuple[str, Mapping[str, Any]]], name: str) -> np.ndarray:
    rows: list[np.ndarray] = []
    for owner, words in owners:
        if name not in words:
            raise DataError(f"{owner} has no '{name}', but an encoder wants numbers there. Write {name}=(0.1, 0.2) or the like.")
        rows.append(_row(owner, name, words[name]))
        if rows[-1].shape != rows[0].shape:
            raise ShapeError(f"{owner} has {len(rows[-1])} numbers in '{name}', but others have {len(rows[0])}. Give all equally many.")
    return np.array(rows)


def _row(owner: str, name: str, value: object) -> np.ndarray:
    try:
        row = np.atleast_1d(np.asarray(value, np.float64))
    except (TypeError, ValueError):
        row = np.full((1, 1), np.nan)
    if row.ndim != 1 or not row.size or not np.isfinite(row).all():
        raise DataError(f"{owner} has {name}={shorten(value)}, but wants a finite number or a tuple of them. Correct it.")
    return row
