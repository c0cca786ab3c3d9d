"""Nets that a drawing has to cope with, from three boxes to hundreds, and the drawing of each."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import pytest

from netgraph.drawing import Drawing, draw
from netgraph.stack import chain


def two_layers() -> nx.DiGraph:
    return chain(1000, {"id": "h", "units": 100, "activation": "relu"}, {"id": "y", "units": 10}, name="two-layer")


def three_four_one() -> nx.DiGraph:
    return chain(3, 4, "tanh", 1, "sigmoid")


def lenet() -> nx.DiGraph:
    pool = {"op": "avgpool2d", "kernel_size": 2}
    return chain((1, 32, 32), {"op": "conv2d", "channels": 6, "kernel_size": 5}, "tanh", pool,
                 {"op": "conv2d", "channels": 16, "kernel_size": 5}, "tanh", pool, "flatten", 120, "tanh", 84, "tanh", 10)


def residual() -> nx.DiGraph:
    graph = nx.DiGraph(name="residual")
    graph.add_node("image", op="input", shape=(3, 16, 16))
    last = "image"
    for block, channels in enumerate((8, 16, 16)):
        names = [f"block{block}/{word}" for word in ("conv1", "bn1", "relu1", "conv2", "bn2", "add", "relu")]
        fields = {"op": "conv2d", "channels": channels, "kernel_size": 3, "padding": 1, "bias": False}
        words = [fields, {"op": "batchnorm"}, {"op": "relu"}, fields, {"op": "batchnorm"}, {"op": "add"}, {"op": "relu"}]
        for name, attributes in zip(names, words, strict=True):
            graph.add_node(name, within=f"block{block}", **attributes)
        nx.add_path(graph, [last, *names])
        graph.add_node(f"block{block}/skip", within=f"block{block}", op="conv2d", channels=channels, kernel_size=1)
        nx.add_path(graph, [last, f"block{block}/skip", f"block{block}/add"])
        last = names[-1]
    return graph


def towers() -> nx.DiGraph:
    graph = nx.DiGraph(name="towers")
    for name, size in (("image", 64), ("text", 300), ("age", 1)):
        graph.add_node(name, op="input", shape=(size,))
    graph.add_node("left", op="dense", units=32, within="towers")
    graph.add_node("right", op="dense", units=32, within="towers")
    graph.add_node("both", op="mul")
    graph.add_node("joined", op="concat")
    graph.add_node("topic", op="dense", units=12, activation="softmax")
    graph.add_node("score", op="dense", units=1)
    graph.add_edges_from([("image", "left"), ("text", "right"), ("left", "both"), ("right", "both")])
    graph.add_edges_from([("joined", "topic"), ("joined", "score")])
    for slot, source in enumerate(("both", "age", "left")):
        graph.add_edge(source, "joined", slot=slot)
    graph.add_edge("age", "score", weight=0.5)
    return graph


def long_chain() -> nx.DiGraph:
    return chain(16, *(16 + step for step in range(60)))


def shared_mask() -> nx.DiGraph:
    graph = nx.DiGraph(name="one mask for many")
    graph.add_node("x", op="input", shape=(8,))
    graph.add_node("mask", op="input", shape=(8,))
    last = "x"
    for step in range(24):
        graph.add_node(f"d{step}", op="dense", units=8, within=f"part{step // 6}/step{step}")
        graph.add_node(f"m{step}", op="mul", within=f"part{step // 6}/step{step}")
        graph.add_node(f"a{step}", op="add", within=f"part{step // 6}/step{step}")
        nx.add_path(graph, [last, f"d{step}", f"m{step}", f"a{step}"])
        graph.add_edge("mask", f"m{step}")
        graph.add_edge(last, f"a{step}")
        last = f"a{step}"
    return graph


NETS: dict[str, Callable[[], nx.DiGraph]] = {
    "two-layers": two_layers, "3-4-1": three_four_one, "lenet": lenet, "residual": residual, "towers": towers,
    "long-chain": long_chain, "shared-mask": shared_mask,
}


EVIL = ("</script><script>alert(1)</script>", "<img onerror=alert(1)>", "a\u202eb", "nul\0x", '"]; evil [URL="javascript:x"]',
        "<b>hi</b>", "<lambda> <map>", "n:port", "back\\slash\\N", "x" * 10_000_000, "\ud800", "&amp;", "$\\frac{$", "",
        ']-->X; click A "javascript:alert(1)"', "`code`", "\\input{/etc/passwd}", "\\write18{ls}", "50% of_it ^2 ~ #1 & {", "end",
        "subgraph x",
        "%%{init: {}}%%", "style:x#35;", "\\end{tikzpicture}", "a]]>b", "1. one", "- two", "\u2028", "zero\u200bwidth")


def evil_net() -> nx.DiGraph:
    return chain(4, *({"id": name, "units": 4, "within": name[:100]} for name in EVIL))


@pytest.fixture(scope="session")
def evil() -> Drawing:
    """The drawing of a net whose names mean something to one or another format."""
    return draw(evil_net())


@pytest.fixture(scope="session", params=NETS)
def graph(request: pytest.FixtureRequest) -> nx.DiGraph:
    return NETS[request.param]()


@pytest.fixture(scope="session")
def drawing(graph: nx.DiGraph) -> Drawing:
    return draw(graph, fold=False)
