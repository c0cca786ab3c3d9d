"""Two graphs go in; the map of nodes comes out that keeps the order in which they run and lays the longest like stretches on one another.

Nets are long: blocks one behind the other, of which a larger net has more. So each graph is written as a line, each node right behind what
it needs, and the two lines are aligned like texts. A pair of nodes counts by its labels and by how far their surroundings look the same,
and twice more where both follow on those of the pair before.

Source: Needleman & Wunsch 1970 (alignment of sequences).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netgraph.similarity.canonical import mixed, times_before
from netgraph.similarity.hashes import word_hash
from netgraph.similarity.labelled import LabelledGraph

Array = np.ndarray
MOST_CELLS = 20_000_000                # of the table of all pairs of nodes: beyond, only a band along its diagonal is filled
WORTH = (1.0, 0.5, 0.25, 0.25)         # of equal labels, and of equal surroundings at one, two and three steps
CHAINED, TAKEN, ABOVE = 1, 2, 4


@dataclass(frozen=True, eq=False)
class Line:
    """A graph's nodes in running order. Shapes: order (N,); colours (hops, N); follows (N,), whether an edge comes from the one before."""

    order: Array
    colours: Array
    follows: Array


def line_of(graph: LabelledGraph) -> Line:
    """The line of a graph whose nodes stand in their canonical order, of which a tie is settled by."""
    order = running_order(graph)
    colours = [np.array([word_hash(op) for op in graph.ops], np.uint64)]
    for _ in WORTH[1:]:
        colours.append(mixed(colours[-1], graph.edges))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    sources, targets = place[graph.edges]
    follows = np.zeros(len(order), bool)
    follows[targets[targets == sources + 1]] = True
    return Line(order, np.stack(colours)[:, order], follows)


def running_order(graph: LabelledGraph) -> Array:
    """The nodes, each behind what flows into it, what belongs to one branch together; the longer branch last.

    Circles are entered where their first node stands.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> running_order(read_labelled(ng.chain(3, 4, "relu", 1))).tolist()
    [0, 1, 2, 3, 4]
    """
    size = len(graph)
    sources: list[list[int]] = [[] for _ in range(size)]
    is_end = np.ones(size, bool)
    for source, target in graph.edges.T.tolist():
        if source != target:
            sources[target].append(source)
            is_end[source] = False
    depth = _depths(sources)
    rank = np.lexsort((np.array([word_hash(op) for op in graph.ops], np.uint64), depth))
    key = np.empty(size, np.int64)
    key[rank] = np.arange(size)
    for feeding in sources:
        feeding.sort(key=key.__getitem__)
    starts = [*rank[is_end[rank]].tolist(), *rank.tolist()]
    return np.array(_postorder(sources, starts))


def _postorder(sources: list[list[int]], starts: list[int]) -> list[int]:
    """All nodes that lead to the starts, each behind its sources as far as circles allow."""
    order: list[int] = []
    seen = [False] * len(sources)
    for start in starts:
        path = [] if seen[start] else [(start, iter(sources[start]))]
        seen[start] = True
        while path:
            following = next((source for source in path[-1][1] if not seen[source]), None)
            if following is None:
                order.append(path.pop()[0])
            else:
                seen[following] = True
                path.append((following, iter(sources[following])))
    return order


def _depths(sources: list[list[int]]) -> Array:
    """The length of the longest way to each node."""
    depth, place = [0] * len(sources), [-1] * len(sources)
    for number, node in enumerate(_postorder(sources, list(range(len(sources))))):
        depth[node] = max((depth[source] + 1 for source in sources[node] if place[source] >= 0), default=0)
        place[node] = number
    return np.array(depth)


def by_surroundings(small: Line, large: Line) -> Array:
    """For each node of the small graph one of the large whose surroundings look the same as far as possible, -1 for none.

    The first of its kind is laid on the first, the second on the second: right where hardly anything repeats itself, whatever the order.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> a, b = (line_of(read_labelled(ng.chain(3, *layers))) for layers in ((4, "tanh", 1), (4, "relu", 4, "tanh", 1)))
    >>> by_surroundings(a, b).tolist()
    [0, 1, 4, 5, 6]
    """
    image = np.full(len(small.order), -1)
    for mine, others in zip(small.colours[::-1], large.colours[::-1], strict=True):
        left, free = np.flatnonzero(image[small.order] < 0), np.flatnonzero(~np.isin(large.order, image))
        _, a, b = np.intersect1d(_numbered(mine[left]), _numbered(others[free]), assume_unique=True, return_indices=True)
        image[small.order[left[a]]] = large.order[free[b]]
    return image


def _numbered(colours: Array) -> Array:
    """Each colour with the number of times that it stood before, as one number."""
    return mixed(colours + times_before(colours), np.zeros((2, 0), np.int64))


def in_sequence(small: Line, large: Line) -> Array:
    """For each node of the small graph the one of the large that it is laid on, -1 for none.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> a, b = (line_of(read_labelled(ng.chain(3, *layers))) for layers in ((4, "relu", 1), (4, "relu", 4, "tanh", 1)))
    >>> in_sequence(a, b).tolist()
    [0, 1, 2, 3, 4]
    """
    bands = _bands(len(small.order), len(large.order))
    flags = _table(small, large, bands)
    image = np.full(len(small.order), -1)
    row, column, is_chained = len(flags) - 1, len(large.order) - 1, False
    while row >= 0 and column >= 0:
        start, end = bands[row]
        if column >= end:
            column = end - 1
        flag = int(flags[row, column - start]) if column >= start else ABOVE
        if is_chained or flag & TAKEN:
            image[small.order[row]] = large.order[column]
            is_chained = bool(flag & CHAINED)
            row, column = row - 1, column - 1
        elif flag & ABOVE:
            row -= 1
        else:
            column -= 1
    return image


def _bands(rows: int, columns: int) -> list[tuple[int, int]]:
    """The columns of each row that are looked at: all, or those next to the diagonal."""
    width = min(columns, max(MOST_CELLS // rows, 2 * columns // rows + 2))
    starts = np.clip(np.arange(rows) * columns // rows - width // 2, 0, columns - width)
    starts[-1] = columns - width
    return [(start, start + width) for start in starts.tolist()]


def _table(small: Line, large: Line, bands: list[tuple[int, int]]) -> Array:
    """What leads to the best score of each pair of beginnings: the pair itself, chained to the one before, or one node less."""
    flags = np.zeros((len(bands), bands[0][1] - bands[0][0]), np.uint8)
    paired = np.full(len(large.order) + 1, -np.inf, np.float32)
    best = np.zeros(len(large.order) + 1, np.float32)
    chain = 2 * large.follows.astype(np.float32)
    reached = bands[0][1]
    for row, (start, end) in enumerate(bands):
        best[reached + 1:end + 1] = best[reached]
        reached = end
        ahead, above = best[start:end], best[start + 1:end + 1]
        chained = paired[start:end] + chain[start:end] if small.follows[row] else paired[start:end]
        is_chained = chained > ahead
        taken = np.where(is_chained, chained, ahead)
        for worth, mine, others in zip(WORTH, small.colours[:, row], large.colours[:, start:end], strict=True):
            taken += np.float32(worth) * (others == mine)
        found = np.maximum.accumulate(np.maximum(np.maximum(taken, above), best[start]))
        flags[row] = is_chained * CHAINED | (taken >= found) * TAKEN | (above >= found) * ABOVE
        paired[start + 1:end + 1], best[start + 1:end + 1] = taken, found
        paired[start] = -np.inf
    return flags
