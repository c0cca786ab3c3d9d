"""The calls of a compiled module: values flow in; each call is run by itself, forward and back, and what it took is written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch
from torch import fx, nn

from netgraph.engines.torch_module import LAYER, calls_of
from netgraph.engines.torch_training.batches import listed
from netgraph.weights import NodeId

CPU = torch.device("cpu")


@dataclass
class Measured:
    """One pass: seconds by layer, and where it `keeps` them, its outputs and their gradients, by time step: all at 0 where there is one.

    A pass that is timed keeps nothing, so that the memory of what is done with is used again, as it is without a profile.
    """

    keeps: bool
    forward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    backward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    outputs: dict[NodeId, dict[int, torch.Tensor]] = field(default_factory=lambda: defaultdict(dict))
    gradients: dict[NodeId, dict[int, torch.Tensor]] = field(default_factory=lambda: defaultdict(dict))
    weight_bytes: dict[NodeId, int] = field(default_factory=lambda: defaultdict(int))


def now(device: torch.device) -> float:
    """The time when all work on the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


def _layers_of(module: fx.GraphModule) -> dict[fx.Node, NodeId]:
    """The layer of each call; in a module that was not compiled from a graph, the call's name."""
    calls, layers = calls_of(module.graph), vars(module).get("netgraph_layers", ())
    if len(layers) != len(calls):                          # a copy has them in its calls, what was pickled in the module
        layers = [call.meta.get(LAYER, call.name) for call in calls]
    return dict(zip(calls, layers, strict=True))


@dataclass
class Call:
    """A call that was made by itself: its layer and time step, what it took, cut off from what was before, and what it gave."""

    layer: NodeId
    step: int
    taken: list[tuple[torch.Tensor, torch.Tensor]]        # what came, and the leaf that was put in its place
    parameters: list[torch.Tensor]
    given: list[torch.Tensor]


class Steps(fx.Interpreter):
    """Runs a graph call by call, each cut off from the others, so that the way back of each can be run and timed alone.

    It may run several times, once for each time step: `run_back` then goes back through all of them.
    """

    def __init__(self, module: fx.GraphModule, measured: Measured, is_back: bool, device: torch.device = CPU) -> None:
        super().__init__(module)
        self.measured, self.is_back, self.device = measured, is_back, device
        self.layer_of = _layers_of(module)
        self.step = -1
        self.calls: list[Call] = []
        self.leaf_of: dict[int, torch.Tensor] = {}
        self.weighed: set[tuple[NodeId, int]] = set()

    def run(self, *values: Any, **more: Any) -> Any:
        self.step += 1
        return super().run(*values, **more)

    def run_node(self, n: fx.Node) -> Any:
        if not n.op.startswith("call"):
            return super().run_node(n)
        call = Call(self.layer_of[n], self.step, [], [], [])
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        args, kwargs = fx.node.map_aggregate((args, kwargs), lambda value: self._cut(value, call))
        if n.op == "call_module":
            call.parameters += self.fetch_attr(str(n.target)).parameters()
        with torch.set_grad_enabled(self.is_back):
            start = now(self.device)
            result = getattr(self, n.op)(n.target, args, kwargs)
            self.measured.forward[call.layer] += now(self.device) - start
        call.given = [value for value in listed(result) if isinstance(value, torch.Tensor)]
        if call.given:                                     # and not the shape of a tensor, which is a call too
            if self.measured.keeps:
                self.measured.outputs[call.layer][call.step] = call.given[0].detach()
            self._weigh(call)
            self.calls.append(call)
        return result

    def _weigh(self, call: Call) -> None:
        """Count the bytes of its weights, once for a layer, however often it is called."""
        for parameter in call.parameters:
            if (call.layer, id(parameter)) not in self.weighed:
                self.weighed.add((call.layer, id(parameter)))
                self.measured.weight_bytes[call.layer] += parameter.numel() * parameter.element_size()

    def _cut(self, value: Any, call: Call) -> Any:
        """A leaf in the place of a tensor that a call before gave; parameters are leaves already."""
        if isinstance(value, nn.Parameter):
            call.parameters.append(value)
        elif isinstance(value, torch.Tensor):
            leaf = value.detach().requires_grad_(value.requires_grad)
            call.taken.append((value, leaf))
            return leaf
        return value

    def leaves(self, outputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The outputs, cut off, for a loss of them."""
        return [self.leaf_of.setdefault(id(output), output.detach().requires_grad_(output.requires_grad)) for output in outputs]

    def run_back(self, outputs: Sequence[torch.Tensor], loss: torch.Tensor) -> None:
        """Bring the gradient of the loss back through every call, the last one first."""
        torch.autograd.backward(loss)
        gradients = {id(output): leaf.grad for output, leaf in zip(outputs, self.leaves(outputs), strict=True)}
        while self.calls:                                  # each is let go when it is done with
            call = self.calls.pop()
            given = [(value, gradients.pop(id(value), None)) for value in call.given if value.requires_grad]
            arrived = [(value, gradient) for value, gradient in given if gradient is not None]
            wanted = [leaf for leaf in (*(leaf for _, leaf in call.taken), *call.parameters) if leaf.requires_grad]
            if arrived and wanted:
                self._back(call, arrived, wanted, gradients)

    def _back(self, call: Call, arrived: Sequence[tuple[torch.Tensor, torch.Tensor]], wanted: Sequence[torch.Tensor],
              gradients: dict[int, torch.Tensor | None]) -> None:
        """The gradients of what a call took and of its parameters, timed, and brought to what gave it."""
        if self.measured.keeps:
            self.measured.gradients[call.layer].setdefault(call.step, arrived[0][1])
        start = now(self.device)
        found = torch.autograd.grad([value for value, _ in arrived], wanted, [gradient for _, gradient in arrived], allow_unused=True)
        by_leaf = {id(leaf): gradient for leaf, gradient in zip(wanted, found, strict=True)}
        for value, gradient in _arriving(call, by_leaf):
            before = gradients.get(id(value))
            gradients[id(value)] = gradient if before is None else before + gradient
        self.measured.backward[call.layer] += now(self.device) - start


def _arriving(call: Call, by_leaf: Mapping[int, torch.Tensor | None]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What flows back to each value that the call took."""
    for value, leaf in call.taken:
        gradient = by_leaf.get(id(leaf))
        if gradient is not None:
            yield value, gradient
