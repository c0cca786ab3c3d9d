"""Stacks of units and the links between them come in; the marks that show them go out, weak lines below strong ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netgraph.drawing.marks import Bar, Disc, Line, Mark, Words, around_all, centred
from netgraph.drawing.neurons.columns import RADIUS, Stack
from netgraph.drawing.neurons.curve import curve_of, looks_at_all
from netgraph.drawing.neurons.lanes import ways
from netgraph.drawing.neurons.legend import legend
from netgraph.drawing.neurons.links import Link
from netgraph.drawing.neurons.wrapping import Row
from netgraph.drawing.placement import Place
from netgraph.drawing.ramp import Ramp
from netgraph.drawing.text import clean, fit, width_of
from netgraph.drawing.theme import Theme
from netgraph.drawing.words import GLYPHS, name_of
from netgraph.plan import Plan
from netgraph.weights import NodeId
from netgraph.wording import SEPARATOR, op_text

BIAS_RADIUS = 8.0
DOT = 1.9
THINNEST, THICKEST = 0.5, 3.4     # pixels of a line
FAINTEST = 0.22                   # of the full colour, for the smallest weight
LABEL = 15                        # from line to line
NAME, SMALL = 12.0, 10.5
CROWD = 400                       # lines of unknown weight that are painted thinner


def paint_neurons(plan: Plan, rows: Sequence[Row], ramp: Ramp) -> list[Mark]:
    """All marks of the neuron view, legend included."""
    unknown_width = 0.7 if sum(len(row.links) for row in rows) > CROWD else 1.0
    marks = [mark for row in rows for mark in _row(plan, row, ramp, unknown_width)]
    body = around_all(mark.place for mark in marks)
    stacks = [stack for row in rows for stack in row.stacks.values()]
    has_frame = any(looks_at_all(stack.layer) for stack in stacks)
    return [*marks, *legend(ramp, (body.x, body.bottom + 30), any(stack.biases for stack in stacks), has_frame)]


def _row(plan: Plan, row: Row, ramp: Ramp, unknown_width: float) -> list[Mark]:
    lines = [line for _, line in sorted(_lines(plan, row, ramp, unknown_width), key=lambda pair: pair[0])]
    units = [mark for stack in row.stacks.values() for mark in (*_stack(plan, stack, row, ramp), *biases(plan, stack, ramp))]
    floor = max(mark.place.bottom for mark in (*lines, *units)) + 24
    labels = [label for node, stack in row.stacks.items() for label in
              (_again(stack, floor, ramp) if node in row.again else column_labels(plan, stack, row.stacks, floor, ramp))]
    return [*lines, *units, *labels]


def _stack(plan: Plan, stack: Stack, row: Row, ramp: Ramp) -> Iterator[Mark]:
    if stack.layer.id in row.again:
        yield from _faded(stack, ramp)
    else:
        yield from frame(stack, ramp)
        yield from _units(plan, stack, ramp)


def _lines(plan: Plan, row: Row, ramp: Ramp, unknown_width: float) -> Iterator[tuple[float, Line]]:
    """Each link as a line, with how strong it is."""
    for link, way in zip(row.links, ways(row.stacks, row.links), strict=True):
        name, bends = f"{_end(plan, link.source, link)} → {_end(plan, link.target, link)}", len(way) > 2
        if link.kind == "gain":
            yield 1.0, Line(way, ramp.theme.gain, 1.4, bends, dashes="4 3", tip=f"{name}: ×{link.value:g}")
        elif link.value is None:
            yield 0.0, Line(way, ramp.theme.wire, unknown_width, bends, 0.7, tip=name)
        else:
            strength = ramp.strength(link.value)
            yield strength, Line(way, ramp.colour(link.value, FAINTEST), THINNEST + (THICKEST - THINNEST) * strength, bends,
                                 dashes=ramp.dashes(link.value), tip=f"{name}: {link.value:.4g}".replace("-", "−"))


def _end(plan: Plan, unit: tuple[NodeId, int] | None, link: Link) -> str:
    return f"bias of {name_of(plan[link.target[0]])}" if unit is None else f"{name_of(plan[unit[0]])} {unit[1] + 1}"


def _units(plan: Plan, stack: Stack, ramp: Ramp) -> Iterator[Mark]:
    theme, layer = ramp.theme, stack.layer
    paint = theme.paint(layer.op.family)
    sign, curve = GLYPHS.get(layer.op_name, ""), curve_of(layer)
    for unit, (x, y) in zip(stack.units, stack.centres, strict=True):
        yield Disc(x, y, RADIUS, paint.fill, paint.edge, 2.2 if layer.id in plan.outputs else 1.3, f"{name_of(layer)} {unit + 1}")
        if curve:
            yield Line(tuple((x + dx * RADIUS, y + dy * RADIUS) for dx, dy in curve), paint.ink, 1.5)
        elif sign:
            yield centred(sign, x, y + 0.364 * 17, 17, paint.ink)       # Inter draws its operators around 0.364 em above the baseline
        else:
            yield _number(unit, x, y, paint.ink)
    yield from dots(stack, theme)


def _faded(stack: Stack, ramp: Ramp) -> Iterator[Mark]:
    """The units of a column that the row before ended with."""
    for unit, (x, y) in zip(stack.units, stack.centres, strict=True):
        yield Disc(x, y, RADIUS, ramp.theme.paper, ramp.theme.frame_edge, 1.3, f"{name_of(stack.layer)} {unit + 1}")
        yield _number(unit, x, y, ramp.theme.quiet)
    yield from dots(stack, ramp.theme)


def _number(unit: int, x: float, y: float, ink: str) -> Words:
    text = f"{unit + 1:,}"
    size = min(10.0, 10.0 * 1.55 * RADIUS / width_of(text, 10.0, "Medium"))
    return centred(text, x, y + 0.364 * size, size, ink, "Medium")


def _again(stack: Stack, floor: float, ramp: Ramp) -> Iterator[Words]:
    if stack.is_alone:
        yield centred(fit(clean(name_of(stack.layer)) or "·", 100, NAME, "SemiBold"), stack.x, floor, NAME, ramp.theme.quiet, "SemiBold")
        yield centred("from above", stack.x, floor + LABEL, SMALL, ramp.theme.quiet)


def dots(stack: Stack, theme: Theme) -> Iterator[Disc]:
    """The three dots in the place of units that are not drawn."""
    if stack.dots:
        x, y = stack.dots
        yield from (Disc(x, y + step * 7.5, DOT, theme.quiet, "none", 0) for step in (-1, 0, 1))


def biases(plan: Plan, stack: Stack, ramp: Ramp) -> Iterator[Mark]:
    """The circles of the biases that stand below a layer's units."""
    theme = ramp.theme
    for node, (x, y) in stack.biases.items():
        yield Disc(x, y, BIAS_RADIUS, theme.paper, theme.quiet, 1.0, f"bias of {name_of(plan[node])}")
        yield centred("+1", x, y + 0.364 * 8, 8, theme.quiet, "Medium")


def frame(stack: Stack, ramp: Ramp) -> Iterator[Mark]:
    """The frame of a layer whose units are computed together."""
    if looks_at_all(stack.layer):
        (x, top), (_, bottom) = stack.centres[0], stack.centres[-1]
        reach = RADIUS + 5
        place = Place(x - reach, top - reach, 2 * reach, bottom - top + 2 * reach)
        yield Bar(place, ramp.theme.frames[0], ramp.theme.frame_edge, reach)


def column_labels(plan: Plan, stack: Stack, stacks: Mapping[NodeId, Stack], floor: float, ramp: Ramp) -> Iterator[Words]:
    """The name, op and size of a layer: at the height `floor`, or above its units where it shares the column."""
    theme, layer = ramp.theme, stack.layer
    room = min([abs(other.x - stack.x) for other in stacks.values() if other.rank != stack.rank], default=220.0) - 10
    name, count = clean(name_of(layer)) or "·", _count(plan, stack)
    if not stack.is_alone:
        text = fit(f"{name}{SEPARATOR}{count}", room, SMALL, "Medium")
        label = centred(text, stack.x, stack.centres[0][1] - RADIUS - 11, SMALL, theme.ink, "Medium")
        yield Words(label.text, label.x, label.y, SMALL, theme.ink, "Medium", theme.paper)
        return
    yield centred(fit(name, room, NAME, "SemiBold"), stack.x, floor, NAME, theme.ink, "SemiBold")
    yield from (centred(fit(text, room, SMALL), stack.x, floor + LABEL * row, SMALL, theme.quiet)
                for row, text in enumerate((_kind(stack), count), start=1))


def _kind(stack: Stack) -> str:
    """The op without its size, which the count of units says."""
    first, *rest = op_text(stack.layer).split(SEPARATOR)
    return SEPARATOR.join([first.removesuffix(f" {stack.count}"), *rest])


def _count(plan: Plan, stack: Stack) -> str:
    word = "input" if stack.layer.op_name == "input" else "output" if stack.layer.id in plan.outputs else "unit"
    return f"{stack.count:,} {word}{'s' * (stack.count != 1)}"


