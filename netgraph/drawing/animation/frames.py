"""A trace and its steps come in; for each step the marks that change go out: lines below the circles, numbers above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netgraph.drawing.animation.steps import Step, number_text, steps_of
from netgraph.drawing.marks import Disc, Line, Mark, Words, around_all, centred
from netgraph.drawing.neurons.columns import RADIUS, Spacing, Stack, stacks_of
from netgraph.drawing.neurons.lanes import ways
from netgraph.drawing.neurons.links import Link, links_of
from netgraph.drawing.neurons.painting import biases, column_labels, dots, frame
from netgraph.drawing.placement import Point
from netgraph.drawing.text import width_of
from netgraph.drawing.themes.ramp import Ramp, largest
from netgraph.drawing.themes.theme import Theme
from netgraph.plan import Plan
from netgraph.trace import Trace
from netgraph.weights import NodeId

THINNEST, THICKEST, FAINTEST = 0.7, 3.2, 0.35
VALUE, GRADIENT = 9.0, 7.5       # sizes of the numbers in and below a circle
SIZE = 11.5
LINE = 16.0
ROOMY = Spacing(pitch=50.0, nearest=190.0, one_to_one=150.0)
STATED = "∂: how the loss changes with the number above it"


@dataclass(frozen=True)
class Frame:
    """A step, and its marks below and above the circles."""

    step: Step
    below: tuple[Mark, ...]
    above: tuple[Mark, ...]


@dataclass(frozen=True)
class Scene:
    """What stands still, below and above the lines that move, and the frames."""

    ground: tuple[Mark, ...]
    circles: tuple[Mark, ...]
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class _Stage:
    """What every frame is painted from."""

    trace: Trace
    stacks: Mapping[NodeId, Stack]
    links: Sequence[Link]
    ways: Sequence[tuple[Point, ...]]
    theme: Theme
    floor: float


def scene_of(trace: Trace, most: int, theme: Theme) -> Scene:
    """All marks of an animation."""
    plan = trace.plan
    stacks = stacks_of(plan, most, ROOMY)
    links = _links(plan, trace.parameters, stacks)
    led = ways(stacks, links)
    ramp = Ramp(theme, 1.0)
    ground: list[Mark] = [Line(way, theme.frame_edge, 0.8, len(way) > 2) for way in led]
    circles: list[Mark] = []
    for stack in stacks.values():
        paint = theme.paint(stack.layer.op.family)
        circles += [*frame(stack, ramp), *(Disc(x, y, RADIUS, paint.fill, paint.edge, 1.3) for x, y in stack.centres), *dots(stack, theme),
                    *biases(plan, stack, ramp)]
    floor = max(mark.place.bottom for mark in (*ground, *circles)) + 28
    circles += [label for stack in stacks.values() for label in column_labels(plan, stack, stacks, floor, ramp)]
    body = around_all(mark.place for mark in (*ground, *circles))
    circles += _legend(ramp, body.x, body.bottom + 42 + 4 * LINE)
    stage = _Stage(trace, stacks, links, led, theme, body.bottom + 30)
    return Scene(tuple(ground), tuple(circles), tuple(_frames(stage, body.x)))


def _links(plan: Plan, arrays: Mapping[str, np.ndarray], stacks: Mapping[NodeId, Stack]) -> list[Link]:
    shown = {node: stack.units for node, stack in stacks.items()}
    return [link for layer in plan for link in links_of(plan, layer, arrays, shown)]


def _frames(stage: _Stage, left: float) -> Iterator[Frame]:
    steps = list(steps_of(stage.trace))
    told: list[NodeId] = list(stage.trace.plan.inputs)
    graded: list[NodeId] = []
    for step in steps:
        if step.kind == "forward" and step.node is not None:
            told.append(step.node)
        if step.kind == "backward" and step.node is not None:
            graded.append(step.node)
        numbers: list[Mark] = [mark for node in told for mark in _values(stage, node)]
        numbers += [mark for node in graded for mark in _gradients(stage, node)]
        if step.node is not None:
            numbers += _rings(stage, step.node)
        yield Frame(step, tuple(_lines(stage, step)), (*numbers, *_said(stage, step, left)))


def _legend(ramp: Ramp, x: float, y: float) -> Iterator[Mark]:
    for sign, word in ((1, "above 0"), (-1, "below 0"), (0, STATED)):
        if sign:
            yield Line(((x, y - 3), (x + 18, y - 3)), ramp.colour(sign), THICKEST, dashes=ramp.dashes(sign))
            x += 24
        words = Words(word, x, y, SIZE - 1.5, ramp.theme.quiet)
        yield words
        x = words.place.right + 18


def _said(stage: _Stage, step: Step, left: float) -> Iterator[Words]:
    """The heading, and below it the numbers, each further equation on a line of its own."""
    yield Words(step.heading, left, stage.floor, SIZE, stage.theme.ink, "SemiBold")
    first, *rest = step.worked.split(" = ")
    lines = [" = ".join([first, *rest[:1]]), *(f"= {part}" for part in rest[1:])] if step.worked else []
    yield from (Words(line, left, stage.floor + LINE * row, SIZE - 1, stage.theme.quiet) for row, line in enumerate(lines, start=1))


def _values(stage: _Stage, node: NodeId) -> Iterator[Words]:
    flat = np.ravel(stage.trace.values[node])
    ink = stage.theme.ink
    stack = stage.stacks[node]
    for unit, (x, y) in zip(stack.units, stack.centres, strict=True):
        text = number_text(float(flat[unit]))
        size = min(VALUE, VALUE * 1.75 * RADIUS / width_of(text, VALUE, "Medium"))
        yield centred(text, x, y + 0.364 * size, size, ink, "Medium")


def _gradients(stage: _Stage, node: NodeId) -> Iterator[Words]:
    """The gradient of the loss below each circle, in the colour of its sign."""
    flat = np.ravel(stage.trace.gradients[node])
    ramp = Ramp(stage.theme, 1.0)
    stack = stage.stacks[node]
    for unit, (x, y) in zip(stack.units, stack.centres, strict=True):
        value = float(flat[unit])
        words = centred(f"∂ {number_text(value)}", x, y + RADIUS + GRADIENT + 4, GRADIENT,
                        ramp.negative if value < 0 else ramp.positive, "SemiBold")
        yield Words(words.text, words.x, words.y, GRADIENT, words.colour, "SemiBold", stage.theme.paper)


def _rings(stage: _Stage, node: NodeId) -> list[Disc]:
    return [Disc(x, y, RADIUS + 2.5, "none", stage.theme.ink, 1.2) for x, y in stage.stacks[node].centres]


def _lines(stage: _Stage, step: Step) -> Iterator[Line]:
    """The lines into the layer that a step is about: forward by their weights, backward by the gradients of these."""
    if step.node is None:
        return
    chosen = [(link, way) for link, way in zip(stage.links, stage.ways, strict=True) if link.target[0] == step.node]
    numbers = [_number(stage.trace, link) if step.kind == "backward" else link.value for link, _ in chosen]
    ramp = Ramp(stage.theme, largest([np.array([number for number in numbers if number is not None])]))
    for (_, way), number in zip(chosen, numbers, strict=True):
        bends = len(way) > 2
        if number is None:
            yield Line(way, stage.theme.wire, 1.2, bends)
        else:
            yield Line(way, ramp.colour(number, FAINTEST), THINNEST + (THICKEST - THINNEST) * ramp.strength(number), bends,
                       dashes=ramp.dashes(number))


def _number(trace: Trace, link: Link) -> float | None:
    """The gradient of a line's weight or bias, None for a line that has none."""
    layer, unit = trace.plan[link.target[0]], link.target[1]
    places: dict[str, tuple[int, ...]] = {}
    if link.source is None:
        places = {p.name: (unit,) for p in layer.owned}
    else:
        places = {wire.weight.name: (unit, link.source[1]) for wire in layer.wires
                  if wire.source == link.source[0] and wire.weight is not None}
    gradients = trace.parameter_gradients
    return next((float(gradients[name][place]) for name, place in places.items() if name in gradients), None)
