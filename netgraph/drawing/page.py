"""A measured picture goes in; its layout comes out: one row or several, whichever makes the better page."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from time import monotonic

from netgraph.drawing import graphviz_engine, layered_engine
from netgraph.drawing.cutting import cut
from netgraph.drawing.joint import join
from netgraph.drawing.labels import with_labels, with_room
from netgraph.drawing.placement import Layout
from netgraph.drawing.rows import WANTED_RATIO, extent, row_count, rows
from netgraph.drawing.strip import Measured, Strip

WIDEST_RATIO = 2.4   # a page longer than this is wrapped
WIDEST_AS_ASKED = 5.0      # the same where the direction was asked for
ONE_ROW = 80         # boxes that are tried on one row before they are wrapped
MOST_SPOTS = 600     # items and links on one row that Graphviz is asked to lay out
SECONDS = 8.0        # that Graphviz may take for one picture
NARROWEST = 280      # pixels of a heading
AROUND = (48, 104)   # pixels of margins, heading and legend


def arrange(measured: Measured, direction: str = "auto", seconds: float = SECONDS) -> Layout:
    """The layout of a picture: left to right or top to bottom as asked, or whichever gives the better page."""
    if not measured.picture.boxes:
        return Layout(0, 0)
    deadline = monotonic() + seconds
    downs = {"LR": [False], "TB": [True]}.get(direction, [False, True])
    layouts: list[Layout] = []
    if len(measured.picture.boxes) <= ONE_ROW:
        one_row = [[box.id for box in measured.picture.boxes]]
        layouts = [_laid_out(measured, one_row, is_down, deadline) for is_down in downs]
        if min(map(_ratio, layouts)) <= (WIDEST_RATIO if direction == "auto" else WIDEST_AS_ASKED):
            return min(layouts, key=_ratio)
    return min(_wrapped(measured, downs[0], layouts[:1], deadline), key=_unlikeness)


def _wrapped(measured: Measured, is_down: bool, single: Sequence[Layout], deadline: float) -> list[Layout]:
    """The picture in the number of rows that should fill a page, and while it is not too big, in one more or less."""
    along = {id: size[::-1] if is_down else size for id, size in measured.sizes.items()}
    length, height = extent(measured.picture, along)
    for layout in single:
        length, height = (layout.height, layout.width) if is_down else (layout.width, layout.height)
    count = max(2, row_count(length, height))
    counts = sorted({count, count + 1, max(count - 1, 2)}) if single else [count]
    return [_laid_out(measured, rows(measured.picture, along, number), is_down, deadline) for number in counts]


def _ratio(layout: Layout) -> float:
    """How far from square the page is; a tall one is a little worse than a wide one."""
    wide, high = max(layout.width, NARROWEST) + AROUND[0], layout.height + AROUND[1]
    return wide / high if wide > high else 1.15 * high / wide


def _unlikeness(layout: Layout) -> float:
    """How far the page is from the proportions that rows are cut for."""
    return abs(log((layout.width + AROUND[0]) / (layout.height + AROUND[1]) / WANTED_RATIO))


def _laid_out(measured: Measured, ids: Sequence[Sequence[str]], is_down: bool, deadline: float) -> Layout:
    parts = cut(measured, ids, is_down)
    layouts = [_row_laid_out(row.strip, deadline - monotonic()) for row in parts]
    if len(parts) == 1:
        return layouts[0]
    if is_down:
        return join(measured.picture, parts, [layout.turned() for layout in layouts]).turned()
    return join(measured.picture, parts, layouts)


def _row_laid_out(strip: Strip, seconds: float) -> Layout:
    roomy = with_room(strip)
    is_quick = strip.is_chain or seconds <= 0 or len(strip.items) + len(strip.links) > MOST_SPOTS
    layout = None if is_quick else graphviz_engine.lay_out(roomy, seconds)
    return with_labels(strip, layout or layered_engine.lay_out(roomy))
