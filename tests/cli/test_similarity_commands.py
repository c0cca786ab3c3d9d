"""The commands that compare nets: index, search, compare."""

from __future__ import annotations

import re

import pytest

import netgraph as ng
from netgraph.similarity.family import similarity
from netgraph.similarity.ready import ready_index

NETS = {"resnet.py": "import netgraph as ng\nG = ng.zoo.resnet(34)\n", "deep/vgg.py": "import netgraph as ng\nG = ng.zoo.vgg(11)\n",
        "deep/mlp.py": "import netgraph as ng\nG = ng.zoo.mlp()\nG.graph['family'] = 'perceptrons'\n"}


@pytest.fixture
def nets(folder):
    (folder / "nets" / "deep").mkdir(parents=True)
    (folder / "nets" / "__pycache__").mkdir()
    (folder / "nets" / "__pycache__" / "old.json").write_text("{}")
    (folder / "nets" / ".hidden.py").write_text("1 / 0\n")
    for name, text in NETS.items():
        (folder / "nets" / name).write_text(text)
    return folder


def test_the_nets_of_a_folder_are_indexed_under_their_paths(nets, netgraph):
    outcome = netgraph("index", "nets", "net.py:images", "-o", "lib.idx")
    assert (outcome.code, outcome.err) == (0, "")
    assert re.fullmatch(r"lib\.idx: 4 nets, [\d,]+ bytes\n", outcome.out)
    index = ng.Index.load("lib.idx")
    assert index.ids == ("nets/deep/mlp.py", "nets/deep/vgg.py", "nets/resnet.py", "net.py:images")
    assert index.metadata("nets/deep/mlp.py") == {"name": "mlp", "family": "perceptrons"}


def test_a_wrong_net_is_told_and_the_others_are_indexed(nets, netgraph):
    outcome = netgraph("index", "nets", "broken.py", "-o", "lib.idx")
    assert outcome.code == 1
    assert outcome.err.splitlines()[0].startswith("netgraph: error: broken.py: 'broken.py' failed in line 1")
    assert outcome.err.splitlines()[-1] == "netgraph: error: 1 of 4 nets could not be read."
    assert len(ng.Index.load("lib.idx")) == 3


def test_a_search_tells_the_nearest_first(nets, netgraph):
    netgraph("index", "nets", "-o", "lib.idx")
    outcome = netgraph("search", "nets/deep/mlp.py", "--index", "lib.idx", "-k", "2")
    assert (outcome.code, outcome.err) == (0, "")
    said = outcome.out.splitlines()
    assert said[0] == "nets/deep/mlp.py is nearest to nets/deep/mlp.py (perceptrons), of 3 nets."
    assert said[1].split() == ["1", "1.000", "nets/deep/mlp.py", "perceptrons"]
    assert len(said) == 3


def test_a_net_that_is_like_none_is_told_so(nets, netgraph):
    netgraph("index", "nets/resnet.py", "-o", "lib.idx")
    said = netgraph("search", "nets/deep/mlp.py", "--index", "lib.idx").out.splitlines()
    assert said[0] == "nets/deep/mlp.py is not much like any net; the nearest is nets/resnet.py, of 1 net."


def test_the_best_are_aligned_where_the_graphs_are_kept(nets, netgraph):
    netgraph("index", "nets/deep", "-o", "lib.idx", "--keep-graphs")
    said = netgraph("search", "nets/deep/mlp.py", "--index", "lib.idx", "--rerank").out.splitlines()
    assert said[1].split()[:5] == ["1", "1.000", "0", "edits", "nets/deep/mlp.py"]


def test_without_an_index_the_one_that_ships_is_searched(nets, netgraph):
    said = netgraph("search", "nets/resnet.py").out.splitlines()
    assert said[0].startswith("nets/resnet.py is nearest to resnet34 (resnet, netgraph), of ")
    assert len(said) == 11


def test_a_search_is_drawn_as_a_page(nets, netgraph):
    outcome = netgraph("search", "nets/resnet.py", "-k", "3", "-o", "page.svg", "--theme", "dark")
    assert outcome.code == 0
    assert "page.svg: " in outcome.out
    assert "resnet34" in (nets / "page.svg").read_text()


def test_a_net_compared_with_itself_is_the_same(netgraph):
    assert netgraph("compare", "net.py", "net.py").out == "similarity 1.000, 0 edits apart\nno difference\n"


def test_two_nets_are_compared_by_score_edits_and_words(nets, netgraph):
    outcome = netgraph("compare", "net.py", "net.py:small")
    graphs = ng.chain(2, 8, "tanh", 3), ng.chain(2, {"id": "only", "units": 1, "activation": "sigmoid"})
    assert outcome.out.startswith(f"similarity {similarity(*graphs):.3f}, ")
    assert "edits apart\n" in outcome.out
    assert netgraph("diff", "net.py", "net.py:small").out in outcome.out


def test_edits_are_foretold_where_it_shall_be_fast(netgraph):
    assert re.match(r"similarity \d\.\d{3}, about \d+ edits? apart\n", netgraph("compare", "net.py", "net.py:small", "--fast").out)


def test_the_ready_index_holds_the_vectors_of_the_encoder_that_ships():
    index = ready_index()
    for name, graph in (("resnet18", ng.zoo.resnet(18)), ("lenet5", ng.zoo.lenet())):
        match = next(match for match in index.query(graph, k=5) if match.id == name)
        assert match.score == pytest.approx(1, abs=1e-6)        # of float32
