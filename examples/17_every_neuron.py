"""Train a small net on exclusive or, and draw it unit by unit before and after: a circle a unit, a line a weight."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    G = nx.DiGraph(name="exclusive or")
    G.add_node("x", op="input", shape=(2,))
    G.add_node("h", op="dense", units=4, activation="tanh")
    G.add_node("y", op="dense", units=1, activation="sigmoid")
    nx.add_path(G, ["x", "h", "y"])
    G.add_edge("x", "y")                                  # a skip: its lines run over the hidden units

    net = ng.compile(G, seed=0)
    ng.draw_neurons(net).save(folder / "xor-before.png")
    net.fit(x, y, loss="bce", optimizer="adam", lr=0.05, epochs=500)
    view = ng.draw_neurons(net)
    view.save(folder / "xor-after.png")
    view.save(folder / "xor-after.svg")

    wide = ng.zoo.autoencoder((784, 128, 10))             # of wide layers the first and last units are drawn
    ng.draw_neurons(wide, most=9, theme="dark").save(folder / "autoencoder.png")
    return {"circles": len(view.picture.boxes), "lines": len(view.picture.wires), "parameters": ng.infer(G).parameter_count,
            "answers": (net(x) > 0.5).ravel().astype(int).tolist()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
