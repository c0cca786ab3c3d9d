"""The six works that drawings are measured on: each declared for netgraph, and as a torch module with an input for its peers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx

WORKS = ("mlp", "resnet18", "tf12", "tf48", "resnet152", "chain2000")


def declared(work: str) -> nx.DiGraph:
    """The work as a graph."""
    import netgraph as ng

    makers: dict[str, Callable[[], nx.DiGraph]] = {
        "mlp": lambda: ng.zoo.mlp([1000, 100, 10]), "resnet18": lambda: ng.zoo.resnet(18), "resnet152": lambda: ng.zoo.resnet(152),
        "tf12": lambda: ng.zoo.transformer_encoder(12), "tf48": lambda: ng.zoo.transformer_encoder(48),
        "chain2000": lambda: linear_relu(2000),
    }
    return makers[work]()


def linear_relu(count: int) -> nx.DiGraph:
    """A chain of `count` dense layers, each followed by a ReLU of its own node."""
    graph = nx.DiGraph(name="chain")
    graph.add_node("x", op="input", shape=(64,))
    last = "x"
    for number in range(count):
        graph.add_node(f"linear{number}", op="dense", units=64)
        graph.add_node(f"relu{number}", op="relu")
        nx.add_path(graph, [last, f"linear{number}", f"relu{number}"])
        last = f"relu{number}"
    return graph


def module(work: str) -> tuple[Any, Any]:
    """The work as a torch module, and a batch of one."""
    import torch
    from torch import nn

    if work == "mlp":
        return nn.Sequential(nn.Linear(1000, 100), nn.ReLU(), nn.Linear(100, 10)), torch.randn(1, 1000)
    if work.startswith("tf"):
        layer = nn.TransformerEncoderLayer(512, 8, batch_first=True)
        return nn.TransformerEncoder(layer, int(work[2:]), enable_nested_tensor=False), torch.randn(1, 64, 512)
    if work.startswith("resnet"):
        return _resnet(nn, int(work[6:])), torch.randn(1, 3, 224, 224)
    return nn.Sequential(*(part for _ in range(2000) for part in (nn.Linear(64, 64), nn.ReLU()))), torch.randn(1, 64)


def _resnet(nn: Any, depth: int) -> Any:
    counts = {18: (2, 2, 2, 2), 152: (3, 8, 36, 3)}[depth]
    is_deep = depth > 34

    class Block(nn.Module):                  # basic or bottleneck (He et al. 2016, figure 5)
        def __init__(self, given: int, width: int, stride: int) -> None:
            super().__init__()
            made = width * 4 if is_deep else width
            plan = [(given, width, 1, 1), (width, width, 3, stride), (width, made, 1, 1)] if is_deep else [
                (given, width, 3, stride), (width, made, 3, 1)]
            parts = []
            for before, after, kernel, step in plan:
                parts += [nn.Conv2d(before, after, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            self.body = nn.Sequential(*parts[:-1])
            self.skip = nn.Identity() if given == made and stride == 1 else nn.Sequential(
                nn.Conv2d(given, made, 1, stride, bias=False), nn.BatchNorm2d(made))
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu(self.body(x) + self.skip(x))

    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for stage, count in enumerate(counts):
        blocks = []
        for number in range(count):
            blocks.append(Block(channels, 64 << stage, 2 if number == 0 and stage else 1))
            channels = (64 << stage) * (4 if is_deep else 1)
        layers.append(nn.Sequential(*blocks))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))
