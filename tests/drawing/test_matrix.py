"""The matrix views: a cell for each edge, a shade for each weight; seen in the picture and in the marks."""

from __future__ import annotations

import xml.dom.minidom

import numpy as np
import pytest

import netgraph as ng
from netgraph.drawing.marks import Bar, Cells, Words
from netgraph.drawing.matrix import draw_matrix, draw_weights
from netgraph.drawing.matrix.adjacency import ROLES
from netgraph.drawing.matrix.heat import laid_out, strongest
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.errors import DrawError
from netgraph.stack import chain

NETS = {"3-4-1": lambda: chain(3, 4, "tanh", 1), "resnet18": lambda: ng.zoo.resnet(18), "unet": ng.zoo.unet,
        "transformer": lambda: ng.zoo.transformer_encoder(layers=2)}


@pytest.fixture(scope="module", params=NETS)
def graph(request):
    return NETS[request.param]()


def test_the_matrix_is_that_of_the_graph(graph):
    view = draw_matrix(graph)
    assert sorted(box.members[0] for box in view.picture.boxes) == sorted(graph)
    assert sorted(wire.members[0] for wire in view.picture.wires) == sorted(graph.edges)


def test_every_edge_is_one_cell_above_the_diagonal(graph):
    cells = [mark for mark in draw_matrix(graph).marks if getattr(mark, "tip", "").endswith(tuple(ROLES.values()))]
    assert len(cells) == graph.number_of_edges()
    centres = [cell.place.centre for cell in cells]
    assert all(x > y for x, y in centres)
    assert len({(round(x), round(y)) for x, y in centres}) == len(cells)


def test_names_of_a_matrix_do_not_overlap(graph):
    words = [mark.place for mark in draw_matrix(graph).marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]


def test_a_group_has_a_frame_around_its_layers():
    graph = chain(3, {"id": "a", "units": 2, "within": "g"}, {"id": "b", "units": 2, "within": "g"}, 1)
    frame, = (mark for mark in draw_matrix(graph).marks if isinstance(mark, Bar) and mark.tip == "g")
    assert (frame.place.x, frame.place.width) == (20, 40)


def test_a_loop_has_its_cell_and_the_names_stand_clear_of_it():
    graph = chain(3, {"id": "h", "units": 2}, {"id": "y", "units": 2})
    graph.add_edge("y", "h", delay=1)
    view = draw_matrix(graph)
    cell, = (mark.place for mark in view.marks if getattr(mark, "tip", "") == "y → h: of the step before")
    assert (cell.x, cell.y) == (21, 41)
    assert all(mark.place.right < 0 for mark in view.marks if isinstance(mark, Words) and mark.text in ("x", "h", "y"))


def test_a_loop_of_one_layer_stands_within_its_own_cell():
    graph = chain(3, {"id": "h", "units": 2})
    graph.add_edge("h", "h", delay=1)
    cell, = (mark.place for mark in draw_matrix(graph).marks if getattr(mark, "tip", "") == "h → h: of the step before")
    assert (cell.x, cell.y, cell.width) == (25, 25, 10)


def test_too_many_layers_are_refused_with_the_cure():
    with pytest.raises(DrawError) as refusal:
        draw_matrix(chain(2, *[2] * 2000))
    assert str(refusal.value) == "The graph has 2,001 layers, and a matrix shows at most 2,000. Draw it folded with ng.draw(G)."


def test_every_weight_is_a_cell_of_its_shade():
    graph = chain(2, {"id": "h", "units": 2, "bias": False})
    graph.edges["x", "h"]["weight"] = np.array([[1.0, -1.0], [0.0, 0.5]])
    cells, = (mark for mark in draw_weights(graph).marks if isinstance(mark, Cells))
    theme = theme_named("light")
    (strong, negative), (nothing, half) = cells.colours
    assert (strong, negative, nothing) == (theme.paint("dense").edge, theme.paint("conv").edge, theme.paper)
    assert half not in (strong, nothing)


def test_every_array_of_a_net_has_a_map_of_its_own():
    net = ng.compile(ng.zoo.lenet())
    view = draw_weights(net)
    assert [box.members[0] for box in view.picture.boxes] == list(net.parameters)
    maps = [mark for mark in view.marks if isinstance(mark, Cells)]
    assert not [(a, b) for at, a in enumerate(maps) for b in maps[:at] if a.place.overlaps(b.place)]
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]


def test_kernels_stand_side_by_side():
    kernels = np.arange(6 * 3 * 2 * 2).reshape(6, 3, 2, 2)
    table = laid_out(kernels)
    assert table.shape == (12, 6)
    assert (table[2:4, 4:6] == kernels[1, 2]).all()


@pytest.mark.parametrize("shape", [(7, 5), (500, 3), (130, 250)])
def test_a_thinned_table_keeps_the_strongest_of_each_block(shape):
    table = np.random.default_rng(0).standard_normal(shape)
    small = strongest(table, 100)
    assert small.shape == tuple(min(side, 100) for side in shape)
    assert np.abs(small).max() == np.abs(table).max()
    assert np.isin(small, table).all()


def test_numbers_that_are_not_finite_are_counted_and_have_a_colour_of_their_own():
    graph = chain(2, {"id": "h", "units": 1, "bias": False})
    net = ng.compile(graph)
    net.parameters["h.weight"][...] = [[np.nan, np.inf]]
    view = draw_weights(net)
    assert any(mark.text == "1 × 2 · 2 not finite"[:len(mark.text)] for mark in view.marks if isinstance(mark, Words))
    cells, = (mark for mark in view.marks if isinstance(mark, Cells))
    assert set(cells.colours[0]) == {theme_named("light").gain}


@pytest.mark.parametrize("draw", [draw_weights, ng.draw_histograms])
def test_a_graph_without_weights_is_refused_with_the_cure(draw):
    with pytest.raises(DrawError) as refusal:
        draw(chain(3, 2))
    assert str(refusal.value) == f"The graph carries no weights to show. Compile it first: ng.{draw.__name__}(ng.compile(G))."


@pytest.mark.parametrize("draw", [draw_weights, ng.draw_histograms])
def test_an_unknown_name_is_refused_with_the_near_one(draw):
    with pytest.raises(DrawError) as refusal:
        draw(ng.compile(chain(3, {"id": "h", "units": 2})), names=["h.wieght"])
    assert str(refusal.value) == "The net has no parameter 'h.wieght'. Did you mean 'h.weight'?"


def test_more_arrays_than_a_picture_holds_are_refused_with_the_cure():
    with pytest.raises(DrawError) as refusal:
        draw_weights(ng.compile(ng.zoo.resnet(18)))
    assert str(refusal.value) == ("The net has 102 arrays, and one picture shows at most 80. "
                                  "Name some of them: names=['conv1.weight', 'bn1.weight'].")


def evil_net():
    names = ("<script>alert(1)</script>", '"]; evil', "隐藏层", "x" * 500)
    return ng.compile(chain(2, *({"id": name, "units": 2} for name in names)))


@pytest.mark.parametrize("draw", [draw_matrix, draw_weights, ng.draw_histograms])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_and_foreign_names_stay_text(draw, theme):
    root = xml.dom.minidom.parseString(draw(evil_net(), theme=theme).svg().encode()).documentElement
    tags = {node.tagName for node in root.getElementsByTagName("*")}
    assert tags <= {"title", "desc", "rect", "path", "polygon", "circle", "text", "g"}
    assert theme_named(theme).paper in root.toxml()
