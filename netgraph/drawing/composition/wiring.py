"""A plan and its units go in; the wires of its picture come out, with what is read beside them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

import numpy as np

from netgraph.drawing.composition.units import Unit
from netgraph.picture import PictureWire, WireKind
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import shape_text
from netgraph.weights import Parameter
from netgraph.wording import SEPARATOR

RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MOST_NUMBERS = 6     # of an array that are written out


def wires_of(plan: Plan, units: Sequence[Unit], ids: Mapping[Hashable, str], show: Collection[str]) -> Iterator[PictureWire]:
    """A wire for all that one box gives another, by the ids of the boxes of the layers."""
    said: set[tuple[Hashable, int]] = set()
    # What a shut group gives is said on its card.
    place = {layer.id: number for unit in units if unit.title for number, layer in enumerate(unit.layers)}
    largest = max((_magnitude(wire) for layer in plan for wire in layer.wires), default=0.0) if "magnitudes" in show else 0.0
    for unit in units:
        here = ids[unit.layers[0].id]
        for source_id, arrived in _arriving(unit, ids).items():
            wires = [wire for _, wire in arrived]
            shape = _new_shapes(plan, wires, said) if "shapes" in show and wires[0].source not in place and not wires[0].delay else ""
            own = own_label(plan, wires, "weights" in show)
            weight = max(map(_magnitude, wires)) / largest if largest else 0.0
            yield PictureWire(source_id, here, SEPARATOR.join(part for part in (own, shape) if part), _kind(wires), bool(shape and not own),
                              tuple(dict.fromkeys((wire.source, layer.id) for layer, wire in arrived)),
                              tuple(dict.fromkeys(place.get(wire.source, wire.output) for wire in wires)), weight)


def _arriving(unit: Unit, ids: Mapping[Hashable, str]) -> dict[str, list[tuple[Layer, Wire]]]:
    """What reaches a unit, by the box that it comes from; what stays inside a group is nobody's wire."""
    here = ids[unit.layers[0].id]
    arriving: dict[str, list[tuple[Layer, Wire]]] = {}
    for layer, source, bundle in ((each, *pair) for each in unit.layers for pair in bundles(each).items()):
        if ids[source] != here or len(unit.layers) == 1:
            arriving.setdefault(ids[source], []).extend((layer, wire) for wire in bundle)
    return arriving


def bundles(layer: Layer) -> dict[Hashable, list[Wire]]:
    """Its wires by the node that they come from."""
    by_source: dict[Hashable, list[Wire]] = {}
    for wire in layer.wires:
        by_source.setdefault(wire.source, []).append(wire)
    return by_source


def own_label(plan: Plan, bundle: Sequence[Wire], with_weights: bool) -> str:
    """What is true of this wire alone: which outputs it takes, how many steps late, its gain, its weight."""
    outputs = dict.fromkeys(wire.output for wire in bundle if len(plan[wire.source].shapes) > 1)
    words = [" ".join(f"[{output}]" for output in outputs)] if outputs else []
    words += dict.fromkeys(f"t − {wire.delay}" for wire in bundle if wire.delay)
    words += dict.fromkeys(gain_text(wire.gain) for wire in bundle if wire.gain not in (None, 1))
    if with_weights:
        words += [_weight(wire.weight) for wire in bundle if wire.weight is not None]
    return SEPARATOR.join(words)


def gain_text(gain: float) -> str:
    """A fixed factor as it is written by hand.

    >>> gain_text(0.5), gain_text(-1e9), gain_text(2.5e-7)
    ('×0.5', '×−10⁹', '×2.5·10⁻⁷')
    """
    digits, _, power = f"{gain:g}".replace("-", "−").partition("e")
    if not power:
        return f"×{digits}"
    raised = power.lstrip("+0").replace("−0", "−").translate(RAISED)
    return "×" + (f"{digits}·10{raised}" if digits not in ("1", "−1") else f"{digits.rstrip('1')}10{raised}")


def numbers_of(array: Parameter) -> str:
    """The few numbers of an array that is given, row by row."""
    if array.value is None or array.count > MOST_NUMBERS:
        return ""
    rows = np.atleast_2d(array.value)
    return "; ".join(" ".join(f"{number:.3g}" for number in np.ravel(row)) for row in rows).replace("-", "−")


def _kind(wires: Sequence[Wire]) -> WireKind:
    if any(wire.delay for wire in wires):
        return "delay"
    return "gain" if any(wire.gain not in (None, 1) for wire in wires) else "data"


def _weight(weight: Parameter) -> str:
    """A weight's shape, or of a few given numbers themselves.

    >>> _weight(Parameter("y.weight", (10, 100), "y", "weight")), _weight(Parameter("b", (2,), "y", "bias", value=np.array([1, -0.51234])))
    ('W 10×100', 'W 1 −0.512')
    """
    return f"W {numbers_of(weight) or '×'.join(map(str, weight.shape))}"


def _magnitude(wire: Wire) -> float:
    """The mean size of a wire's numbers, where they are given."""
    if wire.gain is not None:
        return abs(wire.gain)
    value = wire.weight.value if wire.weight is not None else None
    return float(np.abs(value).mean()) if value is not None and value.size else 0.0


def _new_shapes(plan: Plan, wires: Sequence[Wire], said: set[tuple[Hashable, int]]) -> str:
    """The shapes that run here where their sources made them, said once; nothing where they came in so, or an input says them."""
    shapes = []
    for wire in wires:
        source = plan[wire.source]
        is_new = source.wires and any(wire.shape != given.shape for given in source.wires)
        if is_new and (wire.source, wire.output) not in said:
            said.add((wire.source, wire.output))
            shapes.append(shape_text(wire.shape))
    return ", ".join(dict.fromkeys(shapes))
