"""Teach two layers of sigmoids a truth table that no single neuron can learn, and watch the loss fall at every step."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    x = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    y = [[0], [1], [1], [0]]
    r = np.random.RandomState(0)

    G = nx.DiGraph(name="truth table")
    G.add_node("x", op="input", shape=(3,))
    G.add_node("h", op="dense", units=4, activation="sigmoid", bias=False)
    G.add_node("y", op="dense", units=1, activation="sigmoid", bias=False)
    G.add_edge("x", "h", weight=r.rand(3, 4).T)
    G.add_edge("h", "y", weight=r.rand(4, 1).T)

    net = ng.compile(G, dtype="float64")
    history = net.fit(x, y, loss="sse", lr=1.0, epochs=1500)

    ng.draw(G).save(folder / "truth-table.png")
    history.plot().savefig(folder / "truth-table-loss.png")
    return {"predictions": net(x).ravel().round(3).tolist(), "last loss": history.loss[-1],
            "falls at every step": bool(np.all(np.diff(history.loss) < 0))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
