"""The rivals: a Work flows in; for each engine that is installed, a function that does one step of it comes out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from works import Work

import netgraph as ng

Step = Callable[[], Any]


def netgraph_step(work: Work) -> Step:
    """One call of the NumPy executor, or of its trainer."""
    net = ng.compile(work.graph)
    if not work.trains:
        return lambda: net(work.x)
    trainer = net.trainer(loss=work.loss, optimizer=work.optimizer, lr=work.lr)
    return lambda: trainer(work.x, work.y)


def tutorial_step(work: Work, dtype: str) -> Step | None:
    """The hand-written code of tutorials."""
    if work.tutorial is None:
        return None
    p = {name: array.astype(dtype) for name, array in ng.compile(work.graph).parameters.items()}
    x, y = work.x.astype(dtype), work.y.astype(dtype)
    return lambda: work.tutorial(p, x, y)


def torch_step(work: Work, is_compiled: bool = False) -> Step:
    """torch: the module of the same declaration, with torch's own loss and (fused) optimiser."""
    import torch
    from torch.nn import functional as F
    module: Any = ng.compile(work.graph, "torch")
    x, y = torch.tensor(work.x), torch.tensor(work.y)
    if not work.trains:
        module = torch.compile(module.eval()) if is_compiled else module.eval()

        def forward() -> Any:
            with torch.no_grad():
                return module(x)
        return forward
    losses = {"sse": lambda a, b: F.mse_loss(a, b, reduction="sum"), "mse": F.mse_loss, "bce": F.binary_cross_entropy,
              "cross_entropy": F.cross_entropy}
    loss = losses[work.loss]
    optimizer = torch.optim.SGD(module.parameters(), lr=work.lr) if work.optimizer == "sgd" else torch.optim.Adam(
        module.parameters(), lr=work.lr, fused=True)
    module = torch.compile(module) if is_compiled else module

    def step() -> float:
        optimizer.zero_grad()
        value = loss(module(x), y)
        value.backward()
        optimizer.step()
        return float(value.detach())
    return step


def gemm_step(work: Work) -> Step | None:
    """The matrix products of a dense training step alone, which no NumPy engine can do without."""
    layers = [layer for layer in ng.infer(work.graph) if layer.op_name == "dense"]
    if not work.trains or len(layers) + 1 < len(ng.infer(work.graph)) or len(work.x.shape) != 2:
        return None
    calls = []
    for i, layer in enumerate(layers):
        units, features = layer.wires[0].weight.shape
        x, w, g = (np.ones(shape, "float32") for shape in ((len(work.x), features), (units, features), (len(work.x), units)))
        calls += [(x, w.T, np.empty_like(g)), (g.T, x, np.empty_like(w))] + ([(g, w, np.empty_like(x))] if i else [])
    return lambda: [np.dot(a, b, out=out) for a, b, out in calls]


def rivals(work: Work, with_compile: bool) -> dict[str, Step]:
    """Every engine that can do the work, by name; netgraph comes first."""
    steps: dict[str, Step | None] = {"netgraph": netgraph_step(work), "its GEMMs alone": gemm_step(work)}
    steps.update((f"tutorial, {dtype}", tutorial_step(work, dtype)) for dtype in ("float64", "float32"))
    if importlib.util.find_spec("torch"):
        steps["torch eager"] = torch_step(work)
        if with_compile:
            steps["torch.compile"] = torch_step(work, is_compiled=True)
    return {name: step for name, step in steps.items() if step is not None}
