"""Shapes of nodes as tuples or lists go in; all their sizes in one array come out, which a batch of graphs is computed from at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

Sizes = tuple[int, ...] | None
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Shapes:
    """The shapes of nodes, one behind the other.

    Shapes: sizes (sum of ranks,) whole numbers as float64; ranks (N,), UNKNOWN where a node has no shape.

    >>> shapes = shapes_of([(1, 8), None, ()])
    >>> shapes.ranks, list(shapes)
    (array([ 2, -1,  0]), [(1, 8), None, ()])
    """

    sizes: np.ndarray
    ranks: np.ndarray

    def __len__(self) -> int:
        return len(self.ranks)

    def __iter__(self) -> Iterator[Sizes]:
        sizes, ends = self.sizes.astype(np.int64).tolist(), self.ends.tolist()
        for rank, end in zip(self.ranks.tolist(), ends, strict=True):
            yield None if rank == UNKNOWN else tuple(sizes[end - rank:end])

    @property
    def ends(self) -> np.ndarray:
        """Where each node's sizes end."""
        return np.cumsum(np.maximum(self.ranks, 0))

    def take(self, nodes: np.ndarray) -> Shapes:
        """The shapes of some of the nodes, in that order."""
        told = list(self)
        return shapes_of([told[node] for node in nodes])


def shapes_of(told: Shapes | Sequence[Sequence[int] | None]) -> Shapes:
    """The shapes that nodes tell; a size below 0, which stands for one that is open, counts as 1.

    Raises: TypeError, ValueError or OverflowError for what is no whole number.
    """
    if isinstance(told, Shapes):
        return told
    sizes = np.fromiter(chain.from_iterable(filter(None, told)), np.float64)
    if not np.array_equal(sizes, np.rint(sizes)):
        raise ValueError("some sizes are no whole numbers")
    return Shapes(np.where(sizes < 0, 1, sizes), np.array([UNKNOWN if shape is None else len(shape) for shape in told], np.int64))


def joined(parts: Sequence[Shapes]) -> Shapes:
    """The shapes of several graphs as those of one.

    >>> list(joined([shapes_of([(1, 8)]), shapes_of([None])]))
    [(1, 8), None]
    """
    return Shapes(np.concatenate([part.sizes for part in parts]) if parts else np.zeros(0),
                  np.concatenate([part.ranks for part in parts]) if parts else np.zeros(0, np.int64))
