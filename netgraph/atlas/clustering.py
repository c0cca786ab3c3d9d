"""Similarities of all pairs come in; the tree that joins the most alike first goes out, and the order of its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Join:
    """Two branches that become one. Branches below the number of leaves are leaves, the others joins in their order.

    `height` is how far the two are apart, `size` how many leaves the new branch has.
    """

    left: int
    right: int
    height: float
    size: int


def joined(distances: np.ndarray) -> list[Join]:
    """The tree of average linkage (Sokal & Michener 1958): again and again the two nearest branches are joined.

    The chain of nearest neighbours finds the same joins in time n² (Murtagh 1983). Shapes: distances (n, n) -> n - 1 joins.

    >>> joined(np.array([[0, 1, 4], [1, 0, 6], [4, 6, 0.0]]))
    [Join(left=0, right=1, height=1.0, size=2), Join(left=3, right=2, height=5.0, size=3)]
    """
    return _in_order(_merges(distances), len(distances))


def _merges(distances: np.ndarray) -> list[tuple[int, int, float]]:
    """Pairs of leaves whose branches meet, and how far apart these are, in the order in which a chain finds them."""
    far = distances.astype(np.float64)
    np.fill_diagonal(far, np.inf)
    sizes = np.ones(len(far))
    alive = np.ones(len(far), bool)
    chain: list[int] = []
    merges: list[tuple[int, int, float]] = []
    while len(merges) < len(far) - 1:
        if not chain:
            chain.append(int(np.flatnonzero(alive)[0]))
        tip = chain[-1]
        nearest = int(far[tip].argmin())
        if len(chain) > 1 and far[tip, chain[-2]] <= far[tip, nearest]:
            nearest = chain[-2]
        if len(chain) < 2 or nearest != chain[-2]:
            chain.append(nearest)
            continue
        del chain[-2:]
        keep, drop = sorted((tip, nearest))
        merges.append((keep, drop, float(far[keep, drop])))
        row = (sizes[keep] * far[keep] + sizes[drop] * far[drop]) / (sizes[keep] + sizes[drop])
        sizes[keep] += sizes[drop]
        alive[drop] = False
        far[keep], far[:, keep] = row, row
        far[drop], far[:, drop] = np.inf, np.inf
        far[keep, keep] = np.inf
    return merges


def _in_order(merges: Sequence[tuple[int, int, float]], count: int) -> list[Join]:
    """The merges by height, each told by the branches that it joins."""
    parents = list(range(count))
    branch = list(range(count))
    sizes = [1] * count
    tree: list[Join] = []

    def root(leaf: int) -> int:
        while parents[leaf] != leaf:
            parents[leaf] = parents[parents[leaf]]
            leaf = parents[leaf]
        return leaf

    for first, second, height in sorted(merges, key=lambda merge: merge[2]):
        left, right = root(first), root(second)
        sizes[left] += sizes[right]
        tree.append(Join(branch[left], branch[right], height, sizes[left]))
        parents[right], branch[left] = left, count + len(tree) - 1
    return tree


def leaves(tree: Sequence[Join], count: int) -> list[int]:
    """The leaves from left to right, so that no two branches cross: of two branches the tighter one first.

    >>> leaves([Join(0, 2, 1.0, 2), Join(1, 3, 5.0, 3)], 3)
    [1, 0, 2]
    """
    order: list[int] = []
    stack = [count + len(tree) - 1] if tree else list(range(count))
    while stack:
        branch = stack.pop()
        if branch < count:
            order.append(branch)
        else:
            join = tree[branch - count]
            tight, loose = sorted((join.left, join.right), key=lambda side: (0.0 if side < count else tree[side - count].height, side))
            stack += [loose, tight]
    return order
