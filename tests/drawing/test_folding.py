"""Runs of equal layers are drawn once and say how often they come; nothing is lost by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import networkx as nx
import pytest

from netgraph import zoo
from netgraph.drawing import draw
from netgraph.stack import chain


def blocks(count: int) -> nx.DiGraph:
    graph = nx.DiGraph(name="blocks")
    graph.add_node("x", op="input", shape=(8,))
    graph.add_node("mask", op="input", shape=(8,))
    last = "x"
    for number in range(count):
        names = [f"block{number}/{word}" for word in ("fc", "mul", "add")]
        for name, word in zip(names, ("dense", "mul", "add"), strict=True):
            graph.add_node(name, op=word, within=f"encoder/block{number}", **({"units": 8} if word == "dense" else {}))
        nx.add_path(graph, [last, *names])
        graph.add_edge("mask", names[1])
        graph.add_edge(last, names[2])
        last = names[2]
    graph.add_node("y", op="dense", units=2)
    graph.add_edge(last, "y")
    return graph


def test_equal_layers_become_one_box_that_counts_them() -> None:
    picture = draw(chain(64, *([64] * 100), 10)).picture
    assert [box.title for box in picture.boxes] == ["x", "dense1 … 100", "dense101"]
    assert (picture.boxes[1].badge, picture.boxes[1].repeats) == ("×100", 100)


def test_equal_pieces_of_several_layers_are_framed_and_counted() -> None:
    picture = draw(chain(64, *([64, "layernorm"] * 50), 10)).picture
    assert len(picture.boxes) == 4
    assert [(frame.name, frame.repeats) for frame in picture.clusters] == [("×50", 50)]


def test_groups_that_repeat_are_one_group_that_counts_them() -> None:
    picture = draw(blocks(24)).picture
    (encoder,) = picture.clusters
    assert [(frame.name, frame.repeats) for frame in encoder.clusters] == [("block0 … 23 ×24", 24)]
    assert len(picture.boxes) == 6


@pytest.mark.parametrize("graph", [chain(64, *([64] * 100), 10), blocks(24), chain(8, *([16, 8, 4, 8] * 20), 3)],
                         ids=["chain", "blocks", "period-of-four"])
def test_every_node_and_edge_stays_in_exactly_one_box_or_wire(graph: nx.DiGraph) -> None:
    picture = draw(graph).picture
    assert len(picture.boxes) < 12
    assert Counter(node for box in picture.boxes for node in box.members) == Counter(list(graph.nodes))
    assert Counter(picture.edges()) == Counter(list(graph.edges))


def test_layers_of_which_one_is_read_elsewhere_are_not_folded_over_it() -> None:
    graph = chain(8, *({"id": f"h{n}", "units": 8} for n in range(60)))
    graph.add_edge("h30", "h59", weight=1)
    picture = draw(graph).picture
    reader = next(wire for wire in picture.wires if ("h30", "h59") in wire.members)
    assert picture.box(reader.source).members[-1] == "h30"


def test_small_nets_are_folded_only_when_asked() -> None:
    graph = chain(8, 8, 8, 8, 8, 2)
    assert len(draw(graph).picture.boxes) == 6
    assert len(draw(graph, fold=True).picture.boxes) == 3


def test_large_nets_are_drawn_in_full_when_asked() -> None:
    assert len(draw(chain(8, *([8] * 60)), fold=False).picture.boxes) == 61


def test_ten_thousand_different_layers_are_laid_out() -> None:
    sheet = draw(chain(8, *(8 + (step * step) % 97 for step in range(10_000))), fold=False).sheet
    assert len(sheet.layout.boxes) == 10_001
    assert max(sheet.width, sheet.height) / min(sheet.width, sheet.height) < 2.5


def test_the_last_piece_is_folded_in_and_hands_on_its_mark_of_output() -> None:
    graph = blocks(24)
    graph.remove_node("y")
    picture = draw(graph).picture
    (encoder,) = picture.clusters
    (block,) = encoder.clusters
    assert (block.name, block.repeats) == ("block0 … 23 ×24", 24)
    assert [box.members[-1] for box in picture.boxes if box.is_output] == ["block23/add"]


def test_runs_in_a_piece_that_is_folded_are_folded_too() -> None:
    graph = chain(8, *({"id": f"p{part}h{n}", "units": 8, "within": f"part{part}"} for part in range(6) for n in range(10)))
    (part,) = draw(graph).picture.clusters
    assert part.repeats == 6
    assert [box.repeats for box in draw(graph).picture.boxes] == [1, 10]


def test_a_run_does_not_reach_beyond_a_frame() -> None:
    graph = chain(8, *({"id": f"a{n}", "units": 8, "within": "first"} for n in range(30)),
                  *({"id": f"b{n}", "units": 8, "within": "second"} for n in range(20)))
    assert [box.repeats for box in draw(graph).picture.boxes] == [1, 30, 20]


@pytest.mark.parametrize("layers", [12, 48])
@pytest.mark.parametrize("net", [
    lambda layers: zoo.transformer_encoder(layers, 16, 2, 32, length=8),
    lambda layers: zoo.gpt(layers, 16, 2, context=8, vocabulary=11),
], ids=["encoder", "gpt"])
def test_all_layers_of_a_transformer_are_drawn_as_one(net: Callable[[int], nx.DiGraph], layers: int) -> None:
    graph = net(layers)
    picture = draw(graph).picture
    assert [(frame.name, frame.repeats) for frame in picture.clusters if frame.repeats > 1] == [
        (f"layer0 … {layers - 1} ×{layers}", layers)]
    assert Counter(node for box in picture.boxes for node in box.members) == Counter(list(graph.nodes))
    assert Counter(picture.edges()) == Counter(list(graph.edges))


def test_layers_that_read_alike_but_give_other_shapes_are_not_folded() -> None:
    conv = {"op": "conv2d", "channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}
    assert [box.repeats for box in draw(chain((8, 64, 64), *([conv] * 5)), fold=True, show=()).picture.boxes] == [1] * 6


def test_gains_that_differ_are_not_folded() -> None:
    graph = chain(8, *({"id": f"h{n}", "op": "add"} for n in range(6)))
    for number in range(1, 6):
        graph.edges[f"h{number - 1}", f"h{number}"]["weight"] = 0.5 if number < 4 else 0.25
    assert len(draw(graph, fold=True).picture.boxes) > 3


def branches(count: int, length: int) -> nx.DiGraph:
    graph = nx.DiGraph(name="branches")
    graph.add_node("x", op="input", shape=(8,))
    graph.add_node("sum", op="add")
    for branch in range(count):
        names = [f"b{branch}_{step}" for step in range(length)]
        for step, name in enumerate(names):
            graph.add_node(name, op="dense", units=8 + step if step < length - 1 else 8)
        nx.add_path(graph, ["x", *names, "sum"])
    return graph


@pytest.mark.parametrize(("length", "expected"), [(1, 3), (3, 5)])
def test_equal_branches_side_by_side_are_one_and_say_so(length: int, expected: int) -> None:
    graph = branches(60, length)
    picture = draw(graph).picture
    said = [line for box in picture.boxes for line in box.lines] + [frame.name for frame in picture.clusters]
    assert len(picture.boxes) == expected
    assert any("in parallel" in text for text in said)
    assert Counter(picture.edges()) == Counter(list(graph.edges))


def test_branches_of_which_one_is_heard_elsewhere_are_not_one() -> None:
    graph = branches(60, 1)
    graph.add_node("y", op="dense", units=2)
    graph.add_edge("b7_0", "y")
    assert all("b7_0" not in box.members or box.members == ("b7_0",) for box in draw(graph).picture.boxes)
