"""Profiling in torch: a module and a batch flow in; the Profile of its layers, each run by itself forward and back, comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from netgraph.engines.profiles import LayerProfile, Profile, Statistics
from netgraph.engines.torch_hooks import watched
from netgraph.engines.torch_module import LAYER, calls_of
from netgraph.engines.torch_training.batches import Feed, listed
from netgraph.engines.torch_training.processes import chosen_device
from netgraph.errors import GraphError, OpError, shorten
from netgraph.op import Op
from netgraph.ops import LOSSES
from netgraph.weights import NodeId


def torch_profile(module: Any, x: Any, y: Any, loss: Op | None, repeats: int) -> Profile:
    """The profile of a module as it is called, dropout off. Of an fx.GraphModule each call is run by itself; of others, submodules.

    Raises: OpError for what is no module, GraphError for one that loops over time steps, DataError for data that does not fit.
    """
    if not isinstance(module, nn.Module):
        raise OpError(f"A graph, a NumPy net or a torch module is profiled, but got {shorten(type(module).__name__)}. Give one of these.")
    if type(module).__name__ == "Recurrent":
        raise GraphError("A net with delayed edges has a pass for each time step. Profile a net that has none.")
    device = chosen_device(None, module)
    feed = Feed(module, device, loss or LOSSES["mse"]())
    arrays = feed.arrays(x)
    shapes = feed.outputs_for(arrays)
    target = None if loss is None else feed.tensors(feed.targets(y, shapes, is_recurrent=False))
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        runs = [_run(module, feed.tensors(arrays), target, loss) for _ in range(repeats + 1)][1:]     # the first warms the caches
        look = _run(module, feed.tensors(arrays), target, loss, keeps=True)
    finally:
        for part, mode in modes.items():
            part.training = mode
    return Profile({layer: _layer(layer, look, runs) for layer in look.outputs}, f"torch on {device.type}")


@dataclass
class Measured:
    """One pass: seconds by layer, and where it `keeps` them, the last output and its gradient of each.

    A pass that is timed keeps nothing, so that the memory of what is done with is used again, as it is without a profile.
    """

    keeps: bool
    forward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    backward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    outputs: dict[NodeId, torch.Tensor] = field(default_factory=dict)
    gradients: dict[NodeId, torch.Tensor] = field(default_factory=dict)
    weight_bytes: dict[NodeId, int] = field(default_factory=lambda: defaultdict(int))


def _layer(layer: NodeId, look: Measured, runs: Sequence[Measured]) -> LayerProfile:
    output, gradient = look.outputs[layer], look.gradients.get(layer)
    forward, backward = (float(np.median([getattr(run, way)[layer] for run in runs])) for way in ("forward", "backward"))
    return LayerProfile(forward, backward, output.numel() * output.element_size(), look.weight_bytes[layer], _statistics(output),
                        None if gradient is None else _statistics(gradient))


def _statistics(tensor: torch.Tensor) -> Statistics:
    return Statistics.of((tensor.detach().float() if tensor.dtype == torch.bfloat16 else tensor.detach()).cpu().numpy())


def _run(module: nn.Module, x: Sequence[torch.Tensor], y: Sequence[torch.Tensor] | None, loss: Op | None,
         keeps: bool = False) -> Measured:
    measured = Measured(keeps)
    if not isinstance(module, fx.GraphModule):
        with watched(module, measured):
            outputs = listed(module(*(value.requires_grad_(value.is_floating_point()) for value in x)))     # or the hooks would not wait
            if y is not None and loss is not None:
                torch.autograd.backward(_loss(loss, outputs, y))
        return measured
    steps = Steps(module, measured, loss is not None)
    outputs = listed(steps.run(*x))
    if y is not None and loss is not None:
        steps.run_back(outputs, _loss(loss, steps.leaves(outputs), y))
    return measured


def _loss(loss: Op, outputs: Sequence[torch.Tensor], y: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack([loss.torch(torch, output, target) for output, target in zip(outputs, y, strict=True)]).sum()


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
    """A call that was made by itself: the layer it belongs to, what it took, cut off from what was before, and what it gave."""

    layer: NodeId
    taken: list[tuple[torch.Tensor, torch.Tensor]]        # what came, and the leaf that was put in its place
    parameters: list[torch.Tensor]
    given: list[torch.Tensor]


class Steps(fx.Interpreter):
    """Runs a graph call by call, each cut off from the others, so that the way back of each can be run and timed alone."""

    def __init__(self, module: fx.GraphModule, measured: Measured, is_back: bool) -> None:
        super().__init__(module)
        self.measured, self.is_back = measured, is_back
        self.layer_of = _layers_of(module)
        self.calls: list[Call] = []
        self.leaf_of: dict[int, torch.Tensor] = {}

    def run_node(self, n: fx.Node) -> Any:
        if not n.op.startswith("call"):
            return super().run_node(n)
        call = Call(self.layer_of[n], [], [], [])
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        args, kwargs = fx.node.map_aggregate((args, kwargs), lambda value: self._cut(value, call))
        if n.op == "call_module":
            call.parameters += self.fetch_attr(str(n.target)).parameters()
        device = next((leaf.device for _, leaf in call.taken), torch.device("cpu"))
        with torch.set_grad_enabled(self.is_back):
            start = now(device)
            result = getattr(self, n.op)(n.target, args, kwargs)
            self.measured.forward[call.layer] += now(device) - start
        call.given = [value for value in listed(result) if isinstance(value, torch.Tensor)]
        if call.given:                                     # and not the shape of a tensor, which is a call too
            if self.measured.keeps:
                self.measured.outputs[call.layer] = call.given[0].detach()
            self.measured.weight_bytes[call.layer] += sum(p.numel() * p.element_size() for p in call.parameters)
            self.calls.append(call)
        return result

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
            self.measured.gradients.setdefault(call.layer, arrived[0][1])
        device = arrived[0][0].device
        start = now(device)
        found = torch.autograd.grad([value for value, _ in arrived], wanted, [gradient for _, gradient in arrived], allow_unused=True)
        by_leaf = {id(leaf): gradient for leaf, gradient in zip(wanted, found, strict=True)}
        for value, gradient in _arriving(call, by_leaf):
            before = gradients.get(id(value))
            gradients[id(value)] = gradient if before is None else before + gradient
        self.measured.backward[call.layer] += now(device) - start


def _arriving(call: Call, by_leaf: Mapping[int, torch.Tensor | None]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What flows back to each value that the call took."""
    for value, leaf in call.taken:
        gradient = by_leaf.get(id(leaf))
        if gradient is not None:
            yield value, gradient
