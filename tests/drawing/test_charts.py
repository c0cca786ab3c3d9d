"""The charts: bars count the weights, curves go through the losses; seen in the marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import netgraph as ng
from netgraph.drawing.charts import draw_histograms, draw_history
from netgraph.drawing.charts.axis import Axis, span
from netgraph.drawing.charts.histograms import bins
from netgraph.drawing.marks import Bar, Disc, Line, Words
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.errors import DrawError
from netgraph.stack import chain


def test_bars_of_each_histogram_count_its_weights():
    net = ng.compile(chain(8, {"id": "h", "units": 64}, "relu", {"id": "y", "units": 2}), seed=0)
    view = draw_histograms(net)
    for box, (name, array) in zip(view.picture.boxes, net.parameters.items(), strict=True):
        assert box.members == (name,)
        assert box.lines[0].startswith(f"{array.size:,} · mean ")
    counts = [int(mark.tip.split(" ")[0].replace(",", "")) for mark in view.marks if isinstance(mark, Bar)]
    assert sum(counts) == sum(array.size for array in net.parameters.values())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_bins_hold_every_number_and_none_mixes_signs(values):
    counts, edges = bins(np.array(values))
    assert counts.sum() == len(values)
    assert (edges[:-1] * edges[1:] >= 0).all()


def test_numbers_that_are_not_finite_are_counted_beside_the_name():
    net = ng.compile(chain(3, {"id": "h", "units": 1}))
    net.parameters["h.weight"][0, :2] = np.nan, np.inf
    assert draw_histograms(net).picture.boxes[0].lines[0].endswith(" · 2 not finite")


def history():
    return ng.History(loss=[2.0, 1.0, 0.5, 0.001], validation=[2.5, 1.5, 1.0, 0.9], metrics={"accuracy": [0.5, 0.7, 0.8, 0.9]})


def test_curves_go_through_every_loss():
    view = draw_history(history(), logarithmic=False)
    training, validation, accuracy = (mark for mark in view.marks if isinstance(mark, Line) and mark.tip)
    assert [line.tip for line in (training, validation, accuracy)] == ["training", "validation", "accuracy"]
    heights = np.array([y for _, y in training.points])
    fall = (heights - heights[0]) / (heights[-1] - heights[0])
    assert fall == pytest.approx([(2 - loss) / (2 - 0.001) for loss in history().loss])


@pytest.mark.parametrize(("losses", "is_log"), [([2.0, 1.0], False), ([2.0, 0.01], True), ([1.0, 0.0], False), ([1.0, -5.0], False)])
def test_a_loss_that_falls_below_a_hundredth_stands_on_a_logarithmic_axis(losses, is_log):
    said = [mark.text for mark in draw_history({"loss": losses}).marks if isinstance(mark, Words)]
    assert ("loss (logarithmic)" in said) == is_log


def test_each_curve_is_named_at_its_end_clear_of_the_others():
    names = [f"metric {at}" for at in range(6)]
    view = draw_history({"loss": [1.0, 1.0], "validation": [1.0, 1.0], "metrics": {name: [0.5, 0.5] for name in names}})
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]
    assert {"training", "validation", *names} <= {mark.text for mark in view.marks if isinstance(mark, Words)}


@pytest.mark.parametrize("losses", [[1.0], [0.0, 0.0], [float("nan"), 1.0], [1.0, float("inf")], [1e-300, 1e300], [5.0] * 100_000])
def test_odd_losses_are_drawn(losses):
    view = draw_history({"loss": losses})
    assert any(isinstance(mark, Disc) for mark in view.marks)
    assert len(view.svg()) < 200_000


def test_a_spike_in_a_long_run_is_kept():
    losses = [1.0] * 50_000
    losses[12_345] = 100.0
    line, = (mark for mark in draw_history({"loss": losses}, logarithmic=False).marks if isinstance(mark, Line) and mark.tip == "training")
    assert min(y for _, y in line.points) < 20 < max(y for _, y in line.points)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_theme_paints_on_its_paper(theme):
    assert f'fill="{theme_named(theme).paper}"' in draw_history(history(), theme=theme).svg()


@pytest.mark.parametrize(("thing", "said"), [
    (3, "A history is what net.fit gives, but got int. Write history = net.fit(x, y, loss=...)."),
    (ng.History(), "The history has no epochs yet. Train first: history = net.fit(x, y, loss=...)."),
])
def test_what_is_no_history_is_refused_with_the_cure(thing, said):
    with pytest.raises(DrawError) as refusal:
        draw_history(thing)
    assert str(refusal.value) == said


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_stand_on_their_axis(low, width):
    axis = Axis(*span([low, low + width]), 0, 100)
    ticks = axis.ticks()
    assert all(-0.01 <= axis.place(tick) <= 100.01 for tick in ticks)
    assert len(ticks) <= 12
