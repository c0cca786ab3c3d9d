"""Whatever DiGraph comes: its vectors and distances exist, and depend on nothing but what its nodes and edges say."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import netgraph as ng

OPS = ("input", "output", "conv2d", "conv2d_1x1", "linear", "add", "mul", "parameter", "softmax", "rsqrt",
       "Свёртка", "畳み込み", "x" * 300, "🙂", " ")
PARAMS = (0, 7, 4096, np.int64(64), np.float32(12.0), 3.5, None)
SHAPES = (None, (), [], (1, 8), [1, 8, 4, 4], (1, None, 4), ["batch", 3], (0, 2), (-1, 8), [np.int32(2), 3.0], (2**40, 2**12))
NAMES = (0, "a", (1, 2), 2.5, None, frozenset({3}), b"x", True, -1, "0", (("n",),), "é")


@st.composite
def graphs(draw):
    """A DiGraph with circles, loops, islands, unknown words in any script, and what is told left out here and there."""
    names = draw(st.permutations([name for name in NAMES if name is not None]))[:draw(st.integers(1, 11))]
    graph = nx.DiGraph()
    for name in names:
        words = {"op": draw(st.sampled_from(OPS) | st.text(min_size=1, max_size=4)), "note": draw(st.sampled_from((1, "x", None)))}
        for key, values in (("params", PARAMS), ("shape", SHAPES)):
            if draw(st.booleans()):
                words[key] = draw(st.sampled_from(values))
        graph.add_node(name, **words)
    for _ in range(draw(st.integers(0, 20))):
        graph.add_edge(draw(st.sampled_from(names)), draw(st.sampled_from(names)), weight=draw(st.integers(0, 3)))
    return graph


def shuffled(graph, seed):
    """The same graph under other names, with nodes, edges and attributes in another order."""
    draw = random.Random(seed)
    names = dict(zip(graph, draw.sample(range(10 * len(graph)), len(graph)), strict=True))
    other = nx.DiGraph()
    for node in draw.sample(list(graph), len(graph)):
        other.add_node(names[node], **dict(draw.sample(list(graph.nodes[node].items()), len(graph.nodes[node]))))
    other.add_edges_from((names[a], names[b]) for a, b in draw.sample(list(graph.edges), graph.number_of_edges()))
    return other


@settings(max_examples=25, deadline=None)
@given(st.lists(graphs(), min_size=1, max_size=4), st.integers(0, 99))
def test_vectors_are_finite_and_the_same_for_other_names_orders_and_batches(some, seed):
    for task in ("family", "distance"):
        vectors = ng.embed(some, task=task)
        assert np.isfinite(vectors).all()
        assert np.array_equal(ng.embed([shuffled(graph, seed) for graph in some[::-1]], task=task)[::-1], vectors)
        assert all(np.array_equal(ng.embed([graph], task=task)[0], vector) for graph, vector in zip(some, vectors, strict=True))


@settings(max_examples=20, deadline=None)
@given(graphs(), graphs(), st.integers(0, 99))
def test_similarity_and_distance_are_symmetric_and_the_same_for_other_names_and_orders(one, other, seed):
    for measure, of_itself in ((ng.similarity, 1.0), (ng.distance, 0.0)):
        assert measure(one, other) == measure(other, one) == measure(shuffled(one, seed), shuffled(other, seed + 1))
        assert measure(one, shuffled(one, seed)) == of_itself


@pytest.mark.parametrize("ask", [lambda graph: ng.embed([graph]), lambda graph: ng.embed([graph], task="distance"),
                                 lambda graph: ng.similarity(graph, graph), lambda graph: ng.distance(graph, graph)])
@pytest.mark.parametrize(("graph", "message"), [
    (nx.DiGraph(), "The graph has no nodes, so there is nothing to compare. Add nodes with an op."),
    (nx.Graph([(1, 2)]), "DiGraph"), (nx.MultiDiGraph([(1, 2)]), "DiGraph"), (nx.MultiGraph([(1, 2)]), "DiGraph"), ("net", "DiGraph")])
def test_what_cannot_be_compared_is_refused_in_a_sentence(ask, graph, message):
    with pytest.raises(ng.GraphError) as refusal:
        ask(graph)
    assert message in str(refusal.value)


def repeating(size, seed):
    """Blocks of two equal branches one behind the other: every branch is like its twin, and every block like the next."""
    draw = random.Random(seed)
    graph = nx.DiGraph()
    graph.add_node("in", op="input", params=0, shape=[1, 8])
    last = "in"
    for block in range(size // 4):
        for node, op in (("a", "linear"), ("b", "linear"), ("sum", "add"), ("end", draw.choice(("relu", "tanh")))):
            graph.add_node((block, node), op=op, params=64 if op == "linear" else 0, shape=[1, 8])
        graph.add_edges_from([(last, (block, "a")), (last, (block, "b")), ((block, "a"), (block, "sum")), ((block, "b"), (block, "sum")),
                              ((block, "sum"), (block, "end"))])
        last = (block, "end")
    return graph


def test_a_graph_of_20000_nodes_has_vectors_and_distances():
    graph = repeating(20_000, seed=0)
    other = graph.copy()
    other.nodes[2500, "a"]["op"] = "conv2d"
    assert np.array_equal(ng.embed([graph]), ng.embed([shuffled(graph, 1)]))
    assert np.array_equal(ng.embed([graph], task="distance"), ng.embed([shuffled(graph, 1)], task="distance"))
    assert ng.distance(graph, other) == ng.distance(shuffled(other, 2), shuffled(graph, 3)) == 1
