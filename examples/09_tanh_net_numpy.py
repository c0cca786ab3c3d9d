"""Look at every gradient of a small tanh net in NumPy, take one step, then train on and plot the cost."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    x = np.random.RandomState(1).randn(3, 5).T            # 5 samples of 3 numbers
    y = np.array([[1], [0], [1], [1], [0]])
    r = np.random.RandomState(1)

    G = nx.DiGraph(name="3-4-1")
    G.add_node("x", op="input", shape=(3,))
    G.add_node("h", op="dense", units=4, activation="tanh", bias=np.zeros(4))
    G.add_node("y", op="dense", units=1, activation="sigmoid", bias=np.zeros(1))
    G.add_weighted_edges_from([("x", "h", r.randn(4, 3) * 0.01), ("h", "y", r.randn(1, 4) * 0.01)])

    net = ng.compile(G, dtype="float64")
    cost, gradients = net.gradients(x, y, loss="bce")
    figures = {"output": net(x).ravel(), "cost": cost, **{f"gradient of {name}": gradient for name, gradient in gradients.items()}}

    net.fit(x, y, loss="bce", lr=0.1, epochs=1)
    figures |= {f"{name} after one step": weight.copy() for name, weight in net.parameters.items()}
    history = net.fit(x, y, loss="bce", lr=0.1, epochs=901)

    ng.draw(G).save(folder / "3-4-1.png")
    history.plot().savefig(folder / "3-4-1-cost.png")
    return {**figures, "costs": history.loss[::100]}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
