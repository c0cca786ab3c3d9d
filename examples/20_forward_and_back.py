"""Watch one sample flow forward through a small net and its loss flow back, every number shown: as SVG and as GIF."""

import sys
from pathlib import Path

import numpy as np

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    G = ng.chain(3, {"id": "h", "units": 4}, "tanh", {"id": "y", "units": 1}, "sigmoid", name="3-4-1")
    net = ng.compile(G, seed=0, dtype="float64")
    x, y = [1.0, 0.5, -1.0], [1.0]

    animation = ng.animate(net, x, y, loss="bce", seconds=2.5)
    animation.save(folder / "forward-and-back.svg")       # open it in a browser
    animation.save(folder / "forward-and-back.gif", dpi=96)
    animation.save(folder / "forward-and-back.png")       # its first frame

    step = 1e-6                                           # the gradient of the first weight, by finite differences
    weight, shown = net.parameters["h.weight"], animation.trace.parameter_gradients["h.weight"][0, 0]
    losses = []
    for shift in (step, -2 * step):
        weight[0, 0] += shift
        losses.append(net.loss([x], [y], loss="bce"))
    measured = (losses[0] - losses[1]) / (2 * step)
    return {"steps": [box.title for box in animation.picture.boxes], "gradient shown": float(shown),
            "difference from what is measured": float(np.abs(shown - measured))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
