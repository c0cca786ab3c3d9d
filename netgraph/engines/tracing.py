"""A net, data and a loss flow in; the trace of one forward and backward pass comes out, every value of it kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netgraph.engines.binding import bind
from netgraph.engines.losses import loss as choose_loss
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.program import Program
from netgraph.trace import Trace
from netgraph.weights import NodeId

if TYPE_CHECKING:
    from netgraph.engines.numpy_net import NumpyNet

BEFORE = ("sum", "before")       # what lowering calls a layer's value before its activation


def trace(net: NumpyNet, x: Any, y: Any, loss: str | Op) -> Trace:
    """The trace of a net as a call runs it, dropout off, and of its loss back."""
    op = choose_loss(loss)
    data = net.training_data(x, y, op)
    program = lower(net.layers, loss=op)
    machine = bind(program, {**net.parameters, **net.buffers}, net.rng, differentiate(program, net.trainable))
    count = len(net.layers.inputs)
    slots = machine.run(data[:count], data[count:])
    of_parameters = {name: np.array(gradient) for name, gradient in machine.run_backward(slots).items()}
    values = {at: np.array(slots[at]) for at in range(len(program.labels))}
    gradients = {at: np.array(slots[slot]) for at, slot in machine.value_gradients.items()}
    return Trace(net.layers, op.word, machine.loss(slots), tuple(data[count:]),
                 values_by_node(net.layers, program, values), _before(program, values),
                 values_by_node(net.layers, program, gradients), _before(program, gradients),
                 {name: np.array(array) for name, array in {**net.parameters, **net.buffers}.items()}, of_parameters)


def values_by_node(plan: Plan, program: Program, values: Mapping[int, np.ndarray]) -> dict[NodeId, np.ndarray]:
    """The numbers of each layer's own output, of values by their place. A layer that made no step passes its source's on."""
    layers = program.labels[:program.targets[0] if program.targets else None]     # behind them stand the targets and the loss
    own = {node: values[at] for at, (node, part) in enumerate(layers) if not part and at in values}
    has_step = {node for node, part in layers if not part}
    for layer in plan:
        if layer.id not in has_step and layer.wires and layer.wires[0].source in own:
            own[layer.id] = own[layer.wires[0].source]
    return own


def _before(program: Program, values: Mapping[int, np.ndarray]) -> dict[NodeId, np.ndarray]:
    return {node: values[at] for at, (node, part) in enumerate(program.labels) if part in BEFORE and at in values}
