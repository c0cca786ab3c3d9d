"""Profiling: a net and a batch flow in; the Profile of one pass, forward and back, comes out."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add
from time import perf_counter
from typing import Any

import networkx as nx
import numpy as np

from netgraph.engines.binding import bind
from netgraph.engines.compile import compile as compiled
from netgraph.engines.losses import loss as choose_loss
from netgraph.engines.machine import Call, Machine
from netgraph.engines.numpy_net import NumpyNet
from netgraph.engines.profiling.profiles import LayerProfile, Profile, Statistics
from netgraph.engines.runner import require_short
from netgraph.engines.samples import input_arrays
from netgraph.engines.tracing import values_by_node
from netgraph.errors import OpError
from netgraph.fields import whole_number
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.program import Program
from netgraph.unrolling import unroll
from netgraph.weights import NodeId

Seconds = dict[NodeId, float]


def profile(net: Any, x: Any, y: Any = None, *, loss: str | Op | None = None, repeats: int = 7) -> Profile:
    """What each layer of a net takes and gives in one pass: time, memory, and how its activations and gradients lie.

    `net` is a graph, a NumPy net, or a torch module: of one compiled from a graph every layer is measured, of another its innermost
    submodules, by their paths. With a target `y` and a `loss` the way back is measured too. Times are medians of `repeats` passes, run
    step by step with dropout off: the compiled NumPy routine, which joins steps, is faster than their sum. What makes no step, as dropout
    that is off in NumPy, is left out. Of a net that loops over time steps each layer has what it took and gave in all of them.

    Raises: OpError for y without a loss, DataError for data that does not fit.

    >>> import netgraph as ng, numpy as np
    >>> G = ng.chain(3, 4, "relu", 2)
    >>> profile = ng.profile(ng.compile(G, "torch"), np.ones((5, 3)), np.zeros((5, 2)), loss="mse")
    >>> list(profile.layers), profile["dense1"].weight_bytes
    (['dense1', 'dense2'], 64)
    """
    if (y is None) != (loss is None):
        raise OpError("The way back is measured with a target and a loss, but only one was given. Give y and loss, or neither.")
    op = None if loss is None else choose_loss(loss)
    whole_number("repeats", repeats, 1)
    if isinstance(net, nx.DiGraph):
        net = compiled(net)
    if isinstance(net, NumpyNet):
        return _numpy_profile(net, x, y, op, repeats)
    from netgraph.engines.profiling.torch_measuring import torch_profile
    return torch_profile(net, x, y, op, repeats)


def _numpy_profile(net: NumpyNet, x: Any, y: Any, loss: Op | None, repeats: int) -> Profile:
    plan = net.layers
    data = input_arrays(plan, (x,), net.dtype) if loss is None else net.training_data(x, y, loss)
    program = _unrolled(net, data[0].shape[1], loss) if plan.is_recurrent else lower(plan, loss=loss)
    reverse = None if loss is None else differentiate(program, net.trainable)
    machine = bind(program, {**net.parameters, **net.buffers}, net.rng, reverse)
    nodes = [step.node for step in program.steps]
    nodes_back = _nodes_back(machine, [nodes[step.step] for step in reverse.steps]) if reverse else []
    forward, backward = [], []
    for _ in range(repeats + 1):                           # the first one warms the caches and is left out
        slots = list(machine.blank)
        for place, array in zip((*program.inputs, *program.targets), data, strict=True):
            slots[place] = array
        forward.append(_timed(machine.forward, nodes, slots))
        backward.append(_timed(machine.backward, nodes_back, slots))
    return Profile(_layers(net, machine, slots, medians(forward[1:]), medians(backward[1:])), "NumPy")


def _unrolled(net: NumpyNet, steps: int, loss: Op | None) -> Program:
    require_short(net.layers, steps)
    return unroll(net.layers, steps, loss=loss, truncate=net.runner.truncate)


def _timed(calls: tuple[Call, ...], nodes: list[NodeId], slots: list[Any]) -> Seconds:
    """Run the calls, and add up the seconds by node."""
    seconds: Seconds = {}
    with np.errstate(all="ignore"):
        for call, node in zip(calls, nodes, strict=True):
            start = perf_counter()
            result = call.function(*[slots[i] for i in call.taken])
            seconds[node] = seconds.get(node, 0.0) + perf_counter() - start
            for place, value in ((call.given, result),) if isinstance(call.given, int) else zip(call.given, result, strict=True):
                slots[place] = value
    return seconds


def _nodes_back(machine: Machine, nodes: list[NodeId]) -> list[NodeId]:
    """Whose work each call of the way back is: that of the next reverse step, or a sum of gradients, which belongs to the one before."""
    steps = iter(nodes)
    found: list[NodeId] = []
    for call in machine.backward:
        found.append(found[-1] if call.function is add else next(steps))
    return found


def medians(passes: list[Seconds]) -> Seconds:
    """The median seconds of each node.

    >>> medians([{"h": 1.0}, {"h": 9.0}, {"h": 2.0}])
    {'h': 2.0}
    """
    return {node: float(np.median([seconds[node] for seconds in passes])) for node in passes[0]}


def _layers(net: NumpyNet, machine: Machine, slots: list[Any], forward: Seconds, backward: Seconds) -> dict[NodeId, LayerProfile]:
    plan, program = net.layers, machine.program
    read = _values_along if plan.is_recurrent else values_by_node
    values = read(plan, program, {at: np.asarray(slots[at]) for at in range(len(program.labels))})
    gradients = read(plan, program, {at: np.asarray(slots[slot]) for at, slot in machine.value_gradients.items()})
    return {layer.id: LayerProfile(forward[layer.id], backward.get(layer.id, 0.0), values[layer.id].nbytes,
                                   net.dtype.itemsize * sum(parameter.count for parameter in layer.parameters),
                                   Statistics.of(values[layer.id]),
                                   Statistics.of(gradients[layer.id]) if layer.id in gradients else None)
            for layer in plan if layer.id in forward and layer.id not in plan.inputs}


def _values_along(plan: Plan, program: Program, values: Mapping[int, np.ndarray]) -> dict[NodeId, np.ndarray]:
    """The numbers of each layer's own output at all time steps of an unrolled program."""
    found: dict[NodeId, list[np.ndarray]] = {}
    for at, (node, part) in enumerate(program.labels[:program.targets[0] if program.targets else None]):
        if not part and at in values and node in plan.layers:
            found.setdefault(node, []).append(values[at])
    return {node: np.stack(steps) for node, steps in found.items()}
