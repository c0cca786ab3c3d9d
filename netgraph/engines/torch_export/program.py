"""A net flows in; its module, the names of what goes in and comes out, and samples to record and check it with come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import torch
from torch import nn

from netgraph.cell import cell_of
from netgraph.engines.numpy_net import NumpyNet
from netgraph.engines.torch_module import torch_module
from netgraph.engines.torch_recurrent import Recurrent
from netgraph.errors import ExportError, shorten
from netgraph.inference import infer
from netgraph.plan import Plan
from netgraph.shape import Shape
from netgraph.weights import NodeId, escaped

NAMED = 5            # how long a named dim is while the net is recorded; 0 and 1 would be taken for fixed
Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Exportable:
    """A module in evaluation mode, the same as it is recorded, and the ids of inputs and outputs as texts that differ from each other."""

    plan: Plan
    module: nn.Module
    recordable: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def samples(self, count: int, length: int = NAMED, seed: int = 0) -> Tensors:
        """Random samples for each input; indices where an input carries them. Named dims are `length` long."""
        numbers = torch.Generator("cpu").manual_seed(seed)
        shapes = [(count, *(dim if isinstance(dim, int) else length for dim in shape)) for shape in self.shapes]
        return tuple(torch.randint(self.plan.index_count, shape, generator=numbers, device="cpu") if self.plan[node].is_integer else
                     torch.randn(shape, generator=numbers, device="cpu")
                     for node, shape in zip(self.plan.inputs, shapes, strict=True))

    def dims(self) -> tuple[Any, ...]:
        """Which dims of each input may have any size: the batch, the time steps, and those that have names."""
        named = {dim: torch.export.Dim(escaped(dim)) for shape in self.shapes for dim in shape if isinstance(dim, str)}
        batch = torch.export.Dim("batch" if "batch" not in named else "batch_of_samples")
        dims = tuple({0: batch, **{place: named[dim] for place, dim in enumerate(shape, 1) if isinstance(dim, str)}}
                     for shape in self.shapes)
        return (dims,) if self.plan.is_recurrent else dims         # whose module takes them all as *inputs

    @property
    def named_dims(self) -> list[str]:
        """The dims of inputs that may have any size."""
        return list(dict.fromkeys(dim for shape in self.shapes for dim in shape if isinstance(dim, str)))

    @property
    def shapes(self) -> list[Shape]:
        """Of a sample of each input."""
        return [self.plan.sample_shapes(node)[0] for node in self.plan.inputs]

    def run(self, samples: Sequence[torch.Tensor]) -> Tensors:
        """The outputs of the module itself."""
        with torch.no_grad():
            outputs = self.module(*samples)
        return tuple(outputs) if isinstance(outputs, tuple) else (outputs,)


def exportable(net: object) -> Exportable:
    """The module of a graph or of a compiled NumPy net, with its present weights.

    Raises: ExportError for what is neither, NetgraphError for a graph that is wrong.

    >>> import netgraph as ng
    >>> exportable(ng.chain(3, 2)).inputs
    ('x',)
    """
    if isinstance(net, NumpyNet):
        net = net.graph
    if not isinstance(net, nx.DiGraph):
        raise ExportError(f"A graph or a NumPy net is exported, but got {shorten(type(net).__name__)}. "
                          "Of a module compiled from a graph G, export ng.with_weights(G, module); of another, ng.from_torch(module, x).")
    plan = infer(net)
    outputs = [(node, part, len(plan[node].shapes)) for node in plan.outputs for part in range(len(plan[node].shapes))]
    inputs = _names(plan.inputs)
    made = [f"{node}:{part}" if parts > 1 else node for node, part, parts in outputs]
    module = torch_module(plan).cpu().eval()               # also where another device is the default
    return Exportable(plan, module, _recordable(plan, module), inputs, _names(made, plan.inputs))


def _recordable(plan: Plan, module: nn.Module) -> nn.Module:
    """The module; where it loops over time steps, with one loop that is recorded for any number of them."""
    if not isinstance(module, Recurrent):
        return module
    from netgraph.engines.torch_export.scanning import Scanned
    return Scanned(cell_of(plan), module.netgraph_step).eval()


def _names(nodes: Sequence[NodeId], others: Sequence[NodeId] = ()) -> tuple[str, ...]:
    """The ids as texts; those that would read alike, such as 1 and "1", as parameters spell them. An input that is handed on ends in _."""
    counts = Counter(map(str, (*nodes, *others)))
    return tuple(str(node) if counts[str(node)] == 1 and str(node) else escaped(node) + "_" * (node in others) for node in nodes)
