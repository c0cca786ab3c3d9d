"""A strip and its layout go in; the maze that its wires are led through comes out: lines beside every box, walls, frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netgraph.drawing.card import SMALL_SIZE
from netgraph.drawing.frame_titles import CHIP_SIDE
from netgraph.drawing.labels import room_of
from netgraph.drawing.loops import is_loop, loop_wall
from netgraph.drawing.maze import Maze
from netgraph.drawing.placement import Frame, Layout, Place
from netgraph.drawing.sockets import inlets, outlets
from netgraph.drawing.strip import Strip
from netgraph.drawing.text import clean, width_of

CLEAR = 7            # pixels between a box and a wire that passes it
LANES = (10, 16, 24, 32)
TITLE_HEIGHT = 22
TITLE_LINE = 20      # pixels of a frame's height that its title takes, where wires run down through it
SAME = 1.0           # lines nearer than that are one


def maze_of(strip: Strip, layout: Layout, is_turned: bool = False) -> Maze:
    """The maze. A wire keeps clear of boxes and source labels, does not run on frames, nor along the line of their titles.

    Where rows became columns, the titles stand at the left.
    """
    solid = [layout.boxes[item.id] for item in strip.items if item.width]
    room = room_of(strip)
    labels = [route.label for link, route in zip(strip.links, layout.routes, strict=True) if route.label and link.source in room]
    solid += [loop_wall(layout.boxes[link.source], link.label) for link in strip.links if is_loop(link)]
    frames = [frame.place for frame in layout.frames]
    places = [layout.boxes[item.id] for item in strip.items]
    sockets = [socket for place in places for socket in (*inlets(place), *outlets(place, every_side=True))]
    xs = [socket.stub[0] for socket in sockets]
    ys = [socket.stub[1] for socket in sockets]
    return Maze(_lines(xs, _beside((place.x, place.right) for place in (*solid, *frames))),
                _lines(ys, _beside((place.y, place.bottom) for place in (*solid, *labels, *frames))),
                [*(_grown(place, CLEAR) for place in solid), *(_grown(place, 0.5) for place in labels)],
                [] if is_turned else [_title(frame) for frame in layout.frames],
                [replace(frame, width=TITLE_LINE) for frame in frames] if is_turned else [], frames)


def _beside(spans: Iterable[tuple[float, float]]) -> Iterator[float]:
    for start, end in spans:
        for lane in LANES:
            yield start - lane
            yield end + lane


def _lines(wanted: Iterable[float], others: Iterable[float]) -> list[float]:
    """The wanted lines, one for those that are nearly the same, and of the others those that keep away from them and each other."""
    lines: list[float] = []
    for value in sorted(wanted):
        if not lines or value - lines[-1] >= SAME:
            lines.append(value)
    taken = {round(value / 4) for value in lines}
    for value in others:
        if round(value / 4) not in taken:
            taken.add(round(value / 4))
            lines.append(value)
    return sorted(lines)


def _grown(place: Place, by: float) -> Place:
    return Place(place.x - by, place.y - by, place.width + 2 * by, place.height + 2 * by)


def _title(frame: Frame) -> Place:
    plate = 2 * CHIP_SIDE if frame.mark else 0
    return Place(frame.place.x, frame.place.y, width_of(clean(frame.name), SMALL_SIZE, "SemiBold") + 20 + plate, TITLE_HEIGHT)
