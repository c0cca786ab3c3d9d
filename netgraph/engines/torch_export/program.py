"""A net flows in; its module, the names of what goes in and comes out, and samples to record and check it with come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import torch
from torch import nn

from netgraph.engines.numpy_net import NumpyNet
from netgraph.engines.torch_module import torch_module
from netgraph.errors import ExportError, shorten
from netgraph.inference import infer
from netgraph.plan import Plan
from netgraph.weights import NodeId, escaped

NAMED = 5            # how long a named dim is while the net is recorded; 0 and 1 would be taken for fixed
Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Exportable:
    """A module in evaluation mode, and the ids of its inputs and outputs as texts that differ from each other."""

    plan: Plan
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def samples(self, count: int, length: int = NAMED, seed: int = 0) -> Tensors:
        """Random samples for each input; indices where an input carries them. Named dims are `length` long."""
        numbers = torch.Generator().manual_seed(seed)
        rows = min((layer.op.constants().get("num_embeddings", 1) for layer in self.plan if layer.op.integer_inputs), default=1)
        shapes = [(count, *(dim if isinstance(dim, int) else length for dim in self.plan[node].shape)) for node in self.plan.inputs]
        return tuple(torch.randint(rows, shape, generator=numbers) if self.plan[node].is_integer else torch.randn(shape, generator=numbers)
                     for node, shape in zip(self.plan.inputs, shapes, strict=True))

    def dims(self) -> tuple[dict[int, Any], ...]:
        """Which dims of each input may have any size: the batch, and those that have names."""
        named = {dim: torch.export.Dim(escaped(dim)) for node in self.plan.inputs for dim in self.plan[node].shape if isinstance(dim, str)}
        batch = torch.export.Dim("batch" if "batch" not in named else "batch_of_samples")
        return tuple({0: batch, **{place: named[dim] for place, dim in enumerate(self.plan[node].shape, 1) if isinstance(dim, str)}}
                     for node in self.plan.inputs)

    def run(self, samples: Sequence[torch.Tensor]) -> Tensors:
        """The outputs of the module itself."""
        with torch.no_grad():
            outputs = self.module(*samples)
        return tuple(outputs) if isinstance(outputs, tuple) else (outputs,)


def exportable(net: object) -> Exportable:
    """The module of a graph or of a compiled NumPy net, with its present weights.

    Raises: ExportError for what is neither, and for a net that loops over time steps; NetgraphError for a graph that is wrong.

    >>> import netgraph as ng
    >>> exportable(ng.chain(3, 2)).inputs
    ('x',)
    """
    if isinstance(net, NumpyNet):
        net = net.graph
    if not isinstance(net, nx.DiGraph):
        raise ExportError(f"A graph or a NumPy net is exported, but got {shorten(type(net).__name__)}. "
                          "Of a module compiled from a graph G, export ng.with_weights(G, module).")
    plan = infer(net)
    if plan.is_recurrent:
        raise ExportError("A net with delayed edges runs for as many steps as its data has, and a recorded program for a fixed number. "
                          "Use a layer such as 'lstm' or 'gru', which is exported as one.")
    outputs = [(node, part, len(plan[node].shapes)) for node in plan.outputs for part in range(len(plan[node].shapes))]
    inputs = _names(plan.inputs)
    made = [f"{node}:{part}" if parts > 1 else node for node, part, parts in outputs]
    return Exportable(plan, torch_module(plan).eval(), inputs, _names(made, plan.inputs))


def _names(nodes: Sequence[NodeId], others: Sequence[NodeId] = ()) -> tuple[str, ...]:
    """The ids as texts; those that would read alike, such as 1 and "1", as parameters spell them. An input that is handed on ends in _."""
    counts = Counter(map(str, (*nodes, *others)))
    return tuple(str(node) if counts[str(node)] == 1 and str(node) else escaped(node) + "_" * (node in others) for node in nodes)
