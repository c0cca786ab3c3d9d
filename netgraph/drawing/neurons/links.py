"""A plan, its arrays and the units that are shown come in; every line between two of those units comes out, with its weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netgraph.drawing.neurons.dependence import dependence
from netgraph.drawing.subject import refuse_loops
from netgraph.errors import DrawError, shorten
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import element_count
from netgraph.weights import NodeId

LinkKind = Literal["weight", "gain", "plain", "bias"]
Unit = tuple[NodeId, int]
MOST_UNITS = 100_000             # of a layer
PATCHWISE = ("conv", "pool", "resize", "embedding", "recurrent")


@dataclass(frozen=True)
class Link:
    """A line from a unit to a unit. `value` is the weight, bias or gain where it is known; a bias comes from no unit."""

    source: Unit | None
    target: Unit
    kind: LinkKind
    value: float | None = None


def require_units(plan: Plan) -> None:
    """Nothing, for a net whose layers are made of single units.

    Raises: DrawError for a net with delayed edges, a layer that slides over an image or a sequence, or has sizes without number, or
    too many.
    """
    refuse_loops(plan)
    for layer in plan:
        who = f"Node {shorten(layer.id)} ({layer.op_name})"
        if any(isinstance(dim, str) for shape in layer.shapes for dim in shape):
            raise DrawError(f"{who} has the shape {layer.shape}, whose units cannot be counted. Give its dims numbers, "
                            "or draw its layers with ng.draw(G).")
        slides = layer.op.family in PATCHWISE or (layer.op.is_weighted and (layer.op_name != "dense" or len(layer.wires[0].shape) > 1))
        if slides and layer.op.family in ("conv", "pool", "resize"):
            raise DrawError(f"{who} works on feature maps, not on single units. Draw the net as blocks with ng.draw_volumes(G).")
        if slides or layer.op.integer_inputs:
            raise DrawError(f"{who} works on sequences or indices, not on single units. Draw its layers with ng.draw(G).")
        if sum(map(element_count, layer.shapes)) > MOST_UNITS:
            raise DrawError(f"{who} has {sum(map(element_count, layer.shapes)):,} units, and the neuron view draws layers of at most "
                            f"{MOST_UNITS:,}. Draw its layers with ng.draw(G).")


def links_of(plan: Plan, layer: Layer, arrays: Mapping[str, np.ndarray], shown: Mapping[NodeId, Sequence[int]]) -> list[Link]:
    """The lines that end in a layer's shown units, each pair of units once.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(3, 2))
    >>> [link.kind for link in links_of(plan, plan["dense1"], {}, {"x": [0, 2], "dense1": [0]})]
    ['weight', 'weight', 'bias']
    """
    found: dict[tuple[Unit | None, Unit], Link] = {}
    for place, wire in enumerate(layer.wires):
        offset = sum(element_count(shape) for shape in plan[wire.source].shapes[:wire.output])
        units = [unit - offset for unit in shown[wire.source] if 0 <= unit - offset < element_count(wire.shape)]
        for unit, target, link_kind, value in _of_wire(layer, place, units, shown[layer.id], arrays):
            ends = (wire.source, unit + offset), (layer.id, target)
            found[ends] = Link(*ends, link_kind, value)
    if layer.op.is_weighted:
        for p in layer.owned:
            found |= {(None, (layer.id, unit)): Link(None, (layer.id, unit), "bias", _number(arrays.get(p.name), unit))
                      for unit in shown[layer.id] if _number(arrays.get(p.name), unit) != 0}
    return list(found.values())


def _of_wire(layer: Layer, place: int, units: Sequence[int], targets: Sequence[int],
             arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[int, int, LinkKind, float | None]]:
    wire = layer.wires[place]
    if wire.weight is not None:
        matrix, mask = arrays.get(wire.weight.name), None if wire.mask is None else wire.mask.value
        yield from ((unit, target, "weight", value) for unit in units for target in targets
                    if (value := _number(matrix, target, unit)) != 0 and _number(mask, target, unit) != 0)
    elif layer.op.is_weighted or layer.parts:      # a gain into a dense layer; a block, which hands its last part on
        yield from ((unit, unit, *_plain(wire)) for unit in units if unit in targets)
    elif layer.wires:
        table = dependence(layer, place, units, arrays)
        yield from ((unit, target, *_plain(wire)) for row, unit in enumerate(units) for target in targets if table[row, target])


def _plain(wire: Wire) -> tuple[LinkKind, float | None]:
    return ("plain", None) if wire.gain in (None, 1) else ("gain", wire.gain)


def _number(array: np.ndarray | None, *place: int) -> float | None:
    return None if array is None else float(array[place])
