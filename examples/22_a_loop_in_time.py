"""Declare recurrence as what it is, a loop: a delayed edge; train it to remember, in NumPy and in torch."""

import sys
from pathlib import Path

import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = ng.chain(1, {"id": "h", "units": 12, "activation": "tanh"}, {"id": "y", "units": 1}, name="memory")
    G.add_edge("h", "h", delay=1)                        # the value of the step before

    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (256, 8, 1))             # sequences (N, T, features)
    y = np.concatenate([np.zeros((256, 2, 1)), x[:, :-2]], axis=1)        # what came two steps ago

    net = ng.compile(G, dtype="float64", seed=0)
    history = net.fit(x, y, loss="mse", optimizer="adam", lr=0.01, epochs=100, batch_size=32)
    module = ng.compile(net.graph, "torch", dtype="float64")
    longer = rng.choice([-1.0, 1.0], (4, 50, 1))         # sequences of any length run on the same weights
    apart = np.abs(net(longer) - module(torch.tensor(longer)).detach().numpy()).max()

    ng.draw(G).save(folder / "memory.png")
    return {"first loss": history.loss[0], "last loss": history.loss[-1], "torch apart": float(apart),
            "remembers": float(np.mean(np.sign(net(longer)[:, 2:]) == longer[:, :-2]))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
