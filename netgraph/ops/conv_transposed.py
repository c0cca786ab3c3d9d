"""Transposed convolutions: each pixel is spread over the output by a kernel; a node adds up what its edges bring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Margin, Pair, Single, SingleMargin, Size, Switch, Triple, TripleMargin
from netgraph.op import Op
from netgraph.ops.convolving import Convolving
from netgraph.ops.group import by_group
from netgraph.ops.image import image_sizes, sum_windows, windows
from netgraph.ops.padding import even_pads, inside, padded
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


class _ConvTranspose(Convolving):
    """Over images of `rank` sides."""

    output_padding: Any

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Pixels that are cut off again on both ends of each side."""
        return even_pads(self.padding)

    def shape(self, x: Shape) -> Shape:
        channels, *sides = image_sizes(x, self.who, self.rank)
        self.require_groups(channels)
        if any(o >= max(s, d) for o, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True)):
            raise ShapeError(f"{self.who} has output_padding={self.output_padding}, which must be smaller than its stride={self.stride} "
                             f"or its dilation={self.dilation}. Lower it.")
        wide = spread_sides(sides, self.kernel_size, self.stride, self.dilation, self.output_padding)
        out = tuple(n - 2 * p for n, p in zip(wide, self.padding, strict=True))
        if min(out) < 1:
            raise ShapeError(f"{self.who} with padding={self.padding} cuts all of its {wide} pixels off. Pad less.")
        return self.channels, *out

    def weight(self, x: Shape) -> Array:
        channels = self.channels // self.groups
        return Array((image_sizes(x, self.who, self.rank)[0], channels, *self.kernel_size), fan_in=channels * math.prod(self.kernel_size))

    def flops(self, x: Shape) -> int:
        return 2 * math.prod(image_sizes(x, self.who, self.rank)) * self.weight(x).fan_in

    def forward(self, x: Any, *, weight: Any) -> Any:
        seen = np.moveaxis(np.tensordot(x, weight, axes=(1, 0)), self.channel_axis, 1)
        sides = spread_sides(x.shape[2:], self.kernel_size, self.stride, self.dilation, self.output_padding)
        wide = sum_windows(seen, (len(x), self.channels, *sides), self.stride, self.dilation)
        y = inside(wide, self.pads)
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gseen = spread_from(padded(gy, self.pads), x, self.kernel_size, self.stride, self.dilation)
        gx = np.moveaxis(np.tensordot(gseen, weight, axes=(self.seen_axes, self.kernel_axes)), -1, 1)
        gweight = np.tensordot(x, gseen, axes=(self.sides, self.sides))
        return gx, gweight

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return getattr(nn, f"ConvTranspose{self.rank}d")(arrays["weight"].shape[0], self.channels, self.kernel_size, **self.options(
            "stride", "padding", "output_padding", "groups", "bias", "dilation"))


def spread_sides(sides: Any, kernel_size: Any, stride: Any, dilation: Any, output_padding: Any) -> Any:
    """The sides before the padding is cut off: (n − 1) · stride + dilation · (kernel_size − 1) + output_padding + 1.

    Source: Dumoulin & Visin 2016, relationship 14; torch.nn.ConvTranspose2d.

    >>> spread_sides((4, 5), (3, 3), (2, 2), (1, 1), (0, 1))
    (9, 12)
    """
    return tuple((n - 1) * s + d * (k - 1) + o + 1 for n, k, s, d, o in zip(
        sides, kernel_size, stride, dilation, output_padding, strict=True))


def spread_from(g: Any, x: Any, kernel_size: Any, stride: Any, dilation: Any) -> Any:
    """What each pixel of x was spread to; the last pixels of an output padding belong to none."""
    seen = windows(g, kernel_size, stride, dilation)
    return seen[(slice(None), slice(None), *map(slice, x.shape[2:]))]


class _InGroups(_ConvTranspose):
    """The same in groups: each group of input channels is spread over its own group of output channels."""

    @property
    def to_seen(self) -> str:
        return "ngc{0},gcm{1}->ngm{0}{1}".format(*self.letters)

    @property
    def to_input(self) -> str:
        return "ngm{0}{1},gcm{1}->ngc{0}".format(*self.letters)

    @property
    def to_weight(self) -> str:
        return "ngc{0},ngm{0}{1}->gcm{1}".format(*self.letters)

    def forward(self, x: Any, *, weight: Any) -> Any:
        seen = np.einsum(self.to_seen, by_group(x, self.groups, axis=1), by_group(weight, self.groups, axis=0), optimize=True)
        seen = seen.reshape(len(x), self.channels, *seen.shape[3:])
        sides = spread_sides(x.shape[2:], self.kernel_size, self.stride, self.dilation, self.output_padding)
        wide = sum_windows(seen, (len(x), self.channels, *sides), self.stride, self.dilation)
        y = inside(wide, self.pads)
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gseen = by_group(spread_from(padded(gy, self.pads), x, self.kernel_size, self.stride, self.dilation), self.groups, axis=1)
        gx = np.einsum(self.to_input, gseen, by_group(weight, self.groups, axis=0), optimize=True).reshape(x.shape)
        gweight = np.einsum(self.to_weight, by_group(x, self.groups, axis=1), gseen, optimize=True).reshape(weight.shape)
        return gx, gweight


@word("convtranspose1d")
@dataclass(frozen=True)
class ConvTranspose1d(_ConvTranspose):
    """Each number of a series (C, L) spread by kernels (C, channels/groups, k) -> (channels, L').

    Source: torch.nn.ConvTranspose1d.
    """

    channels: Size
    kernel_size: Single
    stride: Single = (1,)
    padding: SingleMargin = (0,)
    output_padding: SingleMargin = (0,)
    groups: Size = 1
    bias: Switch = True
    dilation: Single = (1,)

    rank = 1
    examples = (
        ({"channels": 3, "kernel_size": 3, "stride": 2}, ((2, 4),)),
        ({"channels": 2, "kernel_size": 2, "stride": 3, "padding": 1, "output_padding": 2, "bias": False}, ((3, 5),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConvTranspose1d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv_transpose1d(x, weight, None, self.stride, self.padding, self.output_padding, self.groups,
                                                    self.dilation)


@dataclass(frozen=True)
class GroupedConvTranspose1d(_InGroups, ConvTranspose1d):
    """The same in groups."""


@word("convtranspose2d")
@dataclass(frozen=True)
class ConvTranspose2d(_ConvTranspose):
    """Each pixel of an image (C, H, W) spread by kernels (C, channels/groups, kh, kw) -> (channels, H', W').

    Source: torch.nn.ConvTranspose2d; Dumoulin & Visin 2016, chapter 4.
    """

    channels: Size
    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Margin = (0, 0)
    output_padding: Margin = (0, 0)
    groups: Size = 1
    bias: Switch = True
    dilation: Pair = (1, 1)

    rank = 2
    examples = (
        ({"channels": 3, "kernel_size": 2, "stride": 2}, ((2, 3, 4),)),
        ({"channels": 2, "kernel_size": (3, 4), "stride": (2, 1), "padding": 1, "output_padding": (1, 0)}, ((3, 4, 3),)),
        ({"channels": 4, "kernel_size": 3, "dilation": 2, "output_padding": 1, "groups": 2, "bias": False}, ((2, 3, 3),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConvTranspose2d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv_transpose2d(x, weight, None, self.stride, self.padding, self.output_padding, self.groups,
                                                    self.dilation)


@dataclass(frozen=True)
class GroupedConvTranspose2d(_InGroups, ConvTranspose2d):
    """The same in groups."""


@word("convtranspose3d")
@dataclass(frozen=True)
class ConvTranspose3d(_ConvTranspose):
    """Each point of a volume (C, D, H, W) spread by kernels (C, channels/groups, kd, kh, kw) -> (channels, D', H', W').

    Source: torch.nn.ConvTranspose3d.
    """

    channels: Size
    kernel_size: Triple
    stride: Triple = (1, 1, 1)
    padding: TripleMargin = (0, 0, 0)
    output_padding: TripleMargin = (0, 0, 0)
    groups: Size = 1
    bias: Switch = True
    dilation: Triple = (1, 1, 1)

    rank = 3
    examples = (
        ({"channels": 2, "kernel_size": 2, "stride": (2, 1, 2), "padding": (0, 1, 0)}, ((2, 2, 3, 2),)),
    )

    def at(self, x: Shape) -> Op:
        return self if self.groups == 1 else GroupedConvTranspose3d(*astuple(self))

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.conv_transpose3d(x, weight, None, self.stride, self.padding, self.output_padding, self.groups,
                                                    self.dilation)


@dataclass(frozen=True)
class GroupedConvTranspose3d(_InGroups, ConvTranspose3d):
    """The same in groups."""
