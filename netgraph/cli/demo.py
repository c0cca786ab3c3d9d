"""The command `demo`: nothing flows in; a small net is declared, trained and drawn, and its files come out in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netgraph.cli.speech import report, say

if TYPE_CHECKING:
    import numpy as np

DECLARATION = '''\
"""Three arms of a spiral, told apart by a net of two hidden layers."""

import networkx as nx

G = nx.DiGraph(name="spirals")
G.add_node("x", op="input", shape=(2,))
G.add_node("hidden1", op="dense", units=32, activation="tanh")
G.add_node("hidden2", op="dense", units=32, activation="tanh")
G.add_node("arm", op="dense", units=3)
nx.add_path(G, ["x", "hidden1", "hidden2", "arm"])
'''


@click.command(short_help="Declare, train and draw a small net, to see how it goes.")
@click.option("--output-dir", type=click.Path(file_okay=False), default="netgraph-demo",
              help="The folder of the files; it is made if need be.")
def demo(output_dir: str) -> None:
    """Declare a net that tells the arms of a spiral apart, train it in NumPy, and draw it and its loss.

    \b
      netgraph demo
    """
    import numpy as np

    from netgraph.cli.train import save_curve
    from netgraph.drawing.drawing import draw
    from netgraph.engines.compile import compile as compiled
    from netgraph.exchange import load_declaration, save
    from netgraph.files import replacing
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "net.py") as temporary:
        temporary.write_text(DECLARATION, encoding="utf-8")
    graph = load_declaration(folder / "net.py")
    draw(graph).save(folder / "net.png")
    x, y = spirals()
    with replacing(folder / "data.npz") as temporary:
        np.savez(temporary, x=x, y=y)
    net = compiled(graph, seed=0)
    history = net.fit(x, y, loss="cross_entropy", optimizer="adam", lr=0.01, epochs=300, metrics=["accuracy"])
    say(f"loss {history.loss[0]:.3f} -> {history.loss[-1]:.3f} in 300 epochs; accuracy {history.metrics['accuracy'][-1]:.1%}")
    save(net, folder / "trained.safetensors")
    save_curve(history, str(folder / "loss.png"))
    about = {"net.py": "the declaration", "net.png": "its picture", "data.npz": "the samples", "loss.png": "the loss, epoch by epoch",
             "trained.safetensors": "the net with its weights"}
    for name, words in about.items():
        report(folder / name, words)
    say(f"next: netgraph summary {folder / 'net.py'}")


def spirals(count: int = 100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points on three arms of a spiral, a little scattered, and the arm of each.

    Shapes: points (3·count, 2), arms (3·count,).

    >>> points, arms = spirals(5)
    >>> points.shape, arms.tolist()
    ((15, 2), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
    """
    import numpy as np
    rng = np.random.default_rng(seed)
    arm = np.repeat(np.arange(3), count)
    radius = np.tile(np.linspace(0.1, 1, count), 3)
    angle = 2 * np.pi * arm / 3 + 4 * radius + rng.normal(scale=0.15, size=3 * count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), arm
