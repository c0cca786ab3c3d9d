"""Plain convolutional nets, one layer behind the other: sizes flow in, a DiGraph comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count, variant
from netgraph.zoo.scope import Scope, begin

# Simonyan & Zisserman 2015, table 1, columns A, B, D and E: how many convolutions each of the five blocks has.
VGG_BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
VGG_WIDENING = (1, 2, 4, 8, 8)


def lenet(classes: int = 10, *, shape: tuple[int, ...] = (1, 32, 32), activation: str = "tanh") -> nx.DiGraph:
    """LeNet-5, which read the digits on cheques; its second convolution sees all channels, and its output is linear.

    Source: LeCun, Bottou, Bengio & Haffner, Proceedings of the IEEE 1998, figure 2.

    >>> import netgraph as ng
    >>> ng.infer(lenet()).parameter_count
    61706
    """
    scope, x = begin("lenet5", shape)
    features, head = scope.framed("features"), scope.framed("head")
    c1 = features.add("c1", x, op="conv2d", channels=6, kernel_size=5, activation=activation)
    s2 = features.add("s2", c1, op="avgpool2d", kernel_size=2)
    c3 = features.add("c3", s2, op="conv2d", channels=16, kernel_size=5, activation=activation)
    s4 = features.add("s4", c3, op="avgpool2d", kernel_size=2)
    c5 = head.add("c5", head.add("flatten", s4, op="flatten"), op="dense", units=120, activation=activation)
    f6 = head.add("f6", c5, op="dense", units=84, activation=activation)
    head.add("y", f6, op="dense", units=classes)
    return scope.graph


def alexnet(classes: int = 1000, *, shape: tuple[int, ...] = (3, 224, 224), width: int = 64, hidden: int = 4096) -> nx.DiGraph:
    """AlexNet in the form for one GPU, as torchvision has it. `width` counts the first layer's channels.

    Source: Krizhevsky, Sutskever & Hinton 2012; Krizhevsky, "One weird trick", 2014, section 5.

    >>> import netgraph as ng
    >>> ng.infer(alexnet()).parameter_count
    61100840
    """
    width = count("alexnet", "width", width)
    scope, node = begin("alexnet", shape)
    features = scope.framed("features")
    for i, (widening, kernel_size, stride, padding, is_pooled) in enumerate(
            ((1, 11, 4, 2, True), (3, 5, 1, 2, True), (6, 3, 1, 1, False), (4, 3, 1, 1, False), (4, 3, 1, 1, True)), 1):
        node = features.add(f"conv{i}", node, op="conv2d", channels=widening * width, kernel_size=kernel_size, stride=stride,
                            padding=padding, activation="relu")
        if is_pooled:
            node = features.add(f"pool{i}", node, op="maxpool2d", kernel_size=3, stride=2)
    head = scope.framed("head")
    node = head.add("flatten", node, op="flatten")
    for name in ("fc6", "fc7"):
        node = head.add(name, head.add(f"drop{name[2:]}", node, op="dropout"), op="dense", units=hidden, activation="relu")
    head.add("fc8", node, op="dense", units=classes)
    return scope.graph


def vgg(depth: int = 16, batch_norm: bool = False, *, classes: int = 1000, shape: tuple[int, ...] = (3, 224, 224), width: int = 64,
        hidden: int = 4096) -> nx.DiGraph:
    """VGG with 11, 13, 16 or 19 layers, with or without batch norm behind each convolution. `width` counts the first block's channels.

    Raises: OpError for another depth.
    Source: Simonyan & Zisserman, ICLR 2015, table 1.

    >>> import netgraph as ng
    >>> ng.infer(vgg(16)).parameter_count, ng.infer(vgg(11, batch_norm=True)).parameter_count
    (138357544, 132868840)
    """
    blocks = variant("vgg", depth, VGG_BLOCKS)
    width = count("vgg", "width", width)
    scope, node = begin(f"vgg{depth}", shape)
    for i, (length, widening) in enumerate(zip(blocks, VGG_WIDENING, strict=True), 1):
        node = _vgg_block(scope.inside(f"block{i}"), node, length, widening * width, batch_norm)
    head = scope.framed("head")
    node = head.add("flatten", node, op="flatten")
    for i in (6, 7):
        node = head.add(f"drop{i}", head.add(f"fc{i}", node, op="dense", units=hidden, activation="relu"), op="dropout")
    head.add("fc8", node, op="dense", units=classes)
    return scope.graph


def _vgg_block(block: Scope, node: str, length: int, channels: int, batch_norm: bool) -> str:
    for i in range(1, length + 1):
        if batch_norm:
            node = block.add(f"conv{i}", node, op="conv2d", channels=channels, kernel_size=3, padding=1)
            node = block.add(f"bn{i}", node, op="batchnorm", activation="relu")
        else:
            node = block.add(f"conv{i}", node, op="conv2d", channels=channels, kernel_size=3, padding=1, activation="relu")
    return block.add("pool", node, op="maxpool2d", kernel_size=2)
