"""Compare the gradients of a 10-7-10 net, found by torch's autograd and by netgraph in NumPy, and take one step."""

import sys
from pathlib import Path

import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    G = ng.chain(10, 7, "relu", 10, name="10-7-10")
    net, module = ng.compile(G, dtype="float64"), ng.compile(G, "torch", dtype="float64")
    r = np.random.RandomState(0)
    x, y = r.randn(233, 10), r.randn(233, 10)

    before, gradients = net.gradients(x, y, loss="sse")
    (module(torch.tensor(x)) - torch.tensor(y)).square().sum().backward()
    difference = max(float(np.abs(weight.grad.numpy() - gradients[name]).max()) for name, weight in module.named_parameters())

    torch.optim.SGD(module.parameters(), lr=1e-4).step()
    after = (module(torch.tensor(x)) - torch.tensor(y)).square().sum().item()

    ng.draw(G).save(folder / "10-7-10.png")
    return {"loss before": before, "loss after": after, "largest difference of gradients": difference}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
