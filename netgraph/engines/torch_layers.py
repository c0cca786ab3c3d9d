"""The layers of a torch module: a Plan and its start flow in, a root module that holds every array under its name comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netgraph.op import arguments
from netgraph.plan import Layer, Plan
from netgraph.weights import Array, NodeId, Parameter, escaped

if TYPE_CHECKING:
    from torch import Tensor, nn


def torch_layers(plan: Plan, start: Mapping[str, np.ndarray]) -> tuple[nn.Module, dict[NodeId, str]]:
    """A module that holds every array of the net under its name; and of each layer that a child of it computes, the child's name.

    A layer that torch.nn knows is its ordinary module; one that uses another's weights in the same way is that other's module.
    The arrays of all other layers lie in bare containers, and those of recurrent layers too, since torch.compile takes no nn.LSTM.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(2, 1))
    >>> torch_layers(plan, {"dense1.weight": np.ones((1, 2)), "dense1.bias": np.ones(1)})
    (Module( (dense1): Linear(in_features=2, out_features=1, bias=True) ), {'dense1': 'dense1'})
    """
    from torch import nn, tensor

    root = nn.Module()
    ordinary = _ordinary_modules(plan)
    names = {layer.id: escaped(owner.id) for layer in plan if _is_alike(layer, owner := _owner(layer, plan), ordinary)}
    for node, name in names.items():
        if escaped(node) == name:
            _hang(ordinary[node], name, root)
    for parameter in plan.parameters.values():
        _place(parameter, tensor(start[parameter.name]).contiguous(), root)
    return root, names


def _owner(layer: Layer, plan: Plan) -> Layer:
    """The layer whose weights it uses: itself, if it has none."""
    return plan[layer.shared_with] if layer.shared_with is not None and layer.parameters else layer


def _is_alike(layer: Layer, owner: Layer, ordinary: Mapping[NodeId, nn.Module]) -> bool:
    if layer.id not in ordinary or owner.id not in ordinary:
        return False
    return layer.op == owner.op and type(ordinary[layer.id]) is type(ordinary[owner.id])


def _ordinary_modules(plan: Plan) -> dict[NodeId, nn.Module]:
    import torch

    with torch.device("meta"):                            # so that torch draws no start of its own
        made = {layer.id: ordinary_module(layer, torch.nn) for layer in plan if not layer.op.module_is_first}
    modules = {node: module for node, module in made.items() if module is not None}
    for module in modules.values():
        for name, buffer in module.named_buffers():       # num_batches_tracked, which no other engine has
            module.register_buffer(name, torch.zeros_like(buffer, device=torch.get_default_device()))
    return modules


def ordinary_module(layer: Layer, nn: Any) -> nn.Module | None:
    """The `torch.nn` module that computes all of the layer but its gains and its activation; None where there is none.

    >>> import netgraph as ng, torch
    >>> ordinary_module(ng.infer(ng.chain(3, 4, "tanh"))["dense1"], torch.nn)
    Linear(in_features=3, out_features=4, bias=True)
    """
    if layer.op.is_weighted and (sum(wire.weight is not None for wire in layer.wires) != 1 or any(wire.mask for wire in layer.wires)):
        return None
    arrays = {parameter.field: Array(parameter.shape) for parameter in layer.parameters}
    ranked = {"rank": len(layer.shape)} if "rank" in arguments(type(layer.op), "torch_module") else {}
    module: nn.Module | None = layer.op.torch_module(nn, arrays, **ranked)
    return module


def _hang(module: nn.Module, name: str, root: nn.Module) -> None:
    *path, last = name.split(".")
    _holder(path, root).add_module(last, module)


def _holder(path: Sequence[str], root: nn.Module) -> nn.Module:
    """The module of a path, through bare containers where there is none."""
    from torch import nn

    for name in path:
        if name not in root._modules:
            root.add_module(name, nn.Module())
        root = root.get_submodule(name)
    return root


def _place(parameter: Parameter, value: Tensor, root: nn.Module) -> None:
    """Hang the value into the module of its name, through bare containers where there is none."""
    from torch import nn

    *path, field = parameter.name.split(".")
    holder = _holder(path, root)
    if parameter.is_buffer:
        holder.register_buffer(field, value)
    else:
        holder.register_parameter(field, nn.Parameter(value, requires_grad=parameter.trainable))
