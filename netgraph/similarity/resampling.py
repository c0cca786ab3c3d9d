"""Shapes along the edges go in; how each node changes the number of places comes out: fewer, more, one, or as many."""

from __future__ import annotations

from math import prod

import numpy as np

from netgraph.similarity.condensing import Condensed
from netgraph.similarity.labelled import Sizes

SAME, FEWER, MORE, ONE = range(4)
LESS, GREATER = 0.6, 1.6
MIXES = ("conv", "linear")
RESIZES = frozenset({"max_pool", "avg_pool", "adaptive_max_pool", "mean", "max", "adaptive_avg_pool", "upsample_nearest",
                     "upsample_linear", "pixel_shuffle", "pixel_unshuffle"})


def changes_of_places(graph: Condensed) -> np.ndarray:
    """SAME, FEWER, MORE or ONE for each node.

    Places are elements by channels. A convolution's channels are its second size, a linear layer's its last, and how many a source has
    follows from the number of weights; pooling and resizing keep the channels. The largest source counts.
    Shapes: (size,).
    """
    names = [word.name for word in graph.words]
    is_conv, is_linear = (np.array([name.startswith(kind) for name in names])[graph.word] for kind in MIXES)
    is_depthwise = np.array([name == "conv_depthwise" for name in names])[graph.word]
    resizes = np.array([name in RESIZES for name in names])[graph.word]
    pools = np.array([name in ("mean", "adaptive_avg_pool") for name in names])[graph.word]
    place = {shape: i for i, shape in enumerate(dict.fromkeys(graph.batch.shapes))}
    which = np.array(list(map(place.__getitem__, graph.batch.shapes)))
    elements, second, last, rank = np.array([_numbers(shape) for shape in place], np.float64).T[:, which]
    channels = np.where(is_conv, second, np.where(is_linear, last, 1))
    after = elements / np.maximum(channels, 1)
    fed = np.floor(graph.batch.params / np.maximum(channels, 1))
    source, target = graph.wiring.sources, graph.wiring.targets
    is_last = (fed[target] % np.maximum(second[source], 1) > 1) & (fed[target] % np.maximum(last[source], 1) <= 1)
    of_image = np.where(is_last | (rank[source] < rank[target]), last[source], second[source])
    of_image = np.where(is_depthwise[target], channels[target], of_image)
    into = np.where(is_conv[target], of_image, np.where(is_linear[target], fed[target], 1))
    most = np.zeros(len(graph.word))
    np.maximum.at(most, target, elements[source] / np.maximum(into, 1))
    ratio = np.divide(after, most, out=np.ones_like(after), where=(most > 0) & (after > 0) & (is_conv | is_linear | resizes))
    change = np.where(ratio < LESS, FEWER, np.where(ratio > GREATER, MORE, SAME))
    return np.where((change == FEWER) & ((after <= 1) | pools), ONE, change)


def _numbers(shape: Sizes) -> tuple[float, float, float, float]:
    """The number of elements, the second and the last size, and the rank; 0 where unknown."""
    if not shape:
        return 0.0, 0.0, 0.0, 0.0
    return float(prod(shape)), float(shape[min(1, len(shape) - 1)]), float(shape[-1]), float(len(shape))
