"""A declaration and the module made of it flow in; a graph that carries the module's weights comes out."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import nn

from netgraph.engines.torch_training.step import is_sharded
from netgraph.engines.training.optimizer_state import OPTIMIZER_STATE
from netgraph.errors import WeightError
from netgraph.inference import infer
from netgraph.weights import with_values


def with_weights(graph: nx.DiGraph, module: nn.Module) -> nx.DiGraph:
    """A copy of the graph that carries the present weights of a module compiled from it: drawn, saved and run as any other.

    Raises: WeightError where the module has not the graph's parameters; NetgraphError for a graph that `check` refuses.

    >>> import netgraph as ng
    >>> G = ng.chain(3, 2)
    >>> module = ng.compile(G, "torch", seed=7)
    >>> H = ng.with_weights(G, module)
    >>> bool((H.edges["x", "dense1"]["weight"] == module.dense1.weight.detach().numpy()).all())
    True
    """
    parameters = infer(graph).parameters
    held = whole_weights(module)
    for name, parameter in parameters.items():
        if name not in held or held[name].shape != parameter.shape:
            found = f"one of shape {tuple(held[name].shape)}" if name in held else "none"
            raise WeightError(f"The graph's '{name}' has shape {parameter.shape}, but the module has {found}. "
                              "Give the graph that the module was compiled from.")
    carrying = with_values(graph, parameters.values(), {name: held[name] for name in parameters})
    carrying.graph.pop(OPTIMIZER_STATE, None)             # it went with other weights
    return carrying


def whole_weights(module: nn.Module) -> dict[str, np.ndarray]:
    """Every array of the module by name; what several processes hold in parts is put together, for which each of them has to ask.

    >>> sorted(whole_weights(nn.Linear(2, 1)))
    ['bias', 'weight']
    """
    state: dict[str, Any] = module.state_dict()
    if is_sharded(module):
        state = {name: value.full_tensor() if hasattr(value, "full_tensor") else value for name, value in state.items()}
    return {name: _array(value) for name, value in state.items() if isinstance(value, torch.Tensor)}


def _array(value: torch.Tensor) -> np.ndarray:
    value = value.detach().cpu()
    array: np.ndarray = (value.float() if value.dtype in (torch.bfloat16, torch.float16) else value).numpy()
    return array
