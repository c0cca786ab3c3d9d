"""A plan and the number of units to show come in; every unit's place comes out, layers of one depth in one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from netgraph.drawing.placement import Point
from netgraph.plan import Layer, Plan
from netgraph.shape import element_count
from netgraph.weights import NodeId

RADIUS = 13.0
BLOCK_GAP = 44.0                # between layers of one column, whose labels stand there
FARTHEST = 300.0                # from column to column where weights run between
LONGEST = 2.5                   # times as wide as it is high is a net whose columns move together
STEEPEST = 0.55                 # of the height of a column is the way to the next, so that its lines do not run too steep


@dataclass(frozen=True)
class Spacing:
    """Pixels from unit to unit, and at least from column to column: where weights run between, and where one line a unit does."""

    pitch: float = 36.0
    nearest: float = 116.0
    one_to_one: float = 104.0


CLOSE = Spacing()


@dataclass(frozen=True)
class Stack:
    """A layer's shown units, by number, the centre of each, and where its dots and its bias stand if it has them."""

    layer: Layer
    count: int
    units: tuple[int, ...]
    centres: tuple[Point, ...]
    dots: Point | None
    biases: Mapping[NodeId, Point]
    rank: int
    is_alone: bool

    @property
    def x(self) -> float:
        return self.centres[0][0]

    def centre(self, unit: int) -> Point:
        """The centre of a unit."""
        return self.centres[self.units.index(unit)]


@dataclass(frozen=True)
class _Grid:
    """Where the slots of a stack are, counted from its top."""

    x: float
    top: float
    pitch: float
    rank: int
    is_alone: bool

    def slot(self, number: int) -> Point:
        """The centre of a slot."""
        return self.x, self.top + self.pitch * (number + 0.5)


def shown_units(count: int, most: int) -> tuple[int, ...]:
    """The numbers of the units that are drawn: all, or the first and the last of them.

    >>> shown_units(4, 6), shown_units(784, 6)
    ((0, 1, 2, 3), (0, 1, 2, 3, 782, 783))
    """
    if count <= most:
        return tuple(range(count))
    last = most // 3
    return (*range(most - last), *range(count - last, count))


def stacks_of(plan: Plan, most: int, spacing: Spacing = CLOSE) -> dict[NodeId, Stack]:
    """Every layer's stack of units, the columns from left to right, each centred around y = 0."""
    ranks = _ranks(plan)
    columns: list[list[Layer]] = [[] for _ in range(max(ranks.values()) + 1)]
    for layer in plan:
        columns[ranks[layer.id]].append(layer)
    biased = _biased(plan, ranks)
    heights = [_height(column, most, biased, spacing.pitch) for column in columns]
    stacks: dict[NodeId, Stack] = {}
    for rank, (column, height, x) in enumerate(zip(columns, heights, _places(columns, heights, spacing), strict=True)):
        y = -height / 2
        for layer in column:
            stacks[layer.id] = _stack(layer, most, biased[layer.id], _Grid(x, y, spacing.pitch, rank, len(column) == 1))
            y += (_slots(layer, most) + len(biased[layer.id])) * spacing.pitch + BLOCK_GAP
    return stacks


def _ranks(plan: Plan) -> dict[NodeId, int]:
    ranks: dict[NodeId, int] = {}
    for layer in plan:
        ranks[layer.id] = max((ranks[wire.source] + 1 for wire in layer.wires), default=0)
    return ranks


def _biased(plan: Plan, ranks: Mapping[NodeId, int]) -> dict[NodeId, list[NodeId]]:
    """For each layer, those whose bias stands below its units: a bias is one more unit of the layer before."""
    below: dict[NodeId, list[NodeId]] = {layer.id: [] for layer in plan}
    for layer in plan:
        if layer.op.is_weighted and layer.owned:
            below[max((wire.source for wire in layer.wires), key=lambda source: ranks[source])].append(layer.id)
    return below


def _unit_count(layer: Layer) -> int:
    return sum(map(element_count, layer.shapes))


def _slots(layer: Layer, most: int) -> int:
    count = _unit_count(layer)
    return min(count, most) + (count > most)


def _height(column: Sequence[Layer], most: int, biased: Mapping[NodeId, Sequence[NodeId]], pitch: float) -> float:
    """The height of a column without the biases below its last units, so that these stand level with those of its neighbours."""
    slots = sum(_slots(layer, most) for layer in column) + sum(len(biased[layer.id]) for layer in column[:-1])
    return slots * pitch + (len(column) - 1) * BLOCK_GAP


def _places(columns: Sequence[Sequence[Layer]], heights: Sequence[float], spacing: Spacing) -> list[float]:
    """The x of each column: near enough that a deep net makes no ribbon, as far as they may come together."""
    ways = [_distance(column, max(pair), spacing) for column, pair in zip(columns[1:], pairwise(heights), strict=True)]
    shrink = min(1.0, LONGEST * max(heights) / sum(ways)) if ways else 1.0
    least = [min(way, spacing.nearest) for way in ways]
    return [0.0, *accumulate(max(way * shrink, nearest) for way, nearest in zip(ways, least, strict=True))]


def _distance(column: Sequence[Layer], height: float, spacing: Spacing) -> float:
    if not any(layer.op.is_weighted for layer in column):
        return spacing.one_to_one
    return min(max(STEEPEST * height, spacing.nearest), max(FARTHEST, spacing.nearest))


def _stack(layer: Layer, most: int, biased: Sequence[NodeId], grid: _Grid) -> Stack:
    count = _unit_count(layer)
    units = shown_units(count, most)
    gap = most - most // 3 if count > most else len(units)      # the slot of the dots
    centres = tuple(grid.slot(number + (number >= gap)) for number in range(len(units)))
    slots = len(units) + (count > most)
    biases = {node: grid.slot(slots + row) for row, node in enumerate(biased)}
    return Stack(layer, count, units, centres, grid.slot(gap) if count > most else None, biases, grid.rank, grid.is_alone)
