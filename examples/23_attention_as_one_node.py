"""A block is one node that unfolds into many: attention, drawn shut and open, the same in NumPy and in torch."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = nx.DiGraph(name="causal attention")
    G.add_node("x", shape=(16, 64))
    G.add_node("norm", op="layernorm")
    G.add_node("attn", op="attention", num_heads=4, causal=True)
    G.add_node("sum", op="add")
    nx.add_path(G, ["x", "norm", "attn", "sum"])
    G.add_edge("x", "sum")

    net = ng.compile(G, seed=0)
    module = ng.compile(net.graph, "torch").eval()
    x = np.random.default_rng(0).standard_normal((2, 16, 64)).astype("float32")
    changed = x.copy()
    changed[:, 10:] = 0                                  # what comes later is not seen
    apart = np.abs(net(x) - module(torch.tensor(x)).detach().numpy()).max()

    ng.draw(G).save(folder / "attention.png")
    ng.draw(G, unfold=True).save(folder / "attention-unfolded.png")
    return {"nodes": len(G), "layers": len(net.layers), "parameters": net.layers.parameter_count, "torch apart": float(apart),
            "sees the past alone": bool(np.array_equal(net(x)[:, :10], net(changed)[:, :10]))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
