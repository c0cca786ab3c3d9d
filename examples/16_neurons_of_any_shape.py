"""Declare a net neuron by neuron, as neuro-evolution grows them, train it on XOR, and take the neurons out again."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [[0], [1], [1], [0]]


def main(folder: Path) -> dict[str, object]:
    G = nx.DiGraph(name="xor")
    G.add_nodes_from(["a", "b"], op="input")
    G.add_node("both", bias=-1.0, activation="relu")
    G.add_node("either", activation="tanh")
    G.add_node("y", bias=-0.5, activation="sigmoid")
    G.add_weighted_edges_from([("a", "both", 0.7), ("b", "both", 0.6), ("a", "either", 0.4), ("b", "either", 0.5), ("both", "either", -0.3),
                               ("either", "y", 1.0), ("both", "y", -1.0), ("a", "y", 0.1)])

    layers = ng.from_neurons(G)                           # neurons of one level and activation become a dense layer
    net = ng.compile(layers, dtype="float64")
    history = net.fit(X, Y, loss="bce", optimizer="adam", lr=0.05, epochs=1500)
    trained = ng.to_neurons(net)                          # the same neurons and edges, other numbers

    ng.draw(layers).save(folder / "xor-neurons.png")
    return {"answers": (net(X) > 0.5).astype(int).ravel().tolist(), "last loss": history.loss[-1],
            "same edges": set(trained.edges) == set(G.edges),
            "a -> both": round(trained.edges["a", "both"]["weight"], 3)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
