"""Compiling: a DiGraph flows in; a NumPy executor or a torch module comes out."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, overload

import networkx as nx

from netgraph.engines.collection import without_collection
from netgraph.errors import OpError, shorten
from netgraph.inference import infer
from netgraph.lowering import require_own_words
from netgraph.plan import Plan

if TYPE_CHECKING:
    import torch

    from netgraph.engines.numpy_net import NumpyNet


@overload
def compile(graph: nx.DiGraph, backend: Literal["numpy"] = "numpy", *, dtype: str = ..., seed: int = ...,
            check_finite: bool = ..., truncate: int | None = ...) -> NumpyNet: ...
@overload
def compile(graph: nx.DiGraph, backend: Literal["torch"], *, dtype: str = ..., seed: int = ...,
            truncate: int | None = ...) -> torch.nn.Module: ...


def compile(graph: nx.DiGraph, backend: str = "numpy", *, dtype: str = "float32", seed: int = 0, check_finite: bool = False,
            truncate: int | None = None) -> Any:
    """The net of a graph, ready to run: a NumPy executor, or with "torch" a `torch.nn.Module` with the very same start.

    Weights that the graph carries are taken as they are; the others are drawn from `seed`, the same for both backends.
    `dtype` is "float32" or "float64". With `check_finite` the NumPy executor looks for NaN and infinity after each step.

    A graph with delayed edges is recurrent: its inputs take sequences (N, T, *shape), its outputs give them, and to a loss each time
    step is a sample. With `truncate=k` no gradient flows back across every k-th step (truncated backpropagation through time).

    Raises: NetgraphError for a graph that `check` refuses, OpError for an unknown backend or dtype.

    >>> import netgraph as ng, numpy as np
    >>> net = ng.compile(ng.chain(3, 4, "relu", 1), seed=0)
    >>> net.parameters["dense1.weight"].shape
    (4, 3)

    A recurrent layer, on 5 sequences of 7 steps:

    >>> G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"})
    >>> G.add_edge("h", "h", delay=1)
    >>> ng.compile(G)(np.ones((5, 7, 3))).shape
    (5, 7, 4)
    """
    if dtype not in ("float32", "float64"):
        raise OpError(f"dtype={shorten(dtype)} is no dtype of a net. Write 'float32' or 'float64'.")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or int(seed) < 0:
        raise OpError(f"seed={shorten(seed)} is no whole number of at least 0. Write one, such as seed=0.")
    if truncate is not None and (isinstance(truncate, bool) or not isinstance(truncate, Integral) or int(truncate) < 1):
        raise OpError(f"truncate={shorten(truncate)} is no number of time steps. Write one of at least 1, such as truncate=35.")
    seed, truncate = int(seed), None if truncate is None else int(truncate)
    if backend == "torch":
        from netgraph.engines.torch_module import torch_module
        return torch_module(_runnable(graph), dtype=dtype, seed=seed, truncate=truncate)
    if backend != "numpy":
        raise OpError(f"backend={shorten(backend)} is no backend. Write 'numpy' or 'torch'.")
    from netgraph.engines.numpy_net import NumpyNet
    with without_collection():
        return NumpyNet(graph, _runnable(graph), dtype, seed, check_finite, truncate)


def _runnable(graph: nx.DiGraph) -> Plan:
    """The plan of a graph of netgraph's own ops.

    Raises: NetgraphError as `check` does, and for an op of another library.
    """
    plan = infer(graph)
    require_own_words(plan)
    return plan
