"""A folder with a net, a wrong net and data, in which commands are run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from netgraph.cli.door import run

NET = """\
import networkx as nx, netgraph as ng
G = ng.chain(2, 8, "tanh", 3, name="arms")
def small(): return ng.chain(2, {"id": "only", "units": 1, "activation": "sigmoid"})
wrong = ng.chain(2, 8)
wrong.add_node("a", op="dense", units=0); wrong.add_node("b", op="dens")
wrong.add_node("c", op="relu", extra=1); wrong.add_node("d", op="add")
images = ng.chain((1, 4, 4), {"op": "conv2d", "channels": 2, "kernel_size": 3}, "relu", "flatten", 3)
words = ng.chain(("T",), {"op": "embedding", "num_embeddings": 7, "embedding_dim": 4}, {"op": "mean", "dim": 1}, 3)
looped = ng.chain(2, {"id": "h", "units": 3}); looped.add_edge("h", "h", delay=1)
two = nx.DiGraph([("a", "s"), ("b", "s"), ("s", "p"), ("s", "q")])
for name in "ab": two.add_node(name, shape=(2,))
two.add_node("s", op="add"); two.add_node("p", units=1); two.add_node("q", units=2)
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder: empty/, net.py, broken.py, data.npz, data.csv, old.pt."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    np.savez("data.npz", x=x, y=y, images=rng.normal(size=(60, 16)), a=x, b=x, p=y, q=x, indices=rng.integers(0, 7, (60, 5)))
    np.savetxt("data.csv", np.c_[x, y], delimiter=",", header="east,north,arm", comments="")
    (tmp_path / "empty").mkdir()
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "old.pt").write_text("no checkpoint")
    (tmp_path / "broken.py").write_text("G = 1 / 0\n")
    return tmp_path


@pytest.fixture
def netgraph(folder, capsys):
    """A command, run in the folder: netgraph("draw", "net.py")."""
    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)
    return call
