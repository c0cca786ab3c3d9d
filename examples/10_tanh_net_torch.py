"""Train the 3-4-1 net in torch: what netgraph compiles is an ordinary module, for an ordinary loop."""

import sys
from pathlib import Path

import torch

import netgraph as ng


def main(folder: Path) -> dict[str, list[float]]:
    G = ng.chain(3, {"id": "h", "units": 4}, "tanh", {"id": "y", "units": 1}, "sigmoid", name="3-4-1")
    module = ng.compile(G, "torch")

    torch.manual_seed(1)
    x, y = torch.randn(5, 3), torch.tensor([[1.0], [0.0], [1.0], [1.0], [0.0]])
    module.h.reset_parameters()                           # torch's own start, drawn from its generator
    module.y.reset_parameters()

    measure, optimizer = torch.nn.BCELoss(), torch.optim.SGD(module.parameters(), lr=0.1)
    history = ng.History()
    for _ in range(1000):
        loss = measure(module(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.loss.append(loss.item())

    history.plot().savefig(folder / "torch-loop-cost.png")
    return {"costs": history.loss[::100]}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
