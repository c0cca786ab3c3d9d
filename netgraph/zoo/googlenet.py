"""GoogLeNet: modules of four branches, which look at one image through kernels of several sizes; sizes flow in, a DiGraph comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count
from netgraph.zoo.normalised import add_normalised
from netgraph.zoo.scope import Scope, begin

# Szegedy et al. 2015, table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5 and pool proj of each module, or the kernel of a pool.
LADDER: dict[str, tuple[int, ...]] = {
    "inception3a": (64, 96, 128, 16, 32, 32), "inception3b": (128, 128, 192, 32, 96, 64), "maxpool3": (3,),
    "inception4a": (192, 96, 208, 16, 48, 64), "inception4b": (160, 112, 224, 24, 64, 64), "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64), "inception4e": (256, 160, 320, 32, 128, 128), "maxpool4": (2,),
    "inception5a": (256, 160, 320, 32, 128, 128), "inception5b": (384, 192, 384, 48, 128, 128)}


def inception(classes: int = 1000, *, shape: tuple[int, ...] = (3, 224, 224), width: int = 64) -> nx.DiGraph:
    """GoogLeNet, Inception's first version, without its two auxiliary heads. `width` stands for the paper's 64 channels.

    As in torchvision, batch norm follows each convolution, and the third branch has 3×3 kernels in the place of the paper's 5×5.
    Source: Szegedy et al., CVPR 2015, table 1; Ioffe & Szegedy 2015.

    >>> import netgraph as ng
    >>> ng.infer(inception()).parameter_count
    6624904
    """
    width = count("inception", "width", width)
    scope, x = begin("googlenet", shape)
    stem, head = scope.framed("stem"), scope.framed("head")
    node = _pool(stem, "maxpool1", _conv(stem, "conv1", x, width, 7, stride=2), 3)
    node = _conv(stem, "conv2", node, width, 1)
    node = _pool(stem, "maxpool2", _conv(stem, "conv3", node, 3 * width, 3), 3)
    for name, sizes in LADDER.items():
        if len(sizes) == 1:
            node = _pool(scope, name, node, *sizes)
        else:
            node = _module(scope.inside(name), node, tuple(max(1, size * width // 64) for size in sizes))
    node = head.add("dropout", head.add("avgpool", node, op="globalavgpool2d"), op="dropout", p=0.2)
    head.add("fc", node, op="dense", units=classes)
    return scope.graph


def _module(module: Scope, source: str, channels: tuple[int, ...]) -> str:
    one, three_reduce, three, five_reduce, five, projection = channels
    branch1 = _conv(module, "branch1", source, one, 1)
    branch2 = _conv(module, "branch2_1", _conv(module, "branch2_0", source, three_reduce, 1), three, 3)
    branch3 = _conv(module, "branch3_1", _conv(module, "branch3_0", source, five_reduce, 1), five, 3)
    pooled = module.add("branch4_0", source, op="maxpool2d", kernel_size=3, stride=1, padding=1)
    branch4 = _conv(module, "branch4_1", pooled, projection, 1)
    return module.add("concat", branch1, branch2, branch3, branch4, op="concat")


def _conv(scope: Scope, name: str, source: str, channels: int, kernel_size: int, *, stride: int = 1) -> str:
    return add_normalised(scope, source, (f"{name}_conv", f"{name}_bn"), channels, kernel_size, stride=stride, eps=1e-3)


def _pool(scope: Scope, name: str, source: str, kernel_size: int) -> str:
    return scope.add(name, source, op="maxpool2d", kernel_size=kernel_size, stride=2, ceil_mode=True)
