"""Two graphs go in; what a map of the nodes of one into the other is worth comes out, as a whole and for each pair of nodes beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from netgraph.similarity.labelled import LabelledGraph

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Cells:
    """Numbers for some pairs of nodes, 0 for all others. Shapes: keys (K,), row · m + column, ascending; counts (K,)."""

    keys: Array
    counts: Array

    def at(self, keys: Array) -> Array:
        """The number of each key."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.counts[place], 0)


@dataclass(frozen=True, eq=False)
class Task:
    """A graph of n nodes to be laid into one of m nodes, n <= m. A map says for each of the n which of the m it is laid on.

    Shapes: labels (n,), places (m,), numbers for words; small (2, E), large (2, F), edges.
    """

    labels: Array
    places: Array
    small: Array
    large: Array

    @property
    def cells(self) -> int:
        return len(self.labels) * len(self.places)

    @property
    def highest(self) -> int:
        """A score that no map exceeds."""
        alike = Counter(self.labels.tolist()) & Counter(self.places.tolist())
        return alike.total() + 2 * min(len(self.small[0]), len(self.large[0]))

    @cached_property
    def _large_cells(self) -> Cells:
        keys = np.sort(self.large[0] * len(self.places) + self.large[1])
        return Cells(keys, np.ones(len(keys), np.int64))

    @cached_property
    def _neighbours(self) -> tuple[Callable[[Array, Array], Array], ...]:
        return tuple(_table(near, far, len(self.places)) for near, far in (self.large, self.large[::-1]))

    def edits(self, score: int) -> int:
        """The edits that a map of that score tells."""
        return len(self.places) + len(self.small[0]) + len(self.large[0]) - score

    def common(self, image: Array) -> int:
        """The edges that a map lays on edges."""
        sources, targets = image[self.small]
        return int(self._large_cells.at(sources * len(self.places) + targets).sum())

    def alike(self, image: Array) -> int:
        """The nodes that a map lays on one of their label."""
        return int(np.count_nonzero(self.labels == self.places[image]))

    def score(self, image: Array) -> int:
        """Equal labels and twice the common edges of a map."""
        return self.alike(image) + 2 * self.common(image)

    def offers(self, image: Array) -> Cells:
        """How many edges each pair of nodes would have in common with what the map lays where; -1 in a map lays nothing."""
        keys = []
        for (near, far), neighbours in zip((self.small, self.small[::-1]), self._neighbours, strict=True):
            laid = image[near] >= 0
            keys.append(neighbours(image[near[laid]], far[laid]))
        return Cells(*np.unique(np.concatenate(keys), return_counts=True))


def task_of(small: LabelledGraph, large: LabelledGraph) -> Task:
    """The task of two graphs."""
    number = {op: place for place, op in enumerate(sorted(set(large.ops)))}
    labels, places = (np.array([number.get(op, -1) for op in graph.ops]) for graph in (small, large))
    return Task(labels, places, small.edges, large.edges)


def _table(nodes: Array, neighbours: Array, size: int) -> Callable[[Array, Array], Array]:
    """A function of nodes and rows: the keys of each row with each neighbour of its node."""
    beside = neighbours[np.argsort(nodes, kind="stable")]
    counts = np.bincount(nodes, minlength=size)
    ends = np.cumsum(counts)

    def keys(of: Array, rows: Array) -> Array:
        many = counts[of]
        steps = np.arange(many.sum()) + np.repeat(ends[of] - np.cumsum(many), many)
        return np.asarray(np.repeat(rows, many) * size + beside[steps])

    return keys
