"""Draw the graph that autograd records, every parameter by its name, and the cost of the same net in NumPy and in torch."""

import sys
from pathlib import Path

import torch

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = ng.chain(3, {"id": "h", "units": 4}, "tanh", {"id": "y", "units": 1}, "sigmoid", name="3-4-1")
    torch.manual_seed(1)
    x, y = torch.randn(5, 3), torch.tensor([[1.0], [0.0], [1.0], [1.0], [0.0]])
    net, module = ng.compile(G), ng.compile(G, "torch")
    measure = torch.nn.BCELoss()
    drawing = ng.draw_autograd(module, x, loss=lambda output: measure(output, y))
    drawing.save(folder / "autograd.png")
    drawing.save(folder / "autograd.svg")

    optimizer, losses = torch.optim.SGD(module.parameters(), lr=0.1), []
    for _ in range(1000):
        loss = measure(module(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    history = net.fit(x, y, loss="bce", lr=0.1, epochs=1000)
    figure = history.plot()                               # an ordinary matplotlib figure
    figure.axes[0].plot(losses, color="black", linestyle="--")
    figure.axes[0].legend(["NumPy", "torch"], frameon=False)
    figure.savefig(folder / "autograd-cost.png")
    return {"parameters": list(module.state_dict()), "last loss in NumPy": history.loss[-1], "last loss in torch": losses[-1]}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
