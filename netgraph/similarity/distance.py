"""Graphs go in; how many edits lie between them comes out: counted where they are small, found by alignment where not, or foretold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import networkx as nx
import numpy as np

from netgraph.errors import OpError, suggestion
from netgraph.similarity.canonical import canonical
from netgraph.similarity.directed_gin import distance_encoder, distance_vectors
from netgraph.similarity.edit_distance.edits import MOST_NODES, Rows, fewest_edits, rows_of
from netgraph.similarity.labelled import LabelledGraph, batch_of, read_all, read_labelled

WAYS = ("edits", "vectors")
Graph: TypeAlias = nx.DiGraph | LabelledGraph


def distance(graph: Graph, other: Graph, *, by: str = "edits") -> float:
    """The edit distance between two graphs: a node or edge added or removed, or an operation replaced, is 1.

    By "edits" it is the fewest edits that a search finds: proven to be the fewest for graphs of up to 10 nodes, often so for those of
    up to 24. For larger ones it is an upper bound, found by aligning learned vectors of the nodes and improving on that. By "vectors"
    it is foretold from one learned vector a graph, which is fast and not exact. Parameters and shapes do not count.

    Symmetric; 0 for equal graphs; unchanged when nodes are renamed or anything is reordered.

    Raises: OpError for another way; GraphError, OpError or ShapeError for what is no graph of operations.

    >>> import netgraph as ng
    >>> ng.distance(ng.chain(3, 4, "relu", 1), ng.chain(3, 4, "tanh", 1))
    1.0
    >>> ng.distance(ng.zoo.resnet(18), ng.zoo.resnet(18))
    0.0
    """
    return float(distance_matrix([read_labelled(graph)], [read_labelled(other)], by=by)[0, 0])


def distance_matrix(graphs: Iterable[Graph], others: Iterable[Graph] | None = None, *, by: str = "edits") -> np.ndarray:
    """The distance of each of the graphs to each of the others, or to each of themselves, as `distance` gives it.

    In the example the shorter chain is 4 edits away: an activation and both its edges go, and an edge comes in their place.

    Shapes: a graphs, b others -> (a, b), float64.
    Raises: as `distance` does.

    >>> import netgraph as ng
    >>> nets = [ng.chain(3, 4, word, 1) for word in ("relu", "tanh")]
    >>> ng.distance_matrix(nets, [ng.chain(3, 4, 1), *nets])
    array([[4., 0., 1.],
           [4., 1., 0.]])
    """
    if by not in WAYS:
        raise OpError(f"Distances are not taken by {by!r}. {suggestion(by, WAYS)}")
    first = read_all(graphs)
    second = first if others is None else read_all(others)
    return _by_vectors(first, second) if by == "vectors" else _by_edits(first, second)


def _by_vectors(first: Sequence[LabelledGraph], second: Sequence[LabelledGraph]) -> np.ndarray:
    a, b = distance_vectors(first), distance_vectors(second)
    return np.array([np.sqrt(((b - row) ** 2).sum(axis=1)) for row in a]).reshape(len(a), len(b))


@dataclass(frozen=True, eq=False)
class _Subject:
    """A graph in its own order. Graphs of one key are the same."""

    graph: LabelledGraph
    key: tuple[int, tuple[str, ...], bytes]
    rows: Rows | None

    def __len__(self) -> int:
        return len(self.graph)

    @cached_property
    def nodes(self) -> np.ndarray:
        """A learned vector for each node."""
        return distance_encoder().nodes(batch_of([self.graph]))


def _subject(graph: LabelledGraph) -> _Subject:
    ordered = canonical(graph)
    rows = rows_of(ordered) if len(graph) <= MOST_NODES else None
    return _Subject(ordered, (len(graph), ordered.ops, ordered.edges.tobytes()), rows)


def _by_edits(first: Sequence[LabelledGraph], second: Sequence[LabelledGraph]) -> np.ndarray:
    a = [_subject(graph) for graph in first]
    b = a if second is first else [_subject(graph) for graph in second]
    pairs = {tuple(sorted((x.key, y.key))): tuple(sorted((x, y), key=lambda side: side.key)) for x in a for y in b if x.key != y.key}
    edits = dict(zip(pairs, _edits([(x, y) for x, y in pairs.values()]), strict=True))
    return np.array([[0.0 if x.key == y.key else edits[tuple(sorted((x.key, y.key)))] for y in b] for x in a]).reshape(len(a), len(b))


def _edits(pairs: Sequence[tuple[_Subject, _Subject]]) -> list[float]:
    """The edits of each pair, the lower key first: small ones all at once, and whatever that does not settle one by one."""
    counted = [place for place, (x, y) in enumerate(pairs) if x.rows is not None and y.rows is not None]
    found, proven = fewest_edits([(x.rows, y.rows) for x, y in (pairs[place] for place in counted) if x.rows and y.rows])
    bounds = dict(zip(counted, found.tolist(), strict=True))
    settled = {place for place, is_proven in zip(counted, proven, strict=True) if is_proven}
    return [float(bounds[place] if place in settled else min(_aligned(x, y), bounds.get(place, math.inf)))
            for place, (x, y) in enumerate(pairs)]


def _aligned(small: _Subject, large: _Subject) -> int:
    from netgraph.similarity.edit_distance.alignment import aligned_edits  # brings SciPy, which small graphs do without
    return aligned_edits(small.graph, large.graph, small.nodes, large.nodes)
