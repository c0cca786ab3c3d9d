"""A net comes in; the view of how its weights are spread goes out: a histogram of each array."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from netgraph.drawing.charts.axis import Axis, span
from netgraph.drawing.composition.cards import caption
from netgraph.drawing.layout.shelves import shelved
from netgraph.drawing.marks import Bar, Line, Mark, Words, centred, ending
from netgraph.drawing.placement import Place
from netgraph.drawing.subject import known_arrays, read_subject
from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.ramp import Ramp
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.drawing.view import View
from netgraph.picture import Box, Picture

WIDTH, HEIGHT = 210.0, 84.0      # of a panel's bars
HEAD, FOOT = 32.0, 18.0
NAME, SMALL = 11.5, 10.0
MOST_BINS = 40
ALMOST = 0.02            # of a step that may stick out of the last bar, which takes it in


def draw_histograms(subject: Any, *, names: Collection[str] | None = None, theme: str = "light") -> View:
    """The view of a net's arrays as histograms, with the mean and the standard deviation of each.

    `subject` is a compiled net, or a graph that carries weights; `names` chooses among the parameters. Numbers that are not finite
    are left out, and counted beside the name.

    Raises: DrawError where no weight is known, for an unknown name, and for more than 80 arrays.

    >>> import netgraph as ng
    >>> view = ng.draw_histograms(ng.compile(ng.chain(3, 4, "tanh", 1)))
    >>> [box.title for box in view.picture.boxes]
    ['dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias']
    """
    plan, arrays = read_subject(subject)
    chosen = theme_named(theme)
    shown = known_arrays(arrays, names, "draw_histograms")
    places = shelved([(WIDTH, HEAD + HEIGHT + FOOT)] * len(shown))
    ramp = Ramp(chosen, 1.0)
    marks = [mark for place, name in zip(places, shown, strict=True) for mark in _panel(place, name, shown[name], ramp)]
    boxes = tuple(Box(f"h{at}", clean(name), (_moments(shown[name]),), form="panel", members=(name,)) for at, name in enumerate(shown))
    return View(Picture(clean(plan.name) or "net", caption(plan), boxes), marks, chosen)


def _moments(array: np.ndarray) -> str:
    finite = array[np.isfinite(array)].astype(np.float64)
    lost = array.size - finite.size
    said = f"{array.size:,} · mean {finite.mean():.2g} · std {finite.std():.2g}".replace("-", "−") if finite.size else f"{array.size:,}"
    return f"{said} · {lost:,} not finite" if lost else said


def bins(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(counts, edges) of the finite numbers, with an edge at 0 where they lie on both sides of it.

    >>> counts, edges = bins(np.array([-1.0, 0.5, 3.0]))
    >>> int(counts.sum()), bool((edges == 0).any())
    (3, True)
    """
    finite = array[np.isfinite(array)].astype(np.float64)
    low, high = span([float(finite.min()), float(finite.max())] if finite.size else [])
    count = int(np.clip(np.sqrt(finite.size) * 1.5, 5, MOST_BINS))
    if low < 0 < high:
        # Whole steps from 0 to the farther end, so that no bar mixes signs.
        far = max(-low, high)
        step = far / max(round(count * far / (high - low)), 1)
        edges = np.arange(np.floor(low / step + ALMOST), np.ceil(high / step - ALMOST) + 1) * step
    else:
        edges = np.linspace(low, high, count + 1)
    counts, _ = np.histogram(np.clip(finite, edges[0], edges[-1]), bins=edges)
    return counts, edges


def _panel(place: Place, name: str, array: np.ndarray, ramp: Ramp) -> Iterator[Mark]:
    theme = ramp.theme
    yield Words(fit(clean(name), WIDTH, NAME, "SemiBold"), place.x, place.y + 10, NAME, theme.ink, "SemiBold")
    yield Words(fit(_moments(array), WIDTH, SMALL), place.x, place.y + 24, SMALL, theme.quiet)
    counts, edges = bins(array)
    floor = place.y + HEAD + HEIGHT
    across = Axis(float(edges[0]), float(edges[-1]), place.x, place.right)
    up = Axis(0, max(int(counts.max()), 1), floor, place.y + HEAD)
    for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        left, right = across.place(low), across.place(high)
        if count:
            yield Bar(Place(left + 0.5, up.place(count), max(right - left - 1, 0.8), floor - up.place(count)),
                      ramp.shade(-0.8 if low + high < 0 else 0.8), tip=f"{count:,} from {low:.3g} to {high:.3g}".replace("-", "−"))
    yield Line(((place.x, floor), (place.right, floor)), theme.quiet, 1.0)
    yield Words(f"{edges[0]:.2g}".replace("-", "−"), place.x, floor + 13, SMALL, theme.quiet)
    yield ending(f"{edges[-1]:.2g}".replace("-", "−"), place.right, floor + 13, SMALL, theme.quiet)
    if edges[0] < 0 < edges[-1] and 30 < across.place(0) - place.x < WIDTH - 30:
        yield centred("0", across.place(0), floor + 13, SMALL, theme.quiet)
