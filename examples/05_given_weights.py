"""Give every weight of a net by hand, feed two samples forward, and take one step of backpropagation."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    x, y = [[1, 2], [3, 4]], [[1], [0]]

    G = nx.DiGraph(name="given weights")
    G.add_node("x", op="input", shape=(2,))
    G.add_node("h", op="dense", units=2, activation="sigmoid", bias=[0.1, 0.2])
    G.add_node("y", op="dense", units=1, activation="sigmoid", bias=[0.3])
    G.add_edge("x", "h", weight=[[0.1, 0.3], [0.2, 0.4]])  # one row for each unit of h
    G.add_edge("h", "y", weight=[[0.5, 0.6]])

    net = ng.compile(G, dtype="float64")
    figures = {"output": net(x).ravel(), "squared error": net.score(x, y, metric="mse"), "accuracy": net.score(x, y)}

    step = net.trainer(loss=ng.loss("bce", reduction="sum"), lr=0.1)
    step(x, y)                                             # behind a sigmoid, the gradient of this loss is output - y

    ng.draw(net.graph, show=("shapes", "weights")).save(folder / "given-weights.png")
    return {**figures, "squared error after a step": net.score(x, y, metric="mse")}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
