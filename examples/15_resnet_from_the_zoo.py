"""Take a published net from the zoo, change it as any networkx graph, and run it in NumPy and in torch."""

import sys
from pathlib import Path

import numpy as np
import torch

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = ng.zoo.resnet(18)
    published = ng.infer(G).parameter_count

    G.nodes["x"]["shape"] = (3, 64, 64)                   # smaller images
    for name, layer in G.nodes(data=True):
        layer["trainable"] = name == "fc"                 # all but the head is frozen
    G.nodes["fc"]["units"] = 10                           # ten classes in the place of a thousand
    learned = sum(layer.parameter_count for layer in ng.infer(G) if G.nodes[layer.id]["trainable"])

    x = np.random.default_rng(0).standard_normal((1, 3, 64, 64))
    y = ng.compile(G, dtype="float64", seed=0)(x)
    module = ng.compile(G, "torch", dtype="float64", seed=0).eval()

    summary = str(ng.summarize(G))
    ng.draw(G).save(folder / "resnet18.png")
    return {"published parameters": published, "parameters to learn": learned, "layers": len(G),
            "largest difference": float(np.abs(y - module(torch.tensor(x)).detach().numpy()).max()),
            "summary": summary.splitlines()[0]}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
