"""The rivals: a Work flows in; for each engine that is installed, a function that does one step of it comes out."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from functools import partial
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
    """The matrix products of a dense training step alone, which no NumPy engine can do without, each in the layout that is faster."""
    layers = [layer for layer in ng.infer(work.graph) if layer.op_name == "dense"]
    if not work.trains or len(layers) + 1 < len(ng.infer(work.graph)) or len(work.x.shape) != 2:
        return None
    calls = []
    for i, layer in enumerate(layers):
        units, features = layer.wires[0].weight.shape
        x, w, g = (np.ones(shape, "float32") for shape in ((len(work.x), features), (units, features), (len(work.x), units)))
        products = [(x, w.T), (g.T, x)] + ([(g, w)] if i else [])
        calls += [faster(product_into(a, b), product_into(b.T, a.T)) for a, b in products]
    return lambda: [call() for call in calls]


def product_into(a: np.ndarray, b: np.ndarray) -> Step:
    """The product of two matrices, in memory that is there before."""
    return partial(a.dot, b, np.empty((len(a), b.shape[1]), a.dtype))


def faster(first: Step, second: Step) -> Step:
    """Of two ways to do the same, the one of the smaller median time."""
    times: dict[Step, list[float]] = {first: [], second: []}
    for _ in range(25):
        for step, seconds in times.items():
            start = time.process_time()
            step()
            seconds.append(time.process_time() - start)
    return min(times, key=lambda step: float(np.median(times[step])))


def rivals(work: Work, with_compile: bool) -> dict[str, Step]:
    """Every engine that can do the work, by name; netgraph comes first."""
    steps: dict[str, Step | None] = {"netgraph": netgraph_step(work), "its GEMMs alone": gemm_step(work)}
    steps.update((f"tutorial, {dtype}", tutorial_step(work, dtype)) for dtype in ("float64", "float32"))
    if importlib.util.find_spec("torch"):
        steps["torch eager"] = torch_step(work)
        if with_compile:
            steps["torch.compile"] = torch_step(work, is_compiled=True)
    return {name: step for name, step in steps.items() if step is not None}
