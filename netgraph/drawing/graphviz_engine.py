"""A strip goes in; its layout, found by the embedded Graphviz's `dot`, comes out. Only sizes and made-up ids go to the program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from netgraph.drawing.card import SMALL_SIZE
from netgraph.drawing.frame_titles import CHIP_SIDE
from netgraph.drawing.layers import BOX_GAP, MOST_IN_LINE, RANK_GAP, main_links
from netgraph.drawing.placement import Frame, Layout, Place, Point, Route
from netgraph.drawing.straighten import straightened
from netgraph.drawing.strip import Strip
from netgraph.drawing.text import clean, width_of
from netgraph.picture import Cluster

FRAME_MARGIN = 16
FRAME_TITLE = 14
PLATE = 4        # pixels by which the plate of a mark is higher than a title
INCH = 72
STRAIGHT = 100   # how much more a main line shuns bends than other wires


@cache
def program() -> str | None:
    """The Graphviz that lays out: the embedded one beside this Python, one on the PATH, a system `dot`, or None."""
    suffix = ".exe" if sys.platform == "win32" else ""
    for folder in (sysconfig.get_path("scripts"), Path(sys.executable).parent):
        beside = Path(folder) / f"graphviz-pure{suffix}"
        if beside.is_file():
            return str(beside)
    return shutil.which("graphviz-pure") or shutil.which("dot")


def lay_out(strip: Strip, seconds: float) -> Layout | None:
    """The layout of a strip, or None when there is no Graphviz or it does not finish in time.

    Parallel boxes come in running order: where they come the other way round, all is turned over, from the top or from the left.
    """
    fans = _fans(strip)
    is_over = bool(fans) and not strip.is_down      # for a row to the right Graphviz mostly stacks them from the bottom
    layout = _answered(strip, is_over, seconds)
    if layout and _runs_back(fans, layout, strip.is_down):
        layout = _turned_over(layout.turned()).turned() if strip.is_down else _answered(strip, not is_over, seconds) or layout
    return layout and straightened(strip, layout)


def _answered(strip: Strip, is_over: bool, seconds: float) -> Layout | None:
    """What Graphviz answers, turned over if asked, with the titles of frames at the top in either case."""
    command = program()
    if command is None:
        return None
    try:
        done = subprocess.run([command, "-Tjson0"], input=_source(strip, "b" if is_over else "t").encode(), capture_output=True,
                              timeout=seconds, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return None
    if done.returncode or not done.stdout:
        return None
    layout = _read(strip, json.loads(done.stdout))
    return _turned_over(layout) if is_over else layout


def _runs_back(fans: list[list[str]], layout: Layout, is_down: bool) -> bool:
    """Whether parallel boxes mostly stand from the right to the left, or from the bottom to the top."""
    places = [[layout.boxes[id].centre[not is_down] for id in fan] for fan in fans]
    steps = [after - before for fan in places for before, after in pairwise(fan)]
    return sum(step < 0 for step in steps) > sum(step > 0 for step in steps)


def _fans(strip: Strip) -> list[list[str]]:
    """Boxes that hear from one source alone, the same, three or more of them, in running order."""
    heard: dict[str, list[str]] = defaultdict(list)
    for link in strip.links:
        heard[link.target].append(link.source)
    fans: dict[str, list[str]] = defaultdict(list)
    for item in strip.items:
        if len(heard[item.id]) == 1 and not item.port:
            fans[heard[item.id][0]].append(item.id)
    return [fan for fan in fans.values() if len(fan) > MOST_IN_LINE]


def _turned_over(layout: Layout) -> Layout:
    """What was at the top is at the bottom."""
    def over(place: Place) -> Place:
        return replace(place, y=layout.height - place.bottom)
    return Layout(layout.width, layout.height, {id: over(place) for id, place in layout.boxes.items()},
                  tuple(Route(tuple((x, layout.height - y) for x, y in route.points), route.label and over(route.label))
                        for route in layout.routes),
                  tuple(replace(frame, place=over(frame.place)) for frame in layout.frames))


def _source(strip: Strip, titles: str) -> str:
    out, into = ("s", "n") if strip.is_down else ("e", "w")
    direction = "TB" if strip.is_down else "LR"
    apart = BOX_GAP * strip.gap / RANK_GAP
    head = [f"digraph {{ graph [rankdir={direction} newrank=true nodesep={apart / INCH:.3f} ranksep={strip.gap / INCH:.3f}]",
            "node [shape=box fixedsize=true label=\"\"]", f"edge [arrowhead=none tailport={out} headport={into}]"]
    nodes = [f"{item.id} [width={max(item.width, 1) / INCH:.4f} height={max(item.height, 1) / INCH:.4f}]"
             for item in strip.items]
    frames = [_frame(cluster, path, {item.id for item in strip.items}, titles) for path, cluster in _numbered(strip.clusters, "")]
    ports = [f"{{ rank={rank}; {' '.join(ids)} }}" for side, rank in (("in", "min"), ("out", "max"))
             if (ids := [item.id for item in strip.items if item.port == side])]
    main = set(main_links([item.id for item in strip.items], [(link.source, link.target) for link in strip.links]))
    place = {item.id: number for number, item in enumerate(strip.items)}
    links = [f"{link.source} -> {link.target} [id={number} weight={STRAIGHT if number in main else 1}{_label(*link.label)}]"
             for number, link in enumerate(strip.links) if place[link.source] < place[link.target]]
    return "\n".join([*head, *nodes, *frames, *ports, *links, "}"])


def _label(width: float, height: float) -> str:
    if not width:
        return ""
    # An empty table of fixed size keeps the room free; we set the text ourselves.
    return f' label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"><TR><TD></TD></TR></TABLE>>'


def _numbered(clusters: tuple[Cluster, ...], path: str) -> list[tuple[str, Cluster]]:
    return [(f"{path}_{number}", cluster) for number, cluster in enumerate(clusters)]


def _frame(cluster: Cluster, path: str, present: set[str], titles: str) -> str:
    room = width_of(clean(cluster.name), SMALL_SIZE, "SemiBold") + 8 + (2 * CHIP_SIDE if cluster.mark else 0)
    high = FRAME_TITLE + PLATE * bool(cluster.mark)
    inner = [_frame(child, below, present, titles) for below, child in _numbered(cluster.clusters, path)]
    return "\n".join([f"subgraph cluster{path} {{ margin={FRAME_MARGIN} labeljust=l labelloc={titles}{_label(room, high)};",
                      " ".join(id for id in cluster.boxes if id in present), *inner, "}"])


def _read(strip: Strip, answer: dict[str, Any]) -> Layout:
    _, _, width, height = (float(part) for part in answer["bb"].split(","))
    objects = {thing["name"]: thing for thing in answer["objects"]}
    boxes = {}
    for item in strip.items:
        x, y = _point(objects[item.id]["pos"], height)
        boxes[item.id] = Place(x - item.width / 2, y - item.height / 2, item.width, item.height)
    edges = {int(edge["id"]): edge for edge in answer.get("edges", ())}
    routes = tuple(_route(edges.get(number), link.label, height, _port(boxes[link.source], strip.is_down, leaves=True),
                          _port(boxes[link.target], strip.is_down, leaves=False)) for number, link in enumerate(strip.links))
    return Layout(width, height, boxes, routes, tuple(_frames(strip.clusters, "", objects, height, 0)))


def _point(text: str, height: float) -> Point:
    x, y = text.split(",")
    return float(x), height - float(y)


def _port(place: Place, is_down: bool, leaves: bool) -> Point:
    x, y = place.centre
    if is_down:
        return x, place.bottom if leaves else place.y
    return place.right if leaves else place.x, y


def _route(edge: dict[str, Any] | None, label: tuple[float, float], height: float, start: Point, end: Point) -> Route:
    if edge is None:                          # what runs back has no say in where boxes stand, and is led later
        middle = Place((start[0] + end[0] - label[0]) / 2, (start[1] + end[1] - label[1]) / 2, *label)
        return Route((start, start, end, end), middle if label[0] else None)
    points = [_point(part, height) for part in edge["pos"].split() if part[0] not in "se"]
    points = [start, *points[1:-1], end]      # Graphviz ends a wire up to a pixel before or within the box
    if not label[0]:
        return Route(tuple(points))
    x, y = _point(edge["lp"], height)
    return Route(tuple(points), Place(x - label[0] / 2, y - label[1] / 2, *label))


def _frames(clusters: tuple[Cluster, ...], path: str, objects: dict[str, Any], height: float, depth: int) -> list[Frame]:
    frames = []
    for below, cluster in _numbered(clusters, path):
        bounds = objects.get(f"cluster{below}", {}).get("bb")
        if bounds:
            left, low, right, high = (float(part) for part in bounds.split(","))
            frames.append(Frame(cluster.title, Place(left, height - high, right - left, high - low), depth, cluster.mark))
        frames += _frames(cluster.clusters, below, objects, height, depth + 1)
    return frames
