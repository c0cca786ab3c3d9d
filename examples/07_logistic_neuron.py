"""Let torch find the gradient of a logistic neuron, and compare it with the formula from the textbook."""

import sys
from pathlib import Path

import networkx as nx
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    G = nx.DiGraph(name="logistic neuron")
    G.add_node("x", op="input", shape=(10,))
    G.add_node("p", op="dense", units=1, activation="sigmoid", bias=False)
    G.add_edge("x", "p")
    neuron = ng.compile(G, "torch", dtype="float64", seed=0)

    torch.manual_seed(0)
    x = torch.randn(23, 10, dtype=torch.float64)
    y = torch.randint(2, (23, 1)).double()
    optimizer = torch.optim.SGD(neuron.parameters(), lr=1e-4)

    p = neuron(x)
    before = torch.nn.functional.binary_cross_entropy(p, y, reduction="sum")
    before.backward()
    by_hand = (p - y).T @ x                               # sum over samples of (p - y) x
    difference = (neuron.p.weight.grad - by_hand).abs().max()
    optimizer.step()
    after = torch.nn.functional.binary_cross_entropy(neuron(x), y, reduction="sum")

    ng.draw_autograd(neuron, x).save(folder / "logistic-neuron-autograd.png")
    return {"loss before": before.item(), "loss after": after.item(), "largest difference of gradients": difference.item()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
