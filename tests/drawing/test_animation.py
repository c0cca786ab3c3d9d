"""The animation: its numbers are those of the net, its frames tell one step each, and it plays as SVG and GIF."""

from __future__ import annotations

import io
import re
import sys
import xml.dom.minidom
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from PIL import Image

import netgraph as ng
from netgraph.drawing.animation.steps import number_text
from netgraph.drawing.marks import Words
from netgraph.errors import DataError, DrawError
from netgraph.stack import chain

X, Y = [1.0, -0.5, 0.25], [1.0]


@pytest.fixture
def net():
    return ng.compile(chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 1, "activation": "sigmoid"}),
                      seed=0, dtype="float64")


@pytest.fixture
def animation(net):
    return ng.animate(net, X, Y, loss="bce")


def texts(animation, frame):
    return [mark.text for mark in animation.scene.frames[frame].above if isinstance(mark, Words)]


def test_each_layer_has_a_step_forward_and_backward(animation):
    kinds = [one.step.kind for one in animation.scene.frames]
    assert kinds == ["start", "forward", "forward", "loss", "backward", "backward"]
    assert [one.step.node for one in animation.scene.frames] == [None, "h", "y", None, "y", "h"]


def test_values_in_the_circles_are_those_of_the_formulas(net, animation):
    p = net.parameters
    h = np.tanh(p["h.weight"] @ X + p["h.bias"])
    y = 1 / (1 + np.exp(-(p["y.weight"] @ h + p["y.bias"])))
    assert texts(animation, 2)[:8] == [number_text(value) for value in (*X, *h, *y)]


def test_gradients_below_the_circles_are_those_of_the_formulas(net, animation):
    p = net.parameters
    h = np.tanh(p["h.weight"] @ X + p["h.bias"])
    y = 1 / (1 + np.exp(-(p["y.weight"] @ h + p["y.bias"])))
    gy = (y - 1) / (y * (1 - y))                               # of −log y
    gh = p["y.weight"].T @ (y - 1)
    assert [text for text in texts(animation, 5) if text.startswith("∂ ")] == [f"∂ {number_text(value)}" for value in (*gy, *gh)]


@pytest.mark.parametrize("loss", ["mse", "sse", "bce", "mae"])
def test_a_trace_has_the_gradients_of_the_net(net, loss):
    value, gradients = net.gradients([X], [Y], loss=loss)
    trace = net.trace([X], [Y], loss=loss)
    assert trace.loss == pytest.approx(value, rel=1e-12)      # float64; the compiler joins steps, which rounds otherwise
    for name, gradient in gradients.items():
        np.testing.assert_allclose(trace.parameter_gradients[name], gradient, rtol=1e-12)


def test_a_trace_has_the_gradients_of_values_by_finite_differences(net):
    trace = net.trace([X], [Y], loss="bce")
    step = 1e-6
    for unit in range(4):
        shifted = []
        for sign in (1, -1):
            h = trace.values["h"][0].copy()
            h[unit] += sign * step
            z = net.parameters["y.weight"] @ h + net.parameters["y.bias"]
            shifted.append(float(-np.log(1 / (1 + np.exp(-z)))[0]))
        assert trace.gradients["h"][0, unit] == pytest.approx((shifted[0] - shifted[1]) / (2 * step), rel=1e-6)


def test_a_trace_leaves_the_net_as_it_was(net):
    before = {name: array.copy() for name, array in net.parameters.items()}
    net.trace([X], [Y], loss="bce")
    assert all(np.array_equal(net.parameters[name], array) for name, array in before.items())


def test_a_trace_passes_on_what_a_dropout_leaves_alone():
    net = ng.compile(chain(3, {"op": "dropout", "id": "d"}, {"id": "y", "units": 1}))
    trace = net.trace([X], [Y], loss="mse")
    assert np.array_equal(trace.values["d"], trace.values["x"])


def test_a_node_called_loss_keeps_its_own_values():
    net = ng.compile(chain(3, {"id": "loss", "units": 2}), dtype="float64")
    assert np.array_equal(net.trace([X], [[0, 0]], loss="mse").values["loss"], net([X]))


def test_the_worked_sum_adds_up(net, animation):
    worked = animation.scene.frames[1].step.worked
    total = float(re.search(r"tanh\(([−\d.]+)\) =", worked)[1].replace("−", "-"))
    terms = worked.partition("tanh(")[2].partition(" = ")[0][:-1].replace("−", "-").replace("·", "*")
    assert eval(terms) == pytest.approx(total, abs=0.05)         # of numbers with two decimals each
    assert worked.endswith(f"= {number_text(np.tanh(net.parameters['h.weight'] @ X + net.parameters['h.bias'])[0])}")


def test_the_last_lines_are_the_gradients_of_weights(net, animation):
    _, gradients = net.gradients([X], [Y], loss="bce")
    lines = animation.scene.frames[5].below
    assert len(lines) == 3 * 4 + 4
    strongest = max(lines, key=lambda line: line.width)
    assert strongest.width == max(line.width for line in lines)
    sizes = [abs(gradient) for name in ("h.weight", "h.bias") for gradient in np.ravel(gradients[name])]
    assert sorted(line.width for line in lines) == pytest.approx(sorted(0.7 + 2.5 * size / max(sizes) for size in sizes))


def test_the_svg_plays_and_shows_its_first_frame_where_nothing_moves(animation):
    root = xml.dom.minidom.parseString(animation.svg().encode()).documentElement
    groups = [group for group in root.getElementsByTagName("g") if group.getAttribute("class") == "frame"]
    assert [group.getAttribute("visibility") for group in groups] == ["visible", *["hidden"] * 5] * 2
    assert "prefers-reduced-motion" in animation.svg()
    assert "<script" not in animation.svg()


def test_the_gif_has_a_picture_for_each_step(animation, tmp_path):
    path, = animation.save(tmp_path / "net.gif", dpi=48)
    image = Image.open(io.BytesIO(path.read_bytes()))
    assert (image.n_frames, image.info["duration"], image.info["loop"]) == (6, 2000, 0)
    pictures = []
    for at in range(image.n_frames):
        image.seek(at)
        pictures.append(np.asarray(image.convert("L"), float))
    assert all(np.abs(before - after).max() > 50 for before, after in pairwise(pictures))


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_each_suffix_is_saved(animation, tmp_path, suffix):
    assert animation.save(tmp_path / f"net{suffix}")[0].stat().st_size > 1000


def test_the_png_is_the_first_frame(animation):
    sizes = Image.open(io.BytesIO(animation.png(dpi=96))).size
    assert sizes == (animation.width, animation.height)


def test_without_pillow_a_gif_is_refused_with_the_cure(animation, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DrawError) as refusal:
        animation.save(tmp_path / "net.gif")
    assert str(refusal.value) == ("Writing a GIF takes the package Pillow, which is not installed. "
                                  "Write pip install 'netgraph-nn[animation]', or save the animation as .svg.")
    assert list(tmp_path.iterdir()) == []


def test_texts_of_a_frame_do_not_overlap(animation):
    still = [mark.place for mark in animation.scene.circles if isinstance(mark, Words)]
    for one in animation.scene.frames:
        words = [*still, *(mark.place for mark in one.above if isinstance(mark, Words))]
        assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]


def test_skips_and_classes_are_animated():
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(3,))
    graph.add_node("h", op="dense", units=3, activation="relu")
    graph.add_node("sum", op="add")
    graph.add_node("y", op="dense", units=3)
    graph.add_edges_from([("x", "h"), ("h", "sum"), ("x", "sum"), ("sum", "y")])
    for target in (2, [2]):
        assert len(ng.animate(ng.compile(graph), X, target, loss="cross_entropy").scene.frames) == 1 + 3 + 1 + 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_and_foreign_names_stay_text(theme):
    names = ("<script>alert(1)</script>", '"]; evil', "隐藏层", "x" * 500, "</style>")
    net = ng.compile(chain(2, *({"id": name, "units": 2} for name in names)))
    root = xml.dom.minidom.parseString(ng.animate(net, [1, 0], [1, 0], loss="mse", theme=theme).svg().encode()).documentElement
    assert {node.tagName for node in root.getElementsByTagName("*")} <= {
        "title", "desc", "rect", "path", "polygon", "circle", "text", "g", "style"}


@pytest.mark.parametrize(("make", "said"), [
    (lambda: ng.animate(chain(3, 1), X, Y, loss="bce"), "animate takes a compiled NumPy net, but got DiGraph. "
     "Write ng.animate(ng.compile(G), x, y, loss=...)."),
    (lambda: ng.animate(ng.compile(chain(3, 1)), [X, X], [Y, Y], loss="mse"),
     "An animation follows one sample, but x has 2. Give one, such as x[:1] and y[:1]."),
    (lambda: ng.animate(ng.compile(chain(3, 1)), X, Y, loss="mse", seconds=0), "seconds is a number from 0.05 to 60, but got 0. "
     "Leave it out for 2."),
    (lambda: ng.animate(ng.compile(chain(2, *[2] * 40)), [1, 0], [1, 0], loss="mse"),
     "The pass takes 82 steps, and an animation shows at most 60. Animate a smaller net."),
])
def test_what_cannot_be_animated_is_refused_with_the_cure(make, said):
    with pytest.raises(DrawError) as refusal:
        make()
    assert str(refusal.value) == said


def test_data_that_does_not_fit_is_refused_by_the_net(net):
    with pytest.raises(DataError):
        ng.animate(net, [1.0, 2.0], Y, loss="bce")
