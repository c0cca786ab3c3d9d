"""Edit distances: held against every map of nodes, against networkx, and against edits that were made."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.similarity import alignment, node_maps, sequence
from netgraph.similarity.canonical import canonical
from netgraph.similarity.directed_gin import HIGHEST, distance_encoder, row_of, untrained_encoder
from netgraph.similarity.edits import MOST_NODES
from netgraph.similarity.labelled import LabelledGraph, batch_of, read_all, read_labelled
from tests.similarity.edit_oracle import edited, fewest, random_graph, random_net, shuffled


def small_pairs(seed, count=40, is_looped=True):
    draw = random.Random(seed)
    return [tuple(random_graph(draw.randint(1, 6), draw.randint(0, 9), draw, is_looped=is_looped) for _ in "ab") for _ in range(count)]


def nets(count=6, seed=0):
    draw = random.Random(seed)
    return [random_net(draw.randint(5, 60), draw) for _ in range(count - 1)] + [random_net(130, draw)]


@pytest.mark.parametrize("seed", range(4))
def test_small_distances_are_the_fewest_edits_of_all_maps(seed):
    pairs = small_pairs(seed)
    assert [ng.distance(a, b) for a, b in pairs] == [fewest(a, b) for a, b in pairs]


def test_small_distances_are_those_of_networkx():
    pairs = [(a, b) for a, b in small_pairs(9, 15, is_looped=False) if len(a) < 6 and len(b) < 6]
    expected = [nx.graph_edit_distance(a, b, node_match=lambda x, y: x["op"] == y["op"]) for a, b in pairs]
    assert [ng.distance(a, b) for a, b in pairs] == expected


@pytest.mark.parametrize("size", [10, 20, MOST_NODES, MOST_NODES + 1, 60, 150])
def test_a_large_net_is_no_further_from_its_copy_than_the_edits_made(size):
    draw = random.Random(size)
    for count in (1, 3, 8):
        net = random_net(size, draw)
        assert ng.distance(net, edited(net, count, draw)) <= count


def test_a_relabelled_node_of_a_large_net_is_one_edit():
    net = random_net(80, random.Random(0))
    other = net.copy()
    other.nodes[40]["op"] = "something new"
    assert ng.distance(net, other) == 1


@pytest.mark.parametrize("depths", [(121, 169), (169, 201)])
def test_a_deeper_net_of_the_same_blocks_is_hardly_further_away_than_what_was_added(depths):
    small, large = (read_labelled(ng.zoo.densenet(depth)) for depth in depths)
    added = len(large) - len(small) + large.edges.shape[1] - small.edges.shape[1]
    assert added <= ng.distance(small, large) <= 1.05 * added


def test_nets_that_are_too_large_for_a_full_table_are_aligned_in_a_band(monkeypatch):
    monkeypatch.setattr(sequence, "MOST_CELLS", 3000)
    monkeypatch.setattr(alignment, "MOST_CELLS", 1000)
    draw = random.Random(3)
    net = random_net(400, draw)
    assert ng.distance(net, edited(net, 3, draw)) <= 3
    parted = net.copy()
    parted.remove_edges_from([(a, b) for a, b in net.edges if a < 200 <= b])
    assert ng.distance(net, parted) < 40                      # the line of a net in two parts may begin with either
    assert ng.distance(shuffled(net, 1), shuffled(parted, 2)) == ng.distance(parted, net)


def test_no_map_is_worth_more_than_the_highest_score():
    for seed in range(20):
        draw = random.Random(seed)
        one, other = (canonical(read_labelled(random_net(draw.randint(10, 30), draw))) for _ in "ab")
        task = node_maps.task_of(*sorted((one, other), key=len))
        image = np.array(draw.sample(range(len(task.places)), len(task.labels)))
        links = np.zeros((len(task.labels), len(task.labels)), bool), np.zeros((len(task.places), len(task.places)), bool)
        for link, edges in zip(links, (task.small, task.large), strict=True):
            link[edges[0], edges[1]] = True
        expected = (task.labels == task.places[image]).sum() + 2 * (links[0] & links[1][np.ix_(image, image)]).sum()
        assert task.score(image) == expected <= task.highest


@pytest.mark.parametrize("by", ["edits", "vectors"])
def test_a_graph_is_at_no_distance_from_itself_in_any_order(by):
    for seed, net in enumerate(nets()):
        assert ng.distance(net, shuffled(net, seed), by=by) == 0


@pytest.mark.parametrize("by", ["edits", "vectors"])
def test_distances_are_symmetric_and_change_by_no_name_order_or_batch(by):
    some = nets() + [pair[0] for pair in small_pairs(2, 6)]
    whole = ng.distance_matrix(some, by=by)
    assert np.array_equal(whole, whole.T)
    assert np.array_equal(whole, ng.distance_matrix([shuffled(net, 1) for net in some], [shuffled(net, 2) for net in some], by=by))
    assert np.array_equal(whole[2:3, 3:9], ng.distance_matrix(some[2:3], some[3:9], by=by))


def test_vectors_change_by_no_name_order_or_batch():
    some = nets(20)
    whole = ng.embed(some, task="distance")
    assert np.array_equal(whole[::-1], ng.embed([shuffled(net, 3) for net in some[::-1]], task="distance"))
    assert all(np.array_equal(whole[i:i + 1], ng.embed([net], task="distance")) for i, net in enumerate(some))


def test_values_of_the_encoder_stay_where_float64_is_exact():
    hub = nx.DiGraph((node, 0) for node in range(1, 3000))
    nx.set_node_attributes(hub, "add", "op")
    vectors = distance_encoder().nodes(batch_of([read_labelled(hub)]))
    assert np.array_equal(vectors, np.rint(vectors * 2.0**14) / 2.0**14)
    assert np.array_equal(ng.embed([hub], task="distance"), ng.embed([shuffled(hub, 0)], task="distance"))


def test_vectors_follow_the_formula():
    encoder = distance_encoder()
    for net in nets(3):
        record = read_labelled(net)
        links = np.zeros((len(record), len(record)))
        links[record.edges[0], record.edges[1]] = 1
        h = encoder.table[[row_of(op) for op in record.ops]]
        hops = [h]
        for (w1, b1), (w2, b2) in zip(encoder.first, encoder.second, strict=True):
            around = np.concatenate([h, links.T @ h, links @ h], axis=1)
            h = np.maximum(np.maximum(around @ w1 + b1, 0) @ w2 + b2, 0)
            hops.append(h)
        expected = np.concatenate(hops, axis=1) @ encoder.read
        bent = np.concatenate(hops, axis=1).sum(axis=0) / 8
        for weight, bias in encoder.bend:
            bent = np.clip(bent @ weight + bias, 0, HIGHEST)
        assert np.allclose(encoder.nodes(batch_of([record])), expected, rtol=0, atol=0.01)     # the grid rounds at every step
        assert np.allclose(ng.embed([net], task="distance")[0], expected.sum(axis=0) + bent @ encoder.back, rtol=0, atol=0.01 * len(record))


def test_unknown_words_have_vectors_of_their_own():
    words = [nx.DiGraph([(0, 1)]) for _ in range(3)]
    for graph, word in zip(words, ("relu", "warp drive", "hyper gate"), strict=True):
        nx.set_node_attributes(graph, word, "op")
    vectors = ng.embed(words, task="distance")
    assert row_of("warp drive") != row_of("hyper gate")
    assert np.isfinite(vectors).all()
    assert len({vector.tobytes() for vector in vectors}) == 3


def test_trained_vectors_rank_edits_better_than_untrained_ones():
    pairs = [pair for seed in range(6) for pair in _cells(seed)]
    exact = np.array([ng.distance(a, b) for a, b in pairs])
    first, second = ([read_labelled(graph) for graph in side] for side in zip(*pairs, strict=True))

    def agreement(encoder):
        far = np.linalg.norm(encoder.vectors(batch_of(first)) - encoder.vectors(batch_of(second)), axis=1)
        return np.corrcoef(np.argsort(np.argsort(far)), np.argsort(np.argsort(exact)))[0, 1]

    assert agreement(distance_encoder()) > agreement(untrained_encoder(0)) + 0.1


def _cells(seed):
    """Pairs of small acyclic graphs of one size, of words that cells are made of."""
    draw = random.Random(seed)
    size = draw.randint(6, 8)

    def cell():
        net = random_net(size, draw, ("conv2d", "relu", "add", "max_pool", "batch_norm"))
        net.nodes[0]["op"], net.nodes[size - 1]["op"] = "input", "output"
        return net

    return [(cell(), cell()) for _ in range(20)]


def test_a_foretold_distance_is_that_of_the_vectors():
    a, b = nets(2)
    x, y = ng.embed([a, b], task="distance")
    assert ng.distance(a, b, by="vectors") == pytest.approx(np.linalg.norm(x - y), rel=1e-12)


def test_declared_nets_and_unknown_graphs_can_be_compared():
    traced = nx.DiGraph([("a", "b"), ("b", "c")])
    for node, op in zip("abc", ("input", "linear", "output"), strict=True):
        traced.nodes[node]["op"] = op
    assert ng.distance(ng.chain(3, 2), traced) == 0


def test_a_deeper_resnet_is_further_away():
    nets = [ng.zoo.resnet(depth) for depth in (18, 34, 50)]
    near, far = ng.distance_matrix(nets[:1], nets[1:])[0]
    assert 0 < near < far


def test_no_graphs_give_no_distances():
    assert ng.distance_matrix([], nets(2)).shape == (0, 2)
    assert ng.distance_matrix(nets(2), []).shape == (2, 0)
    assert ng.embed([], task="distance").shape == (0, 128)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda g: ng.distance(g, g, by="edit"), ng.OpError, "Distances are not taken by 'edit'. Did you mean 'edits'?"),
    (lambda g: ng.embed([g], task="distanse"), ng.OpError, "There is no encoder for 'distanse'. Did you mean 'distance'?"),
    (lambda g: ng.distance_matrix(g, [g]), ng.GraphError, "Wanted are several graphs, but got one. Write it in a list: [graph]."),
])
def test_wrong_requests_are_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(ng.chain(3, 2))
    assert str(refusal.value) == message


def test_records_are_taken_as_graphs():
    net = ng.chain(3, 4, "relu", 1)
    assert isinstance(read_labelled(net), LabelledGraph)
    assert ng.distance_matrix(read_all([net]), [net])[0, 0] == 0
