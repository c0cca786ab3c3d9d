"""Two graphs of any size with a vector for each node go in; the edits that a map of the nodes of one into the other tells come out.

The learned vectors say which nodes are alike; the best assignment by their distances is where the search begins. From there, from all
nodes that are near, from all of equal label, and from a start that knows nothing, the score of the map (equal labels and twice the common
edges) is raised: by whole assignments along its slope, at last by single moves and exchanges. No map tells fewer edits than there are, so
that the outcome is an upper bound, and exact in practice for nets that are near one another.

Source: Vogelstein et al. 2015 (fast approximate quadratic programming); Leordeanu et al. 2009 (integer projected fixed point).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from netgraph.similarity.labelled import LabelledGraph

Array = np.ndarray
MOST_ROUNDS = 20
WORK = 2_000_000                       # cells that all rounds together may go through, so that large nets get fewer of them
LEAST_ROUNDS = 3
SWAPS_A_ROUND = 10
SHARPNESS = 5.0                        # how fast a start forgets nodes that are far by their vectors
LEAST_COST = 2.0**-14
POLISHED = 3                           # of the maps that were found, the best ones


@dataclass(frozen=True, eq=False)
class Task:
    """A graph of n nodes to be laid into one of m nodes, n <= m. Shapes: equal (n, m), whether labels agree; a (n, n), b (m, m)."""

    equal: Array
    a: csr_array
    b: csr_array

    @property
    def rounds(self) -> int:
        """How often an assignment of this size is worth making."""
        return int(np.clip(WORK // self.equal.size, LEAST_ROUNDS, MOST_ROUNDS))

    def slope(self, plan: csr_array | Array) -> Array:
        """How the score grows with each cell of a plan: labels, and edges to what the plan lays where."""
        edges = self.a @ plan @ self.b.T + self.a.T @ plan @ self.b
        return np.asarray(self.equal + 2.0 * (edges.toarray() if isinstance(edges, csr_array) else edges))

    def score(self, image: Array) -> int:
        """Equal labels and twice the common edges of a map."""
        common = self.a.multiply(self.b[image][:, image]).sum()
        return int(self.equal[np.arange(len(image)), image].sum() + 2 * common)

    def plan(self, image: Array) -> csr_array:
        """A map as a matrix of zeros and ones."""
        size = len(image)
        return csr_array((np.ones(size), (np.arange(size), image)), shape=self.equal.shape)


def aligned_edits(small: LabelledGraph, large: LabelledGraph, small_nodes: Array, large_nodes: Array) -> int:
    """The fewest edits that a map found in this way tells: at least as many as there are.

    Shapes: small_nodes (n, D), large_nodes (m, D), n <= m.
    """
    task = Task((_numbers(small, large)[:, None] == _numbers(large, large)).astype(float), _links(small), _links(large))
    maps = sorted(_maps(task, _distances(small_nodes, large_nodes)), key=task.score)
    score = max(task.score(_polished(task, image)) for image in maps[-POLISHED:])
    return len(large) + int(small.edges.shape[1] + large.edges.shape[1]) - score


def _numbers(graph: LabelledGraph, known: LabelledGraph) -> Array:
    number = {op: place for place, op in enumerate(sorted(set(known.ops)))}
    return np.array([number.get(op, -1) for op in graph.ops])


def _links(graph: LabelledGraph) -> csr_array:
    return csr_array((np.ones(graph.edges.shape[1]), tuple(graph.edges)), shape=(len(graph), len(graph)))


def _distances(a: Array, b: Array) -> Array:
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _maps(task: Task, costs: Array) -> Iterator[Array]:
    """The maps worth polishing: by the vectors alone, and those that the score's slope leads to from there and from three vaguer starts."""
    learned = _assigned(-costs)
    yield learned
    flat = np.full(costs.shape, 1 / costs.shape[1])
    near = np.square(1 / (1 + SHARPNESS * costs / max(costs.mean(), LEAST_COST)))
    for weight in (task.plan(learned).toarray(), near, task.equal + flat, flat):
        yield _ascended(task, weight / weight.sum(axis=1, keepdims=True), costs)


def _assigned(gains: Array) -> Array:
    return np.asarray(linear_sum_assignment(gains, maximize=True)[1])


def _ascended(task: Task, plan: Array, costs: Array) -> Array:
    """The map that a plan comes to, when it moves along its slope to the next best assignment as far as the score grows.

    Of assignments that gain the same the vectors choose.
    """
    wish = -costs / (1 + costs.max()) / (2 * len(costs))
    for _ in range(task.rounds):
        slope = task.slope(plan)
        step = task.plan(_assigned(slope + wish)).toarray() - plan
        gain, bend = (slope * step).sum(), 2 * (step * (task.a @ step @ task.b.T)).sum()
        if gain <= 1e-9:
            break
        plan = plan + step * (1.0 if bend >= 0 else min(1.0, -gain / (2 * bend)))
    return _assigned(task.slope(plan) + wish)


def _polished(task: Task, image: Array) -> Array:
    """The map after the moves and exchanges that raise its score, the best first."""
    score = task.score(image)
    for _ in range(SWAPS_A_ROUND * task.rounds):
        better = next((other for other in _nearby(task, image) if task.score(other) > score), None)
        if better is None:
            break
        image, score = better, task.score(better)
    return image


def _nearby(task: Task, image: Array, most: int = 12) -> Iterator[Array]:
    """Maps that differ in a node or two, those that promise the most first."""
    slope = task.slope(task.plan(image))
    here = slope[np.arange(len(image)), image]
    swap = slope[:, image] - here[:, None]
    swap = np.triu(swap + swap.T, 1)
    move = slope - here[:, None]
    move[:, image] = 0
    for node, place in _highest(move, most):
        other = image.copy()
        other[node] = place
        yield other
    for first, second in _highest(swap, most):
        other = image.copy()
        other[[first, second]] = image[[second, first]]
        yield other


def _highest(gains: Array, most: int) -> Iterator[tuple[int, int]]:
    """The places of the highest positive gains."""
    flat = gains.ravel()
    best = np.argpartition(-flat, min(most, flat.size - 1))[:most]
    for place in best[np.argsort(-flat[best], kind="stable")]:
        if flat[place] > 0:
            yield divmod(int(place), gains.shape[1])
