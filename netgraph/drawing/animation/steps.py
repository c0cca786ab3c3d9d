"""A trace comes in; its steps go out in words: what is computed, from what, with the true numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netgraph.drawing.composition.words import name_of
from netgraph.drawing.neurons.curve import looks_at_all
from netgraph.drawing.text import clean
from netgraph.plan import Layer, Wire
from netgraph.trace import Trace
from netgraph.weights import NodeId

Kind = Literal["start", "forward", "loss", "backward"]
MOST_TERMS = 3           # of a sum that are written out
LONGEST_NAME = 12


@dataclass(frozen=True)
class Step:
    """What one frame tells: a heading, the same for one unit with its numbers, and the layer that it is about."""

    kind: Kind
    heading: str
    worked: str = ""
    node: NodeId | None = None


def steps_of(trace: Trace) -> Iterator[Step]:
    """The steps in their order: what flows in, each layer forward, the loss, each layer with weights backward."""
    layers = list(trace.plan)
    given = [f"{_short(trace.plan[node])} = {_vector(trace.values[node])}" for node in trace.plan.inputs]
    yield Step("start", "One sample flows in", ", ".join(given))
    computed = [layer for layer in layers if layer.wires]
    for at, layer in enumerate(computed, start=1):
        yield Step("forward", f"Forward {at} of {len(computed)}: {_formula(layer)}", _worked(trace, layer), layer.id)
    yield Step("loss", f"Loss: {trace.loss_name} = {number_text(trace.loss)}", f"target {', '.join(map(_vector, trace.targets))}")
    back = [layer for layer in reversed(computed) if layer.id in trace.gradients]
    for at, layer in enumerate(back, start=1):
        yield Step("backward", f"Backward {at} of {len(back)}: how the loss changes with {_short(layer)}"
                   + " and its weights" * layer.op.is_weighted, _worked_back(trace, layer), layer.id)


def number_text(value: float) -> str:
    """A number as it stands in a circle: two decimals, or two digits where it is small or large.

    >>> [number_text(value) for value in (0.5, -0.123, 0.0042, 1234.5, 0.0)]
    ['0.50', '−0.12', '4e−3', '1e3', '0.00']
    """
    if value == 0 or 0.01 <= abs(value) < 10:
        text = f"{value:.2f}"
    elif 10 <= abs(value) < 1000:
        text = f"{value:.0f}"
    else:
        text = f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    return text.replace("-", "−")


def _short(layer: Layer) -> str:
    name = clean(name_of(layer)) or "·"
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME - 1]}…"


def _vector(array: np.ndarray) -> str:
    flat = np.ravel(array)
    return ", ".join(number_text(float(value)) for value in flat[:6]) + (", …" if flat.size > 6 else "")


def _formula(layer: Layer) -> str:
    """How a layer computes its units, in letters."""
    names = [layer.wires[0].source, *(wire.source for wire in layer.wires[1:])]
    given = [clean(str(name))[:LONGEST_NAME] for name in names]
    if layer.op.is_weighted:
        inner = " + ".join(f"W {name}" if wire.weight is not None else f"{wire.gain:g} {name}" for wire, name in
                           zip(layer.wires, given, strict=True)) + " + b" * bool(layer.owned)
    else:
        inner = f"{layer.op_name}({', '.join(given)})"
    return f"{_short(layer)} = " + (f"{layer.activation.word}({inner})" if layer.activation is not None else inner)


def _worked(trace: Trace, layer: Layer) -> str:
    """The first unit of a layer, computed with its numbers."""
    result = number_text(float(np.ravel(trace.values[layer.id])[0]))
    name = f"{_short(layer)} 1"
    if not layer.op.is_weighted:
        return f"{name} = {result}"
    terms = [term for wire in layer.wires for term in _terms(trace, wire)]
    said = " + ".join([*terms[:MOST_TERMS], *(["…"] if len(terms) > MOST_TERMS else [])])
    said += "".join(f" + {_signed(float(np.ravel(trace.parameters[p.name])[0]))}" for p in layer.owned)
    if layer.activation is None:
        return f"{name} = {said} = {result}"
    word, total = layer.activation.word, number_text(float(np.ravel(trace.sums[layer.id])[0]))
    others = ", …" if looks_at_all(layer) else ""
    return f"{name} = {word}({said}{others}) = {word}({total}{others}) = {result}"


def _terms(trace: Trace, wire: Wire) -> list[str]:
    """The products that a wire brings to the first unit."""
    values = np.ravel(trace.values[wire.source])
    if wire.weight is None:
        return [f"{_signed(float(wire.gain or 1))} · {_signed(float(values[0]))}"]
    row = trace.parameters[wire.weight.name][0]
    return [f"{_signed(float(weight))} · {_signed(float(value))}" for weight, value in zip(row, values, strict=True)]


def _signed(value: float) -> str:
    text = number_text(value)
    return f"({text})" if text.startswith("−") else text


def _worked_back(trace: Trace, layer: Layer) -> str:
    """The gradient of the first weight of a layer, from the gradient behind it and the value before it."""
    wire = next((wire for wire in layer.wires if wire.weight is not None and wire.weight.name in trace.parameter_gradients), None)
    if wire is None or wire.weight is None:
        return f"∂L/∂{_short(layer)} 1 = {number_text(float(np.ravel(trace.gradients[layer.id])[0]))}"
    behind = trace.sum_gradients.get(layer.id) if layer.activation is not None else trace.gradients[layer.id]
    gradient = number_text(float(trace.parameter_gradients[wire.weight.name][0, 0]))
    source = f"{_short(trace.plan[wire.source])} 1"
    if behind is None:
        return f"∂L/∂w = {gradient}"
    before = "∂L/∂z" if layer.activation is not None else f"∂L/∂{_short(layer)} 1"
    return (f"∂L/∂w of {source} → {_short(layer)} 1 = {before} · {source} = {_signed(float(np.ravel(behind)[0]))} · "
            f"{_signed(float(np.ravel(trace.values[wire.source])[0]))} = {gradient}")
