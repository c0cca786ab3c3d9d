"""A strip and its layout go in; the same layout comes out with every wire led square, round what stands in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import process_time

from netgraph.drawing.bends import rounded, turns
from netgraph.drawing.layers import layers_of, main_links
from netgraph.drawing.loops import is_loop
from netgraph.drawing.maze import BEND, Spot, State
from netgraph.drawing.placement import Layout, Point, Route
from netgraph.drawing.sockets import Socket, inlets, outlets
from netgraph.drawing.strip import Link, Strip
from netgraph.drawing.tracks import maze_of

CROWD = 3            # wires into one box that run together before it
BEYOND = 80          # pixels that the line on which they join reaches beyond their sources
ASTRAY = 120.0       # pixels of way that entering ahead is worth, while no other wire does


def routed(strip: Strip, layout: Layout, deadline: float) -> Layout:
    """Wires of one source run as one line that branches; those into a crowded box join before it; others never share a line.

    A wire for which there is no way, or no time, keeps the one it came with.
    """
    if strip.is_down:
        return routed(_turned(strip), layout.turned(), deadline).turned()
    routes = list(layout.routes)
    router = _Router(strip, layout)
    for number in _order(strip, layout):
        if process_time() > deadline:
            break
        corners = router.corners(strip.links[number])
        if corners:
            routes[number] = Route(tuple(rounded(corners)), routes[number].label)
    return replace(layout, routes=tuple(routes))


def _turned(strip: Strip) -> Strip:
    return replace(strip, is_down=False, links=tuple(replace(link, label=link.label[::-1]) for link in strip.links))


def _order(strip: Strip, layout: Layout) -> list[int]:
    """Main lines first, then the shortest: so that skips go round, and a line that branches grows from its source."""
    ids = [item.id for item in strip.items]
    ends = [(link.source, link.target) for link in strip.links]
    layers = layers_of(ids, ends)
    main = set(main_links(ids, ends))

    def rank(number: int) -> tuple[bool, int, float]:
        source, target = (layout.boxes[id].centre for id in ends[number])
        return number not in main, abs(layers[ends[number][1]] - layers[ends[number][0]]), abs(source[1] - target[1])
    return sorted((number for number, link in enumerate(strip.links) if not is_loop(link)), key=rank)


@dataclass
class _Router:
    strip: Strip
    layout: Layout
    taken: dict[tuple[str, str], Hashable] = field(default_factory=dict)          # the sockets in use, by box and side
    trees: dict[Hashable, dict[Spot, Spot | None]] = field(default_factory=dict)  # of each net: which spot a spot is reached from
    roots: dict[Hashable, Socket] = field(default_factory=dict)
    trunks: dict[str, dict[Spot, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.maze = maze_of(self.strip, self.layout)
        arriving = Counter(link.target for link in self.strip.links)
        for id, count in arriving.items():
            if count >= CROWD:
                self._plant(id)

    def _plant(self, id: str) -> None:
        """Keep an upright line before a crowded box, on which its wires join."""
        inlet = inlets(self.layout.boxes[id])[0]
        i, j = self.maze.spot(*inlet.stub)
        heights = [self.layout.boxes[link.source].centre[1] for link in self.strip.links if link.target == id]
        rows = self.maze.lines[1]
        spots = [(i, j)]
        for step in (-1, 1):
            at = j
            while 0 <= at + step < len(rows) and min(heights) - BEYOND <= rows[at + step] <= max(heights) + BEYOND:
                if (i, min(at, at + step)) in self.maze.shut[1]:
                    break
                at += step
                spots.append((i, at))
        self.maze.keep(("to", id), sorted(spots), (True, True))
        self.trunks[id] = dict.fromkeys(spots)

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

    def _starts(self, link: Link, net: Hashable, every_side: bool) -> tuple[Mapping[Spot, Sequence[bool]], Mapping[Spot, Socket]]:
        if net in self.trees:
            return dict.fromkeys(self.trees[net], (False, True)), {}
        free = [socket for socket in outlets(self.layout.boxes[link.source], every_side)
                if (link.source, socket.side) not in self.taken]
        sockets = {self.maze.spot(*socket.stub): socket for socket in reversed(free)}
        return {spot: (socket.is_upright,) for spot, socket in sockets.items()}, sockets

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
            goals |= {(*spot, False): (abs(self.maze.lines[1][spot[1]] - y) * 0.6, None) for spot in self.trunks[link.target]}
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
        else:
            self.taken[link.target, inlet.side] = net
        return turns([*points, inlet.end])

