"""Compile the same net for torch, let autograd find the gradients, move the weights by hand, and see NumPy do the same."""

import sys
from pathlib import Path

import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    r = np.random.RandomState(0)
    x, y, w1, w2 = r.randn(64, 1000), r.randn(64, 10), r.randn(1000, 100), r.randn(100, 10)

    G = ng.chain(1000, {"id": "h", "units": 100, "bias": False}, "relu", {"id": "y", "units": 10, "bias": False}, name="two-layer")
    G.add_weighted_edges_from([("x", "h", w1.T), ("h", "y", w2.T)])
    trainer = ng.compile(G, dtype="float64").trainer(loss="sse", optimizer="sgd", lr=1e-6)
    module = ng.compile(G, "torch", dtype="float64")

    differences = []
    for _ in range(10):
        trainer(x, y)
        loss = (module(torch.tensor(x)) - torch.tensor(y)).square().sum()
        module.zero_grad()
        loss.backward()
        with torch.no_grad():
            for name, weight in module.named_parameters():
                weight -= 1e-6 * weight.grad
                differences.append(np.abs(weight.numpy() - trainer.net.parameters[name]).max())

    ng.draw_autograd(module, torch.tensor(x), loss=torch.sum).save(folder / "two-layer-autograd.png")
    return {"loss in torch": loss.item(), "largest difference of a weight in 10 steps": float(max(differences))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
