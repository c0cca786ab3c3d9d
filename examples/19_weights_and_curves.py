"""Look at a training run: its curves, the weights as heat maps and histograms, and the graph as a matrix."""

import sys
from pathlib import Path

import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (600, 2)).astype("float32")
    y = (np.hypot(x[:, 0], x[:, 1]) < 0.7).astype(int)    # inside of a circle or not

    G = ng.chain(2, 32, "relu", 16, "relu", 2, name="circle")
    net = ng.compile(G, seed=0)
    history = net.fit(x[:500], y[:500], loss="cross_entropy", optimizer="adam", lr=0.01, epochs=60, batch_size=32,
                      validation=(x[500:], y[500:]), metrics=["accuracy"])

    ng.draw_history(history, title="circle").save(folder / "circle-history.png")
    ng.draw_weights(net).save(folder / "circle-weights.png")
    ng.draw_histograms(net, names=["dense1.weight", "dense2.weight", "dense3.weight"]).save(folder / "circle-histograms.png")
    view = ng.draw_matrix(ng.zoo.transformer_encoder(layers=2))
    view.save(folder / "transformer-matrix.png")
    return {"accuracy": net.score(x[500:], y[500:]), "last loss": history.loss[-1],
            "layers of the matrix": len(view.picture.boxes), "edges of the matrix": len(view.picture.wires)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
