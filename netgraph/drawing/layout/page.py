"""A measured picture goes in; its layout comes out: one row or several, whichever makes the better page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from operator import itemgetter
from time import monotonic, process_time

from netgraph.drawing.layout import graphviz_engine, layered_engine
from netgraph.drawing.layout.banks import gathered, spread
from netgraph.drawing.layout.cutting import Row, cut
from netgraph.drawing.layout.hourglass import hourglass
from netgraph.drawing.layout.joint import join
from netgraph.drawing.layout.labels import with_labels, with_room
from netgraph.drawing.layout.router import routed
from netgraph.drawing.layout.rows import WANTED_RATIO, extent, halves, row_count, rows
from netgraph.drawing.layout.strip import Measured, Size, Strip
from netgraph.drawing.layout.tags import tagged
from netgraph.drawing.placement import Layout
from netgraph.errors import DrawWarning
from netgraph.picture import Cluster

WIDEST_RATIO = 2.8   # a page longer than this is wrapped
WIDEST_WRAPPED = 2.5 # the same where it is wrapped already, if it can be helped
CUT_FRAME = 0.6      # what it costs that a frame goes on in another row, in e-folds of the page's proportions
A4 = 1123, 794       # pixels of 1/96 inch
TIE = 0.1
SMALL_PRINT = 0.2    # e-folds, ties and cut frames included, from which two rows are tried too
SMALL = 0.2          # e-folds that text may shrink before wrapping is tried
LONGEST_ROW = 1.5 * WIDEST_WRAPPED      # a page longer than this, of which a third would be empty, is never left in one row
WIDEST_AS_ASKED = 5.0      # the same where the direction was asked for
MOST_PARALLEL = 16   # boxes beside each other that are not gathered into rows
FEWEST_GATHERED = 6  # boxes that are, where the page is longer without than
GATHER_RATIO = 2.4
ONE_ROW = 100        # boxes that are tried on one row before they are wrapped
MOST_SPOTS = 600     # items and links on one row that Graphviz is asked to lay out
WIDER_GAPS = 44, 60, 90  # pixels between layers, tried where wires need more room between them
MOST_WIDENED = 50    # boxes of a row for which that is tried
SECONDS = 8.0        # that Graphviz may take for one picture
ROUTING_SECONDS = 4.0      # of CPU time that leading its wires may take


def arrange(measured: Measured, direction: str = "auto", seconds: float = SECONDS) -> Layout:
    """The layout of a picture: left to right or top to bottom as asked, or whichever gives the better page."""
    if not measured.picture.boxes:
        return Layout(0, 0)
    if direction != "LR" and (layout := hourglass(measured)):
        return layout
    deadline = monotonic() + seconds
    small, banks = gathered(measured, MOST_PARALLEL)
    draft = _best(small, direction, deadline)
    if direction == "auto" and (more := gathered(measured, FEWEST_GATHERED))[1] != banks and draft.ratio > GATHER_RATIO:
        small, banks = more
        draft = _best(small, direction, deadline)
    layout = spread(measured, small, banks, draft.finished())
    if not layout.frames and any(_is_repeated(cluster) for cluster in measured.picture.clusters):
        warnings.warn("The frames of this picture are left out, and with them how often a piece of it comes: Graphviz is not there, or did "
                      "not answer in time. Install graphviz-pure, or draw every piece with fold=False.", DrawWarning, stacklevel=2)
    return layout


def _is_repeated(cluster: Cluster) -> bool:
    return any(inner.repeats > 1 for inner in cluster.walk())


def arrange_rows(measured: Measured, ids: Sequence[Sequence[str]], is_down: bool = False, seconds: float = SECONDS) -> Layout:
    """The layout of a picture in the rows of boxes that are given, or columns where wires run down."""
    return _draft(measured, ids, is_down, monotonic() + seconds).finished()


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
        deadline = process_time() + ROUTING_SECONDS
        done = [layout if row.strip.is_chain or process_time() > deadline else tagged(row.strip, _led(row.strip, layout, deadline))
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
    def shrinkage(self) -> float:
        """By how much its text shrinks where it is printed on A4, in e-folds; proportions like those of A4 break ties."""
        long, short = max(self.page), min(self.page)
        short = max(short, long / WIDEST_WRAPPED)
        return max(0.0, log(long / A4[0]), log(short / A4[1])) + TIE * abs(log(long / short / WANTED_RATIO))

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
        if best.ratio <= WIDEST_AS_ASKED if direction != "auto" else best.ratio <= WIDEST_RATIO and best.shrinkage < SMALL:
            return best
    wrapped = [draft for place, is_down in enumerate(downs if drafts else downs[:1])
               for draft in _wrapped(measured, is_down, drafts[place:place + 1], deadline)]
    drafts = [draft for draft in drafts if draft.ratio <= LONGEST_ROW] + wrapped
    best = min(drafts, key=_cost)
    return min([best, *_halved(measured, downs, deadline)], key=_cost) if _cost(best) > SMALL_PRINT else best


def _cost(draft: _Draft) -> float:
    return draft.shrinkage + CUT_FRAME * draft.cut_frames


def _halved(measured: Measured, downs: Sequence[bool], deadline: float) -> Iterator[_Draft]:
    """The picture in two rows with no frame cut, where there is such a cut."""
    for is_down in downs:
        ids = halves(measured.picture, {id: size[::-1] if is_down else size for id, size in measured.sizes.items()})
        if ids:
            yield _draft(measured, ids, is_down, deadline)


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


def _led(strip: Strip, layout: Layout, deadline: float) -> Layout:
    """The layout with its wires led; where they run unquiet, with its layers further apart, if they are quieter then."""
    best, flaws = routed(strip, layout, deadline)
    for gap in WIDER_GAPS if len(strip.items) <= MOST_WIDENED else ():
        if flaws and process_time() < deadline:
            wider = replace(strip, gap=gap)
            other, fewer = routed(wider, _laid_out(wider, SECONDS), deadline)
            best, flaws = min((best, flaws), (other, fewer), key=itemgetter(1))
    return best


def _laid_out(strip: Strip, seconds: float) -> Layout:
    roomy = with_room(strip)
    is_quick = strip.is_chain or seconds <= 0 or len(strip.items) + len(strip.links) > MOST_SPOTS
    layout = None if is_quick else graphviz_engine.lay_out(roomy, seconds)
    return with_labels(strip, layout or layered_engine.lay_out(roomy))
