"""Blocks in their places and the flows between them come in; the marks that show them go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netgraph.drawing.composition.families import told_apart
from netgraph.drawing.marks import Area, Bar, Line, Mark, Words, around_all, centred
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.themes.ramp import mixed
from netgraph.drawing.themes.theme import Theme
from netgraph.drawing.volumes.arcs import arcs_of
from netgraph.drawing.volumes.blocks import Flow
from netgraph.drawing.volumes.labels import kernel_of, tip_of
from netgraph.drawing.volumes.rows import SIZE, Run, Standing
from netgraph.drawing.volumes.scale import Scale

LINE = 14.0
SCALED = "Lengths grow as the square root of the sizes: sides, channels and units each on a scale of their own."
SEEN = "A pyramid stands on the patch that a kernel sees."


def paint_volumes(runs: Sequence[Run], flows: Sequence[Flow], scale: Scale, theme: Theme) -> list[Mark]:
    """All marks of the volume view: blocks from left to right, what flows between neighbours, arcs, labels and legend."""
    standing = [member for run in runs for member in run.members]
    near = {flow.target: flow for flow in flows if flow.target == flow.source + 1}
    marks: list[Mark] = []
    firsts = {id(run.members[0]) for run in runs}
    for at, member in enumerate(standing):
        if at in near and id(member) in firsts:
            marks += _approach(standing[at - 1], member, scale, theme)
        marks += _solid(member, theme)
    marks += arcs_of(standing, [flow for flow in flows if flow.target != flow.source + 1], theme)
    floor = max(member.bottom for member in standing) + 22
    for run in runs:
        for row, line in enumerate(run.label):
            is_size = row < len(run.label) - 2
            marks.append(centred(line, run.middle, floor + LINE * row, SIZE, theme.ink if is_size else theme.quiet,
                                 "SemiBold" if is_size else "Regular"))
    body = around_all(mark.place for mark in marks)
    has_pyramids = any(_sees_a_patch(standing[at - 1], standing[at]) and id(standing[at]) in firsts for at in near)
    return [*marks, *_legend(standing, (body.x, body.bottom + 22), has_pyramids, theme)]


def _solid(member: Standing, theme: Theme) -> Iterator[Mark]:
    """Top, right and front of a block."""
    paint = theme.paint(member.block.op_layer.op.family)
    away = member.solid.away
    top_left, top_right, bottom_right, _ = member.front
    tip = tip_of(member.block)
    back = [(x + away, y - away) for x, y in (top_left, top_right, bottom_right)]
    yield Area((top_left, back[0], back[1], top_right), mixed(paint.fill, theme.paper, 0.35), paint.edge)
    yield Area((top_right, back[1], back[2], bottom_right), mixed(paint.fill, paint.edge, 0.28), paint.edge)
    yield Area(member.front, mixed(paint.fill, paint.edge, 0.06), paint.edge, tip=tip)


def _approach(before: Standing, after: Standing, scale: Scale, theme: Theme) -> Iterator[Mark]:
    """What leads from a block to the next: a pyramid over the patch that is seen, a fan into a vector, or an arrow."""
    if _sees_a_patch(before, after):
        yield from _pyramid(before, after, kernel_of(after.block.op_layer.op) or (1, 1), scale, theme)
    elif len(after.block.shape) < 2 and not after.block.title:
        yield from _fan(before, after, theme)
    else:
        yield from _arrow(before.on_right(0.5, 0.5), after.entry, theme)


def _sees_a_patch(before: Standing, after: Standing) -> bool:
    layer = after.block.op_layer
    slides = kernel_of(layer.op) is not None and not layer.op_name.startswith("convtranspose")
    return slides and min(len(before.block.shape), len(after.block.shape)) > 1 and not after.block.title


def _fan(before: Standing, after: Standing, theme: Theme) -> Iterator[Mark]:
    (left, top), *_, (_, bottom) = after.front
    corners = before.on_right(1, 0), (left, top), (left, bottom), before.on_right(0, 1)
    yield Area(corners, theme.wire, opacity=0.10)
    yield Line((corners[0], corners[1]), theme.wire, 0.8, opacity=0.6)
    yield Line((corners[3], corners[2]), theme.wire, 0.8, opacity=0.6)


def _pyramid(before: Standing, after: Standing, kernel: tuple[int, int], scale: Scale, theme: Theme) -> Iterator[Mark]:
    sides = before.block.shape[1:]
    down = min(scale.length(kernel[0]) / scale.length(int(sides[0])), 1.0) / 2
    across = min(scale.length(kernel[1]) / scale.length(int(sides[-1])), 1.0) / 2
    patch = [before.on_right(0.5 + a * across, 0.5 + d * down) for a, d in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    paint = theme.paint(after.block.op_layer.op.family)
    tip = after.entry
    yield Area(tuple(patch), paint.edge, paint.edge, 0.9, opacity=0.30)
    yield Area((patch[1], tip, patch[2]), paint.edge, opacity=0.10)
    for corner in (patch[1], patch[2]):
        yield Line((corner, tip), paint.edge, 0.9, opacity=0.8)


def _arrow(start: Point, end: Point, theme: Theme) -> Iterator[Mark]:
    # Level where both ends nearly are, since blocks that lead the eye straight on need no slope.
    yield Line((start, (end[0] - 5, end[1])), theme.wire, 1.2)
    yield Area((end, (end[0] - 7, end[1] - 3), (end[0] - 7, end[1] + 3)), theme.wire)


def _legend(standing: Sequence[Standing], start: Point, has_pyramids: bool, theme: Theme) -> Iterator[Mark]:
    x, y = start
    swatches = told_apart((member.block.op_layer.op.family for member in standing), theme)
    for word, paint in swatches:
        yield Bar(Place(x, y, 12, 12), paint.fill, paint.edge, 3)
        words = Words(word, x + 18, y + 10, SIZE, theme.quiet)
        yield words
        x = words.place.right + 18
    below = y + 34 if swatches else y + 10
    for row, line in enumerate([SCALED, SEEN] if has_pyramids else [SCALED]):
        yield Words(line, start[0], below + LINE * row, SIZE, theme.quiet)
