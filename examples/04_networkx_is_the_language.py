"""Declare a net from lists, change it as you change any networkx graph, and see which graphs are refused, with the cure."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = nx.DiGraph(name="skip")
    G.add_node("x", shape=(2,))
    G.add_nodes_from(["h", "y"], units=2, bias=False)
    G.nodes["h"]["activation"] = "relu"
    G.add_weighted_edges_from([("x", "h", [[1, 0], [0, 1]]), ("h", "y", [[1, 1], [1, -1]])])
    G.add_edge("x", "y", weight=1)                        # a number is a fixed gain: this edge skips h
    before = ng.compile(G)([[1, 2]])

    G.add_edge("h", "y", colour="red", since=2024)        # added again: its weight stays, the notes come with it
    G["x"]["y"].update(weight=10)
    after = ng.compile(G)([[1, 2]])

    refusals = []
    for kind in (nx.Graph, nx.MultiGraph, nx.MultiDiGraph):
        try:
            ng.compile(kind(G))
        except ng.GraphError as error:
            refusals.append(str(error))

    ng.draw(G).save(folder / "skip.png")
    return {"before": before.tolist(), "after": after.tolist(), "refusals": refusals}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
