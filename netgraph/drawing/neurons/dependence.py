"""A layer without weights and some of its inputs come in; which outputs change with which input comes out, found by trying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netgraph.op import Op
from netgraph.plan import Layer
from netgraph.shape import element_count, sizes
from netgraph.weights import initial_draw

FAR = 1e3        # makes an input the largest of all, or the smallest
REACH = 2.0      # inputs are drawn from -REACH to REACH
TRIALS = 3


def dependence(layer: Layer, place: int, units: Sequence[int], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """For each of the units that flow in at a place, the outputs that change with it: bool (units, outputs).

    The layer is run on random numbers, then with one input changed at a time: to others, to a very large and to a very small one.

    >>> import netgraph as ng
    >>> dependence(ng.infer(ng.chain(3, "relu"))["relu1"], 0, [0, 2], {}).astype(int).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    rng = np.random.default_rng(0)
    low, high = layer.op.domain or (-FAR, FAR)
    near = max(low, -REACH), min(high, REACH)
    owned = {p.field: arrays[p.name] if p.name in arrays else initial_draw(p).array(rng, p.shape) for p in layer.owned}
    found = np.zeros((len(units), sum(map(element_count, layer.shapes))), bool)
    for _ in range(TRIALS):
        inputs = [np.repeat(rng.uniform(*near, (1, *sizes(wire.shape, layer.op_name))), 1 + len(units), axis=0) for wire in layer.wires]
        rows = inputs[place].reshape(1 + len(units), -1)
        for change in (rng.uniform(*near, len(units)), min(high, FAR), max(low, -FAR)):
            rows[np.arange(len(units)) + 1, list(units)] = change
            outputs = _flat_outputs(layer, inputs, owned)
            found |= ~((outputs[1:] == outputs[0]) | (np.isnan(outputs[1:]) & np.isnan(outputs[0])))
    return found


def mixes(op: Op, size: int) -> bool:
    """Whether an activation looks at several units at once, as softmax does.

    >>> from netgraph.ops import OPS
    >>> mixes(OPS["softmax"](), 4), mixes(OPS["tanh"](), 4)
    (True, False)
    """
    x = np.linspace(-1, 1, max(size, 2))[None]
    moved = x.copy()
    moved[0, 0] += 0.5
    op = op.at(x.shape[1:])
    with np.errstate(all="ignore"):
        before, after = op.forward(x)[0, 1:], op.forward(moved)[0, 1:]
    return not np.array_equal(before, after, equal_nan=True)


def _flat_outputs(layer: Layer, inputs: Sequence[np.ndarray], owned: Mapping[str, np.ndarray]) -> np.ndarray:
    """All outputs of a layer in one row a sample."""
    scaled = [x if wire.gain is None else wire.gain * x for x, wire in zip(inputs, layer.wires, strict=True)]
    shapes = [wire.shape for wire in layer.wires]
    with np.errstate(all="ignore"):
        if layer.op.is_symmetric:
            total, shape = scaled[0], shapes[0]
            for x, other in zip(scaled[1:], shapes[1:], strict=True):
                total, shape = layer.op.at(shape, other).forward(total, x), layer.op.shape(shape, other)
            outputs = [total]
        else:
            outputs = [part.at(*shapes).forward(*scaled, **owned) for part in layer.op.parts(*shapes)]
        if layer.activation is not None:
            outputs = [layer.activation.at(layer.shape).forward(output) for output in outputs]
    return np.concatenate([np.reshape(output, (len(output), -1)) for output in outputs], axis=1)
