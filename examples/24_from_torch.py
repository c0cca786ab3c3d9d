"""Import a torch module: its forward pass becomes a graph with its own weights, which is drawn, and runs a checkpoint in NumPy."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

import netgraph as ng


class Letters(nn.Module):                                 # its last layer is its table of letters
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(26, 16)
        self.block = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
        self.letters = nn.Linear(16, 26, bias=False)
        self.letters.weight = self.table.weight

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        return self.letters(self.block(self.table(text)))


def main(folder: Path) -> dict[str, object]:
    module, text = Letters(), torch.arange(16).reshape(2, 8)
    G = ng.from_torch(module, text)
    ng.draw(G).save(folder / "from-torch.png")
    net, other = ng.compile(G), Letters().eval()
    ng.load_torch(net, other.state_dict())
    apart = np.abs(net(text.numpy()) - other(text).detach().numpy()).max()
    return {"checked": G.graph["checked"], "parameters": ng.infer(G).parameter_count, "checkpoint apart": float(apart)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
