"""The neuron view: circles are units, lines are weights, and nothing else; seen in the picture, the marks and the page."""

from __future__ import annotations

import math
import xml.dom.minidom
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.block import Block
from netgraph.drawing.marks import Disc, Line, Words
from netgraph.drawing.neurons import draw_neurons
from netgraph.drawing.themes.ramp import Ramp
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.errors import DrawError, OpError
from netgraph.ops import ACTIVATIONS, OPS
from netgraph.stack import chain


def residual() -> nx.DiGraph:
    graph = nx.DiGraph(name="residual")
    graph.add_node("x", op="input", shape=(4,))
    for name, words in {"h": {"units": 4, "activation": "relu"}, "g": {"units": 4}}.items():
        graph.add_node(name, op="dense", **words)
    graph.add_node("sum", op="add")
    graph.add_node("y", op="dense", units=2, activation="softmax")
    nx.add_path(graph, ["x", "h", "g", "sum", "y"])
    graph.add_edge("x", "sum")
    graph.add_edge("x", "y")
    return graph


NETS = {
    "3-4-1": lambda: chain(3, 4, "tanh", 1, "sigmoid"),
    "8-16-8-3": lambda: chain(8, 16, "relu", 8, "relu", 3, "softmax"),
    "residual": residual,
    "autoencoder": lambda: ng.zoo.autoencoder((784, 128, 10)),
}


@pytest.fixture(params=NETS)
def net(request):
    return ng.compile(NETS[request.param](), seed=0)


@pytest.fixture
def view(net):
    return draw_neurons(net, most=16)


def lines(view, kind=None):
    """(source, target) of every line, ends as (node, number); only those between two layers if asked."""
    pairs = [wire.members[0] for wire in view.picture.wires]
    return [pair for pair in pairs if kind is None or (pair[0][1] != "bias") == (kind == "weight")]


def one_layer(size, op):
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(size,))
    graph.add_node("f", op=op)
    graph.add_edge("x", "f")
    return graph


def test_circles_are_the_units_and_biases(net, view):
    shown = sum(min(layer.shape[0], 16) for layer in net.layers)
    biases = sum(bool(layer.owned) for layer in net.layers)
    assert len(view.picture.boxes) == shown + biases
    assert len({box.members for box in view.picture.boxes}) == shown + biases


def test_discs_are_painted_for_every_box(view):
    radii = [mark.radius for mark in view.marks if isinstance(mark, Disc) and mark.tip]
    assert len(radii) == len(view.picture.boxes)


def test_every_line_is_a_weight_that_is_there(net, view):
    for wire in view.picture.wires:
        (source, unit), (target, number) = wire.members[0]
        if unit == "bias":
            assert wire.label == f"{net.parameters[f'{target}.bias'][number]:.3g}"
        elif net.layers[target].op.is_weighted:
            weight = next(w.weight.name for w in net.layers[target].wires if w.source == source)
            assert wire.label == f"{net.parameters[weight][number, unit]:.3g}"


def test_a_dense_layer_has_all_its_lines():
    view = draw_neurons(chain(5, 7))
    assert len(lines(view, "weight")) == 35
    assert len(lines(view, "bias")) == 7


@pytest.mark.parametrize("op", [*sorted({*ACTIVATIONS} - {"softmax", "log_softmax"}), "dropout"])
def test_an_element_wise_layer_is_one_to_one(op):
    graph = one_layer(5, op)
    assert sorted(lines(draw_neurons(graph))) == [(("x", i), ("f", i)) for i in range(5)]


@pytest.mark.parametrize("op", ["softmax", "log_softmax", "layernorm"])
def test_a_layer_that_looks_at_all_units_is_fully_connected(op):
    assert len(lines(draw_neurons(one_layer(4, op)))) == 16


def test_inputs_of_a_concatenation_keep_their_places():
    graph = nx.DiGraph()
    graph.add_node("a", op="input", shape=(2,))
    graph.add_node("b", op="input", shape=(3,))
    graph.add_node("both", op="concat")
    graph.add_edge("a", "both", slot=1)
    graph.add_edge("b", "both", slot=0)
    assert sorted(lines(draw_neurons(graph))) == [
        *((("a", i), ("both", 3 + i)) for i in range(2)), *((("b", i), ("both", i)) for i in range(3))]


def test_an_addition_takes_one_line_of_each_source():
    view = draw_neurons(residual())
    assert sorted(pair for pair in lines(view) if pair[1][0] == "sum") == sorted(
        ((source, i), ("sum", i)) for source in ("g", "x") for i in range(4))


def test_weights_that_are_zero_have_no_line():
    graph = chain(3, {"id": "h", "units": 2, "bias": False})
    graph.edges["x", "h"]["weight"] = np.array([[1.0, 0, 0], [0, -2, 0.5]])
    for weights in (True, False):
        assert sorted(lines(draw_neurons(graph, weights=weights))) == [(("x", 0), ("h", 0)), (("x", 1), ("h", 1)), (("x", 2), ("h", 1))]


def test_masked_weights_have_no_line_whether_known_or_not():
    graph = chain(3, {"id": "h", "units": 2, "bias": False})
    graph.edges["x", "h"]["mask"] = np.array([[1, 0, 0], [0, 1, 1]])
    for thing in (graph, ng.compile(graph)):
        assert sorted(lines(draw_neurons(thing))) == [(("x", 0), ("h", 0)), (("x", 1), ("h", 1)), (("x", 2), ("h", 1))]


def test_signs_have_different_colours_and_the_larger_weight_the_wider_line():
    graph = chain(2, {"id": "h", "units": 1, "bias": False})
    graph.edges["x", "h"]["weight"] = np.array([[3.0, -1.0]])
    view = draw_neurons(graph)
    by_tip = {mark.tip: mark for mark in view.marks if getattr(mark, "tip", "").startswith("x") and "→" in mark.tip}
    assert by_tip["x 1 → h 1: 3"].width > by_tip["x 2 → h 1: −1"].width
    assert by_tip["x 1 → h 1: 3"].colour != by_tip["x 2 → h 1: −1"].colour


def test_a_theme_of_one_colour_tells_signs_by_dashes_and_lightness():
    light = theme_named("light")
    ramp = Ramp(replace(light, families={"dense": light.plain, "conv": light.plain}), most=2.0)
    assert (ramp.dashes(1.0), ramp.dashes(-1.0)) == ("", "5 3")
    assert (ramp.shade(-2.0), ramp.shade(2.0)) == (light.paper, light.plain.edge)
    assert Ramp(light, 2.0).dashes(-1.0) == ""


def test_a_gain_runs_one_to_one():
    graph = chain(3, {"id": "h", "units": 3, "bias": False})
    graph.edges["x", "h"]["weight"] = 0.5
    assert [(wire.label, wire.kind) for wire in draw_neurons(graph).picture.wires] == [("0.5", "gain")] * 3


def test_lines_of_a_plain_declaration_are_neutral():
    view = draw_neurons(chain(3, 4, 1))
    assert {wire.label for wire in view.picture.wires} == {""}


def test_wide_layers_show_their_first_and_last_units():
    view = draw_neurons(chain(784, 10), most=6)
    assert [box.members[0][1] for box in view.picture.boxes[:6]] == [0, 1, 2, 3, 782, 783]


def test_no_two_circles_touch(view):
    discs = [mark for mark in view.marks if isinstance(mark, Disc) and mark.tip]
    places = np.array([(disc.x, disc.y) for disc in discs])
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + 1e9 * np.eye(len(places))
    assert apart.min() > 24


def test_no_texts_overlap_and_all_are_on_the_page(view):
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]
    page = view.page
    assert all(page.x <= mark.place.x and mark.place.right <= page.right and page.y <= mark.place.y and mark.place.bottom <= page.bottom
               for mark in view.marks)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_theme_paints_on_its_paper(theme):
    view = draw_neurons(chain(3, 2), theme=theme)
    assert f'fill="{theme_named(theme).paper}"' in view.svg()


def test_hostile_and_foreign_names_stay_text():
    names = ("<script>alert(1)</script>", '"]; evil', "隐藏层", "", "x" * 10_000)
    view = draw_neurons(chain(2, *({"id": name, "units": 2} for name in names)))
    root = xml.dom.minidom.parseString(view.svg().encode()).documentElement
    assert {node.tagName for node in root.getElementsByTagName("*")} <= {"title", "desc", "rect", "path", "polygon", "circle", "text"}


def loop():
    graph = chain(3, {"id": "h", "units": 2, "activation": "tanh"})
    graph.add_edge("h", "h", delay=1)
    return graph


def animated(graph):
    return ng.animate(ng.compile(graph), [1, 0, 0], [1, 0], loss="mse")


@pytest.mark.parametrize("view", [draw_neurons, ng.draw_volumes, animated])
def test_loops_are_refused_with_the_cure(view):
    with pytest.raises(DrawError) as refusal:
        view(loop())
    assert str(refusal.value) == ("The edge 'h' -> 'h' brings what was there a time step before, and this view shows a single pass. "
                                  "Draw the layers with ng.draw(G), or their matrix with ng.draw_matrix(G).")


@pytest.mark.parametrize(("graph", "said"), [
    (chain((1, 8, 8), {"op": "conv2d", "channels": 2, "kernel_size": 3}), "Node 'conv2d1' (conv2d) works on feature maps, not on single "
     "units. Draw the net as blocks with ng.draw_volumes(G)."),
    (chain((5, 3), 4), "Node 'dense1' (dense) works on sequences or indices, not on single units. Draw its layers with ng.draw(G)."),
    (chain(200_000, 2), "Node 'x' (input) has 200,000 units, and the neuron view draws layers of at most 100,000. "
     "Draw its layers with ng.draw(G)."),
])
def test_nets_without_single_units_are_refused_with_the_cure(graph, said):
    with pytest.raises(DrawError) as refusal:
        draw_neurons(graph)
    assert str(refusal.value) == said


def test_too_many_lines_are_refused_with_the_cure():
    with pytest.raises(DrawError, match=r"20,000 lines, which nobody could tell apart\. Give a lower most, such as most=66\."):
        draw_neurons(chain(200, 200), most=200)


@pytest.mark.parametrize("most", [1, 2.5, True, "many"])
def test_most_is_a_whole_number_of_at_least_2(most):
    with pytest.raises(OpError, match="is no whole number of at least 2"):
        draw_neurons(chain(3, 2), most=most)


def vocabulary():
    """Each small example of each word that is no block, as a graph of inputs and one node."""
    for word, kind in OPS.items():
        for number, (fields, shapes) in enumerate(() if issubclass(kind, Block) else kind.examples):
            graph = nx.DiGraph()
            for place, shape in enumerate(shapes):
                graph.add_node(f"x{place}", op="input", shape=shape)
            graph.add_node("f", op=word, **fields)
            graph.add_edges_from((f"x{place}", "f", {} if kind.is_symmetric or len(shapes) == 1 else {"slot": place})
                                 for place in range(len(shapes)))
            if sum(math.prod(shape) for shape in shapes) <= 60:
                yield word, pytest.param(graph, id=f"{word}-{number}")


def is_drawn(graph):
    try:
        draw_neurons(graph, most=60)
    except DrawError:
        return False
    return True


def test_words_without_single_units_are_those_of_feature_maps_sequences_and_tables():
    refused = {word for word, case in vocabulary() if not is_drawn(*case.values)}
    kinds = ("avgpool", "maxpool", "adaptiveavgpool", "adaptivemaxpool", "convtranspose")
    others = {"conv1d", "conv2d", "pixelshuffle", "pixelunshuffle", "upsample", "rnn", "lstm", "gru", "last", "rotary", "sinusoidal",
              "embedding", "gather", "dense"}                                 # dense, where it takes more than one dim
    assert refused == others | {f"{kind}{rank}d" for kind in kinds for rank in (1, 2, 3)}


@pytest.mark.parametrize("graph", [case for _, case in vocabulary() if is_drawn(*case.values)])
def test_lines_are_the_dependences_that_the_executor_has(graph):
    view = draw_neurons(graph, most=60)
    net = ng.compile(graph, dtype="float64", seed=0)
    rng = np.random.default_rng(1)
    drawn = {pair for pair in lines(view, "weight") if pair[1][0] == "f"}
    shapes = {name: net.layers[name].shape for name in net.layers.inputs}
    found = set()
    for _ in range(6):
        base = {name: rng.uniform(0.05, 0.95, (1, *shape)) for name, shape in shapes.items()}
        before = flat(net(base))
        for name, shape in shapes.items():
            for unit in range(math.prod(shape)):
                changed = {**base, name: base[name].copy()}
                changed[name].flat[unit] = rng.uniform(-3, 3)
                with np.errstate(all="ignore"):
                    after = flat(net(changed))
                found |= {((name, unit), ("f", int(place))) for place in np.flatnonzero(after != before)}
    assert found <= drawn


def flat(outputs):
    return np.concatenate([np.ravel(output) for output in (outputs if isinstance(outputs, tuple) else (outputs,))])


def test_a_weight_that_is_no_number_has_a_line_of_its_own_colour():
    net = ng.compile(chain(2, {"id": "h", "units": 1, "bias": False}))
    net.parameters["h.weight"][...] = [[np.nan, 1.0]]
    by_tip = {mark.tip: mark for mark in draw_neurons(net).marks if "→" in getattr(mark, "tip", "")}
    assert by_tip["x 1 → h 1: nan"].colour == theme_named("light").gain


def sampled(line):
    """Points along a line, straight or of Bézier curves."""
    t = np.linspace(0, 1, 25)[:, None]
    points = np.array(line.points)
    if not line.bends:
        return points[0] + t * (points[-1] - points[0])
    curves = [points[at:at + 4] for at in range(0, len(points) - 1, 3)]
    return np.concatenate([(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d for a, b, c, d in curves])


def test_no_line_runs_through_a_circle_on_its_way(view):
    discs = np.array([(mark.x, mark.y, mark.radius) for mark in view.marks if isinstance(mark, Disc) and mark.tip])
    for line in (mark for mark in view.marks if isinstance(mark, Line) and "→" in mark.tip):
        way = sampled(line)
        ends = np.array([line.points[0], line.points[-1]])
        is_end = (np.linalg.norm(discs[:, None, :2] - ends, axis=-1) <= discs[:, None, 2] + 1e-6).any(axis=1)
        others = discs[~is_end]
        assert (np.linalg.norm(way[:, None] - others[:, :2], axis=-1) > others[:, 2]).all(), line.tip


def deep(columns, skips=0):
    """A net of that many columns, with a skip over the second column of each group of that many."""
    graph = chain(5, *({"id": f"h{number}", "units": 5} for number in range(1, columns)))
    for number in range(1, columns - 2, skips or columns):
        graph.add_edge(f"h{number}", f"h{number + 2}", weight=1)
    return graph


@pytest.mark.parametrize(("columns", "skips"), [(10, 0), (22, 0), (45, 0), (22, 3)])
def test_a_deep_net_is_drawn_in_rows_that_make_a_page(columns, skips):
    view = draw_neurons(ng.compile(deep(columns, skips), seed=0))
    assert max(view.width, view.height) / min(view.width, view.height) <= 2.5
    assert len([mark for mark in view.marks if isinstance(mark, Line) and "→" in mark.tip]) == len(view.picture.wires)


def test_a_row_begins_with_the_column_that_ended_the_one_before():
    view = draw_neurons(ng.compile(deep(22), seed=0))
    discs = [mark.tip for mark in view.marks if isinstance(mark, Disc) and mark.tip]
    drawn_again = {tip for tip in discs if discs.count(tip) > 1}
    assert drawn_again == {f"h10 {unit}" for unit in range(1, 6)}
    assert {box.title for box in view.picture.boxes} == set(discs)


def test_no_line_goes_from_row_to_row():
    for line in (mark for mark in draw_neurons(ng.compile(deep(22, 3), seed=0)).marks if isinstance(mark, Line) and "→" in mark.tip):
        assert line.points[-1][0] > line.points[0][0]
        assert abs(line.points[-1][1] - line.points[0][1]) < 300
