"""The torch module: a Plan flows in, an ordinary nn.Module of the same names, start and results comes out."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from netgraph.cell import cell_of
from netgraph.engines.torch_layers import torch_layers
from netgraph.errors import GraphError, shorten
from netgraph.lowering import lower
from netgraph.op import is_gathering
from netgraph.plan import Layer, Plan
from netgraph.program import Step
from netgraph.weights import RESERVED, NodeId, escaped, initial_values

if TYPE_CHECKING:
    import torch
    from torch import fx

# What an argument of the forward pass may not be called: the names that the code of an fx.Graph uses itself.
SPOKEN = frozenset({"device", "fx_pytree", "getattr", "inf", "nan", "NoneType", "pytree", "self", "slice", "torch"})

LAYER = "netgraph_layer"       # under which the meta of a recorded call has the id of the layer that it computes
CARD = "netgraph_card"         # under which it has the group, name, op and family of that layer


def torch_module(plan: Plan, *, dtype: str = "float32", seed: int = 0, truncate: int | None = None) -> torch.nn.Module:
    """The net as a `torch.fx.GraphModule`: its layers are ordinary submodules, its `code` the forward pass in plain torch calls.

    A recurrent net is a module that runs such a one along the time steps.

    Raises: GraphError for a layer that shares the weights of another in a way that torch cannot follow.

    >>> import netgraph as ng
    >>> module = torch_module(ng.infer(ng.chain(3, 4, "tanh", 1)))
    >>> module
    Net(
      (dense1): Linear(in_features=3, out_features=4, bias=True)
      (dense2): Linear(in_features=4, out_features=1, bias=True)
    )
    >>> list(module.state_dict())
    ['dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias']
    """
    if plan.is_recurrent:
        from netgraph.engines.torch_recurrent import Recurrent
        cell = cell_of(plan)
        module = Recurrent(cell, _graph_module(cell.plan, dtype, seed), truncate)
        vars(module)["netgraph_name"] = plan.name
        return module
    return _graph_module(plan, dtype, seed)


def _graph_module(plan: Plan, dtype: str, seed: int) -> fx.GraphModule:
    from torch.fx import Graph, GraphModule

    root, names = torch_layers(plan, initial_values(plan.parameters.values(), seed, np.dtype(dtype)))
    program = lower(plan, training=True)                  # where dropout and batch norm have steps, which their modules take over
    record = _Record(plan, names, Graph())
    for node, value in zip(plan.inputs, program.inputs, strict=True):
        record.values[value] = record.argument(node)
    for step in program.steps:
        record.values[step.result] = record.result(step)
        record.sign(plan[step.node], record.values[step.result])
    outputs = tuple(record.values[value].node for value in program.outputs)
    record.graph.output(outputs if len(outputs) > 1 else outputs[0])
    module = GraphModule(root, record.graph, class_name(plan.name))
    vars(module)["_graphmodule_cls_name"] = class_name(plan.name)         # where unpickling looks for it
    vars(module)["netgraph_name"] = plan.name
    vars(module)["netgraph_layers"] = tuple(node.meta[LAYER] for node in calls_of(record.graph))
    return module


def calls_of(graph: fx.Graph) -> list[fx.Node]:
    """What a forward pass does, in order: its calls of modules, functions and methods.

    >>> import netgraph as ng
    >>> [node.name for node in calls_of(torch_module(ng.infer(ng.chain(3, 4, "tanh"))).graph)]
    ['dense1', 'tanh']
    """
    return [node for node in graph.nodes if node.op.startswith("call")]


def class_name(name: str) -> str:
    """A net's name as the name of a class.

    >>> class_name("two-layer"), class_name("3-4-1"), class_name("")
    ('TwoLayer', 'Net341', 'Net')
    """
    words = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[^\W_]+", name))
    return words if words.isidentifier() and not keyword.iskeyword(words) else f"Net{words}"


@dataclass
class _Record:
    """The calls of a module's forward pass, recorded while the ops make them on stand-ins for tensors."""

    plan: Plan
    names: dict[NodeId, str]                              # of the submodules that compute whole layers
    graph: fx.Graph
    values: dict[int, fx.Proxy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from torch.fx.proxy import GraphAppendingTracer

        self.tracer = GraphAppendingTracer(self.graph)

    def call(self, kind: str, name: str, *given: Any) -> fx.Proxy:
        return self.tracer.create_proxy(kind, name, given, {})

    def sign(self, layer: Layer, value: fx.Proxy) -> None:
        """Write the layer's id, and how its card reads, on the calls that were recorded since the last signature, up to its value's."""
        name = str(layer.id if layer.label is None else layer.label)
        for call in reversed(value.node.graph.nodes):     # an attribute of a stand-in is recorded when its node is asked for
            if LAYER in call.meta or call.op == "placeholder":
                break
            call.meta[LAYER], call.meta[CARD] = layer.id, (layer.group, name, layer.op_name, layer.op.family)

    def argument(self, node: NodeId) -> fx.Proxy:
        """An input. It is called by the node's id wherever Python can, so that a call of the module may name it."""
        taken = {before.name for before in self.graph.nodes}
        proxy = self.call("placeholder", escaped(node))
        name = str(node) if node in RESERVED else escaped(node)
        free = name.isidentifier() and name not in SPOKEN | taken
        proxy.node.target = name if free else proxy.node.name
        return proxy

    def result(self, step: Step) -> fx.Proxy:
        """What the step gives: by the layer's module, if it has one, which has then added the bias too.

        Raises: GraphError for an op that has to know whether it is trained, and is no module, which alone is told.
        """
        layer = self.plan[step.node]
        trained = layer.op.for_training()
        is_trained = isinstance(step.op, type(trained))
        if step.node not in self.names:
            if is_trained and trained != layer.op:
                raise GraphError(_sharing_sentence(layer))
            return self.computed(step)
        if layer.op.is_weighted and {name for name, _ in step.arrays} == {"bias"}:
            return self.values[step.inputs[0]]
        if step.arrays or is_trained:
            return self.call("call_module", self.names[step.node], self.values[step.inputs[0]])
        return self.computed(step)

    def computed(self, step: Step) -> fx.Proxy:
        import torch

        arrays: dict[str, Any] = {field: self.values[source] if isinstance(source, int) else self.call("get_attr", source)
                                  for field, source in step.arrays}
        if is_gathering(type(step.op)):
            arrays = {"arrays": tuple(arrays.values())}
        result: fx.Proxy = step.op.torch(torch, *(self.values[value] for value in step.inputs), **arrays)
        return result


def _sharing_sentence(layer: Layer) -> str:
    return (f"Node {shorten(layer.id)} ({layer.op_name}) shares the arrays of {shorten(layer.shared_with)}, but not its fields and "
            f"rank, and torch keeps running statistics for one kind of layer only. Give both the same, or leave share= out.")
