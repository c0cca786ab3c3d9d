"""The works that engines are measured on, W1 to W7: for each a net, its data, and the same step written for every rival."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

import netgraph as ng


@dataclass(frozen=True)
class Work:
    """A net, a batch, and how it is trained; `trains` is False where only the forward pass is measured."""

    name: str
    what: str
    graph: nx.DiGraph
    x: np.ndarray
    y: np.ndarray
    loss: str
    optimizer: str = "sgd"
    lr: float = 1e-6
    trains: bool = True
    tutorial: Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray], Any] | None = None


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def classes(count: int, samples: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, count, samples)


def two_layer_tutorial(p: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
    """The two-layer net as tutorials write it, in the dtype of its arrays."""
    h = x.dot(p["dense1.weight"].T) + p["dense1.bias"]
    relu = np.maximum(h, 0)
    out = relu.dot(p["dense2.weight"].T) + p["dense2.bias"]
    loss = np.square(out - y).sum()
    g_out = 2.0 * (out - y)
    g_h = g_out.dot(p["dense2.weight"])
    g_h[h < 0] = 0
    for name, g in {"dense2.weight": g_out.T.dot(relu), "dense2.bias": g_out.sum(axis=0),
                    "dense1.weight": g_h.T.dot(x), "dense1.bias": g_h.sum(axis=0)}.items():
        p[name] -= 1e-6 * g
    return float(loss)


def small_tutorial(p: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
    """The 3-4-1 net with tanh, sigmoid and binary cross-entropy, as tutorials write it."""
    a1 = np.tanh(np.dot(x, p["dense1.weight"].T) + p["dense1.bias"])
    a2 = 1 / (1 + np.exp(-(np.dot(a1, p["dense2.weight"].T) + p["dense2.bias"])))
    m = len(x)
    cost = -np.sum(np.multiply(np.log(a2), y) + np.multiply(np.log(1 - a2), 1 - y)) / m
    dz2 = a2 - y
    dw2, db2 = np.dot(dz2.T, a1) / m, np.sum(dz2, axis=0) / m
    dz1 = np.multiply(np.dot(dz2, p["dense2.weight"]), 1 - np.power(a1, 2))
    dw1, db1 = np.dot(dz1.T, x) / m, np.sum(dz1, axis=0) / m
    for name, g in {"dense1.weight": dw1, "dense1.bias": db1, "dense2.weight": dw2, "dense2.bias": db2}.items():
        p[name] = p[name] - 0.1 * g
    return float(cost)


def skipping(depth: int, width: int) -> nx.DiGraph:
    """Dense layers with a skip over every two."""
    graph = ng.chain(width, *[{"id": f"h{i}", "units": width, "activation": "relu"} for i in range(depth)], name="skips")
    graph.add_edges_from((f"h{i - 2}", f"h{i}", {"weight": 1}) for i in range(2, depth, 2))
    return graph


def lenet() -> nx.DiGraph:
    conv = lambda channels, padding: {"op": "conv2d", "channels": channels, "kernel_size": 5, "padding": padding}
    pool = {"op": "maxpool2d", "kernel_size": 2}
    images = [conv(6, 2), "relu", pool, conv(16, 0), "relu", pool, "flatten"]
    return ng.chain((1, 28, 28), *images, 120, "relu", 84, "relu", 10, name="LeNet-5")


def residual_18(side: int, classes: int = 1000) -> nx.DiGraph:
    """ResNet-18 (He et al. 2016, table 1)."""
    graph = nx.DiGraph(name="ResNet-18")
    graph.add_node("x", shape=(3, side, side))
    graph.add_node("conv", op="conv2d", channels=64, kernel_size=7, stride=2, padding=3, bias=False)
    graph.add_node("norm", op="batchnorm", activation="relu")
    graph.add_node("pool", op="maxpool2d", kernel_size=3, stride=2, padding=1)
    nx.add_path(graph, ["x", "conv", "norm", "pool"])
    last = "pool"
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            last = _residual_block(graph, last, f"s{stage}b{block}", channels, is_first=stage > 0 and block == 0)
    graph.add_node("mean", op="globalavgpool2d")
    graph.add_node("classes", units=classes)
    nx.add_path(graph, [last, "mean", "classes"])
    return graph


def _residual_block(graph: nx.DiGraph, source: str, name: str, channels: int, is_first: bool) -> str:
    conv = {"op": "conv2d", "channels": channels, "kernel_size": 3, "padding": 1, "bias": False, "within": name}
    graph.add_node(f"{name}_conv1", **conv, stride=2 if is_first else 1)
    graph.add_node(f"{name}_norm1", op="batchnorm", activation="relu", within=name)
    graph.add_node(f"{name}_conv2", **conv)
    graph.add_node(f"{name}_norm2", op="batchnorm", within=name)
    graph.add_node(f"{name}_add", op="add", activation="relu", within=name)
    nx.add_path(graph, [source, *(f"{name}_{part}" for part in ("conv1", "norm1", "conv2", "norm2", "add"))])
    if is_first:
        graph.add_node(f"{name}_conv0", op="conv2d", channels=channels, kernel_size=1, stride=2, bias=False, within=name)
        graph.add_node(f"{name}_norm0", op="batchnorm", within=name)
        nx.add_path(graph, [source, f"{name}_conv0", f"{name}_norm0", f"{name}_add"])
    else:
        graph.add_edge(source, f"{name}_add")
    return f"{name}_add"


def transformer_block(length: int, width: int, heads: int) -> nx.DiGraph:
    """One pre-norm block (Vaswani et al. 2017; Xiong et al. 2020): attention and a feed-forward net, each beside a skip."""
    graph = nx.DiGraph(name="transformer block")
    graph.add_node("x", shape=(length, width))
    graph.add_node("norm1", op="layernorm")
    graph.add_edge("x", "norm1")
    for part, dims in (("query", (0, 2, 1, 3)), ("key", (0, 2, 3, 1)), ("value", (0, 2, 1, 3))):
        graph.add_node(part, units=width, within="attention")
        graph.add_node(f"{part}_heads", op="reshape", shape=(length, heads, width // heads), within="attention")
        graph.add_node(f"{part}_turned", op="permute", dims=dims, within="attention")
        nx.add_path(graph, ["norm1", part, f"{part}_heads", f"{part}_turned"])
    graph.add_node("scores", op="matmul", within="attention")
    graph.add_node("scaled", op="add", within="attention")
    graph.add_node("shares", op="softmax", within="attention")
    graph.add_node("mixed", op="matmul", within="attention")
    graph.add_edge("query_turned", "scores", slot=0)
    graph.add_edge("key_turned", "scores", slot=1)
    graph.add_edge("scores", "scaled", weight=(width // heads) ** -0.5)
    graph.add_edge("scaled", "shares")
    graph.add_edge("shares", "mixed", slot=0)
    graph.add_edge("value_turned", "mixed", slot=1)
    graph.add_node("joined", op="permute", dims=(0, 2, 1, 3), within="attention")
    graph.add_node("rows", op="reshape", shape=(length, width), within="attention")
    graph.add_node("out", units=width, within="attention")
    graph.add_node("skip1", op="add")
    graph.add_node("norm2", op="layernorm")
    graph.add_node("wide", units=4 * width)
    graph.add_node("gelu", op="gelu", approximate="tanh")
    graph.add_node("narrow", units=width)
    graph.add_node("skip2", op="add")
    nx.add_path(graph, ["mixed", "joined", "rows", "out", "skip1", "norm2", "wide", "gelu", "narrow", "skip2"])
    graph.add_edges_from([("x", "skip1"), ("skip1", "skip2")])
    return graph


def works() -> Iterator[Work]:
    """All works, one after the other; each is made when it is asked for."""
    cross, target = "cross_entropy", np.array([[1, 0, 1, 1, 0]], "float32").T.copy()
    yield Work("W1", "MLP 1000-100-10, batch 64, SGD", ng.chain(1000, 100, "relu", 10), normal(64, 1000), normal(64, 10), "sse",
               tutorial=two_layer_tutorial)
    yield Work("W2", "3-4-1 tanh, sigmoid, batch 5, SGD", ng.chain(3, 4, "tanh", 1, "sigmoid"), normal(5, 3), target, "bce", lr=0.1,
               tutorial=small_tutorial)
    yield Work("W3", "784-256-128-10, batch 128, Adam", ng.chain(784, 256, "relu", 128, "relu", 10), normal(128, 784), classes(10, 128),
               cross, "adam", 1e-3)
    yield Work("W4", "50 dense layers of 256 with skips, batch 64, SGD", skipping(50, 256), normal(64, 256), normal(64, 256), "sse")
    yield Work("W5", "LeNet-5, batch 64, SGD", lenet(), normal(64, 1, 28, 28), classes(10, 64), cross, lr=1e-2)
    yield Work("W6", "ResNet-18, 224², batch 1, forward", residual_18(224), normal(1, 3, 224, 224), classes(1000, 1), cross, trains=False)
    yield Work("W6t", "ResNet-18, 32², batch 16, SGD", residual_18(32), normal(16, 3, 32, 32), classes(1000, 16), cross, lr=1e-2)
    yield Work("W7", "transformer block, d 256, 64 × batch 8, SGD", transformer_block(64, 256, 4), normal(8, 64, 256),
               normal(8, 64, 256), "mse", lr=1e-3)
    yield Work("W7f", "transformer block, forward", transformer_block(64, 256, 4), normal(8, 64, 256), normal(8, 64, 256), "mse",
               trains=False)


def work_named(name: str) -> Work:
    """The work of that name."""
    return next(work for work in works() if work.name == name)
