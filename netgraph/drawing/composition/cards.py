"""A plan goes in; its picture comes out: one box a layer or shut group, one wire an edge, one frame an open group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from netgraph.drawing.composition.group_card import group_box
from netgraph.drawing.composition.layer_card import layer_box
from netgraph.drawing.composition.nesting import nested
from netgraph.drawing.composition.units import Unit, units_of
from netgraph.drawing.composition.wiring import wires_of
from netgraph.drawing.composition.words import FAMILY_WORDS
from netgraph.drawing.text import clean, count_text
from netgraph.picture import Box, Picture
from netgraph.plan import Plan
from netgraph.shape import shape_text
from netgraph.wording import SEPARATOR

SHOWN = ("shapes", "parameters", "flops", "weights", "magnitudes", "legend")


def picture_of(plan: Plan, show: Collection[str] = ("shapes", "parameters", "legend"), depth: int | None = None,
               shut: Collection[tuple[str, ...]] = ()) -> Picture:
    """The picture of a plan, with the named things shown, and groups deeper than `depth`, and those to `shut`, as one card each.

    "shapes" and "weights" stand on wires, "magnitudes" makes wires as thick as their weights are large, "parameters" and "flops"
    stand on cards, "legend" below.

    >>> import netgraph as ng
    >>> picture = picture_of(ng.infer(ng.chain(3, 4, "tanh", 1)))
    >>> len(picture.boxes), picture.wires[0].members
    (3, (('x', 'dense1'),))
    """
    units = units_of(plan, depth, shut)
    ids = {layer.id: f"b{number}" for number, unit in enumerate(units) for layer in unit.layers}
    boxes = tuple(_box(plan, unit, f"b{number}", show) for number, unit in enumerate(units))
    legend = _legend(boxes) if "legend" in show else ()
    wires = tuple(wires_of(plan, units, ids, show))
    clusters = nested((box.id, [(word, word) for word in unit.group]) for unit, box in zip(units, boxes, strict=True))
    return Picture(clean(plan.name) or "net", caption(plan), boxes, wires, clusters, legend)


def caption(plan: Plan) -> str:
    """The totals: parameters, FLOPs, and what goes in and comes out."""
    given = ", ".join(shape_text(plan[id].shape) for id in plan.inputs)
    made = ", ".join(shape_text(plan[id].shape) for id in plan.outputs)
    count = plan.parameter_count
    return SEPARATOR.join((f"{count:,} parameter{'s' * (count != 1)}", f"{count_text(plan.flops)} FLOPs", f"{given} → {made}"))


def _box(plan: Plan, unit: Unit, id: str, show: Collection[str]) -> Box:
    box = group_box(plan, unit, show) if unit.title else layer_box(plan, unit.layers[0], show)
    return replace(box, id=id)


def _legend(boxes: tuple[Box, ...]) -> tuple[tuple[str, str], ...]:
    families = dict.fromkeys(box.family for box in boxes if box.family)
    return tuple((family, FAMILY_WORDS.get(family, family)) for family in families) if len(families) > 2 else ()
