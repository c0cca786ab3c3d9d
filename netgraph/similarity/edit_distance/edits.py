"""Pairs of graphs of up to 24 nodes go in; the fewest edits that make one of the other come out, and whether they are proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from netgraph.similarity.edit_distance.beam import Pairs, Side, pairs_of, search
from netgraph.similarity.hashes import word_hash
from netgraph.similarity.labelled import LabelledGraph

MOST_NODES = 24
WIDTHS = (4, 32, 256, 2048, 8192)
MOST_WORK = 15_000_000                 # width times nodes cubed: up to 12 nodes all widths are tried, and all but hard pairs proven
CELLS = 100_000                        # places that a beam of all pairs of one call fills: small enough for the cache


@dataclass(frozen=True, eq=False)
class Rows:
    """One graph as the search wants it: well-linked nodes first, neighbours as bits. Shapes: (N,) each, as in a Side."""

    labels: np.ndarray
    succ: np.ndarray
    pred: np.ndarray
    loops: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def rows_of(graph: LabelledGraph) -> Rows:
    """The rows of a graph: each node next that has the most edges to those before it, of these the one with the most edges."""
    size = len(graph)
    linked = np.zeros((size, size), bool)
    linked[graph.edges[0], graph.edges[1]] = True
    loops = linked.diagonal().copy()
    np.fill_diagonal(linked, False)
    order = _order(linked | linked.T)
    linked = linked[np.ix_(order, order)]
    bits = np.uint64(1) << np.arange(size, dtype=np.uint64)
    kind = np.uint16 if size <= 16 else np.uint64
    succ, pred = ((rows * bits).sum(axis=1, dtype=np.uint64).astype(kind) for rows in (linked, linked.T))
    return Rows(np.array([word_hash(graph.ops[node]) for node in order], np.uint64), succ, pred, loops[order])


def _order(linked: np.ndarray) -> list[int]:
    degree = linked.sum(axis=1)
    links = np.zeros(len(linked), np.int64)
    order: list[int] = []
    for _ in range(len(linked)):
        rank = links * (len(linked) + 1) + degree
        rank[order] = -1
        order.append(int(rank.argmax()))
        links += linked[order[-1]]
    return order


def fewest_edits(pairs: Sequence[tuple[Rows, Rows]], widths: Iterable[int] = WIDTHS) -> tuple[np.ndarray, np.ndarray]:
    """The fewest edits of each pair, and whether no map of nodes can tell fewer; if not, they are an upper bound.

    Shapes: (P,), (P,).
    Units: a node or edge added, removed, or a node relabelled is one edit.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> a, b = (rows_of(read_labelled(net)) for net in (ng.chain(3, 4, "relu", 1), ng.chain(3, 4, "tanh", 1)))
    >>> fewest_edits([(a, b)])
    (array([1]), array([ True]))
    """
    groups = defaultdict(list)
    for place, (a, b) in enumerate(pairs):
        groups[min(len(a), len(b)), max(len(a), len(b))].append(place)
    edits, proven = np.zeros(len(pairs), np.int64), np.ones(len(pairs), bool)
    for places in groups.values():
        ordered = [sorted(pairs[place], key=len) for place in places]
        edits[places], proven[places] = _edits(side_of([a for a, _ in ordered]), side_of([b for _, b in ordered]), widths)
    return edits, proven


def side_of(rows: Sequence[Rows]) -> Side:
    """Graphs of one size as one side of as many pairs."""
    return Side(*(np.stack(parts) for parts in zip(*((row.labels, row.succ, row.pred, row.loops) for row in rows), strict=True)))


def _edits(small: Side, large: Side, widths: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """Edits of pairs that have equal sizes: a narrow beam for all, a wider one for those that it has not proven."""
    size = large.labels.shape[1]
    score, open_pairs = np.full(len(small.labels), -1, np.int16), np.arange(len(small.labels))
    for width in (width for width in widths if width * size**3 <= MOST_WORK):
        left = [open_pairs[:0]]
        for part in np.split(open_pairs, range(0, len(open_pairs), max(1, CELLS // (width * size)))[1:]):
            found = search(_pairs(small, large, part), width, score[part])
            score[part] = found.score
            left.append(part[~found.is_proven])
        open_pairs = np.concatenate(left)
        if not len(open_pairs):
            break
    edges = sum(side.edge_count + side.loops.sum(axis=1) for side in (small, large))
    proven = np.ones(len(score), bool)
    proven[open_pairs] = False
    return size + edges - score, proven


def _pairs(small: Side, large: Side, part: np.ndarray) -> Pairs:
    return pairs_of(small.take(part), large.take(part))
