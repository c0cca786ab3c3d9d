"""Blocks in their places and the flows that skip some come in; arcs over the blocks go out, short ones below long ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netgraph.drawing.marks import Area, Line, Mark, centred
from netgraph.drawing.themes.theme import Theme
from netgraph.drawing.volumes.blocks import Flow
from netgraph.drawing.volumes.labels import op_words
from netgraph.drawing.volumes.rows import Standing

CLEAR = 13.0             # between an arc and what it runs over
CORNER = 7.0
SIDESTEP = 3.0           # that the end of one arc keeps from the start of the next
SIZE = 9.0


def arcs_of(standing: Sequence[Standing], flows: Sequence[Flow], theme: Theme) -> Iterator[Mark]:
    """An arc with an arrow for each flow, with the words of a shortcut's layers on it."""
    heights: list[tuple[int, int, float]] = []
    for flow in sorted(flows, key=lambda flow: abs(flow.target - flow.source)):
        low, high = sorted((flow.source, flow.target))
        tops = [member.top for member in standing[low:high + 1]]
        tops += [height for first, last, height in heights if first < high and low < last]
        said = op_words(flow.aside[0]) if flow.aside else ""
        height = min(tops) - CLEAR
        heights.append((low, high, height - (SIZE + 1 if said else 0)))
        yield from _arc(standing[flow.source], standing[flow.target], height, theme)
        if said:
            start, end = _ends(standing[flow.source], standing[flow.target])
            yield centred(said, (start + end) / 2, height - 3.5, SIZE, theme.quiet)


def _ends(source: Standing, target: Standing) -> tuple[float, float]:
    """The x of both ends, in the middle of the tops."""
    return source.x + source.solid.reach / 2 + SIDESTEP, target.x + target.solid.reach / 2 - SIDESTEP


def _arc(source: Standing, target: Standing, height: float, theme: Theme) -> Iterator[Mark]:
    start, end = _ends(source, target)
    y_start, y_end = source.top + source.rise / 2, target.top + target.rise / 2
    turn = min(CORNER, abs(end - start) / 2) * (1 if end > start else -1)
    down = CORNER * 0.45
    yield Line(((start, y_start), (start, y_start), (start, height + CORNER), (start, height + CORNER),
                (start, height + down), (start + turn * 0.55, height), (start + turn, height),
                (start + turn, height), (end - turn, height), (end - turn, height),
                (end - turn * 0.45, height), (end, height + down), (end, height + CORNER),
                (end, height + CORNER), (end, y_end - 5), (end, y_end - 5)), theme.wire, 1.2, bends=True)
    yield Area(((end, y_end), (end - 3, y_end - 7), (end + 3, y_end - 7)), theme.wire)
