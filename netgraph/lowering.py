"""Lowering: a Plan flows in, the Program that computes it comes out, one op a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from netgraph.errors import OpError, shorten
from netgraph.op import Op
from netgraph.ops.merge import Add
from netgraph.ops.word import is_foreign
from netgraph.plan import Layer, Plan, Wire
from netgraph.program import Program, Step
from netgraph.shape import Shape
from netgraph.weights import NodeId, Parameter


@dataclass(frozen=True)
class Scale(Op):
    """y = gain · x: what an edge with a number does."""

    gain: float

    def forward(self, x: Any) -> Any:
        y = self.gain * x
        return y

    def backward(self, gy: Any) -> Any:
        gx = self.gain * gy
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return self.gain * x


@dataclass(frozen=True)
class Mask(Op):
    """A weight held at zero where its mask is 0: weight · mask."""

    def forward(self, *, weight: Any, mask: Any) -> Any:
        masked = weight * mask
        return masked

    def backward(self, gmasked: Any, mask: Any) -> Any:
        gweight = gmasked * mask
        gmask = None
        return gweight, gmask

    def torch(self, torch: Any, *, weight: Any, mask: Any) -> Any:
        return weight * mask


def lower(plan: Plan, training: bool = False, loss: Op | None = None) -> Program:
    """The program of a plan, as a call runs it or as training does; with a loss, also of the loss between each output and its target.

    Raises: OpError for a node whose op is another library's.

    >>> import netgraph as ng
    >>> program = lower(ng.infer(ng.chain(3, 4, "tanh", 1)))
    >>> [f"{step.node}.{step.part or 'y'} = {type(step.op).__name__}" for step in program.steps]
    ['dense1.product = Dense', 'dense1.sum = AddBias', 'dense1.y = Tanh', 'dense2.product = Dense', 'dense2.y = AddBias']
    """
    require_own_words(plan)
    line = Line(training)
    for name in plan.inputs:
        line.values[name] = (line.new_value(name),)
    for layer in plan:
        if layer.op_name != "input":
            line.values[layer.id] = line.layer_values(layer)
    outputs = tuple(value for name in plan.outputs for value in line.values[name])
    targets = line.new_targets(len(outputs)) if loss else ()
    total = line.total_loss(loss, outputs, targets) if loss else None
    inputs = tuple(line.values[name][0] for name in plan.inputs)
    return Program(plan, tuple(line.steps), inputs, outputs, tuple(line.labels), training, targets, total)


def require_own_words(plan: Plan) -> None:
    """Raises: OpError naming the first node whose op is another library's."""
    for layer in plan:
        if is_foreign(layer.op_name):
            raise OpError(f"Node {shorten(layer.id)} computes '{layer.op_name}', which is another library's op: it can be drawn and "
                          f"counted, but not run. Put nodes of the vocabulary in its place; `netgraph ops` lists it.")


@dataclass
class Line:
    """A program in the making: steps, and the values that they make."""

    training: bool
    steps: list[Step] = field(default_factory=list)
    labels: list[tuple[NodeId, str]] = field(default_factory=list)
    values: dict[NodeId, tuple[int, ...]] = field(default_factory=dict)      # the outputs of each node
    masks: dict[str, int] = field(default_factory=dict)   # the masked weights, by the name of the mask

    def new_value(self, node: NodeId, part: str = "") -> int:
        self.labels.append((node, part))
        return len(self.labels) - 1

    def new_targets(self, count: int) -> tuple[int, ...]:
        """Values for the targets of so many outputs."""
        return tuple(self.new_value("target", str(i or "")) for i in range(count))

    def add(self, op: Op, inputs: Iterable[int], node: NodeId, part: str = "", arrays: Iterable[Parameter] = (),
            masked: int | None = None) -> int:
        """The value that a new step makes, a masked weight perhaps being its array; an op that changes nothing makes no step."""
        op, inputs = op.for_training() if self.training else op, tuple(inputs)
        if op.is_identity:
            return inputs[0]
        result = self.new_value(node, part)
        named = tuple((p.field, p.name) for p in arrays) if masked is None else (("weight", masked),)
        self.steps.append(Step(op, inputs, named, result, node, part))
        return result

    def layer_values(self, layer: Layer) -> tuple[int, ...]:
        if layer.op.is_weighted:
            return (self.summed(layer),)
        brought = [self.brought(layer, wire) for wire in layer.wires]
        shapes = [wire.shape for wire in layer.wires]
        last = "" if layer.activation is None else "before"
        if layer.op.is_symmetric:
            return (self.activated(layer, self.folded(layer, layer.op, brought, shapes, last)),)
        parts = layer.op.parts(*shapes)
        values = [self.add(part.at(*shapes), brought, layer.id, last or str(i or ""), layer.owned) for i, part in enumerate(parts)]
        return (self.activated(layer, values[0]),) if len(values) == 1 else tuple(values)

    def summed(self, layer: Layer) -> int:
        """The value of a weighted layer: what its edges bring, added up, then bias and activation."""
        is_one = len(layer.wires) == 1
        last = "" if layer.activation is None else "sum"
        bias_last = "sum" if layer.owned else last
        brought = [self.brought(layer, wire, ("product" if layer.owned else bias_last) if is_one else f"from {wire.source}")
                   for wire in layer.wires]
        total = self.folded(layer, Add(), brought, [layer.shape] * len(brought), "total" if layer.owned else last)
        if layer.owned:
            total = self.add(layer.op.add_bias(layer.wires[0].shape)[0], [total], layer.id, last, layer.owned)
        return self.activated(layer, total)

    def brought(self, layer: Layer, wire: Wire, part: str = "") -> int:
        """What an in-edge brings: its source, by way of the weight or the gain."""
        value = self.source(wire)
        if wire.weight is not None:
            masked = self.masked(layer, wire)
            return self.add(layer.op.at(wire.shape), [value], layer.id, part, [wire.weight], masked)
        if wire.gain is None or wire.gain == 1:
            return value
        return self.add(Scale(wire.gain), [value], layer.id, f"from {wire.source}")

    def source(self, wire: Wire) -> int:
        """What the edge comes from."""
        return self.values[wire.source][wire.output]

    def masked(self, layer: Layer, wire: Wire) -> int | None:
        """The edge's weight times its mask, if it has one; computed once, however many layers share it."""
        if wire.mask is None:
            return None
        if wire.mask.name not in self.masks:
            self.masks[wire.mask.name] = self.add(Mask(), (), layer.id, "weight", wire.parameters)
        return self.masks[wire.mask.name]

    def folded(self, layer: Layer, op: Op, values: list[int], shapes: list[Shape], last: str) -> int:
        """The values joined two at a time."""
        total, shape = values[0], shapes[0]
        for i, (value, other) in enumerate(zip(values[1:], shapes[1:], strict=True), start=2):
            total = self.add(op.at(shape, other), [total, value], layer.id, last if i == len(values) else f"first {i}")
            shape = op.shape(shape, other)
        return total

    def activated(self, layer: Layer, value: int) -> int:
        return value if layer.activation is None else self.add(layer.activation.at(layer.shape), [value], layer.id)

    def total_loss(self, loss: Op, outputs: tuple[int, ...], targets: tuple[int, ...]) -> int:
        each = [self.add(loss, pair, "loss", str(i or "")) for i, pair in enumerate(zip(outputs, targets, strict=True))]
        total = each[0]
        for value in each[1:]:
            total = self.add(Add(), [total, value], "loss", "total")
        return total
