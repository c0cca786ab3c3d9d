"""Nets for small machines: a width flows in, a DiGraph of depthwise convolutions comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.errors import OpError, shorten
from netgraph.fields import positive
from netgraph.zoo.normalised import add_normalised
from netgraph.zoo.scope import Scope, begin

# Sandler et al. 2018, table 2: expansion, channels, repeats and first stride of each stage of inverted residual blocks.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(width: float = 1.0, *, classes: int = 1000, shape: tuple[int, ...] = (3, 224, 224)) -> nx.DiGraph:
    """MobileNetV2. `width` multiplies all channels, which are then rounded to eights.

    Raises: OpError for a width that is no positive number.
    Source: Sandler, Howard, Zhu, Zhmoginov & Chen, CVPR 2018, table 2.

    >>> import netgraph as ng
    >>> ng.infer(mobilenet_v2()).parameter_count
    3504872
    """
    try:
        width = positive(width)
    except ValueError as error:
        raise OpError(f"ng.zoo.mobilenet_v2 was given width={shorten(width)}, but wants {error}. Correct it.") from None
    scope, x = begin("mobilenet_v2", shape)
    stem, head = scope.framed("stem"), scope.framed("head")
    before = eights(32 * width)
    node = add_normalised(stem, x, ("conv1", "bn1"), before, 3, stride=2, activation="relu6")
    for i, (expansion, channels, repeats, stride) in enumerate(STAGES, 1):
        for j in range(repeats):
            block = scope.inside(f"stage{i}").inside(f"block{j}")
            node = _inverted_residual(block, node, (before, eights(channels * width)), expansion, 1 if j else stride)
            before = eights(channels * width)
    node = add_normalised(head, node, ("conv2", "bn2"), eights(1280 * max(width, 1.0)), 1, activation="relu6")
    node = head.add("dropout", head.add("avgpool", node, op="globalavgpool2d"), op="dropout", p=0.2)
    head.add("fc", node, op="dense", units=classes)
    return scope.graph


def eights(channels: float) -> int:
    """The multiple of 8 nearest to a number of channels, at least 8 and at least 90 % of it.

    >>> eights(32 * 0.35), eights(24 * 0.75), eights(1280)
    (16, 24, 1280)
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


def _inverted_residual(block: Scope, source: str, channels: tuple[int, int], expansion: int, stride: int) -> str:
    before, after = channels
    node = source
    if expansion > 1:
        node = add_normalised(block, node, ("expand", "expand_bn"), before * expansion, 1, activation="relu6")
    node = add_normalised(block, node, ("depthwise", "depthwise_bn"), before * expansion, 3, stride=stride, groups=before * expansion,
                          activation="relu6")
    node = add_normalised(block, node, ("project", "project_bn"), after, 1, activation=None)
    return block.add("add", node, source, op="add") if stride == 1 and before == after else node
