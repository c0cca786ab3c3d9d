"""The difference of two nets: every edit found and nothing else, in as few words as there are edits."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.comparison.matching import match_sides
from netgraph.comparison.numbering import tokens
from netgraph.comparison.price import NONE, Prices
from netgraph.comparison.side import read_side
from netgraph.ops import OPS
from tests.comparison.edits import EDITS, Told

NETS: dict[str, Callable[[], nx.DiGraph]] = {
    "mlp": lambda: ng.zoo.mlp((5, 4, 3)), "autoencoder": lambda: ng.zoo.autoencoder((6, 4, 2)), "lenet": ng.zoo.lenet,
    "alexnet": ng.zoo.alexnet, "vgg11": lambda: ng.zoo.vgg(11), "resnet18": lambda: ng.zoo.resnet(18),
    "densenet121": lambda: ng.zoo.densenet(121), "unet": ng.zoo.unet, "mobilenet_v2": ng.zoo.mobilenet_v2,
    "inception": ng.zoo.inception, "transformer_encoder": lambda: ng.zoo.transformer_encoder(2, 8, 2, 16, length=5),
    "transformer": lambda: ng.zoo.transformer(2, 8, 2, 16, length=5, target_length=4),
    "gpt": lambda: ng.zoo.gpt(2, 8, 2, context=6, vocabulary=11), "vit": lambda: ng.zoo.vit("ti16", layers=2),
    "one width": lambda: ng.chain(64, *[64] * 30),
}
WIDTHS = (8, 16, 32, {"op": "relu"}, {"op": "dropout", "p": 0.1})


def told(d: ng.Diff) -> Told:
    """What a diff tells, shapes aside."""
    changed = {key: change for key, words in d.changed.items() if (change := {k: v for k, v in words.items() if k != "shape"})}
    return Told(set(d.added), set(d.removed), set(d.added_edges), set(d.removed_edges), changed)


def edited(graph: nx.DiGraph, kinds: list[str], rng: random.Random) -> tuple[nx.DiGraph, dict]:
    """The graph after some edits, and which node of it every node has become."""
    became = {name: name for name in graph}
    for kind in kinds:
        if "new layer" in graph and kind == "insert":
            continue
        done = EDITS[kind](graph, rng)
        if done is None:
            continue
        graph, want = done
        renames = {change["id"][0]: new for new, change in want.changed.items() if "id" in change}
        became = {old: renames.get(new, new) for old, new in became.items() if new not in want.removed}
    return graph, became


def shuffled(graph: nx.DiGraph, rng: random.Random) -> nx.DiGraph:
    """The same graph, declared in another order."""
    other = nx.DiGraph(**graph.graph)
    other.add_nodes_from(rng.sample(list(graph.nodes(data=True)), len(graph)))
    other.add_edges_from(rng.sample(list(graph.edges(data=True)), graph.number_of_edges()))
    return other


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("net", NETS)
def test_an_edit_is_found_and_nothing_else(net: str, kind: str) -> None:
    graph = NETS[net]()
    for seed in range(2):
        if (done := EDITS[kind](graph, random.Random(f"{net}{kind}{seed}"))) is not None:
            assert told(ng.diff(graph, done[0])) == done[1]


@pytest.mark.parametrize("net", NETS)
def test_several_edits_are_found_in_a_net_that_is_declared_in_another_order(net: str) -> None:
    rng = random.Random(net)
    graph = NETS[net]()
    other, became = edited(graph, rng.choices(list(EDITS), k=4), rng)
    assert ng.diff(graph, shuffled(other, rng)).matches == became


@pytest.mark.parametrize("net", NETS)
def test_a_net_is_known_again_when_every_layer_has_another_name(net: str) -> None:
    graph = NETS[net]()
    names = {name: f"{'abcdefgh'[number % 8]}{number * 7919 % 10007}" for number, name in enumerate(graph)}
    other = shuffled(nx.relabel_nodes(graph, names), random.Random(0))
    for words in other.nodes.values():
        words.update({"share": names[words["share"]]} if "share" in words else {})
    assert told(ng.diff(graph, other)).changed.keys() == set(names.values())
    assert all(change.keys() == {"id"} for change in ng.diff(graph, other).changed.values())


@pytest.mark.parametrize("net", NETS)
def test_a_net_does_not_differ_from_itself_declared_in_another_order(net: str) -> None:
    graph = NETS[net]()
    d = ng.diff(graph, shuffled(graph, random.Random(1)))
    assert not d
    assert (str(d), d.renumbered) == ("no difference", {})


@pytest.mark.parametrize("seed", range(20))
def test_a_layer_in_a_row_of_counted_ones_is_one_layer(seed: int) -> None:
    rng = random.Random(seed)
    layers = rng.choices(WIDTHS, k=rng.choice([3, 5, 10, 40]))
    place = rng.randrange(len(layers))
    longer = [*layers[:place], rng.choice([8, 64, {"op": "layernorm"}]), *layers[place:]]
    short, long = (ng.chain(4, 8, *row, 10) for row in (layers, longer))
    there, back = ng.diff(short, long), ng.diff(long, short)
    assert (len(there.added), there.removed, told(there).changed) == (1, (), {})
    assert (back.added, len(back.removed), told(back).changed) == ((), 1, {})


def test_counts_that_moved_on_keep_their_order() -> None:
    d = ng.diff(ng.chain(4, 8, 16, 32, 64), ng.chain(4, 8, 128, 16, 32, 64))
    assert d.renumbered == {"dense2": "dense3", "dense3": "dense4", "dense4": "dense5"}
    numbers = [tokens(new)[0][1] for _, new in sorted(d.renumbered.items())]
    assert numbers == sorted(numbers)


def test_two_layers_that_exchange_their_names_are_changed() -> None:
    graph = ng.chain(4, 8, 16, 32)
    other = nx.relabel_nodes(graph, {"dense1": "dense2", "dense2": "dense1"})
    assert told(ng.diff(graph, other)).changed == {"dense1": {"id": ("dense2", "dense1")}, "dense2": {"id": ("dense1", "dense2")}}


def least(prices: Prices) -> float:
    """The price of the cheapest match, found by trying all."""
    best = math.inf
    for choice in itertools.product(range(NONE, len(prices.new)), repeat=len(prices.old)):
        taken = [b for b in choice if b != NONE]
        if len(set(taken)) == len(taken) and (price := prices.total(list(choice))) < best:
            best = price
    return best


def small_net(rng: random.Random) -> nx.DiGraph:
    graph = nx.DiGraph()
    for number in range(rng.randrange(3, 5)):
        graph.add_node(f"n{number}", op=rng.choice(["relu", "tanh", "add"]))
        graph.add_edges_from((source, f"n{number}") for source in list(graph)[:number] if rng.random() < 0.5)
    return graph


def test_no_match_of_a_small_net_is_cheaper() -> None:
    seen = 0
    for seed in range(60):
        rng = random.Random(seed)
        graph = small_net(rng)
        if not graph.size():
            continue
        other, _ = edited(graph, rng.choices(["insert", "swap", "join"], k=2), rng)
        prices = Prices(read_side(graph), read_side(other))
        assert prices.total(match_sides(prices)) == pytest.approx(least(prices), abs=1e-4)      # counts that moved on cost 1e-6 each
        seen += 1
    assert seen > 40


@pytest.mark.parametrize("net", NETS)
def test_a_match_never_costs_more_than_ids_alone(net: str) -> None:
    rng = random.Random(net)
    graph = NETS[net]()
    other, _ = edited(graph, rng.choices(list(EDITS), k=6), rng)
    prices = Prices(read_side(graph), read_side(other))
    number = {name: b for b, name in enumerate(prices.new.ids)}
    assert prices.total(match_sides(prices)) <= prices.total([number.get(name, NONE) for name in prices.old.ids])


@pytest.mark.parametrize("words", [{"kernel_size": (3, 3)}, {"stride": 1}, {"bias": True}, {"trainable": True}, {"_note": "mine"}])
def test_a_field_said_otherwise_is_no_change(words: dict) -> None:
    graph = ng.chain((3, 8, 8), {"op": "conv2d", "channels": 4, "kernel_size": 3})
    other = graph.copy()
    other.nodes["conv2d1"].update(words)
    assert not ng.diff(graph, other)


def test_an_op_that_follows_is_no_change() -> None:
    graph = nx.DiGraph([("x", "h")])
    graph.add_node("x", shape=(3,))
    graph.add_node("h", units=2)
    assert not ng.diff(graph, ng.chain(3, {"id": "h", "op": "dense", "units": 2}))


def test_a_changed_field_changes_the_shapes_behind_it() -> None:
    graph = ng.chain(4, 8, {"op": "dropout", "p": 0.5}, 2)
    other = graph.copy()
    other.nodes["dense1"]["units"] = 16
    assert ng.diff(graph, other).changed == {"dense1": {"units": (8, 16), "shape": ((8,), (16,))}, "dropout1": {"shape": ((8,), (16,))}}


def test_arrays_are_compared_on_request() -> None:
    graph = ng.chain(2, 3)
    other = graph.copy()
    graph.edges["x", "dense1"]["weight"], other.edges["x", "dense1"]["weight"] = np.zeros((3, 2)), np.full((3, 2), 0.25)
    other.nodes["dense1"]["bias"] = np.ones(3)
    assert not ng.diff(graph, other)
    assert str(ng.diff(graph, other, weights=True)) == ("1 layer changed; 1 edge changed\n"
                                                         "~ 'dense1': bias none → array of 3\n"
                                                         "~ 'x' -> 'dense1': weight differs by up to 0.25")
    assert not ng.diff(graph, graph, weights=True)


def test_declared_outputs_are_compared() -> None:
    graph = ng.chain(2, 3, 4)
    other = graph.copy()
    other.graph["outputs"] = ["dense2", "dense1"]
    assert ng.diff(graph, other).changed == {"dense1": {"output": (None, 1)}}
    other.graph["outputs"] = ["dense2"]
    assert not ng.diff(graph, other)


def test_tying_follows_a_renamed_layer() -> None:
    graph = ng.chain(4, 4, {"id": "again", "units": 4, "share": "dense1"})
    other = nx.relabel_nodes(graph, {"dense1": "first"})
    other.nodes["again"]["share"] = "first"
    assert ng.diff(graph, other).changed == {"first": {"id": ("dense1", "first")}}
    other.nodes["again"].pop("share")
    assert ng.diff(graph, other).changed["again"] == {"share": ("dense1", None)}


def test_graphs_that_netgraph_cannot_run_are_compared_without_shapes() -> None:
    graph = nx.DiGraph([("x", "a"), ("a", "b"), ("b", "a")])
    nx.set_node_attributes(graph, {"x": "Placeholder", "a": "FancyOp", "b": "FancyOp"}, "op")
    other = nx.relabel_nodes(graph, {"b": "c"})
    other.nodes["a"]["alpha"] = 3
    assert ng.diff(graph, other).changed == {"a": {"alpha": (None, 3)}, "c": {"id": ("b", "c")}}


def test_a_delay_that_changes_is_a_changed_edge() -> None:
    graph = ng.chain(4, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 2})
    graph.add_edge("h", "h", delay=1)
    other = graph.copy()
    other.edges["h", "h"]["delay"] = 2
    assert not ng.diff(graph, graph.copy())
    assert ng.diff(graph, other).changed == {("h", "h"): {"delay": (1, 2)}}


@pytest.mark.parametrize("word", OPS)
def test_every_op_is_equal_to_itself_and_tells_a_label(word: str) -> None:
    for constants, shapes in OPS[word].examples:
        graph = nx.DiGraph()
        graph.add_node("n", op=word, **constants)
        for slot, shape in enumerate(shapes):
            graph.add_node(f"x{slot}", op="input", shape=shape)
            graph.add_edge(f"x{slot}", "n", slot=slot)
        other = graph.copy()
        assert not ng.diff(graph, other)
        other.nodes["n"]["label"] = "another"
        assert ng.diff(graph, other).changed == {"n": {"label": (None, "another")}}


def test_numbers_that_are_a_constant_of_an_op_belong_to_the_structure() -> None:
    nets = [nx.DiGraph() for _ in range(2)]
    for net, value in zip(nets, (1.0, 1.5), strict=True):
        net.add_node("c", op="constant", value=np.full((2, 3), value))
        net.add_node("x", op="input", shape=(2, 3))
        net.add_node("y", op="add")
        net.add_edges_from([("x", "y"), ("c", "y")])
    assert str(ng.diff(*nets)) == "1 layer changed\n~ 'c': value differs by up to 0.5"


def test_what_is_no_net_is_refused() -> None:
    with pytest.raises(ng.GraphError, match="but got a Graph, whose edges have no direction"):
        ng.diff(nx.Graph(), nx.DiGraph())


def test_a_difference_does_not_follow_later_changes_of_the_graphs() -> None:
    graph, other = ng.chain(4, 8), ng.chain(4, 8, 16)
    d = ng.diff(graph, other)
    before = str(d)
    other.remove_node("dense2")
    assert str(d) == before


def test_a_difference_is_told_in_words() -> None:
    graph = ng.zoo.resnet(18)
    other = graph.copy()
    other.nodes["layer2_0_conv1"]["channels"] = 96
    other.nodes["fc"]["units"] = 10
    other.add_node("drop", op="dropout", p=0.2)
    other.remove_edge("avgpool", "fc")
    nx.add_path(other, ["avgpool", "drop", "fc"])
    other.edges["layer1_0_add", "layer1_1_add"]["weight"] = 0.5
    other = nx.relabel_nodes(other, {"conv1": "stem"})
    assert str(ng.diff(graph, other)) == "\n".join((
        "1 layer added, 2 changed, 1 renamed, 1 reshaped; 2 edges added, 1 removed, 1 changed",
        "+ 'drop' (dropout · p 0.2) between 'avgpool' and 'fc'",
        "− 'avgpool' -> 'fc'",
        "~ 'stem': renamed from 'conv1'",
        "~ 'layer1_0_add' -> 'layer1_1_add': weight none → 0.5",
        "~ 'layer2_0_conv1': channels 128 → 96, shape 128 × 28 × 28 → 96 × 28 × 28",
        "~ 'fc': units 1000 → 10, shape 1000 → 10",
        "~ shape of 1 layer that follows: 'layer2_0_bn1' 128 × 28 × 28 → 96 × 28 × 28"))


def test_long_lists_are_counted() -> None:
    lines = str(ng.diff(ng.zoo.resnet(152), ng.zoo.resnet(101))).splitlines()
    assert lines[0] == "119 layers removed; 4 edges added, 140 removed"
    assert lines[5] == "− 7 layers in layer2/block4: 'layer2_4_conv1', 'layer2_4_bn1', 5 more"
    assert lines[-1] == "− … and 5 more"
