"""Teach a small convolutional net to read handwritten digits, in NumPy and, from the same start, in torch."""

import sys
from pathlib import Path

import torch
from sklearn import datasets, model_selection

import netgraph as ng


def main(folder: Path) -> dict[str, float]:
    digits = datasets.load_digits()
    images = digits.images[:, None].astype("float32") / 16              # (1797, 1, 8, 8), from 0 to 1
    x, x_test, y, y_test = model_selection.train_test_split(images, digits.target, test_size=0.2, random_state=0)
    conv = {"op": "conv2d", "kernel_size": 3, "padding": "same"}
    G = ng.chain((1, 8, 8), {**conv, "channels": 16}, "batchnorm", "relu", {**conv, "channels": 32}, "batchnorm", "relu",
                 {"op": "maxpool2d", "kernel_size": 2}, "flatten", 10, name="digits")
    net, module = ng.compile(G, seed=0), ng.compile(G, "torch", seed=0)
    history = net.fit(x, y, loss="cross_entropy", optimizer="adam", lr=2e-3, epochs=12, batch_size=32, shuffle=False,
                      validation=(x_test, y_test), metrics=["accuracy"])

    optimizer = torch.optim.Adam(module.parameters(), lr=2e-3)
    for _ in range(12):
        for rows, classes in zip(torch.tensor(x).split(32), torch.tensor(y).split(32), strict=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(rows), classes).backward()
            optimizer.step()
    correct = module.eval()(torch.tensor(x_test)).argmax(dim=1) == torch.tensor(y_test)

    ng.draw(G).save(folder / "digits.png")
    history.plot().savefig(folder / "digits-curves.png")
    return {"accuracy in NumPy": net.score(x_test, y_test), "accuracy in torch": correct.double().mean().item()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
