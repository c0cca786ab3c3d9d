"""Nets that give a class to each pixel: sizes flow in, a DiGraph that narrows an image and widens it again comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.errors import ShapeError
from netgraph.zoo.asked import count, image_sides
from netgraph.zoo.scope import Scope, begin


def unet(channels: int = 64, depth: int = 4, classes: int = 2, *, shape: tuple[int, int, int] = (1, 256, 256)) -> nx.DiGraph:
    """U-Net: `depth` times half the image and twice the channels, then all the way back, beside what was seen on the way down.

    Convolutions are padded, so that the output is as large as the image, and nothing need be cropped.
    Raises: ShapeError for an image that cannot be halved so often.
    Source: Ronneberger, Fischer & Brox, MICCAI 2015, figure 1.

    >>> import netgraph as ng
    >>> plan = ng.infer(unet())
    >>> plan.parameter_count, plan["y"].shape
    (31030658, (2, 256, 256))
    """
    channels, depth = count("unet", "channels", channels), count("unet", "depth", depth)
    if any(side % 2**depth for side in image_sides("unet", shape)):
        raise ShapeError(f"ng.zoo.unet halves its image {depth} times, but shape={shape} has sides that 2**{depth} does not divide. "
                         f"Choose sides that are multiples of {2**depth}, or a smaller depth.")
    scope, node = begin("unet", shape)
    seen = []
    for i in range(depth):
        down = scope.inside(f"down{i + 1}")
        seen.append(_two_convolutions(down, node, channels * 2**i))
        node = down.add("pool", seen[-1], op="maxpool2d", kernel_size=2)
    node = _two_convolutions(scope.inside("bottom"), node, channels * 2**depth)
    for i in reversed(range(depth)):
        up = scope.inside(f"up{i + 1}")
        grown = up.add("grow", node, op="convtranspose2d", channels=channels * 2**i, kernel_size=2, stride=2)
        node = _two_convolutions(up, up.add("concat", seen[i], grown, op="concat"), channels * 2**i)
    scope.add("y", node, op="conv2d", channels=classes, kernel_size=1)
    return scope.graph


def _two_convolutions(scope: Scope, node: str, channels: int) -> str:
    for name in ("conv1", "conv2"):
        node = scope.add(name, node, op="conv2d", channels=channels, kernel_size=3, padding=1, activation="relu")
    return node
