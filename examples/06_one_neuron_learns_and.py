"""Teach one neuron the logical AND, sample by sample, by the gradient of the squared error."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    x = [[1, 0], [0, 1], [0, 0], [1, 1]]
    y = [[-1], [-1], [-1], [1]]

    G = nx.DiGraph(name="and")
    G.add_node("x", op="input", shape=(2,))
    G.add_node("y", op="dense", units=1, bias=[0.233])
    G.add_edge("x", "y", weight=[[0.666, 0.333]])

    net = ng.compile(G, dtype="float64")
    history = net.fit(x, y, loss="sse", lr=0.01, epochs=20, batch_size=1, shuffle=False)

    w, b = net.parameters["y.weight"], net.parameters["y.bias"]
    answers = (net([[0, 0], [0, 1], [1, 0], [1, 1]]) > 0).astype(int).ravel()

    ng.draw(G).save(folder / "and.png")
    history.plot().savefig(folder / "and-loss.png")
    return {"w1": float(w[0, 0]), "w2": float(w[0, 1]), "b": float(b[0]), "answers": answers.tolist(),
            "accuracy": net.score(x, y, threshold=0)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
