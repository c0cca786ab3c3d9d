"""A graph's edges and what is to be left out go in; the edges among the nodes that stay come out. All graphs of a batch at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

JUMPS = 48


@dataclass(frozen=True, eq=False)
class Wiring:
    """Nodes 0 to size - 1 and the edges between those that stayed, each once, sorted by target.

    Shapes: stays (size,) bool, sources and targets (E,).
    """

    stays: np.ndarray
    sources: np.ndarray
    targets: np.ndarray

    @property
    def size(self) -> int:
        return len(self.stays)

    @property
    def fan_in(self) -> np.ndarray:
        """How many different nodes flow into each."""
        return np.bincount(self.targets, minlength=self.size)

    def parents(self) -> np.ndarray:
        """One source of each node, -1 for none: the only one where fan_in is 1."""
        parents = np.full(self.size, -1)
        parents[self.targets] = self.sources
        return parents

    def without_edges(self, dropped: np.ndarray) -> Wiring:
        return replace(self, sources=self.sources[~dropped], targets=self.targets[~dropped])

    def without_nodes(self, dropped: np.ndarray) -> Wiring:
        """The wiring without nodes that nothing goes through any more.

        Shapes: dropped (size,) bool.
        """
        gone = dropped[self.sources] | dropped[self.targets]
        return replace(self.without_edges(gone), stays=self.stays & ~dropped)

    def compacted(self) -> tuple[Wiring, np.ndarray]:
        """The wiring of the nodes that stay, numbered anew, and the old number of each."""
        old = np.flatnonzero(self.stays)
        new = np.cumsum(self.stays) - 1
        return Wiring(np.ones(len(old), bool), new[self.sources], new[self.targets]), old

    def merged(self, into: np.ndarray) -> Wiring:
        """The wiring in which each node stands for itself or is taken as another, which stays.

        Shapes: into (size,), the node that each is taken as.
        """
        stays = self.stays & (into == np.arange(self.size))
        return wired(self.size, into[self.sources], into[self.targets], stays)

    def bridged(self, passing: np.ndarray) -> Wiring:
        """The wiring without passing nodes: what flows into one flows to its targets. Only nodes with one source can be passing.

        Shapes: passing (size,) bool.
        """
        into = np.arange(self.size)
        into[passing] = self.parents()[passing]
        for _ in range(JUMPS):
            further = into[into]
            if np.array_equal(further, into):
                break
            into = further
        in_circle = passing[into]
        into[in_circle] = np.flatnonzero(in_circle)
        passing = passing & ~in_circle
        kept = ~passing[self.targets]
        return wired(self.size, into[self.sources[kept]], self.targets[kept], self.stays & ~passing)


def wired(size: int, sources: np.ndarray, targets: np.ndarray, stays: np.ndarray | None = None) -> Wiring:
    """The wiring of edges, repeated ones and loops of a node to itself left out.

    >>> net = wired(3, np.array([0, 0, 1, 1]), np.array([1, 1, 1, 2]))
    >>> net.sources, net.targets
    (array([0, 1]), array([1, 2]))
    >>> net.bridged(np.array([False, True, False])).sources
    array([0])
    """
    is_edge = sources != targets
    targets, sources = distinct_pairs(targets[is_edge], sources[is_edge], size)
    return Wiring(np.ones(size, bool) if stays is None else stays, sources, targets)


def side_by_side(wirings: list[Wiring]) -> Wiring:
    """Wirings as one, their nodes numbered on from one to the next.

    >>> pair = wired(2, np.array([0]), np.array([1]))
    >>> side_by_side([pair, pair]).sources
    array([0, 2])
    """
    starts = np.cumsum([0, *(wiring.size for wiring in wirings)])
    return Wiring(np.concatenate([wiring.stays for wiring in wirings]),
                  np.concatenate([wiring.sources + start for wiring, start in zip(wirings, starts, strict=False)]),
                  np.concatenate([wiring.targets + start for wiring, start in zip(wirings, starts, strict=False)]))


def distinct(keys: np.ndarray) -> np.ndarray:
    """The different numbers, ascending: what np.unique gives, but by sorting, which is faster than its hash table.

    >>> distinct(np.array([7, 5, 7]))
    array([5, 7])
    """
    keys = np.sort(keys)
    different: np.ndarray = keys[np.concatenate([keys[:1] == keys[:1], keys[1:] != keys[:-1]])]
    return different


def distinct_pairs(first: np.ndarray, second: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The different pairs of numbers, ascending; each is held in the bits of one number, the second below `count`.

    >>> distinct_pairs(np.array([2, 0, 2]), np.array([1, 3, 1]), 4)
    (array([0, 2]), array([3, 1]))
    """
    bits = count.bit_length()
    keys = distinct(first << bits | second)
    return keys >> bits, keys & (1 << bits) - 1


def grouped(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different keys, ascending, the place where each stands first, and for each entry the place of its key among them.

    >>> grouped(np.array([7, 5, 7]))
    (array([5, 7]), array([1, 0]), array([1, 0, 1]))
    """
    found, inverse = np.unique(keys, return_inverse=True)
    firsts = np.empty(len(found), np.int64)
    firsts[inverse[::-1]] = np.arange(len(keys))[::-1]      # the last to be written stays: with return_index, unique would sort for long
    return found, firsts, inverse
