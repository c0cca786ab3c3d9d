"""Use NumPy's everyday functions as layers: reshape, transpose, split, clip, concat, flatten, mean, max and sum."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    G = nx.DiGraph(name="toolbox")
    G.add_node("x", op="input", shape=(12,))
    G.add_node("grid", op="reshape", shape=(3, 4))
    G.add_node("turned", op="transpose")                  # (4, 3)
    G.add_node("halves", op="split", split_size=2)        # two of (2, 3); dims count the batch, so this is dim 1
    G.add_node("clipped", op="clip", min=-1, max=1)
    G.add_node("joined", op="concat", dim=2)              # (2, 6)
    G.add_nodes_from((word, {"op": word}) for word in ("flatten", "mean", "max", "sum"))
    nx.add_path(G, ["x", "grid", "turned", "halves", "clipped"])
    G.add_edge("clipped", "joined", slot=0)
    G.add_edge("halves", "joined", slot=1, output=1)
    G.add_edges_from(("joined", word) for word in ("flatten", "mean", "max", "sum"))

    x = np.random.RandomState(0).randn(5, 12)
    top, bottom = np.split(np.swapaxes(np.reshape(x, (5, 3, 4)), 1, 2), 2, axis=1)
    joined = np.concatenate([np.clip(top, -1, 1), bottom], axis=2)
    wanted = joined.reshape(5, -1), joined.mean(axis=(1, 2)), joined.max(axis=(1, 2)), joined.sum(axis=(1, 2))
    difference = max(np.abs(ours - theirs).max() for ours, theirs in zip(ng.compile(G, dtype="float64")(x), wanted, strict=True))

    ng.draw(G).save(folder / "toolbox.png")
    return {"largest difference from NumPy's own functions": float(difference)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
