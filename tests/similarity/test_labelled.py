"""Reading graphs into records: what users have goes in, operations come out."""

from __future__ import annotations

import weakref

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.similarity.fixed_point import gathered, product, snapped
from netgraph.similarity.labelled import batch_of, read_all, read_labelled
from netgraph.similarity.traced import VIEWS, WORDS, traced_name


def as_set(record):
    """The record without order: what each edge joins, and how often each operation stands there."""
    told = list(zip(record.ops, record.params.tolist(), record.shapes, strict=True))
    return sorted(map(repr, told)), sorted(repr((told[a], told[b])) for a, b in record.edges.T)


def traced(ops, edges):
    graph = nx.DiGraph()
    graph.add_nodes_from((i, {"op": op, "params": i, "shape": [1, i + 1]}) for i, op in enumerate(ops))
    graph.add_edges_from(edges)
    return graph


def test_a_declared_net_is_read_as_a_traced_one():
    declared = ng.chain((3, 8, 8), {"op": "conv2d", "channels": 4, "kernel_size": 1, "activation": "relu"}, {"op": "batchnorm"})
    assert read_labelled(declared).ops == ("input", "conv2d_1x1", "relu", "batch_norm", "output")


def test_a_block_is_read_as_its_parts():
    block = read_labelled(ng.chain((4, 8, 8), {"op": "squeeze_excite", "reduction": 2}))
    assert "squeeze_excite" not in block.ops
    assert nx.is_weakly_connected(nx.DiGraph(block.edges.T.tolist()))


def test_a_resnet_is_connected_and_counts_all_its_parameters():
    net = ng.zoo.resnet(18)
    record = read_labelled(net)
    assert record.params.sum() == ng.infer(net).parameter_count
    assert len(set(record.edges.ravel().tolist())) == len(record)


def test_unknown_ops_are_read_as_they_stand():
    assert read_labelled(traced(["input", "warp drive", "output"], [(0, 1), (1, 2)])).ops == ("input", "warp drive", "output")


def test_a_net_that_cannot_run_is_read_by_its_words():
    graph = nx.DiGraph([("x", "y")])
    graph.add_node("x", op="input")
    graph.add_node("y", op="dense", units=3, activation="relu")
    record = read_labelled(graph)
    assert record.ops == ("input", "linear", "relu")
    assert record.edges.T.tolist() == [[0, 1], [1, 2]]


def test_names_and_order_of_nodes_and_attributes_do_not_matter():
    graph = traced(["input", "conv2d", "relu", "add"], [(0, 1), (1, 2), (2, 3), (0, 3)])
    other = nx.DiGraph()
    for node in (3, 1, 0, 2):
        other.add_node(f"n{node}", **dict(reversed(graph.nodes[node].items())))
    other.add_edges_from((f"n{a}", f"n{b}") for a, b in reversed(list(graph.edges)))
    assert as_set(read_labelled(graph)) == as_set(read_labelled(other))


def test_a_circle_is_read():
    assert read_labelled(traced(["add", "tanh"], [(0, 1), (1, 0)])).edges.shape == (2, 2)


def test_a_batch_holds_each_graph_between_its_offsets():
    graphs = read_all([ng.chain(3, 2), traced(["input"], []), ng.zoo.lenet()])
    batch = batch_of(graphs)
    for i, graph in enumerate(graphs):
        inside = batch.owners[batch.edges[0]] == i
        assert batch.ops[batch.offsets[i]:batch.offsets[i + 1]] == graph.ops
        assert np.array_equal(batch.edges[:, inside] - batch.offsets[i], graph.edges)
    assert len(batch_of([])) == 0


def unrunnable() -> nx.DiGraph:
    """A net whose input leaves its op out, and whose convolution does not fit."""
    graph = nx.DiGraph()
    graph.add_node("x", shape=(3,))
    graph.add_node("c", op="conv2d", channels=2, kernel_size=3)
    graph.add_edge("x", "c")
    return graph


@pytest.mark.parametrize(("wrong", "error", "message"), [
    (lambda: nx.DiGraph(), ng.GraphError, "The graph has no nodes, so there is nothing to compare. Add nodes with an op."),
    (lambda: nx.DiGraph([("a", "b")]), ng.OpError,
     "Node 'a' has op=None, but a node that is compared wants a word. Write op='conv2d' or the like."),
    (unrunnable, ng.ShapeError,
     "Node 'c', fed by 'x' (3,): 'conv2d' takes images (C, H, W), but got (3,). Put a 'reshape' before it, such as shape=(1, 28, 28)."),
    (lambda: traced([3], []), ng.OpError, "Node 0 has op=3, but a node that is compared wants a word. Write op='conv2d' or the like."),
])
def test_what_is_no_such_graph_is_refused(wrong, error, message):
    with pytest.raises(error) as refusal:
        read_labelled(wrong())
    assert str(refusal.value) == message


@pytest.mark.parametrize("params", [-1, float("nan"), float("inf"), "7", True, 2**70, 1j])
def test_params_that_are_no_count_are_refused(params):
    graph = nx.DiGraph()
    graph.add_node(0, op="linear", params=params)
    with pytest.raises(ng.GraphError, match="wants the number of its weights"):
        read_labelled(graph)


@pytest.mark.parametrize("shape", ["3x3", 3, [1.5], [float("nan")], [[1]], [10**400], {"a": 1}])
def test_shapes_that_are_no_sizes_are_refused(shape):
    graph = nx.DiGraph()
    graph.add_node(0, op="warp", params=1, shape=shape)
    with pytest.raises(ng.ShapeError, match="wants a tuple of sizes"):
        read_labelled(graph)


@pytest.mark.parametrize(("shape", "read"), [
    (None, None), ((), ()), ([1, 8], (1, 8)), ((1, None, 8), (1, 1, 8)), (["batch", "8"], (1, 8)),
    (np.zeros((2, 3)).shape, (2, 3)), ([np.int32(4), 8.0], (4, 8)), ((0, 5), (0, 5))])
def test_a_shape_is_read_whatever_its_sizes_are_written_in(shape, read):
    graph = nx.DiGraph()
    graph.add_node(0, op="warp", params=1, shape=shape)
    assert list(read_labelled(graph).shapes) == [read]


@pytest.mark.parametrize("graphs", [nx.DiGraph(), "ab", 3, {"a": 1}])
def test_what_is_no_list_of_graphs_is_refused(graphs):
    with pytest.raises(ng.GraphError, match="Wanted are several graphs"):
        read_all(graphs)


@pytest.mark.parametrize("task", ["family", "distance"])
def test_an_iterator_of_many_graphs_is_embedded_while_few_are_held(task):
    alive = weakref.WeakSet()

    def made():
        for number in range(3000):
            graph = traced(["input", "linear", "relu"][:1 + number % 3], [])
            alive.add(graph)
            most.append(len(alive))
            yield graph

    most = []
    vectors = ng.embed(made(), task=task)
    assert len(vectors) == 3000
    assert max(most) < 20
    assert np.array_equal(vectors[:3], vectors[-3:])


def test_names_of_traced_ops_are_names_of_themselves():
    assert all(traced_name(name) == name for name in WORDS.values())
    assert not VIEWS & set(WORDS.values())


def test_products_on_the_grid_do_not_depend_on_order_or_batch():
    draw = np.random.default_rng(0)
    x, w = snapped(draw.normal(size=(257, 96))), snapped(draw.normal(size=(96, 33)))
    whole, order = product(x, w), draw.permutation(96)
    assert np.array_equal(whole, product(x[:, order], w[order]))
    assert all(np.array_equal(whole[i:i + 1], product(x[i:i + 1], w)) for i in range(0, 257, 16))
    rows, places = draw.integers(0, 257, 600), draw.integers(0, 5, 600)
    shuffle = draw.permutation(600)
    assert np.array_equal(gathered(x, rows, places, 5), gathered(x, rows[shuffle], places[shuffle], 5))
