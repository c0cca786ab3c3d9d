"""Nets of one family lie close, whoever wrote them, and a vector depends on nothing but the net."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest
from safetensors.numpy import load_file

import netgraph as ng
from netgraph.similarity import family
from netgraph.similarity.families import encoder
from netgraph.similarity.families.condensing import condense
from netgraph.similarity.families.encoder import SIGNS, signs_of, wave
from netgraph.similarity.families.labelling import views_of
from netgraph.similarity.families.outlining import outline
from netgraph.similarity.families.words import KNOWN, word_of
from netgraph.similarity.family import NODES, WEIGHTS
from netgraph.similarity.fixed_point import snapped
from netgraph.similarity.labelled import batch_of, read_labelled

NETS = {"resnet18": ng.zoo.resnet(18), "resnet34": ng.zoo.resnet(34), "resnet50": ng.zoo.resnet(50), "vgg": ng.zoo.vgg(11),
        "vit": ng.zoo.vit(), "unet": ng.zoo.unet(), "densenet": ng.zoo.densenet(121),
        "gpt2": ng.zoo.gpt2(), "mobilenet": ng.zoo.mobilenet_v2()}


def traced(*nodes, edges=None):
    """A DiGraph of (op, params, shape), one behind the other unless edges are given."""
    graph = nx.DiGraph()
    graph.add_nodes_from((i, {"op": op, "params": params, "shape": shape}) for i, (op, params, shape) in enumerate(nodes))
    graph.add_edges_from(edges or [(i, i + 1) for i in range(len(nodes) - 1)])
    return graph


def as_traced(net):
    """The operations of a net as a DiGraph of its own."""
    record = read_labelled(net)
    return traced(*zip(record.ops, record.params.tolist(), record.shapes, strict=True), edges=record.edges.T.tolist())


def shuffled(graph, seed):
    """The same graph under other names, with nodes, edges and attributes in another order."""
    draw = random.Random(seed)
    names = {node: f"node {draw.random()}" for node in graph}
    other = nx.DiGraph()
    for node in draw.sample(list(graph), len(graph)):
        words = list(graph.nodes[node].items())
        other.add_node(names[node], **dict(draw.sample(words, len(words))))
    other.add_edges_from((names[a], names[b]) for a, b in draw.sample(list(graph.edges), graph.number_of_edges()))
    return other


def random_traced(seed, size=40):
    """A random acyclic graph of known and unknown operations."""
    draw = random.Random(seed)
    ops = [*sorted(KNOWN), "conv2d_foo", "wavelet", "conv3d", "x"]
    shapes = ([1, 8, 16, 16], [1, 64, 8], None)
    nodes = [("input", 0, [1, 3, 32, 32]), *((draw.choice(ops), draw.choice((0, 0, 64, 4096)), draw.choice(shapes)) for _ in range(size))]
    edges = {(draw.randrange(max(0, j - 5), j), j) for j in range(1, size + 1) for _ in range(draw.choice((1, 1, 2, 3)))}
    return traced(*nodes, edges=sorted(edges))


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_like_itself_to_the_full(name):
    assert ng.similarity(NETS[name], as_traced(NETS[name])) == 1.0


def test_similarity_is_symmetric_and_between_0_and_1():
    found = {(a, b): ng.similarity(NETS[a], NETS[b]) for a in NETS for b in NETS}
    assert all(0 <= found[a, b] == found[b, a] <= 1 for a, b in found)


def test_vectors_have_length_1_and_are_float32():
    vectors = ng.embed(NETS.values())
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)   # rounding of 384 float32 numbers


@pytest.mark.parametrize("name", NETS)
def test_a_vector_is_unchanged_by_names_and_orders(name):
    graph = as_traced(NETS[name])
    assert np.array_equal(ng.embed([shuffled(graph, seed=1)]), ng.embed([graph]))


def test_a_vector_is_unchanged_by_its_batch(monkeypatch):
    monkeypatch.setattr(family, "NODES", NODES // 16)
    monkeypatch.setattr(encoder, "BLOCK", 100)
    graphs = [random_traced(seed) for seed in range(280)]
    alone = np.concatenate([ng.embed([shuffled(graph, seed)]) for seed, graph in enumerate(graphs[::7])])
    assert np.array_equal(ng.embed(graphs)[::7], alone)
    assert np.array_equal(ng.embed(graphs[::-1])[::-1], ng.embed(graphs))


@pytest.mark.parametrize(("net", "kin", "other"), [
    ("resnet18", "resnet34", "vgg"), ("resnet50", "resnet34", "densenet"), ("gpt2", "vit", "unet")])
def test_a_net_of_its_kind_is_nearer_than_another(net, kin, other):
    assert ng.similarity(NETS[net], NETS[kin]) > ng.similarity(NETS[net], NETS[other])


def test_depth_and_width_hardly_matter():
    small, large = ng.zoo.vit("ti16"), ng.zoo.vit("l32")
    assert ng.similarity(small, large) > 0.95


SHAPE = [1, 16, 32]
ATTENTION = ["matmul", "softmax", "matmul", "linear"]
IDIOMS = {
    "x * sigmoid(x) and silu": (
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("sigmoid", 0, SHAPE), ("mul", 0, SHAPE), ("linear", 9, SHAPE),
               edges=[(0, 1), (1, 2), (1, 3), (2, 3), (3, 4)]),
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("silu", 0, SHAPE), ("linear", 9, SHAPE))),
    "scaling by a constant and none": (
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("mul", 0, SHAPE), ("softmax", 0, SHAPE)),
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("softmax", 0, SHAPE))),
    "one projection to query, key and value and three": (
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), *((op, 0, SHAPE) for op in ATTENTION),
               edges=[(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (4, 5)]),
        traced(("input", 0, SHAPE), *[("linear", 9, SHAPE)] * 3, *((op, 0, SHAPE) for op in ATTENTION),
               edges=[(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (4, 5), (5, 6), (3, 6), (6, 7)])),
    "a norm by its parts and as one": (
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("pow", 0, SHAPE), ("mean", 0, [1, 16, 1]), ("rsqrt", 0, [1, 16, 1]),
               ("mul", 0, SHAPE), ("mul", 32, SHAPE), ("linear", 9, SHAPE),
               edges=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 5), (5, 6), (6, 7)]),
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("rms_norm", 32, SHAPE), ("linear", 9, SHAPE))),
    "gelu by tanh and as one": (
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE),
               *((op, 0, SHAPE) for op in ("pow", "mul", "add", "mul", "tanh", "add", "mul", "mul")), ("linear", 9, SHAPE),
               edges=[(0, 1), (1, 2), (2, 3), (1, 4), (3, 4), (4, 5), (5, 6), (6, 7), (1, 8), (8, 9), (7, 9), (9, 10)]),
        traced(("input", 0, SHAPE), ("linear", 9, SHAPE), ("gelu_tanh", 0, SHAPE), ("linear", 9, SHAPE))),
    "2-D and 3-D": (
        traced(("input", 0, [1, 3, 8, 8]), ("conv2d", 9, [1, 4, 8, 8]), ("relu", 0, [1, 4, 8, 8])),
        traced(("input", 0, [1, 3, 8, 8, 8]), ("conv3d", 9, [1, 4, 8, 8, 8]), ("relu", 0, [1, 4, 8, 8, 8]))),
}


@pytest.mark.parametrize("idiom", IDIOMS)
def test_ways_to_write_the_same_give_the_same_vector(idiom):
    one, other = IDIOMS[idiom]
    assert np.array_equal(*ng.embed([one, other]))


def test_an_unknown_op_is_read_as_the_known_one_that_it_is_spelled_like():
    plain, spelled, strange = (traced(("input", 0, SHAPE), (op, 9, SHAPE), ("relu", 0, SHAPE))
                               for op in ("conv2d", "conv2d_foo", "wavelet"))
    assert ng.similarity(plain, spelled) > 0.99 > ng.similarity(plain, strange)


@pytest.mark.parametrize("word", sorted(KNOWN))
def test_a_known_word_stays_itself(word):
    assert word_of(word).name in KNOWN


def test_a_graph_without_input_edges_or_shapes_has_a_vector():
    graph = nx.DiGraph()
    graph.add_node("a", op="wavelet")
    assert np.isfinite(ng.embed([graph])).all()


def test_a_loop_of_scalings_has_a_vector_that_its_order_does_not_change():
    loop = traced(("input", 0, SHAPE), ("add", 0, SHAPE), ("mul", 0, SHAPE), ("mul", 0, SHAPE), ("mul", 0, SHAPE), ("mul", 0, SHAPE),
                  edges=[(0, 1), (2, 3), (3, 4), (4, 2), (4, 5)])
    assert np.array_equal(ng.embed([loop, *NETS.values()])[0], ng.embed([shuffled(loop, seed=3)])[0])


def test_no_graphs_give_no_vectors():
    assert ng.embed([]).shape == (0, family.family_encoder().dimensions)


def test_a_task_without_encoder_is_refused():
    with pytest.raises(ng.OpError) as refusal:
        ng.embed([NETS["vgg"]], task="famly")
    assert str(refusal.value) == "There is no encoder for 'famly'. Did you mean 'family'?"


def test_similarity_can_be_called_whatever_of_its_room_was_imported_before():
    assert ng.similarity.__name__ in ("similarity", "netgraph.similarity")
    assert callable(ng.similarity)


def test_the_outline_of_a_residual_net_is_its_resolutions_and_that_of_a_u_net_shows_its_skips():
    def words(net):
        _, _, label, labels = outline(condense(batch_of([read_labelled(net)])))
        return [labels[place] for place in label]
    assert set(words(NETS["resnet18"])) == {"input", "fewer", "one", "output"}
    assert words(NETS["unet"]).count("merge concat") == words(NETS["unet"]).count("more") == 4


def test_patterns_are_the_same_for_shuffled_graphs():
    for seed in range(20):
        graph = random_traced(seed)
        one, other = (views_of(batch_of([read_labelled(g)])) for g in (graph, shuffled(graph, seed)))
        assert all(np.array_equal(a.keys, b.keys) for a, b in zip(one, other, strict=True))


def test_a_pattern_knows_its_centre_from_what_lies_before_it():
    one, other = (views_of(batch_of([read_labelled(traced(*((op, 0, SHAPE) for op in ops)))])) for ops in (
        ("input", "relu", "gelu", "output"), ("input", "gelu", "relu", "output")))
    assert len(set(one.fine.keys) & set(other.fine.keys)) == 0


def test_hashed_signs_are_as_good_as_drawn():
    signs = signs_of(np.arange(400, dtype=np.uint64))
    products = (signs @ signs.T / SIGNS)[~np.eye(400, dtype=bool)]
    assert abs(products.mean()) < 0.01
    assert abs(products.std() - SIGNS**-0.5) < 0.005


def test_the_wave_stays_on_the_grid():
    x = snapped(np.linspace(-9, 9, 1001))
    assert np.array_equal(wave(x), snapped(wave(x)))


def test_the_shipped_encoder_is_small_and_its_numbers_lie_on_the_grid():
    arrays = load_file(WEIGHTS)
    assert WEIGHTS.stat().st_size < 2**20
    assert all(np.array_equal(array, snapped(array)) for array in arrays.values() if array.dtype == np.float32)
    assert (np.diff(arrays["pattern_keys"].astype(object)) > 0).all()
