"""Stacks of units and the links between them come in; rows of both go out, where one row would make a ribbon of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from netgraph.drawing.neurons.columns import RADIUS, Stack
from netgraph.drawing.neurons.lanes import HEADROOM, ways
from netgraph.drawing.neurons.links import Link
from netgraph.drawing.placement import Point
from netgraph.weights import NodeId

WIDEST = 2.5             # times as wide as it is high is the longest page
AROUND = 150.0           # pixels that title and legend add to the height
LABELS = 66.0            # below the units of a row
ROW_GAP = 18.0


@dataclass(frozen=True)
class Row:
    """The stacks of some columns and the links that end there. `again` are those that the row before had as its last."""

    stacks: Mapping[NodeId, Stack]
    links: Sequence[Link]
    again: frozenset[NodeId] = frozenset()

    @property
    def extent(self) -> tuple[float, float]:
        """The height of its top and of its bottom, labels included."""
        heights = [y for stack in self.stacks.values() for _, y in (*stack.centres, *stack.biases.values())]
        lanes = [y for way in ways(self.stacks, self.links) for _, y in way]
        return min(heights + lanes) - RADIUS - HEADROOM, max(heights) + RADIUS + LABELS


def wrapped(stacks: Mapping[NodeId, Stack], links: Sequence[Link]) -> list[Row]:
    """The rows, as few as make a page; a row begins with the column that the one before ended with, so that no line goes round.

    A column that lines skip is never the last of its row.
    """
    whole = Row(stacks, links)
    xs = dict(sorted({stack.rank: stack.x for stack in stacks.values()}.items()))
    wide, high = xs[max(xs)] - xs[0] + 4 * RADIUS, whole.extent[1] - whole.extent[0]
    free = _free(stacks, links, max(xs))
    for count in range(1, len(free) + 2):
        cuts = _cuts([xs[rank] for rank in sorted(xs)], free, count)
        longest = max((xs[end] - xs[start] for start, end in pairwise([0, *cuts, max(xs)])), default=wide)
        if longest + 4 * RADIUS <= WIDEST * (count * high + AROUND):
            break
    return [whole] if not cuts else list(_stacked(_rows(stacks, links, cuts)))


def _free(stacks: Mapping[NodeId, Stack], links: Sequence[Link], last: int) -> list[int]:
    """The ranks of columns that no line skips, but for the first and the last."""
    skipped = {rank for link in links if link.source
               for rank in range(stacks[link.source[0]].rank + 1, stacks[link.target[0]].rank)}
    return [rank for rank in range(1, last) if rank not in skipped]


def _cuts(xs: Sequence[float], free: Sequence[int], count: int) -> list[int]:
    """Of the free ranks those nearest to the ends of rows of one length."""
    wanted = [xs[0] + (xs[-1] - xs[0]) * part / count for part in range(1, count)]
    return sorted({min(free, key=lambda rank: abs(xs[rank] - x)) for x in wanted})


def _rows(stacks: Mapping[NodeId, Stack], links: Sequence[Link], cuts: Sequence[int]) -> Iterator[Row]:
    last = max(stack.rank for stack in stacks.values())
    for start, end in pairwise([0, *cuts, last]):
        here = {node: stack for node, stack in stacks.items() if start <= stack.rank <= end}
        again = frozenset(node for node, stack in here.items() if start and stack.rank == start)
        ended = [node for node, stack in here.items() if end < last and stack.rank == end]
        # A bias stands where its lines begin.
        here |= {node: replace(stacks[node], biases={}) for node in ended}
        yield Row(here, [link for link in links if link.target[0] in here and link.target[0] not in again], again)


def _stacked(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows below each other, each from the left."""
    y = 0.0
    for row in rows:
        top, bottom = row.extent
        left = min(stack.x for stack in row.stacks.values())
        yield replace(row, stacks={node: _moved(stack, -left, y - top) for node, stack in row.stacks.items()})
        y += bottom - top + ROW_GAP


def _moved(stack: Stack, dx: float, dy: float) -> Stack:
    def there(point: Point) -> Point:
        return point[0] + dx, point[1] + dy
    return replace(stack, centres=tuple(map(there, stack.centres)), dots=stack.dots and there(stack.dots),
                   biases={node: there(place) for node, place in stack.biases.items()})
