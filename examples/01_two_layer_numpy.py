"""Declare a two-layer net as a DiGraph, train it in NumPy by gradient descent, and draw it."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np

import netgraph as ng


def main(folder: Path, seed: int = 0) -> dict[str, object]:
    r = np.random.RandomState(seed)
    x, y = r.randn(64, 1000), r.randn(64, 10)
    w1, w2 = r.randn(1000, 100), r.randn(100, 10)

    G = nx.DiGraph(name="two-layer")
    G.add_node("x", op="input", shape=(1000,))
    G.add_node("h", op="dense", units=100, activation="relu", bias=False)
    G.add_node("y", op="dense", units=10, bias=False)
    G.add_edge("x", "h", weight=w1.T)                     # an edge is a weight, in PyTorch's shape: (out, in)
    G.add_edge("h", "y", weight=w2.T)

    net = ng.compile(G, dtype="float64")
    history = net.fit(x, y, loss="sse", optimizer="sgd", lr=1e-6, epochs=500)

    ng.draw(G).save(folder / "two-layer.png")
    history.plot().savefig(folder / "two-layer-loss.png")
    return {"first losses": history.loss[:10], "last loss": history.loss[-1]}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
