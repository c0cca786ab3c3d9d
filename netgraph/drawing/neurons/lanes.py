"""Stacks and links come in; the way of each link goes out: straight to the next column, over the tops of those it skips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netgraph.drawing.neurons.columns import RADIUS, Stack
from netgraph.drawing.neurons.links import Link, Unit
from netgraph.drawing.placement import Point
from netgraph.weights import NodeId

Lanes = Mapping[tuple[Unit, NodeId], float]      # the height of the lane from a unit to a layer

LANE = 6.0               # from one lane over a column to the next
CLEAR = 22.0             # of the lowest lane above the units it passes
RISE = 0.62              # of the distance to the next column, in which a line rises to its lane
HEADROOM = 26.0          # for the label of a layer that shares its column


def ways(stacks: Mapping[NodeId, Stack], links: Sequence[Link]) -> list[tuple[Point, ...]]:
    """For each link two ends, or where it skips columns, three Bézier curves."""
    lanes = _lanes(stacks, links)
    xs = {stack.rank: stack.x for stack in stacks.values()}
    return [_way(stacks, link, lanes, xs) for link in links]


def _way(stacks: Mapping[NodeId, Stack], link: Link, lanes: Lanes, xs: Mapping[int, float]) -> tuple[Point, ...]:
    target = stacks[link.target[0]]
    x_end, y_end = target.centre(link.target[1])
    end = x_end - RADIUS, y_end
    if link.source is None:
        x, y = next(stack.biases[target.layer.id] for stack in stacks.values() if target.layer.id in stack.biases)
        return (x, y), end
    source = stacks[link.source[0]]
    x, y = source.centre(link.source[1])
    start = x + RADIUS, y
    if target.rank - source.rank == 1:
        return start, end
    lane = lanes[link.source, link.target[0]]
    up = RISE * (xs[source.rank + 1] - x - 2 * RADIUS)
    down = RISE * (x_end - xs[target.rank - 1] - 2 * RADIUS)
    top, over = start[0] + up, end[0] - down
    return (start, (start[0] + up / 2, y), (start[0] + up / 2, lane), (top, lane), (top, lane), (over, lane), (over, lane),
            (end[0] - down / 2, lane), (end[0] - down / 2, y_end), end)


def _lanes(stacks: Mapping[NodeId, Stack], links: Sequence[Link]) -> Lanes:
    """The height of the lane that each unit's links to a far layer run on: short skips below long ones, upper units above lower ones."""
    ceiling = {stack.rank: float("inf") for stack in stacks.values()}
    for stack in stacks.values():
        ceiling[stack.rank] = min(ceiling[stack.rank], stack.centres[0][1] - RADIUS - HEADROOM * (not stack.is_alone))
    skips: dict[tuple[NodeId, NodeId], dict[int, None]] = {}
    for link in links:
        if link.source and stacks[link.target[0]].rank - stacks[link.source[0]].rank > 1:
            skips.setdefault((link.source[0], link.target[0]), {})[link.source[1]] = None
    lanes: dict[tuple[Unit, NodeId], float] = {}
    for source, target in sorted(skips, key=lambda ends: stacks[ends[1]].rank - stacks[ends[0]].rank):
        between = range(stacks[source].rank + 1, stacks[target].rank)
        lane = min(ceiling[rank] for rank in between) - CLEAR
        for unit in sorted(skips[source, target], reverse=True):
            lanes[(source, unit), target] = lane
            lane -= LANE
        ceiling.update((rank, lane + LANE) for rank in between)
    return lanes
