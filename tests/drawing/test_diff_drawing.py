"""The drawing of a difference: every layer and edge of both nets once, what was edited in its colour and with its sign."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import networkx as nx
import pytest

import netgraph as ng
from netgraph.drawing.themes.theme import THEMES
from netgraph.picture import Picture
from tests.comparison.edits import EDITS

NETS = {"resnet18": lambda: ng.zoo.resnet(18), "gpt": lambda: ng.zoo.gpt(2, 8, 2, context=6, vocabulary=11), "lenet": ng.zoo.lenet,
        "inception": lambda: ng.zoo.inception(5, shape=(3, 64, 64), width=2)}
SIGNS = {"added": "+ ", "removed": "− ", "changed": "~ "}


def spoilt(seed: int) -> tuple[nx.DiGraph, nx.DiGraph]:
    """A net, and the same with edits after which it can still be run."""
    rng = random.Random(seed)
    graph = other = NETS[list(NETS)[seed % len(NETS)]]()
    for _ in range(50):
        done = EDITS[rng.choice(list(EDITS))](other, rng) if "new layer" not in other else None
        if done is not None:
            try:
                ng.check(done[0])
            except ng.NetgraphError:
                continue
            other = done[0]
    return graph, other


def members(picture: Picture, family: str) -> list:
    return [member for box in picture.boxes if box.family == family for member in box.members]


def edges(picture: Picture, kind: str) -> list:
    return [member for wire in picture.wires if wire.kind == kind for member in wire.members]


@pytest.fixture(scope="module", params=range(20))
def difference(request: pytest.FixtureRequest) -> ng.Diff:
    return ng.diff(*spoilt(request.param))


@pytest.mark.parametrize("fold", [True, False])
def test_every_edit_is_coloured(difference: ng.Diff, fold: bool) -> None:
    picture = difference.draw(fold=fold).picture
    assert sorted(members(picture, "added"), key=str) == sorted(difference.added, key=str)
    assert sorted(members(picture, "removed"), key=str) == sorted(difference.removed, key=str)
    told = [key for key, change in difference.changed.items() if not isinstance(key, tuple) and change.keys() != {"shape"}]
    assert sorted(members(picture, "changed"), key=str) == sorted(told, key=str)
    assert Counter(edges(picture, "added")) == Counter(difference.added_edges)
    assert Counter(edges(picture, "removed")) == Counter(difference.removed_edges)
    assert Counter(edges(picture, "changed")) == Counter(key for key in difference.changed if isinstance(key, tuple))


def test_every_layer_of_both_nets_is_in_one_box(difference: ng.Diff) -> None:
    for fold in (True, False):
        found = [member for box in difference.draw(fold=fold).picture.boxes for member in box.members]
        assert Counter(found) == Counter([*difference.new, *difference.removed])


def test_an_unfolded_drawing_has_every_edge_of_both_nets_in_one_wire(difference: ng.Diff) -> None:
    found = [pair for wire in difference.draw(fold=False).picture.wires for pair in wire.members]
    assert Counter(found) == Counter([*difference.new.edges, *difference.removed_edges])


def test_colour_alone_tells_nothing(difference: ng.Diff) -> None:
    for box in difference.draw().picture.boxes:
        assert box.title.startswith(SIGNS.get(box.family, "")) and box.family in {*SIGNS, "same"}


def test_no_two_boxes_overlap(difference: ng.Diff) -> None:
    places = difference.draw().sheet.layout.boxes
    assert not [(a, b) for a, b in combinations(places, 2) if places[a].overlaps(places[b], gap=4)]


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_a_colour_for_each_mark(theme: str) -> None:
    svg = ng.diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 16, "tanh", 32, 4)).draw(theme=theme).svg()
    assert all(THEMES[theme].families[mark].edge in svg for mark in ("added", "removed", "changed", "same"))


def test_a_changed_card_says_what_was_and_what_is() -> None:
    picture = ng.diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 32, "gelu", 4)).draw().picture
    assert picture.boxes[1].title == "~ dense1"
    assert picture.boxes[1].lines == ("dense 32 · gelu", "units 16 → 32", "activation relu → gelu", "shape 16 → 32")
    assert picture.wires[1].label == "16 → 32"


def test_the_caption_counts_and_the_legend_explains() -> None:
    picture = ng.diff(ng.chain(8, 16, "relu", 4, name="a"), ng.chain(8, 16, "tanh", 32, 4, name="b")).draw().picture
    assert (picture.title, picture.caption) == ("a → b", "+1 ~1 layers · 212 → 820 parameters")
    assert [word for _, word in picture.legend] == ["+ added", "− removed", "~ changed", "unchanged"]


def test_layers_far_from_a_change_are_one_box() -> None:
    graph = ng.chain(8, *range(10, 90))
    other = graph.copy()
    other.nodes["dense40"]["activation"] = "relu"
    titles = [box.title for box in ng.diff(graph, other).draw().picture.boxes]
    assert titles == ["x", "38 layers", "dense39", "~ dense40", "dense41", "38 layers", "dense80"]


def test_removed_blocks_are_folded() -> None:
    picture = ng.diff(ng.zoo.resnet(152), ng.zoo.resnet(101)).draw().picture
    assert sum(box.family == "removed" for box in picture.boxes) == 14
    assert len(members(picture, "removed")) == 119


def test_nets_that_run_opposite_ways_are_drawn() -> None:
    graph, other = (nx.DiGraph() for _ in range(2))
    for net, order in ((graph, "xabc"), (other, "xcba")):
        net.add_node("x", shape=(4,))
        net.add_nodes_from("abc", op="relu")
        nx.add_path(net, order)
    assert len(ng.diff(graph, other).draw().sheet.layout.boxes) == 4


def test_a_net_that_cannot_be_run_is_refused_as_it_would_be_alone() -> None:
    wrong = ng.chain(8, 16)
    wrong.nodes["dense1"]["units"] = -1
    d = ng.diff(ng.chain(8, 16), wrong)
    with pytest.raises(ng.NetgraphError) as error:
        d.draw()
    with pytest.raises(ng.NetgraphError) as alone:
        ng.check(wrong)
    assert str(error.value) == str(alone.value)


def test_a_caption_counts_edges_where_no_layer_changed() -> None:
    graph = ng.chain(4, 4, 4)
    other = graph.copy()
    assert ng.diff(graph, other).draw().picture.caption == "no difference · 40 parameters"
    other.add_edge("x", "dense2", weight=1)
    assert ng.diff(graph, other).draw().picture.caption == "+1 edges · 40 parameters"


def test_a_block_is_one_card_with_all_its_parameters() -> None:
    graph = ng.chain((10, 16), "layernorm")
    other = ng.chain((10, 16), {"op": "attention", "num_heads": 4, "id": "look"}, "layernorm")
    (box,) = (box for box in ng.diff(graph, other).draw().picture.boxes if box.family == "added")
    assert (box.title, box.badge, box.members) == ("+ look", "1.09k", ("look",))


def test_a_changed_delay_is_a_loop_in_amber() -> None:
    graph = ng.chain(4, {"id": "h", "units": 4, "activation": "tanh"}, 2)
    graph.add_edge("h", "h", delay=1)
    other = graph.copy()
    other.edges["h", "h"]["delay"] = 2
    (wire,) = (wire for wire in ng.diff(graph, other).draw().picture.wires if wire.source == wire.target)
    assert (wire.kind, wire.label) == ("changed", "delay 1 → 2 · t − 2")
