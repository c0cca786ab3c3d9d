"""A group that is left shut goes in; its card comes out: what it holds, how much, and what goes in and comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable

from netgraph.drawing.composition.layer_card import kind_of, layer_box
from netgraph.drawing.composition.units import Unit, attends
from netgraph.drawing.text import clean, count_text
from netgraph.picture import Box
from netgraph.plan import Layer, Plan
from netgraph.shape import shape_text
from netgraph.wording import SEPARATOR

LONGEST = 38         # characters of the line that tells the ops
QUIET = ("arrange", "noise", "source", "activation", "input")   # families that say little of what a group does


def group_box(plan: Plan, unit: Unit, show: Collection[str]) -> Box:
    """The box of a shut group, its id still to be given.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.zoo.lenet())
    >>> group_box(plan, Unit(tuple(plan)[1:3], (), "stage", ((1, 32, 32),), ((6, 14, 14),)), ("shapes",)).lines
    ('conv2d · avgpool2d', '2 layers · 1 × 32 × 32 → 6 × 14 × 14')
    """
    inside = {layer.id: number for number, layer in enumerate(unit.layers)}
    count = sum(layer.parameter_count for layer in unit.layers)
    flops = sum(layer.flops for layer in unit.layers)
    is_output = any(id in plan.outputs for id in inside)
    said = [f"{len(unit.layers):,} layers", *([_ends(unit)] if "shapes" in show else ()),
            *([f"{count_text(flops)} FLOPs"] if "flops" in show and flops else ())]
    faces = [layer_box(plan, layer, show) for layer in unit.layers]
    alike = [(face.alike, _heard(layer, inside)) for face, layer in zip(faces, unit.layers, strict=True)]
    kinds = [(kind_of(layer), _heard(layer, inside)) for layer in unit.layers]
    inner = tuple(dict.fromkeys((wire.source, layer.id) for layer in unit.layers for wire in layer.wires if wire.source in inside))
    return Box("", clean(unit.title), tuple(line for line in (_main_ops(unit), SEPARATOR.join(said)) if line), _family(unit),
               "pill" if is_output else "card", count_text(count) if count and "parameters" in show else "", _tip(unit, count, flops),
               tuple(inside), is_output=is_output, alike=repr(alike), inner=inner, kind=repr(kinds))


def _heard(layer: Layer, inside: dict[Hashable, int]) -> tuple[int, ...]:
    return tuple(inside.get(wire.source, -1) for wire in layer.wires)


def _main_ops(unit: Unit) -> str:
    """What a group does, most of all first: the ops with weights and those that join, counted."""
    loud = [layer for layer in unit.layers if layer.op.family not in QUIET] or list(unit.layers)
    counts = Counter(layer.op_name for layer in loud)
    weighty = {name: sum(layer.parameter_count for layer in loud if layer.op_name == name) for name in counts}
    names = sorted(counts, key=lambda name: -weighty[name])
    words = [f"{counts[name]} {name}" if counts[name] > 1 else name for name in names]
    if heads := _heads(unit):
        return SEPARATOR.join(["attention", f"{heads} heads"])
    shown = next(count for count in range(len(words), 0, -1) if count == 1 or len(SEPARATOR.join(words[:count])) <= LONGEST)
    return SEPARATOR.join([*(["attention"] if attends(unit.layers) else []), *words[:shown], *(["…"] if shown < len(words) else [])])


def _heads(unit: Unit) -> int:
    """How many maps of whom to look at an attention makes; 0 where it is none, or they cannot be counted."""
    maps = [layer.shape for layer in unit.layers if layer.op_name == "softmax"] if attends(unit.layers) else []
    heads = maps[0][0] if len(maps) == 1 and len(maps[0]) == 3 else 0
    return heads if isinstance(heads, int) else 0


def _ends(unit: Unit) -> str:
    """What goes in and what comes out; the latter alone of a group that learns nothing, or of an attention that keeps the shape."""
    keeps = attends(unit.layers) and unit.made[:1] == unit.made and set(unit.made) <= set(unit.given)
    if unit.made and (keeps or not any(layer.parameter_count for layer in unit.layers)):
        return ", ".join(map(shape_text, unit.made))
    return " → ".join(", ".join(map(shape_text, shapes)) for shapes in (unit.given, unit.made) if shapes)


def _family(unit: Unit) -> str:
    """The family that most of its weights belong to, or most of its layers."""
    if attends(unit.layers):
        return "attention"
    weights: Counter[str] = Counter()
    for layer in unit.layers:
        weights[layer.op.family] += layer.parameter_count * len(unit.layers) + 1
    return weights.most_common(1)[0][0]


def _tip(unit: Unit, count: int, flops: int) -> str:
    ops = Counter(layer.op_name for layer in unit.layers)
    listed = ", ".join(f"{number} {name}" for name, number in ops.most_common())
    return SEPARATOR.join(part for part in (f"{clean('/'.join((*unit.group, unit.title)))}: {listed}",
                                            f"{count:,} parameters" if count else "", f"{flops:,} FLOPs" if flops else "") if part)
