"""Shapes along the edges go in; how each node changes the number of places comes out: fewer, more, one, or as many."""

from __future__ import annotations

import numpy as np

from netgraph.similarity.families.condensing import Condensed
from netgraph.similarity.sizes import Shapes

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
    elements, second, last, rank = _numbers(graph.batch.shapes)
    channels = np.where(is_conv, second, np.where(is_linear, last, 1))
    after = elements / np.maximum(channels, 1)
    fed = np.floor(graph.batch.params / np.maximum(channels, 1))
    source, target = graph.wiring.sources, graph.wiring.targets
    into = np.where(is_linear[target], fed[target], 1)
    conv = np.flatnonzero(is_conv[target])
    image, feeds = target[conv], source[conv]
    is_last = (fed[image] % np.maximum(second[feeds], 1) > 1) & (fed[image] % np.maximum(last[feeds], 1) <= 1)
    of_image = np.where(is_last | (rank[feeds] < rank[image]), last[feeds], second[feeds])
    into[conv] = np.where(is_depthwise[image], channels[image], of_image)
    most = np.zeros(len(graph.word))
    np.maximum.at(most, target, elements[source] / np.maximum(into, 1))
    ratio = np.divide(after, most, out=np.ones_like(after), where=(most > 0) & (after > 0) & (is_conv | is_linear | resizes))
    change = np.where(ratio < LESS, FEWER, np.where(ratio > GREATER, MORE, SAME))
    return np.where((change == FEWER) & ((after <= 1) | pools), ONE, change)


def _numbers(shapes: Shapes) -> np.ndarray:
    """The number of elements, the second and the last size, and the rank of each shape; 0 where unknown. (4, N)."""
    numbers = np.zeros((4, len(shapes)))
    held = np.flatnonzero(shapes.ranks > 0)
    if len(held):
        ends, ranks = shapes.ends[held], shapes.ranks[held]
        starts = ends - ranks
        numbers[:, held] = (np.multiply.reduceat(shapes.sizes, starts), shapes.sizes[starts + np.minimum(1, ranks - 1)],
                            shapes.sizes[ends - 1], ranks)
    return numbers
