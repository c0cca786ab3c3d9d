"""A layer goes in; its box comes out, with what makes it alike another, and of one kind with others that differ in size only."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace

from netgraph.drawing.composition.wiring import bundles, numbers_of, own_label
from netgraph.drawing.composition.words import badge, glyph_of, lines, marks, short_name_of, tip
from netgraph.drawing.text import count_text
from netgraph.op import Op
from netgraph.picture import Box, Form
from netgraph.plan import Layer, Plan
from netgraph.shape import shape_text
from netgraph.wording import SIZES

SHAPERS = ("arrange", "source", "input", "resize")     # families whose constants are sizes, all of them


def layer_box(plan: Plan, layer: Layer, show: Collection[str]) -> Box:
    """The box of one layer, its id still to be given.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(3, 4, "tanh", 1))
    >>> layer_box(plan, plan["dense1"], ("flops",)).lines
    ('dense 4 · tanh', '24 FLOPs')
    """
    is_input = not layer.wires and layer.op_name == "input"
    is_output = layer.id in plan.outputs
    glyph, beside = glyph_of(layer)
    mark = badge(layer) if "parameters" in show else ""
    plain = (*lines(layer, is_input, False), *marks(layer), *(_arrays(layer) if "weights" in show else ()), *_cost(layer, show))
    own = [own_label(plan, bundle, "weights" in show) for bundle in bundles(layer).values()]
    alike = repr((plain, mark, glyph, beside, is_input, layer.shapes, own))
    box = Box("", glyph, beside, layer.op.family, "glyph", tip=tip(layer), members=(layer.id,), alike=alike, kind=kind_of(layer))
    if glyph and not is_output:
        return box
    form: Form = "pill" if is_input or is_output else "card"
    said = (*plain, *((f"output {shape_text(layer.shape)}",) if is_output and not is_input else ()))
    return replace(box, title=short_name_of(layer), lines=said, form=form, badge=mark, is_output=is_output)


def kind_of(layer: Layer) -> str:
    """What a layer is, whatever its sizes are.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(3, 4, 5, "tanh"))
    >>> kind_of(plan["dense1"]) == kind_of(plan["dense2"])
    False
    >>> kind_of(plan["dense1"])
    "('dense', (), (), (None,), ())"
    """
    activation = (layer.activation.word, _constants(layer.activation, "")) if layer.activation else ()
    gains = tuple(wire.gain for wire in layer.wires)
    return repr((layer.op_name, _constants(layer.op, layer.op.family), activation, gains, marks(layer)))


def _constants(op: Op, family: str) -> tuple[tuple[str, Hashable], ...]:
    given = op.constants()
    is_depthwise = given.get("groups", 1) == given.get("channels")
    return tuple((key, "each" if key == "groups" and is_depthwise else str(value) if family not in SHAPERS else "")
                 for key, value in given.items() if key not in SIZES)


def _cost(layer: Layer, show: Collection[str]) -> tuple[str, ...]:
    return (f"{count_text(layer.flops)} FLOPs",) if "flops" in show and layer.flops else ()


def _arrays(layer: Layer) -> list[str]:
    """The few numbers of arrays that the layer itself holds."""
    return [f"{array.field} {numbers}" for array in layer.owned if (numbers := numbers_of(array))]
