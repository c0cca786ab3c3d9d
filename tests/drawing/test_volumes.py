"""The volume view: each layer is in one block, each block has the size of its map, and nothing stands in the way of anything."""

from __future__ import annotations

import xml.dom.minidom
from itertools import pairwise
from math import sqrt

import networkx as nx
import pytest

import netgraph as ng
from netgraph.drawing.marks import Area, Words
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.drawing.volumes import draw_volumes
from netgraph.drawing.volumes.blocks import MOST_BLOCKS, blocks_of
from netgraph.drawing.volumes.rows import runs_of
from netgraph.drawing.volumes.scale import Scale
from netgraph.errors import DrawError
from netgraph.stack import chain

NETS = {
    "lenet": ng.zoo.lenet, "alexnet": ng.zoo.alexnet, "vgg": lambda: ng.zoo.vgg(16), "resnet18": lambda: ng.zoo.resnet(18),
    "resnet50": lambda: ng.zoo.resnet(50), "unet": ng.zoo.unet, "inception": ng.zoo.inception, "mobilenet": ng.zoo.mobilenet_v2,
    "densenet": lambda: ng.zoo.densenet(121), "autoencoder": ng.zoo.autoencoder,
}
CONV = {"op": "conv2d", "channels": 4, "kernel_size": 3}


@pytest.fixture(scope="module", params=NETS)
def plan(request):
    return ng.infer(NETS[request.param]())


@pytest.fixture(scope="module")
def view(plan):
    return draw_volumes(plan)


def standing(plan):
    blocks, _ = blocks_of(plan)
    return [member for run in runs_of(blocks, Scale.of(block.shape for block in blocks), [0.0] * len(blocks)) for member in run.members]


def test_every_layer_is_in_exactly_one_box(plan, view):
    members = [node for box in view.picture.boxes for node in box.members]
    assert sorted(members) == sorted(layer.id for layer in plan)


def test_every_edge_between_boxes_is_in_exactly_one_wire(plan, view):
    home = {node: box.id for box in view.picture.boxes for node in box.members}
    crossing = {(wire.source, layer.id) for layer in plan for wire in layer.wires if home[wire.source] != home[layer.id]}
    drawn = [edge for wire in view.picture.wires for edge in wire.members]
    assert sorted(drawn) == sorted(crossing)


def test_every_wire_joins_the_boxes_of_its_edges(view):
    home = {node: box.id for box in view.picture.boxes for node in box.members}
    for wire in view.picture.wires:
        assert {(home[source], home[target]) for source, target in wire.members} == {(wire.source, wire.target)}


def test_a_page_has_at_most_40_blocks(view):
    assert len([box for box in view.picture.boxes if box.form == "block"]) <= MOST_BLOCKS


def test_every_block_is_painted_with_three_faces(plan, view):
    blocks, _ = blocks_of(plan)
    assert len([mark for mark in view.marks if isinstance(mark, Area) and mark.tip]) == len(blocks)


def test_fronts_of_blocks_stand_clear_of_each_other(plan):
    for before, after in pairwise(standing(plan)):
        assert before.front[1][0] + 5 <= after.front[0][0]


def test_lengths_grow_as_the_square_root_of_the_sizes(plan):
    members = [member for member in standing(plan) if len(member.block.shape) == 3]
    members = [member for member in members if member.solid.height > 5.1 and member.solid.width > 3.1]
    for before, after in pairwise(members):
        assert after.solid.height / before.solid.height == pytest.approx(sqrt(after.block.shape[1] / before.block.shape[1]))
        assert after.solid.width / before.solid.width == pytest.approx(sqrt(after.block.shape[0] / before.block.shape[0]))


def test_no_texts_overlap_and_all_are_on_the_page(view):
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]
    page = view.page
    assert all(page.x <= mark.place.x and mark.place.right <= page.right and page.y <= mark.place.y and mark.place.bottom <= page.bottom
               for mark in view.marks)


def test_shortcuts_of_a_resnet_stand_on_their_arcs():
    view = draw_volumes(ng.zoo.resnet(18))
    aside = [box for box in view.picture.boxes if box.form == "pill"]
    assert [box.lines for box in aside] == [("conv 1×1 /2",)] * 3
    assert sum(box.form == "block" for box in view.picture.boxes) == 1 + 1 + 1 + 16 + 1 + 1      # x, conv1, pool, 16 convs, mean, fc


def test_skips_of_a_unet_end_where_maps_are_joined():
    view = draw_volumes(ng.zoo.unet())
    boxes = {box.id: box for box in view.picture.boxes}
    arcs = [(boxes[wire.source], boxes[wire.target]) for wire in view.picture.wires if int(wire.target[1:]) > int(wire.source[1:]) + 1]
    assert [target.lines for _, target in arcs] == [(f"{2 * c} × {s} × {s}",) for c, s in ((512, 32), (256, 64), (128, 128), (64, 256))]
    assert all(source.lines[0].split(" × ")[1:] == target.lines[0].split(" × ")[1:] for source, target in arcs)


def test_many_equal_layers_are_one_block_with_their_number():
    graph = chain((4, 8, 8), *({**CONV, "padding": 1} for _ in range(9)))
    assert [box.repeats for box in draw_volumes(graph).picture.boxes] == [1, 9]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_theme_paints_on_its_paper(theme):
    assert f'fill="{theme_named(theme).paper}"' in draw_volumes(ng.zoo.lenet(), theme=theme).svg()


def test_hostile_and_foreign_names_stay_text():
    names = ("<script>alert(1)</script>", '"]; evil', "隐藏层", "x" * 10_000)
    view = draw_volumes(chain((1, 32, 32), *({"id": name, **CONV, "channels": 2 + at} for at, name in enumerate(names))))
    root = xml.dom.minidom.parseString(view.svg().encode()).documentElement
    assert {node.tagName for node in root.getElementsByTagName("*")} <= {"title", "desc", "rect", "path", "polygon", "text"}
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]


def sequence_net():
    return chain((7, 16), {"op": "layernorm"}, 4)


def many_sizes():
    return chain((1, 64, 64), *({**CONV, "kernel_size": 1, "channels": 1 + at} for at in range(60)))


@pytest.mark.parametrize(("graph", "said"), [
    (sequence_net(), "Node 'x' (input) gives the shape (7, 16), which is neither a feature map (channels, height, width) nor a vector. "
     "Draw its layers with ng.draw(G)."),
    (many_sizes(), "The net has 61 feature maps of different sizes or kinds, and a row of blocks shows at most 40. Give its layers groups, "
     "such as within='stage1', each of which is one block, or use ng.draw(G)."),
])
def test_what_has_no_feature_maps_is_refused_with_the_cure(graph, said):
    with pytest.raises(DrawError) as refusal:
        draw_volumes(graph)
    assert str(refusal.value) == said


def test_a_net_with_two_inputs_is_drawn_with_arcs():
    graph = nx.DiGraph()
    graph.add_node("a", op="input", shape=(3, 8, 8))
    graph.add_node("b", op="input", shape=(3, 8, 8))
    graph.add_node("f", **CONV)
    graph.add_node("g", **CONV)
    graph.add_node("sum", op="add")
    graph.add_edges_from([("a", "f"), ("b", "g"), ("f", "sum"), ("g", "sum")])
    view = draw_volumes(graph)
    assert len(view.picture.boxes) == 4
    assert sorted(edge for wire in view.picture.wires for edge in wire.members) == [("a", "f"), ("b", "g"), ("f", "sum")]


@pytest.mark.parametrize(("graph", "is_said"), [(ng.zoo.lenet(), True), (ng.zoo.autoencoder(), False), (ng.zoo.densenet(121), False)])
def test_pyramids_are_explained_where_there_are_some(graph, is_said):
    said = [mark.text for mark in draw_volumes(graph).marks if isinstance(mark, Words)]
    assert ("A pyramid stands on the patch that a kernel sees." in said) == is_said


def test_a_block_of_the_vocabulary_is_drawn_with_its_parts():
    plan = ng.infer(chain((16, 8, 8), {"op": "squeeze_excite", "id": "se"}))
    assert sorted(str(node) for box in draw_volumes(plan).picture.boxes for node in box.members) == sorted(str(layer.id) for layer in plan)
