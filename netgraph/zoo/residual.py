"""Residual nets: a depth flows in, a DiGraph whose blocks add to what they are given comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count, variant
from netgraph.zoo.normalised import add_normalised
from netgraph.zoo.scope import Scope, begin

# He et al. 2016, table 1: how many blocks each of the four layers has, and whether a block is a bottleneck.
RESNETS = {18: ((2, 2, 2, 2), False), 34: ((3, 4, 6, 3), False), 50: ((3, 4, 6, 3), True), 101: ((3, 4, 23, 3), True),
           152: ((3, 8, 36, 3), True)}
EXPANSION = 4   # of the channels by a bottleneck's last convolution


def resnet(depth: int = 18, *, classes: int = 1000, shape: tuple[int, ...] = (3, 224, 224), width: int = 64) -> nx.DiGraph:
    """A residual net of 18, 34, 50, 101 or 152 layers. `width` counts the channels of the first one.

    A bottleneck strides in its 3×3 convolution, and ids are torchvision's names with `_` for `.`.
    Raises: OpError for another depth.
    Source: He, Zhang, Ren & Sun, CVPR 2016, table 1.

    >>> import netgraph as ng
    >>> G = resnet(18)
    >>> G.nodes["layer1_0_bn1"]
    {'op': 'batchnorm', 'activation': 'relu', 'within': 'layer1/block0', 'label': 'bn1'}
    >>> ng.infer(G).parameter_count, ng.infer(resnet(50)).parameter_count
    (11689512, 25557032)
    """
    lengths, is_bottleneck = variant("resnet", depth, RESNETS)
    width = count("resnet", "width", width)
    scope, x = begin(f"resnet{depth}", shape)
    stem, head = scope.framed("stem"), scope.framed("head")
    node = add_normalised(stem, x, ("conv1", "bn1"), width, 7, stride=2)
    node = stem.add("maxpool", node, op="maxpool2d", kernel_size=3, stride=2, padding=1)
    for i, length in enumerate(lengths):
        for j in range(length):
            block = scope.inside(f"layer{i + 1}").inside(str(j), f"block{j}")
            node = _block(block, node, width * 2**i, stride=2 if i and not j else 1, is_bottleneck=is_bottleneck,
                          is_projected=not j and (i > 0 or is_bottleneck))
    head.add("fc", head.add("avgpool", node, op="globalavgpool2d"), op="dense", units=classes)
    return scope.graph


def _block(block: Scope, node: str, channels: int, *, stride: int, is_bottleneck: bool, is_projected: bool) -> str:
    body = (_bottleneck if is_bottleneck else _basic)(block, node, channels, stride)
    if is_projected:
        out = channels * EXPANSION if is_bottleneck else channels
        node = add_normalised(block, node, ("downsample_0", "downsample_1"), out, 1, stride=stride, activation=None)
    return block.add("add", body, node, op="add", activation="relu")


def _basic(block: Scope, node: str, channels: int, stride: int) -> str:
    node = add_normalised(block, node, ("conv1", "bn1"), channels, 3, stride=stride)
    return add_normalised(block, node, ("conv2", "bn2"), channels, 3, activation=None)


def _bottleneck(block: Scope, node: str, channels: int, stride: int) -> str:
    node = add_normalised(block, node, ("conv1", "bn1"), channels, 1)
    node = add_normalised(block, node, ("conv2", "bn2"), channels, 3, stride=stride)
    return add_normalised(block, node, ("conv3", "bn3"), channels * EXPANSION, 1, activation=None)
