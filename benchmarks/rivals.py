"""The rivals: a Work flows in; for each engine that is installed and can do it, a function that does one step of it comes out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from rival_jax import jax_step
from rival_onnx import reference_step, runtime_step
from rival_sklearn import sklearn_step
from rival_torch import torch_step
from works import Work

import netgraph as ng

Step = Callable[[], Any]                                   # it gives the loss, or the output where only the forward pass is measured
PRODUCTS = {"GEMMs, W (out, in)": False, "GEMMs, W (in, out)": True}    # the matrix products alone, and whether W lies transposed
NEEDS = {"torch eager": "torch", "torch.compile": "torch", "JAX jit": "jax", "scikit-learn": "sklearn", "ONNX Runtime": "onnxruntime",
         "onnx reference": "onnx"}


def rivals(work: Work, threads: int, with_compile: bool) -> dict[str, Step]:
    """Every engine that can do the work, by name; netgraph comes first."""
    makers: dict[str, Callable[[], Step | None]] = {
        "netgraph": lambda: netgraph_step(work),
        **{name: lambda is_turned=is_turned: gemm_step(work, is_turned) for name, is_turned in PRODUCTS.items()},
        "tutorial, float64": lambda: tutorial_step(work, "float64"),
        "tutorial, float32": lambda: tutorial_step(work, "float32"),
        "torch eager": lambda: torch_step(work, threads),
        "torch.compile": lambda: torch_step(work, threads, is_compiled=True) if with_compile else None,
        "JAX jit": lambda: jax_step(work),
        "scikit-learn": lambda: sklearn_step(work),
        "ONNX Runtime": lambda: runtime_step(work, threads),
        "onnx reference": lambda: reference_step(work)}
    steps = {name: make() for name, make in makers.items() if name not in NEEDS or importlib.util.find_spec(NEEDS[name])}
    return {name: step for name, step in steps.items() if step is not None}


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


def gemm_step(work: Work, is_turned: bool) -> Step | None:
    """The matrix products of a dense training step alone, which no engine on NumPy's BLAS can do without.

    Shapes: W lies as (out, in), or turned as (in, out); its gradient lies alike.
    """
    layers = [layer for layer in ng.infer(work.graph) if layer.op_name == "dense"]
    if not work.trains or len(layers) + 1 < len(ng.infer(work.graph)) or len(work.x.shape) != 2:
        return None
    calls = []
    for i, layer in enumerate(layers):
        units, features = layer.wires[0].weight.shape
        x, w, g = (np.ones(shape, "float32") for shape in ((len(work.x), features), (units, features), (len(work.x), units)))
        w = np.ascontiguousarray(w.T) if is_turned else w
        forward = (x, w if is_turned else w.T, np.empty_like(g))
        of_weight = (x.T, g, np.empty_like(w)) if is_turned else (g.T, x, np.empty_like(w))
        of_input = (g, w.T if is_turned else w, np.empty_like(x))
        calls += [forward, of_weight, of_input][:3 if i else 2]

    def step() -> None:
        for a, b, out in calls:
            np.dot(a, b, out=out)
    return step
