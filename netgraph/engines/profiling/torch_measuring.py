"""Profiling in torch: a module and a batch flow in; the Profile of its layers, each timed by itself forward and back, comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from netgraph.engines.profiling.profiles import LayerProfile, Profile, Statistics
from netgraph.engines.profiling.torch_clock import Clock, Measured
from netgraph.engines.profiling.torch_hooks import watched
from netgraph.engines.profiling.torch_steps import Steps
from netgraph.engines.torch_recurrent import Recurrent
from netgraph.engines.torch_training.batches import Feed, Tensors, listed
from netgraph.engines.torch_training.processes import chosen_device
from netgraph.errors import OpError, shorten
from netgraph.op import Op
from netgraph.ops import LOSSES
from netgraph.weights import NodeId

WARMING = 1      # passes that warm the caches, and are not counted


def torch_profile(module: Any, x: Any, y: Any, loss: Op | None, repeats: int) -> Profile:
    """The profile of a module as it is called, dropout off.

    Of an fx.GraphModule each call is timed, under its layer; of one that loops over time steps those of all steps; of others the
    innermost submodules.

    Raises: OpError for what is no module, DataError for data that does not fit.
    """
    if not isinstance(module, nn.Module):
        raise OpError(f"A graph, a NumPy net or a torch module is profiled, but got {shorten(type(module).__name__)}. Give one of these.")
    device = chosen_device(None, module)
    feed = Feed(module, device, loss or LOSSES["mse"]())
    arrays = feed.arrays(x)
    target = None if loss is None else feed.tensors(feed.targets(y, feed.outputs_for(arrays), isinstance(module, Recurrent)))
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        passes = [_run(module, feed.tensors(arrays), target, loss, device) for _ in range(WARMING + repeats)]
        look = _run(module, feed.tensors(arrays), target, loss, device, keeps=True)
    finally:
        for part, mode in modes.items():
            part.training = mode
    runs = passes[WARMING:]
    return Profile({layer: _layer(layer, look, runs) for layer in look.outputs}, f"torch on {device.type}")


def _layer(layer: NodeId, look: Measured, runs: Sequence[Measured]) -> LayerProfile:
    output, gradient = _whole(look.outputs[layer]), _whole(look.gradients[layer]) if layer in look.gradients else None
    forward, backward = (float(np.median([getattr(run, way)[layer] for run in runs])) for way in ("forward", "backward"))
    return LayerProfile(forward, backward, output.numel() * output.element_size(), look.weight_bytes[layer], _statistics(output),
                        None if gradient is None else _statistics(gradient))


def _whole(steps: Mapping[int, torch.Tensor]) -> torch.Tensor:
    """What a layer gave, or got back, at all time steps."""
    return torch.stack(list(steps.values())) if len(steps) > 1 else next(iter(steps.values()))


def _statistics(tensor: torch.Tensor) -> Statistics:
    return Statistics.of((tensor.detach().float() if tensor.dtype == torch.bfloat16 else tensor.detach()).cpu().numpy())


def _run(module: nn.Module, x: Tensors, y: Tensors | None, loss: Op | None, device: torch.device, keeps: bool = False) -> Measured:
    measured = Measured(keeps)
    clock = Clock(measured, device)
    leaves = _leaves(module, x)
    with torch.set_grad_enabled(loss is not None):
        outputs = _outputs(module, x, clock)
        if y is not None and loss is not None:
            clock.go_back(_loss(loss, outputs, y, isinstance(module, Recurrent)), leaves)
    return measured


def _leaves(module: nn.Module, x: Tensors) -> list[torch.Tensor]:
    """What the way back ends at: the parameters that move, or in a module that has none the inputs."""
    moving: list[torch.Tensor] = [p for p in module.parameters() if p.requires_grad]
    return moving or [value.requires_grad_() for value in x if value.is_floating_point()]


def _outputs(module: nn.Module, x: Tensors, clock: Clock) -> Tensors:
    """The outputs of a pass before the clock."""
    if isinstance(module, Recurrent):
        return module.along(Steps(module.netgraph_step, clock).run, x)
    if isinstance(module, fx.GraphModule):
        return listed(Steps(module, clock).run(*x))
    with watched(module, clock):
        return listed(module(*x))


def _loss(loss: Op, outputs: Tensors, y: Tensors, is_recurrent: bool) -> torch.Tensor:
    """The loss of all outputs; to it each time step of a sequence is a sample."""
    pairs = [(output.flatten(0, 1), target.flatten(0, 1)) if is_recurrent else (output, target)
             for output, target in zip(outputs, y, strict=True)]
    return torch.stack([loss.torch(torch, output, target) for output, target in pairs]).sum()
