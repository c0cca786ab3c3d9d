"""Two graphs of any size with a vector for each node go in; the edits that a map of the nodes of one into the other tells come out.

A search has to begin somewhere: at the map that keeps the order in which both graphs run, which is right for nets that have their blocks
one behind the other, and at the best assignment by learned vectors, which is right where edges were led elsewhere. From there the score of
a map (equal labels and twice the common edges) is raised: by whole assignments along its slope, at last by single moves and exchanges. No
map tells fewer edits than there are, so that the outcome is an upper bound, and exact in practice for nets that are near one another.

Source: Vogelstein et al. 2015 (fast approximate quadratic programming); Leordeanu et al. 2009 (integer projected fixed point).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from netgraph.similarity.labelled import LabelledGraph
from netgraph.similarity.node_maps import Task, task_of
from netgraph.similarity.sequence import by_surroundings, in_sequence, line_of

Array = np.ndarray
WORK = 1_000_000                       # cells that all rounds together may go through, so that large nets get fewer of them
LEAST_ROUNDS, MOST_ROUNDS = 4, 20
FEW_CELLS = 10_000                     # of all pairs of nodes: up to so many, all starts are tried
MOST_CELLS = 5_000_000                 # beyond, no table of all pairs is made
SHARPNESS = 5.0                        # how fast an inkling forgets nodes that are far by their vectors
LEAST_COST = 2.0**-14
POLISHED = 2                           # of the maps that were found, the best ones
TRIED = 64                             # moves and exchanges a round


def aligned_edits(small: LabelledGraph, large: LabelledGraph, small_nodes: Array, large_nodes: Array) -> int:
    """The fewest edits that a map found in this way tells: at least as many as there are.

    Shapes: small_nodes (n, D), large_nodes (m, D), n <= m.
    """
    task = task_of(small, large)
    lines = line_of(small), line_of(large)
    running = _completed(task, in_sequence(*lines))
    if task.score(running) == task.highest:
        return task.edits(task.highest)
    if task.cells <= MOST_CELLS:
        others = _maps(task, running, _distances(small_nodes, large_nodes))
    else:
        others = iter([_completed(task, by_surroundings(*lines))])
    best = sorted([running, *others], key=task.score)[-POLISHED:]
    return task.edits(max(task.score(_polished(task, image)) for image in best))


def _distances(a: Array, b: Array) -> Array:
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _assigned(gains: Array) -> Array:
    return np.asarray(linear_sum_assignment(gains, maximize=True)[1])


def _completed(task: Task, image: Array) -> Array:
    """The map with the nodes that it leaves out laid where they fit best among the places that are free."""
    left, free = np.flatnonzero(image < 0), np.setdiff1d(np.arange(len(task.places)), image)
    image = image.copy()
    if len(left) * len(free) > MOST_CELLS:
        image[left] = free[:len(left)]
    elif len(left):
        offers = task.offers(image).at((left[:, None] * len(task.places) + free).ravel()).reshape(len(left), len(free))
        image[left] = free[_assigned(2 * offers + (task.labels[left][:, None] == task.places[free]))]
    return image


def _maps(task: Task, running: Array, costs: Array) -> Iterator[Array]:
    """The maps that are worth polishing: by the vectors alone, and those that the score's slope leads to from several starts."""
    learned = _assigned(-costs)
    yield learned
    wish = costs / -(1 + costs.max()) / (2 * len(costs))
    flat, half = _Climb(task, wish), _Climb(task, wish)
    half.move(running, 1.0)
    yield half.fork().top()
    half.move(learned, 0.5)
    yield half.top()
    if task.cells <= FEW_CELLS:
        mixed = flat.fork()
        mixed.move(learned, 0.5)
        yield mixed.top()
        yield flat.fork().top()
        for weight in _inklings(flat.alike, costs):
            yield flat.begun(weight / weight.sum(axis=1, keepdims=True)).top()
    flat.move(learned, 1.0)
    yield flat.top()


def _inklings(alike: Array, costs: Array) -> tuple[Array, ...]:
    """Where a node may go, from a glance: to what is near by the vectors; to what has its label."""
    return np.square(1 / (1 + SHARPNESS * costs / max(costs.mean(), LEAST_COST))), alike + 1 / alike.shape[1]


class _Climb:
    """A plan, a mean of maps, on its way to a higher score; it begins with all maps alike.

    Of the plan itself nothing is held but what its score and the next step need: the slope, which says how the score grows with each
    pair of nodes (labels, and twice the edges in common with what the plan lays where); and what the plan has of labels and of edges.
    """

    def __init__(self, task: Task, wish: Array) -> None:
        rows, columns = wish.shape
        self.task, self.wish, self.rows = task, wish, np.arange(rows)
        self.alike = (task.labels[:, None] == task.places).astype(float)
        degrees = [(np.bincount(small, minlength=rows), np.bincount(large, minlength=columns))
                   for small, large in zip(task.small, task.large, strict=True)]
        edges = sum(np.multiply.outer(small, large) for small, large in degrees) / columns
        self.slope = self.alike + 2.0 * edges
        self.labels, self.edges = float(self.alike.sum() / columns), float(edges.sum() / columns)

    def fork(self) -> _Climb:
        """Another climb from here."""
        other = object.__new__(_Climb)
        other.__dict__.update(self.__dict__)
        return other

    def begun(self, plan: Array) -> _Climb:
        """A climb from another plan. Shapes: plan (n, m), its rows add up to 1."""
        small, large = (_links(edges, size) for edges, size in zip((self.task.small, self.task.large), plan.shape, strict=True))
        edges = small @ plan @ large.T + small.T @ plan @ large
        other = self.fork()
        other.slope = self.alike + 2.0 * edges
        other.labels, other.edges = float((self.alike * plan).sum()), float((edges * plan).sum())
        return other

    def move(self, image: Array, share: float) -> None:
        """Goes that share of the way to a map."""
        along, own = self._along(image), 2.0 * self.task.common(image)
        self.labels += share * (self.task.alike(image) - self.labels)
        self.edges = (1 - share)**2 * self.edges + 2 * share * (1 - share) * along + share**2 * own
        self.slope = self.slope * (1 - share) + share * self.alike if share < 1 else self.alike.copy()
        offers = self.task.offers(image)
        self.slope.ravel()[offers.keys] += 2 * share * offers.counts

    def top(self) -> Array:
        """The map that the climb comes to, by the next best assignment as far as the score grows; of equal ones the wish chooses."""
        for _ in range(int(np.clip(WORK // self.slope.size, LEAST_ROUNDS, MOST_ROUNDS))):
            image = _assigned(self.slope + self.wish)
            along = self._along(image)
            gain = self.slope[self.rows, image].sum() - self.labels - 2 * self.edges
            bend = self.edges - 2 * along + 2 * self.task.common(image)
            if gain <= 1e-9:
                break
            self.move(image, 1.0 if bend >= 0 else min(1.0, -gain / (2 * bend)))
        return _assigned(self.slope + self.wish)

    def _along(self, image: Array) -> float:
        """The edges that a map has in common with the plan, counted from both ends."""
        return float((self.slope[self.rows, image].sum() - self.task.alike(image)) / 2)


def _links(edges: Array, size: int) -> Array:
    links = np.zeros((size, size))
    links[tuple(edges)] = 1.0
    return links


def _polished(task: Task, image: Array) -> Array:
    """The map after the moves and exchanges that raise its score, the most promising first."""
    score = task.score(image)
    for _ in range(MOST_ROUNDS):
        before = score
        for node, place in _promising(task, image):
            other = _moved(image, node, place)
            if (found := task.score(other)) > score:
                image, score = other, found
        if score == before:
            break
    return image


def _moved(image: Array, node: int, place: int) -> Array:
    """The map with the node at the place, and who was there where the node was."""
    other = image.copy()
    other[image == place] = image[node]
    other[node] = place
    return other


def _promising(task: Task, image: Array) -> list[tuple[int, int]]:
    """Nodes with places at which they would have more: edges in common with their neighbours, or their label."""
    offers, size = task.offers(image), len(task.places)
    wrong = np.flatnonzero(task.labels != task.places[image])[:max(1, MOST_CELLS // size // 10)]
    nodes, places = np.nonzero(task.labels[wrong][:, None] == task.places)
    keys = np.concatenate([offers.keys, wrong[nodes] * size + places])
    rows, columns = np.divmod(keys[image[keys // size] != keys % size], size)

    def worth(rows: Array, columns: Array) -> Array:
        return np.asarray((task.labels[rows] == task.places[columns]) + 2 * offers.at(rows * size + columns))

    owner = np.full(size, -1)
    owner[image] = np.arange(len(image))
    here, other = worth(np.arange(len(image)), image), owner[columns]
    back = np.where(other < 0, 0, worth(other, image[rows]) - here[other])
    gain = worth(rows, columns) - here[rows] + back
    best = np.argsort(-gain, kind="stable")[:TRIED]
    return [(int(rows[k]), int(columns[k])) for k in best if gain[k] > 0]
