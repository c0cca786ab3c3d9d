"""Train one net with Adam twice, by netgraph in NumPy and by a plain torch loop, and get the same losses."""

import sys
from pathlib import Path

import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    r = np.random.RandomState(0)
    x, y = r.randn(64, 1000), r.randn(64, 10)
    G = ng.chain(1000, 100, "relu", 10, name="two-layer with biases")

    net = ng.compile(G, dtype="float64", seed=0)
    module = ng.compile(G, "torch", dtype="float64", seed=0)            # the very same start
    history = net.fit(x, y, loss=ng.loss("mse", reduction="sum"), optimizer="adam", lr=1e-4, epochs=500)

    squares, optimizer = torch.nn.MSELoss(reduction="sum"), torch.optim.Adam(module.parameters(), lr=1e-4)
    losses = []
    for _ in range(500):
        loss = squares(module(torch.tensor(x)), torch.tensor(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    ng.draw(G).save(folder / "two-layer-biases.png")
    history.plot().savefig(folder / "adam-loss.png")
    difference = float(np.max(np.abs(np.array(history.loss) / losses - 1)))
    return {"last loss in NumPy": history.loss[-1], "last loss in torch": losses[-1], "largest relative difference": difference}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
