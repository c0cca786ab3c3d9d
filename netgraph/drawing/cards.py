"""A plan goes in; its picture comes out: one box a layer, one wire an edge, one frame a group."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from netgraph.drawing.text import clean, count_text
from netgraph.drawing.words import FAMILY_WORDS, badge, glyph_of, lines, short_name_of, tip
from netgraph.picture import Box, Cluster, Form, Picture, PictureWire, WireKind
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import shape_text
from netgraph.weights import Parameter
from netgraph.wording import SEPARATOR

SHOWN = ("shapes", "parameters", "weights", "legend")
MOST_NUMBERS = 6     # of an array that are written out


def picture_of(plan: Plan, show: Collection[str] = ("shapes", "parameters", "legend")) -> Picture:
    """The picture of a plan, with the named things shown: shapes and weights on wires, parameters on cards, a legend.

    >>> import netgraph as ng
    >>> picture = picture_of(ng.infer(ng.chain(3, 4, "tanh", 1)))
    >>> len(picture.boxes), picture.wires[0].members
    (3, (('x', 'dense1'),))
    """
    ids = {layer.id: f"b{number}" for number, layer in enumerate(plan)}
    boxes = tuple(_box(plan, layer, ids[layer.id], show) for layer in plan)
    said: set[tuple[Hashable, int]] = set()
    wires = tuple(wire for layer in plan for wire in _wires(plan, layer, ids, show, said))
    legend = _legend(boxes) if "legend" in show else ()
    return Picture(clean(plan.name) or "net", caption(plan), boxes, wires, _clusters(plan, ids), legend)


def caption(plan: Plan) -> str:
    """The totals: parameters, FLOPs, and what goes in and comes out."""
    given = ", ".join(shape_text(plan[id].shape) for id in plan.inputs)
    made = ", ".join(shape_text(plan[id].shape) for id in plan.outputs)
    count = plan.parameter_count
    return SEPARATOR.join((f"{count:,} parameter{'s' * (count != 1)}", f"{count_text(plan.flops)} FLOPs", f"{given} → {made}"))


def _box(plan: Plan, layer: Layer, id: str, show: Collection[str]) -> Box:
    is_input = not layer.wires and layer.op_name == "input"
    is_output = layer.id in plan.outputs
    glyph, beside = glyph_of(layer)
    mark = badge(layer) if "parameters" in show else ""
    plain = (*lines(layer, is_input, False), *(_arrays(layer) if "weights" in show else ()))
    own = [_own_label(plan, bundle, "weights" in show) for bundle in _bundles(layer).values()]
    alike = repr((plain, mark, glyph, beside, is_input, layer.shapes, own))
    if glyph and not is_output:
        return Box(id, glyph, beside, layer.op.family, "glyph", tip=tip(layer), members=(layer.id,), alike=alike)
    form: Form = "pill" if is_input or is_output else "card"
    said = (*plain, *((f"output {shape_text(layer.shape)}",) if is_output and not is_input else ()))
    return Box(id, short_name_of(layer), said, layer.op.family, form, mark, tip(layer), (layer.id,), is_output=is_output, alike=alike)


def _arrays(layer: Layer) -> list[str]:
    """The few numbers of arrays that the layer itself holds."""
    return [f"{array.field} {numbers}" for array in layer.owned if (numbers := _numbers(array))]


def _wires(plan: Plan, layer: Layer, ids: Mapping[Hashable, str], show: Collection[str],
           said: set[tuple[Hashable, int]]) -> list[PictureWire]:
    wires = []
    for source, bundle in _bundles(layer).items():
        shape = _new_shape(plan, bundle[0], said) if "shapes" in show else ""
        own = _own_label(plan, bundle, "weights" in show)
        label = SEPARATOR.join(part for part in (own, shape) if part)
        wires.append(PictureWire(ids[source], ids[layer.id], label, _kind(bundle), bool(shape and not own), ((source, layer.id),),
                                 tuple(dict.fromkeys(wire.output for wire in bundle))))
    return wires


def _bundles(layer: Layer) -> dict[Hashable, list[Wire]]:
    """Its wires by the node that they come from."""
    by_source: dict[Hashable, list[Wire]] = {}
    for wire in layer.wires:
        by_source.setdefault(wire.source, []).append(wire)
    return by_source


def _kind(bundle: list[Wire]) -> WireKind:
    return "gain" if any(wire.gain not in (None, 1) for wire in bundle) else "data"


def _own_label(plan: Plan, bundle: list[Wire], with_weights: bool) -> str:
    outputs = dict.fromkeys(wire.output for wire in bundle) if len(plan[bundle[0].source].shapes) > 1 else ()
    words = [" ".join(f"[{output}]" for output in outputs)] if outputs else []
    words += [f"×{wire.gain:g}" for wire in bundle if wire.gain not in (None, 1)]
    if with_weights:
        words += [_weight(wire.weight) for wire in bundle if wire.weight is not None]
    return SEPARATOR.join(words)


def _weight(weight: Parameter) -> str:
    """A weight's shape, or of a few given numbers themselves.

    >>> _weight(Parameter("y.weight", (10, 100), "y", "weight")), _weight(Parameter("b", (2,), "y", "bias", value=np.array([1, -0.51234])))
    ('W 10×100', 'W 1 −0.512')
    """
    return f"W {_numbers(weight) or '×'.join(map(str, weight.shape))}"


def _numbers(array: Parameter) -> str:
    """The few numbers of an array that is given, row by row."""
    if array.value is None or array.count > MOST_NUMBERS:
        return ""
    rows = np.atleast_2d(array.value)
    return "; ".join(" ".join(f"{number:.3g}" for number in np.ravel(row)) for row in rows).replace("-", "−")


def _new_shape(plan: Plan, wire: Wire, said: set[tuple[Hashable, int]]) -> str:
    """The shape that runs on the wire where its source made it, said once; nothing where it came in so, or an input says it."""
    source = plan[wire.source]
    if not source.wires or all(wire.shape == given.shape for given in source.wires) or (wire.source, wire.output) in said:
        return ""
    said.add((wire.source, wire.output))
    return shape_text(wire.shape)


def _legend(boxes: tuple[Box, ...]) -> tuple[tuple[str, str], ...]:
    families = dict.fromkeys(box.family for box in boxes if box.family and box.form != "glyph")
    return tuple((family, FAMILY_WORDS.get(family, family)) for family in families) if len(families) > 2 else ()


@dataclass
class _Group:
    boxes: list[str] = field(default_factory=list)
    groups: dict[str, _Group] = field(default_factory=dict)


def _clusters(plan: Plan, ids: Mapping[Hashable, str]) -> tuple[Cluster, ...]:
    root = _Group()
    for layer in plan:
        group = root
        for word in layer.group:
            group = group.groups.setdefault(word, _Group())
        group.boxes.append(ids[layer.id])
    return _frozen(root).clusters


def _frozen(group: _Group, title: str = "") -> Cluster:
    return Cluster(title, tuple(group.boxes), tuple(_frozen(inner, word) for word, inner in group.groups.items()))
