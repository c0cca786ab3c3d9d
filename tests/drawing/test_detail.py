"""How much of a large net is drawn: groups shut to a depth, sizes listed, and what many hear from drawn again."""

from __future__ import annotations

import networkx as nx
import pytest

import netgraph as ng
from netgraph import zoo
from netgraph.drawing import draw
from netgraph.errors import DrawError
from netgraph.picture import Picture
from netgraph.stack import chain


def nested() -> nx.DiGraph:
    """Three dense layers in a group in a group, between two outside."""
    return chain(8, {"id": "a", "units": 8}, *({"id": f"g{n}", "units": 8 + n, "within": "outer/inner"} for n in range(3)),
                 {"id": "b", "units": 2}, name="nested")


def titles(picture: Picture) -> list[str]:
    return [box.title for box in picture.boxes]


@pytest.mark.parametrize(("depth", "expected", "frames"), [
    (None, ["x", "a", "g0", "g1", "g2", "b"], 2), (2, ["x", "a", "g0", "g1", "g2", "b"], 2), (1, ["x", "a", "inner", "b"], 1),
    (0, ["x", "a", "outer", "b"], 0),
])
def test_groups_deeper_than_the_depth_are_one_card_each(depth: int | None, expected: list[str], frames: int) -> None:
    picture = draw(nested(), depth=depth).picture
    assert titles(picture) == expected
    assert len(list(picture.all_clusters())) == frames


def test_the_card_of_a_shut_group_says_what_is_in_it() -> None:
    box = draw(nested(), depth=0, show=("shapes", "parameters", "flops")).picture.boxes[2]
    plan = ng.infer(nested())
    inside = [plan[f"g{n}"] for n in range(3)]
    assert box.members == ("g0", "g1", "g2")
    assert box.inner == (("g0", "g1"), ("g1", "g2"))
    assert box.lines == ("3 dense", f"3 layers · 8 → 10 · {sum(layer.flops for layer in inside)} FLOPs")
    assert box.badge == str(sum(layer.parameter_count for layer in inside))


def test_a_group_that_a_path_leaves_and_comes_back_to_stays_open() -> None:
    graph = nested()
    nx.set_node_attributes(graph, {"a": "outer/inner", "g1": "elsewhere"}, "within")
    picture = draw(graph, depth=0).picture
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    assert all(place[wire.source] < place[wire.target] for wire in picture.wires)
    assert [node for box in picture.boxes for node in box.members] == ["x", "a", "g0", "g1", "g2", "b"]


@pytest.mark.parametrize("depth", [-1, 1.5, True, "deep"])
def test_a_depth_that_is_none_is_refused(depth: object) -> None:
    with pytest.raises(DrawError, match="depth counts nested groups from 0"):
        draw(nested(), depth=depth)


def test_layers_that_differ_in_sizes_only_are_one_card_that_lists_them() -> None:
    picture = draw(chain(8, *(16 * (n + 1) for n in range(60)))).picture
    assert [(box.repeats, box.lines[:1]) for box in picture.boxes] == [(1, ("input 8",)), (60, ("dense 16, 32, … 960",))]


def test_layers_that_differ_in_more_than_sizes_are_not_one_card() -> None:
    words = [{"op": "conv2d", "channels": 8 + n, "kernel_size": 3 if n % 2 else 1} for n in range(60)]
    picture = draw(chain((3, 200, 200), *words)).picture
    assert [box.lines[0].split(" · ")[1] for box in picture.boxes[1:]] == ["1×1", "3×3"]
    assert [frame.repeats for frame in picture.clusters] == [30]


def test_blocks_of_unlike_counts_are_not_folded_into_each_other() -> None:
    picture = draw(zoo.densenet(121)).picture
    assert [box.repeats for box in picture.boxes if box.repeats > 1] == [6, 12, 24, 16]


def test_a_group_without_weights_is_shut_in_a_large_net() -> None:
    still = [{"id": f"s{n}", "op": op, "within": "mask"} for n, op in enumerate(("abs", "neg", "relu"))]
    graph = chain(8, *still, *({"id": f"d{n}", "units": 8 + n} for n in range(45)))
    assert "mask" in titles(draw(graph).picture)


def far_mask(count: int) -> nx.DiGraph:
    graph = chain(8, *(part for n in range(count) for part in ({"id": f"d{n}", "units": 8}, {"id": f"r{n}", "op": "relu"},
                                                               {"id": f"m{n}", "op": "mul"})))
    graph.add_node("mask", op="input", shape=(8,))
    graph.add_edges_from(("mask", f"m{n}") for n in range(count))
    return graph


def test_what_many_far_layers_hear_is_drawn_beside_each_and_counted_once() -> None:
    picture = draw(far_mask(12), fold=False).picture
    twins = [box for box in picture.boxes if box.twin]
    original = picture.box(twins[0].twin)
    assert len(twins) == 11
    assert original.members == ("mask",)
    assert not any(box.members for box in twins)
    assert sorted(edge[1] for wire in picture.wires if wire.source in {original.id, *(box.id for box in twins)}
                  for edge in wire.members) == sorted(f"m{n}" for n in range(12))


def test_what_a_few_layers_hear_is_drawn_once() -> None:
    assert not [box for box in draw(far_mask(3), fold=False).picture.boxes if box.twin]


def test_lines_are_as_thick_as_the_given_weights_are_large() -> None:
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(2,))
    graph.add_node("y", op="dense", units=1)
    graph.add_node("z", op="dense", units=1)
    graph.add_edge("x", "y", weight=[[1.0, -3.0]])
    graph.add_edge("y", "z", weight=[[0.5]])
    drawing = draw(graph, show=("magnitudes",))
    assert [wire.weight for wire in drawing.picture.wires] == [1.0, 0.25]
    assert 'stroke-width="5"' in drawing.svg()


def test_frozen_and_masked_layers_say_so() -> None:
    graph = chain(4, {"id": "h", "units": 2, "trainable": False}, {"id": "y", "units": 1})
    graph.edges["h", "y"]["mask"] = [[1, 0]]
    boxes = {box.title: box.lines for box in draw(graph).picture.boxes}
    assert "frozen" in boxes["h"]
    assert "masked, 50% left" in boxes["y"]


@pytest.mark.parametrize(("depth", "family"), [(1, "attention"), (0, "dense")])
def test_a_shut_attention_is_called_so_but_not_the_layer_around_it(depth: int, family: str) -> None:
    boxes = draw(zoo.transformer_encoder(1, 16, 2, 32), depth=depth).picture.boxes
    box = next(box for box in boxes if len(box.members) > 1)
    assert box.family == family
    assert box.lines[0].startswith("attention") == (family == "attention")
