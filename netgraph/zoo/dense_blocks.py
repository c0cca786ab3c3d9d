"""Densely connected nets: a depth flows in, a DiGraph whose layers all see what those before them in the block found comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count, variant
from netgraph.zoo.normalised import add_normalised
from netgraph.zoo.scope import Scope, begin

# Huang et al. 2017, table 1: how many layers each block has, and the growth rate; the net begins with twice the growth.
DENSENETS = {121: ((6, 12, 24, 16), 32), 161: ((6, 12, 36, 24), 48), 169: ((6, 12, 32, 32), 32), 201: ((6, 12, 48, 32), 32)}
BOTTLENECK = 4   # times the growth are the channels between a layer's two convolutions


def densenet(depth: int = 121, *, classes: int = 1000, shape: tuple[int, ...] = (3, 224, 224), growth: int | None = None) -> nx.DiGraph:
    """A densely connected net of 121, 161, 169 or 201 layers. Each layer adds `growth` channels to all that came before.

    What a block has found so far is one running concatenation, which is the same as wires from every layer to every later one.
    Raises: OpError for another depth.
    Source: Huang, Liu, van der Maaten & Weinberger, CVPR 2017, table 1.

    >>> import netgraph as ng
    >>> ng.infer(densenet(121)).parameter_count
    7978856
    """
    lengths, usual = variant("densenet", depth, DENSENETS)
    growth = usual if growth is None else count("densenet", "growth", growth)
    scope, x = begin(f"densenet{depth}", shape)
    channels = 2 * growth
    stem, head = scope.framed("stem"), scope.framed("head")
    node = add_normalised(stem, x, ("conv0", "norm0"), channels, 7, stride=2)
    node = stem.add("pool0", node, op="maxpool2d", kernel_size=3, stride=2, padding=1)
    for i, length in enumerate(lengths, 1):
        if i > 1:
            channels //= 2
            node = _transition(scope.inside(f"transition{i - 1}"), node, channels)
        node = _dense_block(scope.inside(f"denseblock{i}"), node, length, growth)
        channels += length * growth
    node = head.add("norm5", node, op="batchnorm", activation="relu")
    head.add("classifier", head.add("avgpool", node, op="globalavgpool2d"), op="dense", units=classes)
    return scope.graph


def _dense_block(block: Scope, node: str, length: int, growth: int) -> str:
    for i in range(1, length + 1):
        layer = block.inside(f"denselayer{i}")
        found = layer.add("norm1", node, op="batchnorm", activation="relu")
        found = add_normalised(layer, found, ("conv1", "norm2"), BOTTLENECK * growth, 1)
        found = layer.add("conv2", found, op="conv2d", channels=growth, kernel_size=3, padding=1, bias=False)
        node = layer.add("concat", node, found, op="concat")
    return node


def _transition(transition: Scope, node: str, channels: int) -> str:
    node = transition.add("norm", node, op="batchnorm", activation="relu")
    node = transition.add("conv", node, op="conv2d", channels=channels, kernel_size=1, bias=False)
    return transition.add("pool", node, op="avgpool2d", kernel_size=2)
