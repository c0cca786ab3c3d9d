"""A strip and its layout go in; the same layout comes out with every wire led square, round what stands in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import process_time

from netgraph.drawing.bends import STEP, distance, rounded, steps_in, turns
from netgraph.drawing.layers import layers_of, main_links
from netgraph.drawing.loops import is_loop
from netgraph.drawing.maze import BEND, Spot, State
from netgraph.drawing.placement import Layout, Point, Route
from netgraph.drawing.sockets import Socket, inlets, outlets
from netgraph.drawing.strip import Link, Strip
from netgraph.drawing.tracks import maze_of

CROWD = 3            # wires into one box that run together before it
BEYOND = 80          # pixels that the line on which they join reaches beyond their sources
LOST = 10            # small steps that a wire without a way is as bad as
BACK = 3             # the same for one that turns back
LATE = 1.01          # what a pixel costs by which a skip branches off later than it could: before the end others join
ASTRAY = 120.0       # pixels of way that entering ahead is worth, while no other wire does


def routed(strip: Strip, layout: Layout, deadline: float) -> tuple[Layout, int]:
    """Wires of one source run as one line that branches; those into a crowded box join before it; others never share a line.

    A wire for which there is no way, or no time, keeps the one it came with. The second that is given counts what is unquiet:
    small steps in the wires, as some of them a wire that turns back, and as ten a wire that found no way.
    """
    if strip.is_down:
        across, flaws = _routed(_turned(strip), layout.turned(), deadline, is_turned=True)
        return across.turned(), flaws
    return _routed(strip, layout, deadline)


def _routed(strip: Strip, layout: Layout, deadline: float, is_turned: bool = False) -> tuple[Layout, int]:
    routes = list(layout.routes)
    router = _Router(strip, layout, is_turned)
    flaws = 0
    for number in router.order():
        if process_time() > deadline:
            break
        corners = router.corners(strip.links[number])
        flaws += _flaws(corners) if corners else LOST
        if corners:
            routes[number] = Route(tuple(rounded(corners)), routes[number].label)
    return replace(layout, routes=tuple(routes)), flaws


def _flaws(corners: Sequence[Point]) -> int:
    """How unquiet a way is: its small steps, and whether it turns back on its way from left to right."""
    runs_on = corners[-1][0] >= corners[0][0]
    return steps_in(corners) + BACK * (runs_on and any(b[0] < a[0] - STEP for a, b in pairwise(corners)))


def _turned(strip: Strip) -> Strip:
    return replace(strip, is_down=False, links=tuple(replace(link, label=link.label[::-1]) for link in strip.links))


@dataclass
class _Router:
    strip: Strip
    layout: Layout
    is_turned: bool = False       # whether rows became columns, and frames have their titles at the left
    taken: dict[tuple[str, str], Hashable] = field(default_factory=dict)          # the sockets in use, by box and side
    trees: dict[Hashable, dict[Spot, Spot | None]] = field(default_factory=dict)  # of each net: which spot a spot is reached from
    roots: dict[Hashable, Socket] = field(default_factory=dict)
    trunks: dict[str, dict[Spot, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.maze = maze_of(self.strip, self.layout, self.is_turned)
        self.layers = layers_of([item.id for item in self.strip.items], [(link.source, link.target) for link in self.strip.links])
        arriving = Counter(link.target for link in self.strip.links)
        for id, count in arriving.items():
            if count >= CROWD:
                self._plant(id)

    def order(self) -> list[int]:
        """The numbers of the wires: main lines first, then the shortest, so that skips go round, and a line grows from its source."""
        links, boxes = self.strip.links, self.layout.boxes
        main = set(main_links([item.id for item in self.strip.items], [(link.source, link.target) for link in links]))

        def rank(number: int) -> tuple[bool, int, float]:
            ends = links[number].source, links[number].target
            low, high = (self.layers[id] for id in ends)
            return number not in main, abs(high - low), abs(boxes[ends[0]].centre[1] - boxes[ends[1]].centre[1])
        return sorted((number for number, link in enumerate(links) if not is_loop(link)), key=rank)

    def _plant(self, id: str) -> None:
        """Keep an upright line before a crowded box, on which its wires join; none where others' lines stand there already."""
        inlet = inlets(self.layout.boxes[id])[0]
        i, j = self.maze.spot(*inlet.stub)
        heights = [self.layout.boxes[link.source].centre[1] for link in self.strip.links if link.target == id]
        spots = [(i, j), *self._stretch(i, j, -1, min(heights) - BEYOND), *self._stretch(i, j, 1, max(heights) + BEYOND)]
        net = "to", id
        if all(self.maze.is_free(spot, net) for spot in spots):
            self.trunks[id] = dict.fromkeys(sorted(spots))
            self.maze.keep(net, sorted(spots)[1:-1] or spots, (True, True))       # its ends are open for wires that run on into it

    def _stretch(self, i: int, j: int, step: int, end: float) -> Iterator[Spot]:
        """The spots of an upright line from one on, up or down, to that height or to what stands in the way."""
        rows = self.maze.lines[1]
        while 0 <= j + step < len(rows) and step * rows[j + step] <= step * end and (i, min(j, j + step)) not in self.maze.shut[1]:
            j += step
            yield i, j

    def corners(self, link: Link) -> list[Point] | None:
        """The corners of the way of one wire, which it keeps from now on."""
        net = (link.source, link.stream)
        goals = self._goals(link, net)
        for every_side in (self._streams(link.source) > 1, True):
            starts, sockets = self._starts(link, net, every_side)
            way = self.maze.way(net, starts, {state: cost for state, (cost, _) in goals.items()})
            if way is not None:
                break
        else:
            return None
        is_new = net not in self.trees
        if is_new:
            self.roots[net] = sockets[way[0]]
            self.taken[link.source, sockets[way[0]].side] = net
            self.trees[net] = {way[0]: None}
        end, upright = way[-1], self._arrives_upright(way, is_new, self.roots[net])
        inlet = goals[(*end, upright)][1]
        self.maze.keep(net, way, (is_new and self.roots[net].is_upright, upright if inlet is None else inlet.is_upright))
        tree = self.trees[net]
        for before, spot in pairwise(way):
            tree.setdefault(spot, before)
        return self._drawn(link, net, way, inlet)

    def _starts(self, link: Link, net: Hashable, every_side: bool) -> tuple[dict[State, float], Mapping[Spot, Socket]]:
        """Where the wire may set out, and what that costs: what passes layers by, early on its source's line rather than late."""
        if net in self.trees:
            root, late = next(iter(self.trees[net])), LATE * (self.layers[link.target] - self.layers[link.source] > 1)
            along = {spot: late * distance(*self.maze.points([root, spot])) if spot[1] == root[1] else 0.0 for spot in self.trees[net]}
            return {(*spot, upright): cost for spot, cost in along.items() for upright in (False, True)}, {}
        free = [socket for socket in outlets(self.layout.boxes[link.source], every_side)
                if (link.source, socket.side) not in self.taken]
        sockets = {self.maze.spot(*socket.stub): socket for socket in reversed(free)}
        return {(*spot, socket.is_upright): 0.0 for spot, socket in sockets.items()}, sockets

    def _streams(self, id: str) -> int:
        return len({link.stream for link in self.strip.links if link.source == id})

    def _goals(self, link: Link, net: Hashable) -> dict[State, tuple[float, Socket | None]]:
        goals: dict[State, tuple[float, Socket | None]] = {}
        crowded = link.target in self.trunks
        for socket in inlets(self.layout.boxes[link.target]):
            if (link.target, socket.side) in self.taken or (crowded and not socket.is_upright):
                continue
            spot = self.maze.spot(*socket.stub)
            if self.maze.owners[socket.is_upright].get(spot, net) == net:
                cost = socket.cost + (ASTRAY if socket.is_upright and (link.target, "left") not in self.taken else 0.0)
                goals.setdefault((*spot, socket.is_upright), (cost, socket))
                if self.maze.is_free(spot, net):
                    goals.setdefault((*spot, not socket.is_upright), (cost + BEND, socket))
        if crowded:
            y = self.layout.boxes[link.target].centre[1]
            joins = {spot: (abs(self.maze.lines[1][spot[1]] - y) * 0.6, None) for spot in self.trunks[link.target]}
            goals |= {(*spot, False): join for spot, join in joins.items()}
            goals |= {(*spot, True): joins[spot] for spot in (min(joins), max(joins))}
        return goals

    @staticmethod
    def _arrives_upright(way: Sequence[Spot], is_new: bool, root: Socket) -> bool:
        if len(way) > 1:
            return way[-1][0] == way[-2][0]
        return is_new and root.is_upright

    def _drawn(self, link: Link, net: Hashable, way: Sequence[Spot], inlet: Socket | None) -> list[Point]:
        """From the source along what its net had already, along the new way, and into the box."""
        whole = list(way)
        while (before := self.trees[net][whole[0]]) is not None:
            whole.insert(0, before)
        points = [self.roots[net].end, *self.maze.points(whole)]
        if inlet is None:
            inlet = inlets(self.layout.boxes[link.target])[0]
            points.append((points[-1][0], inlet.end[1]))
        self.taken[link.target, inlet.side] = net
        return turns([*points, inlet.end])

