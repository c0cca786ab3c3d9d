"""Unrolling: the Plan of a recurrent net and a number of time steps flow in, the Program that computes a whole sequence comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.lowering import Line
from netgraph.op import Op
from netgraph.plan import Plan, Wire
from netgraph.program import Program
from netgraph.shape import sizes
from netgraph.weights import NodeId


@dataclass(frozen=True)
class TimeStep(Op):
    """y = x[:, t]: one time step of the sequences (N, T, ...)."""

    t: int

    no_gradient = ("x",)

    def forward(self, x: Any) -> Any:
        y = x[:, self.t]
        return y


@dataclass(frozen=True)
class BeforeStart(Op):
    """What a delayed edge brings before its source has run: zeros, for as many samples as x has."""

    shape_: tuple[int, ...]

    no_gradient = ("x",)

    def forward(self, x: Any) -> Any:
        y = np.zeros((len(x), *self.shape_), x.dtype)
        return y


@dataclass(frozen=True)
class Cut(Op):
    """y = x, through which no gradient flows: where backpropagation through time is truncated (Williams & Peng 1990)."""

    no_gradient = ("x",)

    def forward(self, x: Any) -> Any:
        y = x
        return y


@dataclass(frozen=True)
class Sequence(Op):
    """The values of all time steps as one array (N, T, ...)."""

    def forward(self, *xs: Any) -> Any:
        y = np.stack(xs, axis=1)
        return y

    def backward(self, gy: Any) -> Any:
        gxs = [gy[:, t] for t in range(gy.shape[1])]
        return gxs


@dataclass(frozen=True)
class EachStep(Op):
    """Sequences (N, T, ...) as N·T samples: to a loss, each time step is a sample."""

    def forward(self, x: Any) -> Any:
        y = x.reshape(-1, *x.shape[2:])
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy.reshape(x.shape)
        return gx


def unroll(plan: Plan, steps: int, training: bool = False, loss: Op | None = None, truncate: int | None = None) -> Program:
    """The program of a recurrent net for sequences of so many time steps; `truncate` cuts the way back after that many.

    >>> import netgraph as ng
    >>> G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"})
    >>> G.add_edge("h", "h", delay=1)
    >>> program = unroll(ng.infer(G), steps=2)
    >>> [type(step.op).__name__ for step in program.steps][-6:]
    ['Dense', 'Dense', 'Add', 'AddBias', 'Tanh', 'Sequence']
    """
    line = _Unrolled(training, truncate=truncate)
    inputs = {name: line.new_value(name) for name in plan.inputs}
    line.first = next(iter(inputs.values()))
    for t in range(steps):
        line.values = {name: (line.add(TimeStep(t), [value], name, f"step {t}"),) for name, value in inputs.items()}
        for layer in plan:
            if layer.op_name != "input":
                line.values[layer.id] = line.layer_values(layer)
        line.past.append(line.values)
    outputs = tuple(line.add(Sequence(), [values[name][i] for values in line.past], name, "sequence")
                    for name in plan.outputs for i in range(len(plan[name].shapes)))
    targets = line.new_targets(len(outputs)) if loss else ()
    total = line.total_loss(loss, *(tuple(line.add(EachStep(), [value], "loss", "steps") for value in values)
                                    for values in (outputs, targets))) if loss else None
    return Program(plan, tuple(line.steps), tuple(inputs.values()), outputs, tuple(line.labels), training, targets, total)


@dataclass
class _Unrolled(Line):
    first: int = 0                                         # the value that tells how many samples there are
    past: list[Mapping[NodeId, tuple[int, ...]]] = field(default_factory=list)       # the values of the time steps that are done
    truncate: int | None = None

    def source(self, wire: Wire) -> int:
        if not wire.delay:
            return super().source(wire)
        if wire.delay > len(self.past):
            return self.add(BeforeStart(sizes(wire.shape, "what a delayed edge brings")), [self.first], wire.source, "before")
        value = self.past[-wire.delay][wire.source][wire.output]
        now, then = len(self.past), len(self.past) - wire.delay
        is_cut = self.truncate is not None and now // self.truncate > then // self.truncate
        return self.add(Cut(), [value], wire.source, "cut") if is_cut else value
