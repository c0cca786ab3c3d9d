"""A layer comes in; the small curve of its activation goes out, that is drawn inside of its circles."""

from __future__ import annotations

import numpy as np

from netgraph.drawing.neurons.dependence import mixes
from netgraph.drawing.placement import Point
from netgraph.op import Op
from netgraph.plan import Layer
from netgraph.shape import element_count

REACH = 2.5              # the curve runs from -REACH to REACH
HALF_WIDTH, HALF_HEIGHT = 0.6, 0.42       # of a circle's radius
POINTS = 25
FUNCTIONS = ("activation",)


def function_of(layer: Layer) -> Op | None:
    """The activation that a layer ends in, or is."""
    if layer.activation is not None:
        return layer.activation
    return layer.op if layer.op.family in FUNCTIONS else None


def looks_at_all(layer: Layer) -> bool:
    """Whether each unit depends on the others of its layer, as in a softmax."""
    function = function_of(layer)
    count = sum(map(element_count, layer.shapes))
    return function is not None and count > 1 and len(layer.shape) == 1 and mixes(function, count)


def curve_of(layer: Layer) -> tuple[Point, ...]:
    """The points of the curve, around (0, 0), in radii of a circle; none for a layer without a function of one number.

    >>> import netgraph as ng
    >>> curve = curve_of(ng.infer(ng.chain(3, "relu"))["relu1"])
    >>> len(curve), curve[0]
    (25, (-0.6, 0.42))
    """
    function = function_of(layer)
    if function is None or looks_at_all(layer):
        return ()
    low, high = function.domain or (-REACH, REACH)
    x = np.linspace(max(low, -REACH), min(high, REACH), POINTS)
    with np.errstate(all="ignore"):
        y = np.asarray(function.forward(x[None]))[0]
    is_known = np.isfinite(y)
    x, y = x[is_known], y[is_known]
    if len(x) < 2 or np.ptp(y) == 0:
        return ()
    across = HALF_WIDTH * (2 * (x - x[0]) / (x[-1] - x[0]) - 1)
    up = HALF_HEIGHT * (1 - 2 * (y - y.min()) / np.ptp(y))
    return tuple((round(float(dx), 4), round(float(dy), 4)) for dx, dy in zip(across, up, strict=True))
