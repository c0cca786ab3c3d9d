"""The command that measures a net: its table, its picture, and what it refuses; and torch modules wherever a net may be named."""

from __future__ import annotations

import pytest

import netgraph as ng
from netgraph.engines.profiling.profiles import COLUMNS
from netgraph.exchange import load_declaration

MODEL = """\
from torch import nn
class Net(nn.Sequential):
    def __init__(self): super().__init__(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3))
class Wider(nn.Sequential):
    def __init__(self): super().__init__(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))
"""
INPUT = ("--input", "1x2")


@pytest.fixture
def model(folder):
    (folder / "model.py").write_text(MODEL)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("net", ["net.py", "net.py:images", "net.py:words", "net.py:looped", "net.py:two"])
def test_each_layer_has_a_row(net, backend, netgraph):
    outcome = netgraph("profile", net, "--backend", backend, "--loss", "sse", "--batch", "3", "--repeats", "1")
    assert (outcome.code, outcome.err) == (0, "")
    head, *rows = outcome.out.splitlines()
    assert head.split()[:3] == ["layer", "forward", "µs"]
    assert {row.split()[0] for row in rows} <= set(map(str, ng.infer(load_declaration(net)).layers)) and rows


def test_a_net_is_measured_for_classes(netgraph):
    assert netgraph("profile", "net.py", "--loss", "cross_entropy", "--repeats", "1").code == 0
    assert netgraph("profile", "net.py:looped", "--loss", "cross_entropy", "--repeats", "1").code == 0


@pytest.mark.parametrize("word", COLUMNS)
def test_every_column_is_painted(word, netgraph, folder):
    outcome = netgraph("profile", "net.py", "--loss", "sse", "--overlay", word, "--repeats", "1", "-o", "out.svg")
    assert outcome.code == 0 and outcome.out.endswith(f"out.svg: {(folder / 'out.svg').stat().st_size:,} bytes\n")
    assert COLUMNS[word].title in (folder / "out.svg").read_text()


@pytest.mark.parametrize(("words", "said"), [
    (["--overlay", "tme", "-o", "a.svg"], "Invalid value for '--overlay': 'tme' is unknown. Did you mean 'time'?"),
    (["--overlay", "memory"], "--overlay memory is painted on a picture, but none is asked for. Add -o net.png."),
    (["--overlay", "gradient_std", "-o", "a.svg"],
     "--overlay gradient_std is of the way back, which begins at a loss. Add --loss sse, or another."),
    (["-o", "-"], "stdout has the table, so the picture needs a file. Name one, as in -o net.png."),
    (["--device", "cuda"], "--device goes with --backend torch. Add that, or leave --device out."),
    (["-o", "a.jpeg"], "'a.jpeg' does not say what to write. End it in .png, .svg, .pdf, .html, .dot, .mmd or .tex."),
    (["--repeats", "0"], "Invalid value for '--repeats': 0 is not in the range x>=1."),
], ids=["word", "no picture", "no loss", "stdout", "device", "suffix", "repeats"])
def test_a_wrong_command_line_is_refused_in_a_sentence(words, said, netgraph, folder):
    outcome = netgraph("profile", "net.py", *words)
    assert outcome.code == 2 and outcome.err.splitlines()[0] == f"netgraph: error: {said}"
    assert not list(folder.glob("a.*"))


def test_a_wrong_net_is_refused_with_another_code(netgraph):
    outcome = netgraph("profile", "net.py:wrong")
    assert outcome.code == 1 and outcome.err.startswith("netgraph: error: Node ")


@pytest.mark.parametrize("command", [
    ["autograd", "model.py:Net", "-o", "back.svg"], ["profile", "model.py:Net", "--repeats", "1"], ["summary", "model.py:Net"],
    ["export", "model.py:Net", "-o", "net.pt2"], ["diff", "model.py:Net", "model.py:Wider"], ["compare", "model.py:Net", "model.py:Wider"],
    ["index", "model.py:Net", "-o", "lib.idx"], ["search", "model.py:Net"],
    ["train", "model.py:Net", "--data", "data.npz", "--loss", "cross_entropy", "--epochs", "2"],
], ids=lambda command: command[0])
def test_a_torch_module_stands_wherever_a_net_does(command, netgraph, model):
    told = netgraph(*command, *INPUT)
    assert (told.code, told.err) == (0, "")
    refused = netgraph(*command)
    assert refused.code == 1 and "is a torch module, whose inputs have no shape before it is called. Add an example: --input" in refused.err
