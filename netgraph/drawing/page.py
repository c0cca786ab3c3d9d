"""A measured picture goes in; its layout comes out: one row or several, whichever makes the better page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from time import monotonic

from netgraph.drawing import graphviz_engine, layered_engine
from netgraph.drawing.banks import gathered, spread
from netgraph.drawing.cutting import Row, cut
from netgraph.drawing.joint import join
from netgraph.drawing.labels import with_labels, with_room
from netgraph.drawing.placement import Layout
from netgraph.drawing.router import routed
from netgraph.drawing.rows import WANTED_RATIO, extent, row_count, rows
from netgraph.drawing.strip import Measured, Size, Strip
from netgraph.drawing.tags import tagged
from netgraph.picture import Cluster

WIDEST_RATIO = 2.8   # a page longer than this is wrapped
WIDEST_WRAPPED = 2.5 # the same where it is wrapped already, if it can be helped
CUT_FRAME = 0.6      # what it costs that a frame goes on in another row, in e-folds of the page's proportions
WIDEST_AS_ASKED = 5.0      # the same where the direction was asked for
MOST_PARALLEL = 16   # boxes beside each other that are not gathered into rows
FEWEST_GATHERED = 6  # boxes that are, where the page is longer without than
GATHER_RATIO = 2.4
ONE_ROW = 100        # boxes that are tried on one row before they are wrapped
MOST_SPOTS = 600     # items and links on one row that Graphviz is asked to lay out
SECONDS = 8.0        # that Graphviz may take for one picture
ROUTING_SECONDS = 4.0      # that leading its wires may take


def arrange(measured: Measured, direction: str = "auto", seconds: float = SECONDS) -> Layout:
    """The layout of a picture: left to right or top to bottom as asked, or whichever gives the better page."""
    if not measured.picture.boxes:
        return Layout(0, 0)
    deadline = monotonic() + seconds
    small, banks = gathered(measured, MOST_PARALLEL)
    draft = _best(small, direction, deadline)
    if direction == "auto" and (more := gathered(measured, FEWEST_GATHERED))[1] != banks and draft.ratio > GATHER_RATIO:
        small, banks = more
        draft = _best(small, direction, deadline)
    return spread(measured, small, banks, draft.finished())


@dataclass(frozen=True)
class _Draft:
    """A picture cut into rows, each laid out, its wires not yet led."""

    measured: Measured
    rows: Sequence[Row]
    layouts: Sequence[Layout]
    is_down: bool

    @cached_property
    def joined(self) -> Layout:
        """One layout of all rows."""
        if len(self.rows) == 1:
            return self.layouts[0]
        if self.is_down:
            return join(self.measured.picture, self.rows, [layout.turned() for layout in self.layouts]).turned()
        return join(self.measured.picture, self.rows, self.layouts)

    def finished(self) -> Layout:
        """The same with its wires led, as many as time allows."""
        deadline = monotonic() + ROUTING_SECONDS
        done = [layout if row.strip.is_chain or monotonic() > deadline else tagged(row.strip, routed(row.strip, layout, deadline))
                for row, layout in zip(self.rows, self.layouts, strict=True)]
        return replace(self, layouts=done).joined

    @cached_property
    def page(self) -> Size:
        """Width and height of the sheet that holds it."""
        (wide, high), around = self.measured.margins, self.joined.bounds
        return max(around.width, self.measured.narrowest) + wide, around.height + high

    @property
    def ratio(self) -> float:
        """How far from square the page is."""
        return max(self.page) / min(self.page)

    @property
    def unlikeness(self) -> float:
        """How far the page is from the proportions that rows are cut for."""
        along, across = self.page[::-1] if self.is_down else self.page
        return abs(log(along / across / WANTED_RATIO))

    @property
    def cut_frames(self) -> int:
        """How often a frame goes on in another row."""
        return len(self.joined.frames) - _count(self.measured.picture.clusters)


def _count(clusters: Sequence[Cluster]) -> int:
    return sum(1 + _count(cluster.clusters) for cluster in clusters)


def _best(measured: Measured, direction: str, deadline: float) -> _Draft:
    downs = {"LR": [False], "TB": [True]}.get(direction, [False, True])
    drafts: list[_Draft] = []
    if len(measured.picture.boxes) <= ONE_ROW:
        one_row = [[box.id for box in measured.picture.boxes]]
        drafts = [_draft(measured, one_row, is_down, deadline) for is_down in downs]
        best = min(drafts, key=lambda draft: draft.ratio)
        if best.ratio <= (WIDEST_RATIO if direction == "auto" else WIDEST_AS_ASKED):
            return best
    wrapped = _wrapped(measured, downs[0], drafts[:1], deadline)
    if len(wrapped) == 1:
        return wrapped[0]
    if len(drafts) == 2 and all(draft.cut_frames for draft in wrapped if draft.ratio <= WIDEST_WRAPPED):
        wrapped += _wrapped(measured, True, drafts[1:], deadline)
    fitting = [draft for draft in wrapped if draft.ratio <= WIDEST_WRAPPED] or wrapped
    return min(fitting, key=lambda draft: draft.unlikeness + CUT_FRAME * draft.cut_frames)


def _wrapped(measured: Measured, is_down: bool, single: Sequence[_Draft], deadline: float) -> list[_Draft]:
    """The picture in the number of rows that should fill a page, and while it is not too big, in one more or less."""
    along = {id: size[::-1] if is_down else size for id, size in measured.sizes.items()}
    length, height = extent(measured.picture, along)
    for draft in single:
        layout = draft.joined
        length, height = (layout.height, layout.width) if is_down else (layout.width, layout.height)
    count = max(2, row_count(length, height))
    counts = sorted({count, count + 1, max(count - 1, 2)}) if single else [count]
    return [_draft(measured, rows(measured.picture, along, number), is_down, deadline) for number in counts]


def _draft(measured: Measured, ids: Sequence[Sequence[str]], is_down: bool, deadline: float) -> _Draft:
    parts = cut(measured, ids, is_down)
    return _Draft(measured, parts, [_laid_out(row.strip, deadline - monotonic()) for row in parts], is_down)


def _laid_out(strip: Strip, seconds: float) -> Layout:
    roomy = with_room(strip)
    is_quick = strip.is_chain or seconds <= 0 or len(strip.items) + len(strip.links) > MOST_SPOTS
    layout = None if is_quick else graphviz_engine.lay_out(roomy, seconds)
    return with_labels(strip, layout or layered_engine.lay_out(roomy))
