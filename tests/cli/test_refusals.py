"""Wrong command lines, wrong nets, wrong files: each has its exit code and at most three lines on stderr."""

from __future__ import annotations

import pytest

TRAIN = ("train", "net.py", "--data", "data.npz", "--loss", "cross_entropy", "--epochs", "1")

MISUSED = {
    ("drw", "net.py"): "There is no command 'drw'. Did you mean 'draw'?",
    ("net.py",): "There is no command 'net.py'.",
    ("draw",): "Missing argument 'NET...'.",
    ("draw", "net.py", "second.py", "-o", "a.png"): "'net.py' and 'second.py' would both be drawn to 'a.png'. Put {name} into the path, "
                                                     "as in -o {name}.png.",
    ("draw", "net.py", "more/net.json"): "'net.py' and 'more/net.json' would both be drawn to 'net.png'. Give them names of their own.",
    ("draw", "net.py", "net.py:two", "-o", "-"): "Only one picture can be written to stdout. Name one net, or files, as in -o {name}.svg.",
    ("draw", "net.py", "-o", "-"): "stdout does not say what to write. Add --format png, svg, pdf",
    ("draw", "net.py", "-o", "a.png", "--format", "svg"): "'a.png' ends in .png, but --format says svg. Leave one of them out.",
    ("draw", "net.py", "--format", "gif"): "--format gif is none of png, svg, pdf",
    ("draw", "net.py", "--view", "matrix", "-o", "a.dot"): "'a.dot' does not say what to write. End it in .png, .svg or .pdf.",
    ("draw", "net.py", "--view", "matrix", "--depth", "2"): "--depth does not go with --view matrix. Leave it out, or write --view layers",
    ("draw", "-", "-"): "stdin holds one net, but - is named twice. Name files for the others.",
    ("draw", "net.py", "--view", "autograd", "--show", "flops"):
        "--show does not go with --view autograd. Leave it out, or write --view layers.",
    ("draw", "net.py", "--view", "sideways"): "'sideways' is not one of",
    ("diff", "net.py"): "Missing argument 'NEW'.",
    ("diff", "-", "-"): "stdin holds one net, but - is named twice.",
    ("diff", "net.py", "net.py:two", "-o", "a.jpg"): "'a.jpg' does not say what to write. End it in .png, .svg, .pdf",
    ("draw", "net.py", "-o", "net.jpeg"): "'net.jpeg' does not say what to write. End it in .png, .svg, .pdf",
    ("draw", "net.py", "-o", "net"): "'net' does not say what to write.",
    ("draw", "net.py", "-o", ""): "'' does not say what to write.",
    ("draw", "net.py", "--dpi", "-3"): "'-3' is no number above 0 and up to 10,000.",
    ("draw", "net.py", "--dpi", "nan"): "'nan' is no number above 0",
    ("draw", "net.py", "--dpi", "1e9"): "'1e9' is no number above 0 and up to 10,000.",
    ("draw", "net.py", "--theme", "pink"): "There is no theme 'pink'. Did you mean 'print'?",
    ("draw", "net.py", "--direction", "RL"): "'RL' is not one of",
    ("draw", "net.py", "--bogus"): "No such option",
    ("train", "net.py"): "Missing option '--data'.",
    ("train", "net.py", "--data", "data.npz"): "Missing option '--loss'.",
    ("train", "net.py", "--data", "data.xls", "--loss", "mse"): "End it in .npz or .csv.",
    (*TRAIN[:-4], "--loss", "cross_entrop"): "'cross_entrop' is unknown. Did you mean 'cross_entropy'?",
    (*TRAIN, "--optimizer", "adan"): "'adan' is unknown. Did you mean 'adam'?",
    (*TRAIN, "--metric", "acc"): "'acc' is unknown.",
    (*TRAIN, "--lr", "0"): "'0' is no number above 0.",
    (*TRAIN, "--lr", "inf"): "'inf' is no number above 0.",
    (*TRAIN, "--epochs", "0"): "0 is not in the range x>=1.",
    (*TRAIN, "--epochs", "many"): "'many' is not a valid integer",
    (*TRAIN, "--batch-size", "-1"): "-1 is not in the range x>=1.",
    (*TRAIN, "--validation", "1"): "1.0 is not in the range 0<=x<1.",
    (*TRAIN, "--seed", "-1"): "-1 is not in the range x>=0.",
    (*TRAIN, "-o", "net.pt"): "End it in .safetensors or .json.",
    (*TRAIN, "--backend", "jax"): "'jax' is not one of 'numpy', 'torch'.",
    (*TRAIN, "--amp"): "--amp goes with --backend torch. Add that, or leave --amp out.",
    (*TRAIN, "--device", "cuda"): "--device goes with --backend torch. Add that, or leave --device out.",
    (*TRAIN, "--checkpoint", "run.pt"): "--checkpoint goes with --backend torch.",
    (*TRAIN, "--backend", "torch", "--device", "gpu"): "'gpu' is not one of 'cpu', 'cuda'.",
    (*TRAIN, "--backend", "torch", "--checkpoint", "run.json"): "'run.json' does not say what to write. End it in .pt.",
    (*TRAIN, "--backend", "torch", "--resume"): "--resume goes on from a checkpoint, but none is named. Add --checkpoint run.pt.",
    ("source", "net.py", "--backend", "jax"): "'jax' is not one of 'numpy', 'torch'.",
    ("export", "net.py", "-o", "net.tflite"): "'net.tflite' does not say what to write. End it in .onnx or .pt2.",
    ("source", "net.py", "-o", "net.py"): "'net.py' is the declaration itself.",
    ("autograd", "net.py", "--batch", "0"): "0 is not in the range x>=1.",
    ("index", "net.py"): "Missing option '-o'",
    ("index", "-", "-o", "lib.idx"): "A net in an index is named by its path, which stdin has not. Name a file.",
    ("index", "net.py", "net.py", "-o", "lib.idx"): "'net.py' is named twice. Name it once.",
    ("index", "empty", "-o", "lib.idx"): "The folder 'empty' holds no net. Put files there that end in .py, .json, .safetensors, .graphml.",
    ("index", "net.py", "-o", "lib.idx", "--task", "colour"): "'colour' is not one of 'family', 'distance'.",
    ("search",): "Missing argument 'NET'.",
    ("search", "net.py", "-k", "0"): "0 is not in the range x>=1.",
    ("search", "net.py", "-o", "page.gif"): "'page.gif' does not say what to write.",
    ("search", "net.py", "--theme", "pink"): "There is no theme 'pink'.",
    ("compare", "net.py"): "Missing argument 'NEW'.",
    ("compare", "-", "-"): "stdin holds one net, but - is named twice.",
    ("ops", "conv2"): "There is no word 'conv2'. Did you mean 'conv2d'?",
    ("ops", "ReLU"): "There is no word 'ReLU'. Did you mean 'relu'?",
    ("ops", "???"): "There is no word '???'. 'netgraph ops' lists them all.",
}

WRONG = {
    ("draw", "missing.py"): "There is no file 'missing.py'.",
    ("draw", "net.py:nothing"): "'net.py' has no 'nothing'.",
    ("draw", "net.txt"): "'net.txt' has a suffix that netgraph does not know.",
    ("draw", "."): "'.' is a folder. Name a file in it.",
    ("draw", "broken.py"): "'broken.py' failed in line 1: ZeroDivisionError: division by zero.",
    ("draw", "net.py", "-o", "no/such/net.png"): "'no/such/net.png' cannot be written: there is no folder 'no/such'.",
    ("diff", "net.py", "missing.py"): "There is no file 'missing.py'.",
    ("diff", "net.py", "net.py:two", "-o", "no/a.png"): "there is no folder 'no'.",
    ("index", "missing.py", "-o", "lib.idx"): "There is no file 'missing.py'.",
    ("index", "net.py", "-o", "no/lib.idx"): "there is no folder 'no'.",
    ("search", "net.py", "--index", "missing.idx"): "There is no file 'missing.idx'.",
    ("search", "net.py", "--index", "net.py"): "'net.py' is no sound safetensors file",
    ("search", "net.py", "--index", "."): "'.' is a folder.",
    ("search", "net.py", "--rerank"): "Only a graph is aligned, and only with an index that keeps graphs.",
    ("search", "missing.py"): "There is no file 'missing.py'.",
    ("search", "net.py", "-o", "no/page.png"): "there is no folder 'no'.",
    ("compare", "net.py", "missing.py"): "There is no file 'missing.py'.",
    ("summary", "net.py:wrong"): "... and ",
    ("draw", "net.py:wrong"): "'netgraph check' lists them all.",
    ("check", "data.npz"): "'data.npz' has a suffix that netgraph does not know.",
    (*TRAIN[:2], "--data", "no.npz", *TRAIN[4:]): "There is no file 'no.npz'.",
    (*TRAIN, "--x", "z"): "'data.npz' has no array 'z'.",
    (*TRAIN, "--x", "x", "--x", "x"): "The net has 1 inputs, but --x names 2 arrays.",
    (*TRAIN, "--x", "images"): "Input 'x' wants shape (N, 2), N samples, but got (60, 16).",
    (*TRAIN, "--validation", "0.001"): "Of 60 samples, a validation share of 0.001 keeps 0.",
    (*TRAIN, "-o", "no/such.json"): "there is no folder 'no'.",
    ("train", "net.py", "--data", "data.csv", "--loss", "mse", "--target", "amr"): "'data.csv' has no column 'amr'. Did you mean 'arm'?",
    ("train", "net.py:two", "--data", "data.csv", "--loss", "mse"): "feeds a net of one input and one output",
    ("train", "net.py:two", "--data", "data.npz", "--loss", "mse", "--lr", "1e30", "--optimizer", "sgd"): "training diverged",
    ("train", "net.py", "--data", "data.npz", "--loss", "bce", "--y", "y"): "The target has shape",
    ("export", "net.py:wrong", "-o", "a.pt2"): "'netgraph check' lists them all.",
    ("export", "net.py", "-o", "no/net.pt2"): "there is no folder 'no'.",
    ("profile", "net.py", "-o", "no/a.png"): "'no/a.png' cannot be written: there is no folder 'no'. Make it first.",
    (*TRAIN, "--backend", "torch", "--x", "images"): "Input 'x' wants shape (N, 2), N samples, but got (60, 16).",
    (*TRAIN, "--backend", "torch", "--y", "x"): "The target has shape (60, 2), but the net gives (60, 3).",
    (*TRAIN, "--backend", "torch", "--checkpoint", "no/run.pt"): "there is no folder 'no'.",
    (*TRAIN, "--backend", "torch", "--checkpoint", "old.pt"): "'old.pt' is there already. Go on from it with resume=True (--resume)",
    (*TRAIN, "--backend", "torch", "--checkpoint", "old.pt", "--resume"): "'old.pt' is no checkpoint that torch can read.",
}


@pytest.mark.parametrize("arguments", MISUSED, ids=" ".join)
def test_a_wrong_command_line_exits_with_2(arguments, netgraph):
    outcome = netgraph(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("netgraph: error: ")
    assert MISUSED[arguments] in outcome.err
    assert "\nTry 'netgraph" in outcome.err
    assert len(outcome.err.splitlines()) == 2


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_net_or_file_exits_with_1(arguments, netgraph):
    outcome = netgraph(*arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert WRONG[arguments] in outcome.err
    assert all(line.startswith("netgraph: error: ") for line in outcome.err.splitlines())
    assert 1 <= len(outcome.err.splitlines()) <= 3


@pytest.mark.parametrize("arguments", [*MISUSED, *WRONG], ids=" ".join)
def test_a_refusal_leaves_no_file(arguments, netgraph, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    netgraph(*arguments)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_an_id_cannot_break_the_line_of_a_refusal(netgraph, folder):
    (folder / "evil.py").write_text("import networkx as nx\nG = nx.DiGraph()\nG.add_node('a\\n\\x1b[2Jb', op='nothing')\n")
    assert len(netgraph("check", "evil.py").err.splitlines()) == 1
