"""What is named on the command line: the graph it declares is found, or the refusal says what is there."""

from __future__ import annotations

import sys

import networkx as nx
import pytest

from netgraph.errors import FileError
from netgraph.exchange import load_declaration, save
from netgraph.exchange.python_file import split_name

IMPORT = "import networkx as nx\n"
DECLARATIONS = {   # name of the case: (source, what is named after the path)
    "G": ("G = nx.DiGraph([('x', 'y')])", ""),
    "G before others": ("other = nx.DiGraph(); G = nx.DiGraph([('x', 'y')]); net = nx.DiGraph()", ""),
    "model": ("model = nx.DiGraph([('x', 'y')]); other = nx.DiGraph()", ""),
    "usual name of another kind": ("graph = 3\nnet = nx.DiGraph([('x', 'y')])", ""),
    "the only one": ("lenet = nx.DiGraph([('x', 'y')])", ""),
    "the only one under two names": ("a = b = nx.DiGraph([('x', 'y')])", ""),
    "function of a usual name": ("def net(): return nx.DiGraph([('x', 'y')])", ""),
    "named graph": ("a = nx.DiGraph([('x', 'y')]); b = nx.DiGraph()", ":a"),
    "named function": ("def a(n=2, *rest, k=1, **more): return nx.DiGraph([('x', 'y')])", ":a"),
    "net": ("class Net:\n    graph = nx.DiGraph([('x', 'y')])\nnet = Net()", ""),
    "function that returns a net": ("class Net:\n    graph = nx.DiGraph([('x', 'y')])\ndef make(): return Net()", ":make"),
    "dataclass": ("from __future__ import annotations\nimport networkx as nx\nfrom dataclasses import dataclass\n"
                  "@dataclass\nclass Net:\n    graph: nx.DiGraph\nG = Net(nx.DiGraph([('x', 'y')]))", ""),
    "not as a script": ("G = nx.DiGraph([('x', 'y')])\nif __name__ == '__main__': raise SystemExit", ""),
    "own folder": ("import blocks_of_mine\nG = blocks_of_mine.G", ""),
    "import when called": ("def late():\n    from blocks_of_mine import G\n    return G", ":late"),
}


@pytest.mark.parametrize("case", DECLARATIONS)
def test_declaration_is_found(tmp_path, case):
    source, name = DECLARATIONS[case]
    (tmp_path / "blocks_of_mine.py").write_text(IMPORT + "G = nx.DiGraph([('x', 'y')])")
    (tmp_path / "net.py").write_text(source if "__future__" in source else IMPORT + source)
    before = list(sys.path), {name for name in sys.modules if "of_mine" in name or "netgraph_declaration" in name}
    assert list(load_declaration(f"{tmp_path / 'net.py'}{name}").edges) == [("x", "y")]
    assert (list(sys.path), {name for name in sys.modules if "of_mine" in name or "netgraph_declaration" in name}) == before


REFUSALS = {   # name of the case: (source, what is named after the path, words of the refusal)
    "nothing": ("", "", "declares no graph under a usual name (G, net, graph, model). Declare one there"),
    "two": ("a = nx.DiGraph(); b = nx.DiGraph()", "", "It has: a, b. Write"),
    "unusual function": ("def resnet(): return nx.DiGraph()", "", "It has: resnet. Write"),
    "no such name": ("a = nx.DiGraph()", ":b", "has no 'b'. It has: a."),
    "a near name": ("small = nx.DiGraph(); large = nx.DiGraph()", ":smal", "has no 'smal'. It has: small, large. Write"),
    "torch modules": ("from torch import nn\nclass Block(nn.Module): pass\nclass Tall(nn.Module): pass", "", "It has: Block, Tall. Write"),
    "a misspelt torch module": ("from torch import nn\nclass Tall(nn.Module): pass\nb = nn.ReLU()", ":Tal",
                                "has no 'Tal'. It has: Tall, b. Write"),
    "no graph": ("a = 3", ":a", "'a' of"),
    "undirected": ("G = nx.Graph()", ":G", "is a Graph, not a DiGraph"),
    "several edges": ("G = nx.MultiDiGraph()", ":G", "is a MultiDiGraph, not a DiGraph"),
    "function with arguments": ("def a(n): return nx.DiGraph()", ":a", "is a function, not a DiGraph"),
    "function that returns nothing": ("def a(): pass", ":a", "is a function, not a DiGraph"),
    "bad name": ("", ":a.b", "'a.b', which is no name"),
    "empty name": ("", ":", "'', which is no name"),
    "syntax": ("G = (", "", "failed in line 2: SyntaxError"),
    "NUL": ("\0", "", "failed"),
    "exception": ("\n\n1 / 0", "", "failed in line 4: ZeroDivisionError: division by zero"),
    "exception in a function": ("def a():\n    1 / 0", ":a", "failed in line 3: ZeroDivisionError"),
    "exit": ("import sys; sys.exit(3)", "", "failed in line 2: SystemExit: 3"),
    "unspeakable exception": ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "", "failed in line 4"),
    "endless recursion": ("def a(): return a()\na()", "", "RecursionError"),
    "long text": ("raise ValueError('x' * 10_000)", "", "ValueError: xxx"),
    "missing module": ("import no_such_module_of_mine", "", "ModuleNotFoundError: No module named"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_names_file_line_and_what_is_there(tmp_path, case):
    source, name, words = REFUSALS[case]
    (tmp_path / "net.py").write_text(IMPORT + source)
    before = list(sys.path)
    with pytest.raises(FileError) as refusal:
        load_declaration(f"{tmp_path / 'net.py'}{name}")
    assert "net.py'" in str(refusal.value) and words in str(refusal.value)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 700
    assert sys.path == before


def test_cause_of_a_failure_is_kept(tmp_path):
    (tmp_path / "net.py").write_text("1 / 0")
    with pytest.raises(FileError) as refusal:
        load_declaration(tmp_path / "net.py")
    assert isinstance(refusal.value.__cause__, ZeroDivisionError)


def test_interruption_is_no_refusal(tmp_path):
    (tmp_path / "net.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_declaration(tmp_path / "net.py")


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml"])
def test_data_file_is_loaded(tmp_path, suffix):
    save(nx.DiGraph([("x", "y")]), tmp_path / f"net{suffix}")
    assert list(load_declaration(str(tmp_path / f"net{suffix}")).edges) == [("x", "y")]


@pytest.mark.parametrize(("place", "path", "name"), [
    ("net.py", "net.py", None), ("net.py:G", "net.py", "G"), (r"C:\x\net.py", r"C:\x\net.py", None),
    (r"C:\x\net.py:G", r"C:\x\net.py", "G"), ("a:b.json", "a:b.json", None), ("net.json:G", "net.json:G", None),
    ("NET.PY:网", "NET.PY", "网")])
def test_name_is_what_follows_the_colon_after_py(place, path, name):
    assert split_name(place) == (path, name)


def test_name_after_a_data_file_is_refused(tmp_path):
    with pytest.raises(FileError, match="suffix"):
        load_declaration(str(tmp_path / "net.json:G"))


def test_missing_python_file_suggests_a_near_name(tmp_path):
    (tmp_path / "net.py").write_text("")
    with pytest.raises(FileError, match=r"Did you mean 'net\.py'"):
        load_declaration(str(tmp_path / "nte.py:G"))


def test_nothing_is_written_beside_the_file(tmp_path):
    (tmp_path / "net.py").write_text(IMPORT + "G = nx.DiGraph()")
    load_declaration(tmp_path / "net.py")
    assert [file.name for file in tmp_path.iterdir()] == ["net.py"]
