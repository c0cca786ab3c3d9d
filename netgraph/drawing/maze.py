"""Lines on which wires may run, and what stands in their way, go in; the cheapest square way between two places comes out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush

from netgraph.drawing.placement import Place, Point

Spot = tuple[int, int]                 # numbers of the lines that cross there
State = tuple[int, int, bool]          # a spot, and whether it is reached by an upright line
Net = Hashable                         # wires of one net may run on each other

BEND = 24.0          # pixels of way that a bend is worth avoiding
CROSSING = 40.0      # the same for a crossing with another net
FENCE = 60.0         # the same for the border of a frame
APART = 7.0          # pixels that parallel wires of two nets keep between them


class Maze:
    """Upright lines at `xs` and level lines at `ys`. Wires that were led before keep their places.

    Walls are shut to all wires, level walls to level ones only, and upright ones to those that run up or down.

    >>> maze = Maze([0, 10, 20], [0, 10], walls=[Place(8, -2, 4, 4)])
    >>> maze.points(maze.way("net", {(0, 0, False): 0.0}, {(2, 0, False): 0.0, (2, 0, True): 0.0}))
    [(0, 0), (0, 10), (10, 10), (20, 10), (20, 0)]
    """

    def __init__(self, xs: Sequence[float], ys: Sequence[float], walls: Iterable[Place] = (), level_walls: Iterable[Place] = (),
                 upright_walls: Iterable[Place] = (), frames: Iterable[Place] = ()) -> None:
        self.lines = xs, ys
        self.shut: tuple[set[Spot], set[Spot]] = set(), set()               # steps to the next spot, level and upright
        self.fenced: tuple[dict[Spot, float], dict[Spot, float]] = {}, {}
        self.owners: tuple[dict[Spot, Net], dict[Spot, Net]] = {}, {}
        solid = list(walls)
        for wall in (*solid, *level_walls):
            self.shut[0].update(_level_steps(xs, ys, wall))
        for wall in (*solid, *upright_walls):
            self.shut[1].update((x, y) for y, x in _level_steps(ys, xs, wall.turned()))
        for frame in frames:
            self._fence(frame)

    def _fence(self, frame: Place) -> None:
        for upright, place, (along, across) in ((0, frame, self.lines), (1, frame.turned(), self.lines[::-1])):
            for border in (place.x, place.right):
                for step in _level_steps(along, across, Place(border, place.y, 0, place.height)):
                    spot = step if not upright else step[::-1]
                    self.fenced[upright][spot] = self.fenced[upright].get(spot, 0.0) + FENCE
            for edge in (place.y, place.bottom):
                steps = _level_steps(along, across, Place(place.x, edge - 4, place.width, 8))
                self.shut[upright].update(step if not upright else step[::-1] for step in steps)

    def spot(self, x: float, y: float) -> Spot:
        """The spot nearest to a point."""
        return _nearest(self.lines[0], x), _nearest(self.lines[1], y)

    def points(self, way: Sequence[Spot]) -> list[Point]:
        """Where the spots of a way are."""
        return [(self.lines[0][i], self.lines[1][j]) for i, j in way]

    def way(self, net: Net, starts: Mapping[State, float], goals: Mapping[State, float]) -> list[Spot] | None:
        """The cheapest way from a start (with the direction it sets out in, and what it costs) to a goal, if there is one.

        Source: the A* search of Hart, Nilsson & Raphael 1968, over spots and the direction they are reached in.
        """
        xs, ys = self.lines
        if not goals:
            return None
        left, right = (f(xs[i] for i, _, _ in goals) for f in (min, max))
        top, bottom = (f(ys[j] for _, j, _ in goals) for f in (min, max))

        def ahead(state: State) -> float:
            i, j, upright = state
            aside = left - xs[i] if xs[i] < left else xs[i] - right if xs[i] > right else 0.0
            along = top - ys[j] if ys[j] < top else ys[j] - bottom if ys[j] > bottom else 0.0
            return aside + along + (BEND if (aside if upright else along) else 0.0)
        before: dict[State, State | None] = {}
        cost: dict[State, float] = {}
        waiting: list[tuple[float, float, State, State | None]] = []
        for start, price in starts.items():
            heappush(waiting, (price + ahead(start), -price, start, None))
        best: tuple[float, State | None] = float("inf"), None
        while waiting:
            guess, minus_so_far, state, previous = heappop(waiting)      # of two alike, the one that has come further
            if guess >= best[0]:
                break
            if state in before:
                continue
            before[state], so_far = previous, -minus_so_far
            if state in goals and so_far + goals[state] < best[0]:
                best = so_far + goals[state], state
            for step, price in self._steps(net, state):
                total = so_far + price
                if step not in before and total < cost.get(step, float("inf")):
                    cost[step] = total
                    heappush(waiting, (total + ahead(step), -total, step, state))
        return _traced(before, best[1])

    def _steps(self, net: Net, state: State) -> Iterator[tuple[State, float]]:
        i, j, upright = state
        for turned in (False, True) if self.is_free((i, j), net) else (upright,):
            lines, shut, fenced, owners = self.lines[turned], self.shut[turned], self.fenced[turned], self.owners[turned]
            bend = BEND if turned != upright else 0.0
            back, on = ((i, j - 1), (i, j + 1)) if turned else ((i - 1, j), (i + 1, j))
            for spot, first in ((back, back), (on, (i, j))):
                there = spot[turned]
                if first in shut or not 0 <= there < len(lines) or owners.get(spot, net) != net:
                    continue
                price = abs(lines[there] - lines[j if turned else i]) + bend
                if first in fenced:
                    price += fenced[first]
                if self.owners[not turned].get(spot, net) != net:
                    price += CROSSING
                yield (*spot, turned), price

    def is_free(self, spot: Spot, net: Net) -> bool:
        """Whether no other net runs through the spot."""
        level, upright = self.owners
        return level.get(spot, net) == net and upright.get(spot, net) == net

    def keep(self, net: Net, way: Sequence[Spot], upright_ends: tuple[bool, bool] = (False, False)) -> None:
        """Give a way to a net; others may then only cross it. The ends run on level or upright beyond the way."""
        for number, spot in enumerate(way):
            around = [way[number + step] for step in (-1, 1) if 0 <= number + step < len(way)]
            kinds = {other[0] == spot[0] for other in around}
            kinds |= {upright_ends[0]} if number == 0 else set()
            kinds |= {upright_ends[1]} if number == len(way) - 1 else set()
            for upright in kinds:
                self._own(net, spot, upright)

    def _own(self, net: Net, spot: Spot, upright: bool) -> None:
        across = self.lines[not upright]
        middle = spot[0] if upright else spot[1]
        for step in (-1, 1):
            at = middle
            while 0 <= at < len(across) and abs(across[at] - across[middle]) < APART:
                self.owners[upright].setdefault((at, spot[1]) if upright else (spot[0], at), net)
                at += step


def _level_steps(xs: Sequence[float], ys: Sequence[float], wall: Place) -> Iterator[Spot]:
    """The steps along level lines that touch a wall, by the spot at their left."""
    rows = range(bisect_left(ys, wall.y), bisect_right(ys, wall.bottom))
    first, last = bisect_left(xs, wall.x) - 1, bisect_right(xs, wall.right)
    return ((i, j) for j in rows for i in range(max(first, 0), min(last, len(xs) - 1)))


def _nearest(lines: Sequence[float], value: float) -> int:
    place = bisect_left(lines, value)
    near = [at for at in (place - 1, place) if 0 <= at < len(lines)]
    return min(near, key=lambda at: abs(lines[at] - value))


def _traced(before: Mapping[State, State | None], end: State | None) -> list[Spot] | None:
    if end is None:
        return None
    way: list[Spot] = []
    state: State | None = end
    while state is not None:
        if not way or way[-1] != state[:2]:
            way.append(state[:2])
        state = before[state]
    return way[::-1]
