"""Convolutions: each in-edge slides a kernel over its image; a node adds up what its edges bring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Literal

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Pads, Pair, Single, SinglePads, Size, Switch, Triple, TriplePads
from netgraph.op import Op
from netgraph.ops.convolving import Convolving
from netgraph.ops.group import by_group
from netgraph.ops.image import image_sizes, sum_windows, window_count, windows
from netgraph.ops.padding import BORDERS, bordered, even_pads, folded, inside, padded, same_pads, torch_pads
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array

Border = Literal["zeros", "reflect", "replicate", "circular"]


class _Conv(Convolving):
    """Over images of `rank` sides."""

    padding_mode: Any

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Pixels before and after each side."""
        if self.padding == "same":
            return same_pads(self.kernel_size, self.dilation)
        return even_pads((0,) * self.rank if self.padding == "valid" else self.padding)

    @property
    def is_bordered(self) -> bool:
        """Whether the image is padded by pixels of its own."""
        return bool(self.padding_mode != "zeros")

    @property
    def border(self) -> str:
        return BORDERS[self.padding_mode]

    @property
    def torch_pads(self) -> list[int]:
        return torch_pads(self.pads)

    @property
    def torch_padding(self) -> Any:
        return 0 if self.is_bordered else self.padding

    def shape(self, x: Shape) -> Shape:
        channels, *sides = image_sizes(x, self.who, self.rank)
        self.require_groups(channels)
        if self.padding == "same" and any(step != 1 for step in self.stride):
            raise ShapeError(f"{self.who} was given padding='same' with stride={self.stride}, and only stride 1 keeps the size. "
                             f"Give the padding in pixels.")
        self.require_border(sides)
        return self.channels, *(window_count(n, k, s, p, d, self.who) for n, k, s, p, d in zip(
            sides, self.kernel_size, self.stride, self.pads, self.dilation, strict=True))

    def require_border(self, sides: list[int]) -> None:
        """Raises ShapeError where the border wants more pixels of an image than it has."""
        most = {"reflect": -1, "circular": 0}.get(self.padding_mode)
        for n, pads in zip(sides, self.pads, strict=True):
            if most is not None and max(pads) > n + most:
                raise ShapeError(f"{self.who} pads {max(pads)} pixels by padding_mode={self.padding_mode!r}, but a side of {n} has only "
                                 f"{n + most} to give. Pad less, or with padding_mode='zeros'.")

    def weight(self, x: Shape) -> Array:
        channels = image_sizes(x, self.who, self.rank)[0] // self.groups
        return Array((self.channels, channels, *self.kernel_size), fan_in=channels * math.prod(self.kernel_size))

    def flops(self, x: Shape) -> int:
        return 2 * math.prod(image_sizes(self.shape(x), self.who, self.rank)) * self.weight(x).fan_in

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return getattr(nn, f"Conv{self.rank}d")(arrays["weight"].shape[1] * self.groups, self.channels, self.kernel_size, **self.options(
            "stride", "padding", "dilation", "groups", "bias", "padding_mode"))

    def forward(self, x: Any, *, weight: Any) -> Any:
        wide = bordered(x, self.pads, self.border) if self.is_bordered else padded(x, self.pads)
        seen = windows(wide, self.kernel_size, self.stride, self.dilation)
        y = np.moveaxis(np.tensordot(seen, weight, axes=(self.seen_axes, self.kernel_axes)), -1, 1)
        return y

    def backward(self, gy: Any, wide: Any, weight: Any, seen: Any) -> Any:
        gseen = np.moveaxis(np.tensordot(gy, weight, axes=(1, 0)), self.channel_axis, 1)
        gwide = sum_windows(gseen, wide.shape, self.stride, self.dilation)
        gx = folded(gwide, self.pads, self.border) if self.is_bordered else inside(gwide, self.pads)
        gweight = np.tensordot(gy, seen, axes=(self.sides, self.sides))
        return gx, gweight


class _InGroups(_Conv):
    """The same in groups: each group of output channels sees its own group of input channels."""

    @property
    def to_output(self) -> str:
        return "ngc{0}{1},gmc{1}->ngm{0}".format(*self.letters)

    @property
    def to_seen(self) -> str:
        return "ngm{0},gmc{1}->ngc{0}{1}".format(*self.letters)

    @property
    def to_weight(self) -> str:
        return "ngm{0},ngc{0}{1}->gmc{1}".format(*self.letters)

    def forward(self, x: Any, *, weight: Any) -> Any:
        wide = bordered(x, self.pads, self.border) if self.is_bordered else padded(x, self.pads)
        seen = by_group(windows(wide, self.kernel_size, self.stride, self.dilation), self.groups, axis=1)
        y = np.einsum(self.to_output, seen, by_group(weight, self.groups, axis=0), optimize=True)
        y = y.reshape(len(x), self.channels, *y.shape[3:])
        return y

    def backward(self, gy: Any, wide: Any, weight: Any, seen: Any) -> Any:
        g = by_group(gy, self.groups, axis=1)
        gseen = np.einsum(self.to_seen, g, by_group(weight, self.groups, axis=0), optimize=True)
        gwide = sum_windows(gseen.reshape(*wide.shape[:2], *gseen.shape[3:]), wide.shape, self.stride, self.dilation)
        gx = folded(gwide, self.pads, self.border) if self.is_bordered else inside(gwide, self.pads)
        gweight = np.einsum(self.to_weight, g, seen, optimize=True).reshape(weight.shape)
        return gx, gweight


@word("conv1d")
@dataclass(frozen=True)
class Conv1d(_Conv):
    """Cross-correlation of series (C, L) with kernels (channels, C/groups, k) -> (channels, L').

    Source: torch.nn.Conv1d.
    """

    channels: Size
    kernel_size: Single
    stride: Single = (1,)
    padding: SinglePads = (0,)
    dilation: Single = (1,)
    groups: Size = 1
    bias: Switch = True
    padding_mode: Border = "zeros"

    rank = 1
    examples = (
        ({"channels": 3, "kernel_size": 3}, ((2, 6),)),
        ({"channels": 4, "kernel_size": 2, "stride": 2, "padding": 2, "groups": 2}, ((2, 7),)),
        ({"channels": 2, "kernel_size": 3, "padding": "same", "dilation": 2, "padding_mode": "circular", "bias": False}, ((1, 6),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConv1d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv1d(torch.nn.functional.pad(x, self.torch_pads, self.padding_mode) if self.is_bordered else x,
                                          weight, None, self.stride, self.torch_padding, self.dilation, self.groups)


@dataclass(frozen=True)
class GroupedConv1d(_InGroups, Conv1d):
    """The same in groups."""


@word("conv2d")
@dataclass(frozen=True)
class Conv2d(_Conv):
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
    padding_mode: Border = "zeros"

    rank = 2
    examples = (
        ({"channels": 3, "kernel_size": 3}, ((2, 5, 6),)),
        ({"channels": 2, "kernel_size": (3, 2), "stride": 2, "padding": 1}, ((3, 7, 6),)),
        ({"channels": 2, "kernel_size": 4, "padding": "same"}, ((1, 5, 5),)),
        ({"channels": 4, "kernel_size": 3, "padding": 2, "dilation": 2, "groups": 2, "bias": False}, ((2, 6, 5),)),
        ({"channels": 3, "kernel_size": 1, "stride": 2}, ((2, 5, 5),)),
        ({"channels": 2, "kernel_size": 3, "padding": 2, "padding_mode": "reflect"}, ((1, 4, 5),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConv2d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv2d(torch.nn.functional.pad(x, self.torch_pads, self.padding_mode) if self.is_bordered else x,
                                          weight, None, self.stride, self.torch_padding, self.dilation, self.groups)


@dataclass(frozen=True)
class GroupedConv2d(_InGroups, Conv2d):
    """The same in groups."""


@word("conv3d")
@dataclass(frozen=True)
class Conv3d(_Conv):
    """Cross-correlation of volumes (C, D, H, W) with kernels (channels, C/groups, kd, kh, kw) -> (channels, D', H', W').

    Source: torch.nn.Conv3d.
    """

    channels: Size
    kernel_size: Triple
    stride: Triple = (1, 1, 1)
    padding: TriplePads = (0, 0, 0)
    dilation: Triple = (1, 1, 1)
    groups: Size = 1
    bias: Switch = True
    padding_mode: Border = "zeros"

    rank = 3
    examples = (
        ({"channels": 2, "kernel_size": 2}, ((2, 3, 4, 3),)),
        ({"channels": 2, "kernel_size": (2, 3, 1), "stride": (1, 2, 1), "padding": 1, "groups": 2, "bias": False}, ((2, 3, 4, 3),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConv3d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv3d(torch.nn.functional.pad(x, self.torch_pads, self.padding_mode) if self.is_bordered else x,
                                          weight, None, self.stride, self.torch_padding, self.dilation, self.groups)


@dataclass(frozen=True)
class GroupedConv3d(_InGroups, Conv3d):
    """The same in groups."""
