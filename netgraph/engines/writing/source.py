"""Source export: a DiGraph flows in; a program that a person could have written comes out, in NumPy or torch."""

from __future__ import annotations

import networkx as nx

from netgraph.engines.losses import loss as choose_loss
from netgraph.errors import OpError, shorten
from netgraph.inference import infer
from netgraph.op import Op


def to_source(graph: nx.DiGraph, backend: str = "numpy", *, loss: str | Op = "mse") -> str:
    """The net as Python source that runs alone: with "numpy" forward and backward line by line, with "torch" an `nn.Module`.

    `loss` is the one whose gradient the NumPy program writes out.

    Raises: NetgraphError for a graph that `check` refuses, OpError for an unknown backend or loss.

    >>> import netgraph as ng
    >>> print(ng.to_source(ng.chain(3, 4, "tanh", 1, name="small"), "torch"))
    # The net 'small' as a torch module.
    import torch
    from torch import nn
    <BLANKLINE>
    <BLANKLINE>
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense1 = nn.Linear(3, 4)
            self.dense2 = nn.Linear(4, 1)
    <BLANKLINE>
        def forward(self, x):
            dense1 = torch.tanh(self.dense1(x))
            dense2 = self.dense2(dense1)
            return dense2
    <BLANKLINE>
    """
    plan = infer(graph)
    if backend == "torch":
        from netgraph.engines.writing.torch_source import torch_source
        return torch_source(plan)
    if backend != "numpy":
        raise OpError(f"backend={shorten(backend)} is no backend. Write 'numpy' or 'torch'.")
    from netgraph.engines.writing.numpy_source import numpy_source
    return numpy_source(plan, choose_loss(loss))
