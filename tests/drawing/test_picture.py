"""The picture says what the net is: each node in one box, each edge in one wire, with the right words."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import numpy as np
import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.composition.words import FAMILY_WORDS
from netgraph.drawing.themes.theme import THEMES, Theme
from netgraph.errors import DrawError
from netgraph.ops import OPS
from netgraph.picture import Box
from netgraph.stack import chain


def box_of(drawing: Drawing, node: object) -> Box:
    return next(box for box in drawing.picture.boxes if node in box.members)


def test_every_node_is_in_exactly_one_box(graph: nx.DiGraph, drawing: Drawing) -> None:
    assert Counter(node for box in drawing.picture.boxes for node in box.members) == Counter(list(graph.nodes))


def test_every_edge_is_in_exactly_one_wire(graph: nx.DiGraph, drawing: Drawing) -> None:
    assert Counter(edge for wire in drawing.picture.wires for edge in wire.members) == Counter(list(graph.edges))


def test_every_wire_joins_the_boxes_of_its_first_edge_and_ends_where_all_its_edges_do(drawing: Drawing) -> None:
    for wire in drawing.picture.wires:
        source = drawing.picture.box(wire.source)
        assert wire.members[0][0] in drawing.picture.box(source.twin or source.id).members
        assert {target for _, target in wire.members} <= set(drawing.picture.box(wire.target).members)


def test_a_card_says_its_op_with_the_constants_that_are_not_defaults() -> None:
    conv = {"id": "c", "op": "conv2d", "channels": 6, "kernel_size": 5, "padding": 2, "bias": False}
    graph = chain((1, 28, 28), conv, "relu", "flatten", 1)
    assert box_of(draw(graph), "c").lines == ("conv2d 6 · 5×5 · pad 2 · no bias · relu",)


def test_a_card_counts_its_parameters_and_its_tip_says_them_exactly() -> None:
    box = box_of(draw(chain(1000, {"id": "h", "op": "dense", "units": 100}, 10)), "h")
    assert box.badge == "100k"
    assert "100,100 parameters" in box.tip


def test_inputs_and_outputs_say_their_shapes() -> None:
    drawing = draw(chain((3, 8, 8), "flatten", {"id": "y", "op": "dense", "units": 10}))
    assert box_of(drawing, "x").lines == ("input 3 × 8 × 8",)
    assert box_of(drawing, "y").lines == ("dense 10", "output 10")


def test_shapes_are_said_only_where_they_change() -> None:
    drawing = draw(chain(8, 8, {"op": "dropout"}, 4, 2))
    assert [wire.label for wire in drawing.picture.wires] == ["", "", "", "4"]


def test_a_gain_is_written_on_its_wire_and_one_is_not() -> None:
    graph = chain(4, {"id": "h", "op": "dense", "units": 4}, {"id": "y", "op": "dense", "units": 4})
    graph.add_edge("x", "y", weight=0.5)
    wire = next(wire for wire in draw(graph).picture.wires if wire.members == (("x", "y"),))
    assert (wire.kind, wire.label) == ("gain", "×0.5")
    graph.add_edge("x", "y", weight=1)
    wire = next(wire for wire in draw(graph).picture.wires if wire.members == (("x", "y"),))
    assert (wire.kind, wire.label) == ("data", "")


def test_weights_are_written_on_their_wires_when_asked() -> None:
    drawing = draw(chain(3, 4, 1), show=("weights",))
    assert [wire.label for wire in drawing.picture.wires] == ["W 4×3", "W 1×4"]
    assert not any(box.badge for box in drawing.picture.boxes)


def test_sums_and_products_are_circles() -> None:
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(4,))
    graph.add_node("h", op="tanh")
    graph.add_node("m", op="mul")
    graph.add_node("s", op="add")
    graph.add_node("y", op="tanh")
    graph.add_edges_from([("x", "h"), ("x", "m"), ("h", "m"), ("m", "s"), ("x", "s"), ("s", "y")])
    drawing = draw(graph)
    assert [(box.form, box.title) for box in (box_of(drawing, "m"), box_of(drawing, "s"))] == [("glyph", "×"), ("glyph", "+")]


@pytest.mark.parametrize("label", [{}, {"label": "add"}], ids=["id", "label"])
def test_a_sum_with_an_activation_is_a_sign_with_its_name_beside_it(label: dict[str, str]) -> None:
    box = box_of(draw(chain(4, {"id": "sum", "op": "add", "activation": "relu", **label}, 1)), "sum")
    assert (box.form, box.title, box.lines) == ("glyph", "+", ("relu",))


def test_a_card_whose_name_is_its_op_does_not_say_it_twice() -> None:
    drawing = draw(chain((2, 8, 8), {"op": "dropout", "p": 0.25}, {"id": "add", "op": "add", "activation": "relu"}))
    assert box_of(drawing, "dropout1").lines == ("p 0.25",)
    assert box_of(drawing, "add").lines == ("relu", "output 2 × 8 × 8")


def test_a_convolution_of_each_channel_alone_is_called_depthwise() -> None:
    fields = {"op": "conv2d", "channels": 6, "kernel_size": 3}
    drawing = draw(chain((6, 8, 8), {"id": "own", **fields, "groups": 6}, {"id": "two", **fields, "groups": 2}, "flatten", 1))
    assert box_of(drawing, "own").lines == ("conv2d 6 · 3×3 · depthwise",)
    assert box_of(drawing, "two").lines == ("conv2d 6 · 3×3 · groups 2",)


def test_tied_weights_are_named_and_counted_once() -> None:
    graph = chain(4, {"id": "a", "op": "dense", "units": 4}, {"id": "b", "share": "a", "op": "dense", "units": 4})
    box = box_of(draw(graph), "b")
    assert "= weights of a" in box.lines
    assert box.badge == ""
    assert draw(graph).picture.caption.startswith("20 parameters")


def test_groups_become_nested_frames() -> None:
    graph = chain(4, {"id": "a", "units": 4, "within": "enc/one"}, {"id": "b", "units": 4, "within": "enc/two"}, 1)
    (encoder,) = draw(graph).picture.clusters
    assert encoder.title == "enc"
    assert [inner.title for inner in encoder.clusters] == ["one", "two"]
    assert list(encoder.all_boxes()) == ["b1", "b2"]


def test_a_label_takes_the_place_of_the_id() -> None:
    assert box_of(draw(chain(4, {"id": "a", "units": 4, "label": "Hidden layer"}, 1)), "a").title == "Hidden layer"


def test_a_name_does_not_repeat_the_groups_around_it() -> None:
    box = box_of(draw(chain(4, {"id": "block1/fc", "units": 4, "within": "block1"}, 1)), "block1/fc")
    assert box.title == "fc"
    assert box.tip.startswith("block1/fc: ")


def test_the_legend_has_the_families_present_when_there_are_more_than_two(drawing: Drawing) -> None:
    families = {box.family for box in drawing.picture.boxes}
    assert {family for family, _ in drawing.picture.legend} == (families if len(families) > 2 else set())


FAMILIES = sorted({op.family for op in OPS.values()})


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_family_of_ops_has_a_colour_of_its_own_and_a_word_in_the_legend(theme: Theme) -> None:
    assert set(FAMILIES) <= theme.families.keys()
    assert set(FAMILIES) <= FAMILY_WORDS.keys()
    assert len({theme.paint(family) for family in FAMILIES}) == len({FAMILY_WORDS[family] for family in FAMILIES}) == len(FAMILIES)


def luminance(colour: str) -> float:
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_small_print_of_every_family_can_be_read_on_its_card(theme: Theme, family: str) -> None:
    darker, lighter = sorted((luminance(theme.paint(family).fill), luminance(theme.paint(family).ink)))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize(("options", "message"), [
    ({"direction": "UP"}, "There is no direction 'UP'. Choose one of: LR, TB, auto."),
    ({"theme": "drak"}, "There is no theme 'drak'. Did you mean 'dark'?"),
    ({"show": "shape"}, "A drawing cannot show 'shape'. Did you mean 'shapes'?"),
])
def test_an_unknown_option_names_the_choice(options: dict[str, str], message: str) -> None:
    with pytest.raises(DrawError) as error:
        draw(chain(3, 1), **options)
    assert str(error.value) == message


def test_wires_of_several_outputs_say_which_they_carry() -> None:
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(16,))
    graph.add_node("cut", op="split", split_size=8)
    graph.add_node("a", op="tanh")
    graph.add_node("b", op="sigmoid")
    graph.add_edges_from([("x", "cut"), ("cut", "a", {"output": 0}), ("cut", "b", {"output": 1})])
    drawing = draw(graph)
    labels = {wire.members[0]: wire.label for wire in drawing.picture.wires}
    assert labels == {("x", "cut"): "", ("cut", "a"): "[0] · 8", ("cut", "b"): "[1] · 8"}
    assert [text.text for text in drawing.sheet.labels if text] == ["[0] · 8", "[1] · 8"]


def test_few_given_numbers_are_written_out() -> None:
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(2,))
    graph.add_node("y", op="dense", units=2, bias=np.array([-1.5, 0.0]))
    graph.add_node("z", op="dense", units=1)
    graph.add_edge("x", "y", weight=np.array([[1.0, 1.23456], [-0.5, 1e-4]]))
    graph.add_edge("y", "z")
    picture = draw(graph, show="weights").picture
    assert [wire.label for wire in picture.wires] == ["W 1 1.23; −0.5 0.0001", "W 1×2"]
    assert box_of(Drawing(picture), "y").lines[-1] == "bias −1.5 0"
