"""Convolutions: each in-edge slides a kernel over its image; a node adds up what its edges bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Pads, Pair, Size, Switch
from netgraph.op import Op
from netgraph.ops.image import image_sizes, same_pads, sum_windows, window_count, windows
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


@dataclass(frozen=True)
class AddChannelBias(Op):
    """y = x + b for each channel of an image (N, C, H, W)."""

    def forward(self, x: Any, *, bias: Any) -> Any:
        y = x + bias[:, None, None]
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        gbias = gy.sum(axis=(0, 2, 3))
        return gx, gbias

    def torch(self, torch: Any, x: Any, *, bias: Any) -> Any:
        return x + bias[:, None, None]


@word("conv2d")
@dataclass(frozen=True)
class Conv2d(Op):
    """Cross-correlation of images (C, H, W) with kernels (channels, C/groups, kh, kw) -> (channels, H', W').

    Source: torch.nn.Conv2d; Dumoulin & Visin 2016.
    """

    channels: Size
    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Pads = (0, 0)
    dilation: Pair = (1, 1)
    groups: Size = 1
    bias: Switch = True

    is_weighted = True
    examples = (
        ({"channels": 3, "kernel_size": 3}, ((2, 5, 6),)),
        ({"channels": 2, "kernel_size": (3, 2), "stride": 2, "padding": 1}, ((3, 7, 6),)),
        ({"channels": 2, "kernel_size": 4, "padding": "same"}, ((1, 5, 5),)),
        ({"channels": 4, "kernel_size": 3, "padding": 2, "dilation": 2, "groups": 2, "bias": False}, ((2, 6, 5),)),
        ({"channels": 3, "kernel_size": 1, "stride": 2}, ((2, 5, 5),)),
    )

    @property
    def pads(self) -> tuple[tuple[int, int], tuple[int, int]]:
        if self.padding == "same":
            return same_pads(self.kernel_size, self.dilation)
        high, wide = (0, 0) if isinstance(self.padding, str) else self.padding
        return (high, high), (wide, wide)

    def shape(self, x: Shape) -> Shape:
        channels, height, width = image_sizes(x, "'conv2d'")
        if channels % self.groups or self.channels % self.groups:
            raise ShapeError(f"'conv2d' has groups={self.groups}, which must divide its {channels} input and {self.channels} output "
                             f"channels. Choose groups that divide both.")
        if self.padding == "same" and self.stride != (1, 1):
            raise ShapeError(f"'conv2d' was given padding='same' with stride={self.stride}, and only stride 1 keeps the size. "
                             f"Give the padding in pixels.")
        return self.channels, *(window_count(n, k, s, p, d, "'conv2d'") for n, k, s, p, d in zip(
            (height, width), self.kernel_size, self.stride, self.pads, self.dilation, strict=True))

    def weight(self, x: Shape) -> Array:
        channels = image_sizes(x, "'conv2d'")[0]
        return Array((self.channels, channels // self.groups, *self.kernel_size),
                     fan_in=channels // self.groups * self.kernel_size[0] * self.kernel_size[1])

    def add_bias(self, x: Shape) -> tuple[Op, Array]:
        return AddChannelBias(), Array((self.channels,), fan_in=self.weight(x).fan_in)

    def flops(self, x: Shape) -> int:
        _, height, width = image_sizes(self.shape(x), "'conv2d'")
        return 2 * self.channels * height * width * self.weight(x).fan_in

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConv2d(*astuple(self))

    def forward(self, x: Any, *, weight: Any) -> Any:
        seen = windows(x, self.kernel_size, self.stride, self.pads, self.dilation)
        y = np.tensordot(seen, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        return y

    def backward(self, gy: Any, x: Any, weight: Any, seen: Any) -> Any:
        gseen = np.tensordot(gy, weight, axes=(1, 0)).transpose(0, 3, 1, 2, 4, 5)
        gx = sum_windows(gseen, x.shape, self.stride, self.pads, self.dilation)
        gweight = np.tensordot(gy, seen, axes=((0, 2, 3), (0, 2, 3)))
        return gx, gweight

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv2d(x, weight, None, self.stride, self.padding, self.dilation, self.groups)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.Conv2d(arrays["weight"].shape[1] * self.groups, self.channels, self.kernel_size,
                         **self.options("stride", "padding", "dilation", "groups", "bias"))


@dataclass(frozen=True)
class GroupedConv2d(Conv2d):
    """The same in groups: each group of output channels sees its own group of input channels."""

    def forward(self, x: Any, *, weight: Any) -> Any:
        seen = by_group(windows(x, self.kernel_size, self.stride, self.pads, self.dilation), self.groups, axis=1)
        y = np.einsum("ngcyxhw,gmchw->ngmyx", seen, by_group(weight, self.groups, axis=0), optimize=True)
        y = y.reshape(len(x), self.channels, *y.shape[3:])
        return y

    def backward(self, gy: Any, x: Any, weight: Any, seen: Any) -> Any:
        g = by_group(gy, self.groups, axis=1)
        gseen = np.einsum("ngmyx,gmchw->ngcyxhw", g, by_group(weight, self.groups, axis=0), optimize=True)
        gx = sum_windows(gseen.reshape(*x.shape[:2], *gseen.shape[3:]), x.shape, self.stride, self.pads, self.dilation)
        gweight = np.einsum("ngmyx,ngcyxhw->gmchw", g, seen, optimize=True).reshape(weight.shape)
        return gx, gweight


def by_group(x: Any, groups: int, axis: int) -> Any:
    """The axis of channels as two: (groups, channels of one)."""
    return x.reshape(*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1:])
