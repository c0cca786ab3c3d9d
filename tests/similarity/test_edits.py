"""The search for the fewest edits, and the order that it begins from."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest

from netgraph.similarity.canonical import canonical, colours_of
from netgraph.similarity.edit_distance.beam import pairs_of, search
from netgraph.similarity.edit_distance.edits import fewest_edits, rows_of, side_of
from netgraph.similarity.labelled import read_labelled
from tests.similarity.edit_oracle import fewest, random_graph, random_net, shuffled


def random_nets(count=6):
    draw = random.Random(0)
    return [random_net(draw.randint(5, 60), draw) for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_proven_edits_are_the_fewest_of_all_maps(seed):
    draw = random.Random(seed)
    pairs = [tuple(random_graph(draw.randint(1, 7), draw.randint(0, 12), draw, is_looped=True) for _ in "ab") for _ in range(20)]
    found, proven = fewest_edits([tuple(rows_of(read_labelled(graph)) for graph in pair) for pair in pairs])
    assert proven.all()
    assert found.tolist() == [fewest(a, b) for a, b in pairs]


def test_a_narrow_beam_says_that_it_proves_nothing_where_it_errs():
    draw = random.Random(3)
    pairs = [tuple(random_graph(draw.randint(1, 6), draw.randint(0, 9), draw, is_looped=True) for _ in "ab") for _ in range(150)]
    rows = [tuple(rows_of(read_labelled(graph)) for graph in pair) for pair in pairs]
    found, proven = fewest_edits(rows, widths=(1,))
    exact = np.array([fewest(a, b) for a, b in pairs])
    assert (found >= exact).all()
    assert (found[proven] == exact[proven]).all()
    assert 0 < proven.sum() < len(pairs)


def test_the_map_that_a_search_returns_has_the_score_that_it_says():
    draw = random.Random(1)
    a, b = (read_labelled(random_graph(6, 9, draw)) for _ in "ab")
    one, two = rows_of(a), rows_of(b)
    found = search(pairs_of(side_of([one]), side_of([two])), 64, np.array([-1], np.int16))
    image = [int(bits).bit_length() - 1 for bits in found.images[0]]
    labels = sum(one.labels[k] == two.labels[image[k]] for k in range(6))
    common = sum(bool(one.succ[k] >> m & 1) and bool(two.succ[image[k]] >> image[m] & 1) for k in range(6) for m in range(6))
    loops = sum(bool(one.loops[k]) and bool(two.loops[image[k]]) for k in range(6))
    assert labels + 2 * (common + loops) == found.score[0]


def test_canonical_order_is_that_of_any_order():
    for seed, net in enumerate([*random_nets(), nx.DiGraph([(0, 1), (0, 2), (1, 3), (2, 3)])]):
        nx.set_node_attributes(net, {node: words.get("op", "add") for node, words in net.nodes(data=True)}, "op")
        one, two = (canonical(read_labelled(graph)) for graph in (net, shuffled(net, seed)))
        assert one.ops == two.ops
        assert np.array_equal(one.edges, two.edges)


def test_nodes_that_refined_colours_cannot_tell_apart_have_one_order():
    circles = nx.disjoint_union(_zigzag(4), _zigzag(8))
    one, two = (canonical(read_labelled(shuffled(circles, seed))) for seed in (0, 1))
    assert np.array_equal(one.edges, two.edges)


def _zigzag(size):
    """A circle whose edges run to and fro, so that all sources are alike and all targets."""
    graph = nx.DiGraph((node, other) for node in range(0, size, 2) for other in ((node + 1) % size, (node - 1) % size))
    nx.set_node_attributes(graph, "add", "op")
    return graph


def test_all_colours_of_a_graph_differ():
    assert all(len(set(colours_of(read_labelled(net)).tolist())) == len(net) for net in (*random_nets(), _zigzag(8)))
