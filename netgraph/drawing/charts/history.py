"""The history of a training run comes in; the view of its curves goes out, each named where it ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netgraph.drawing.charts.axis import Axis, span, tick_text
from netgraph.drawing.marks import Disc, Line, Mark, Words, centred, ending
from netgraph.drawing.placement import Place
from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.drawing.view import View
from netgraph.errors import DrawError
from netgraph.picture import Box, Picture, PictureWire
from netgraph.wording import SEPARATOR

WIDTH, HEIGHT = 520.0, 230.0
PANEL_GAP = 58.0
SMALL = 10.5
ROOM = 130.0             # for the names at the ends of the curves
LABEL = 14.0             # that two names keep apart
ROLES = ("dense", "conv", "norm", "attention", "slope", "gate", "reduce", "pool")     # families that lend their colours
DASHES = ("", "7 4", "2 3", "9 3 2 3")      # tell curves apart where the theme has one colour
FALL = 0.01              # a loss that falls to less than this share of itself is shown by its logarithm
MOST_POINTS = 1500
Curves = Mapping[str, Sequence[float]]


def draw_history(history: Any, *, logarithmic: bool | None = None, title: str = "training", theme: str = "light") -> View:
    """The view of a training run: the loss of each epoch, of training and validation, and below it the metrics.

    `history` is what `net.fit` gives, or the dict of its `to_dict()`. The loss stands on a logarithmic axis when it falls to less than
    a hundredth, unless told otherwise.

    Raises: DrawError for what is no history, or one without epochs.

    >>> import netgraph as ng
    >>> view = ng.draw_history(ng.History(loss=[2.0, 1.0], validation=[2.5, 1.5]))
    >>> [wire.label for wire in view.picture.wires]
    ['training', 'validation']
    """
    chosen = theme_named(theme)
    loss, metrics = _curves(history)
    positive = [value for values in loss.values() for value in values if 0 < value < math.inf]
    is_log = logarithmic if logarithmic is not None else len(positive) > 1 and min(positive) < FALL * max(positive)
    epochs = max(len(values) for values in loss.values())
    panels = [("loss", loss, is_log and bool(positive)), *([("metrics", metrics, False)] if metrics else [])]
    marks: list[Mark] = []
    for row, (name, curves, by_logarithm) in enumerate(panels):
        marks += _panel(Place(0, row * (HEIGHT + PANEL_GAP), WIDTH, HEIGHT), name, curves, by_logarithm, chosen, epochs)
    boxes = tuple(Box(f"p{at}", name, form="panel", members=tuple(curves)) for at, (name, curves, _) in enumerate(panels))
    wires = tuple(PictureWire(f"p{at}", f"p{at}", name) for at, (_, curves, _) in enumerate(panels) for name in curves)
    return View(Picture(clean(title), _caption(loss, metrics, epochs), boxes, wires), marks, chosen)


def _curves(history: Any) -> tuple[dict[str, Sequence[float]], dict[str, Sequence[float]]]:
    record = history if isinstance(history, Mapping) else getattr(history, "__dict__", {})
    loss, validation, metrics = (record.get(word) for word in ("loss", "validation", "metrics"))
    if not isinstance(loss, Sequence) or isinstance(loss, str):
        raise DrawError(f"A history is what net.fit gives, but got {type(history).__name__}. Write history = net.fit(x, y, loss=...).")
    if not loss:
        raise DrawError("The history has no epochs yet. Train first: history = net.fit(x, y, loss=...).")
    named = {"training": loss, **({"validation": validation} if validation else {})}
    return named, {name: values for name, values in (metrics or {}).items() if values}


def _caption(loss: Curves, metrics: Curves, epochs: int) -> str:
    last = {f"{name} loss": values[-1] for name, values in loss.items()} | {name: values[-1] for name, values in metrics.items()}
    ends = [f"{name} {tick_text(float(f'{value:.3g}'))}" for name, value in last.items()]
    return SEPARATOR.join([f"{epochs:,} epoch{'s' * (epochs != 1)}", *ends])


def _panel(place: Place, name: str, curves: Curves, is_log: bool, theme: Theme, epochs: int) -> Iterator[Mark]:
    low, high = span((value for values in curves.values() for value in values), is_log)
    pad = 0.0 if is_log else 0.04 * (high - low)
    up = Axis(low - pad, high + pad, place.bottom, place.y, is_log)
    across = Axis(1, max(epochs, 2), place.x, place.right)
    yield from _grid(place, name, across, up, theme)
    colours = [theme.paint(role).edge for role in (ROLES if name == "loss" else ROLES[2:])]
    ends: list[tuple[float, str, str]] = []
    for at, (curve, values) in enumerate(curves.items()):
        colour = colours[at % len(colours)]
        known = [(epoch, value) for epoch, value in enumerate(values, start=1) if math.isfinite(value) and (value > 0 or not is_log)]
        points = tuple((across.place(epoch), up.place(value)) for epoch, value in _thinned(known))
        if len(points) > 1:
            yield Line(points, colour, 1.8, dashes=DASHES[at % len(DASHES)] if len(set(colours)) == 1 else "", tip=curve)
        if points:
            yield Disc(*points[-1], 2.6, colour, theme.paper, 1.0, f"{curve} {known[-1][1]:.4g}")
            ends.append((points[-1][1], curve, colour))
    for y, curve, colour in _apart(ends, place):
        yield Words(fit(clean(curve), ROOM, SMALL, "Medium"), place.right + 10, y + 0.36 * SMALL, SMALL, colour, "Medium")


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most some points: of each stretch the lowest and the highest, so that no spike is lost."""
    if len(points) <= MOST_POINTS:
        return points
    step = -(-2 * len(points) // MOST_POINTS)
    kept: dict[int, float] = {}
    for start in range(0, len(points), step):
        stretch = points[start:start + step]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept.update(sorted(ends))
    return [*kept.items(), *([points[-1]] if points[-1][0] not in kept else [])]


def _grid(place: Place, name: str, across: Axis, up: Axis, theme: Theme) -> Iterator[Mark]:
    yield Words(name + " (logarithmic)" * up.is_log, place.x, place.y - 12, SMALL, theme.ink, "SemiBold")
    for value in up.ticks():
        y = up.place(value)
        yield Line(((place.x, y), (place.right, y)), theme.frame_edge, 0.8)
        yield ending(tick_text(value), place.x - 8, y + 0.36 * SMALL, SMALL, theme.quiet)
    for value in across.ticks(8):
        if value == int(value):
            yield centred(f"{int(value):,}", across.place(value), place.bottom + 18, SMALL, theme.quiet)
    yield Line(((place.x, place.bottom), (place.right, place.bottom)), theme.quiet, 1.0)
    yield Words("epoch", place.right + 24, place.bottom + 18, SMALL, theme.quiet)


def _apart(ends: Sequence[tuple[float, str, str]], place: Place) -> list[tuple[float, str, str]]:
    """The names' heights, moved as little as keeps them apart."""
    placed: list[tuple[float, str, str]] = []
    for y, name, colour in sorted(ends):
        placed.append((max(y, placed[-1][0] + LABEL) if placed else y, name, colour))
    over = max(placed[-1][0] - place.bottom, 0.0) if placed else 0.0
    for at in range(len(placed) - 1, -1, -1):
        limit = placed[at + 1][0] - LABEL if at + 1 < len(placed) else placed[at][0] - over
        placed[at] = min(placed[at][0], limit), placed[at][1], placed[at][2]
    return placed
