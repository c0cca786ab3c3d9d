"""Pooling: each window of an image becomes one number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netgraph import fields
from netgraph.errors import ShapeError
from netgraph.fields import Margin, OptionalPair, Pair, Switch
from netgraph.op import Op
from netgraph.ops.image import image_sizes, sum_windows, window_count, windows
from netgraph.ops.padding import Pads, even_pads, inside, padded
from netgraph.ops.word import word
from netgraph.shape import Shape


class _Pool(Op):
    """Over images of `rank` sides. The subclasses hold the constants, whose types depend on the rank, and the torch calls."""

    rank: ClassVar[int]
    kernel_size: Any
    stride: Any
    padding: Any
    ceil_mode: Any

    @property
    def steps(self) -> Any:
        return self.stride or self.kernel_size

    @property
    def spacing(self) -> tuple[int, ...]:
        """The dilation of the kernel."""
        spacing: tuple[int, ...] = getattr(self, "dilation", (1,) * self.rank)
        return spacing

    @property
    def area(self) -> int:
        area: int = math.prod(self.kernel_size)
        return area

    @property
    def pads(self) -> Pads:
        return even_pads(self.padding)

    def shape(self, x: Shape) -> Shape:
        who = f"'{type(self).__name__.lower()}'"
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ShapeError(f"{who} has padding={self.padding}, more than half its kernel_size={self.kernel_size}. Pad less.")
        channels, *sides = image_sizes(x, who, self.rank)
        pads = ceil_pads(sides, self.kernel_size, self.steps, self.padding, self.spacing) if self.ceil_mode else self.pads
        return channels, *(window_count(n, k, s, p, d, who) for n, k, s, p, d in zip(
            sides, self.kernel_size, self.steps, pads, self.spacing, strict=True))


def ceil_pads(sides: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """The pads of each side with which a last window fits that the image fills in part; one that begins behind it counts no more.

    Source: torch.nn.MaxPool2d, `ceil_mode`.

    >>> ceil_pads((5, 6), (2, 2), (2, 2), (0, 0), (1, 1)), ceil_pads((4, 3), (1, 2), (4, 2), (0, 1), (1, 1))
    (((0, 1), (0, 0)), ((0, 0), (1, 0)))
    """
    pads = []
    for n, k, s, p, d in zip(sides, kernel_size, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        last = -((reach - n - 2 * p) // s) * s                         # where the last window begins
        last -= s if last >= n + p else 0
        pads.append((p, max(last + reach - n - p, 0)))
    return tuple(pads)


class _MaxPool(_Pool):
    dilation: Any

    def forward(self, x: Any) -> Any:
        pads = ceil_pads(x.shape[2:], self.kernel_size, self.steps, self.padding, self.dilation) if self.ceil_mode else self.pads
        wide = padded(x, pads, -np.inf)
        seen = windows(wide, self.kernel_size, self.steps, self.dilation)
        seen = seen.reshape(*seen.shape[:x.ndim], self.area)
        place = seen.argmax(axis=-1)[..., None]
        y = np.take_along_axis(seen, place, axis=-1)[..., 0]
        return y

    def backward(self, gy: Any, wide: Any, pads: Any, place: Any) -> Any:
        gseen = gy[..., None] * (np.arange(self.area) == place)
        gwide = sum_windows(gseen.reshape(*gy.shape, *self.kernel_size), wide.shape, self.steps, self.dilation)
        gx = inside(gwide, pads)
        return gx


class _AvgPool(_Pool):
    count_include_pad: Any

    @property
    def lead(self) -> tuple[Any, ...]:
        """Puts an axis for each side of the kernel behind the others."""
        return (Ellipsis, *(None,) * self.rank)

    @property
    def kernel_axes(self) -> tuple[int, ...]:
        return tuple(range(self.rank + 2, 2 * self.rank + 2))

    def forward(self, x: Any) -> Any:
        pads = ceil_pads(x.shape[2:], self.kernel_size, self.steps, self.padding, self.spacing) if self.ceil_mode else self.pads
        wide = padded(x, pads)
        seen = windows(wide, self.kernel_size, self.steps, self.spacing)
        count = (self.area if self.count_include_pad and not self.ceil_mode else
                 window_areas(x, self.kernel_size, self.steps, self.pads if self.count_include_pad else (), pads))
        y = seen.sum(axis=self.kernel_axes) / count
        return y

    def backward(self, gy: Any, wide: Any, pads: Any, count: Any) -> Any:
        gseen = np.broadcast_to((gy / count)[self.lead], (*gy.shape, *self.kernel_size))
        gwide = sum_windows(gseen, wide.shape, self.steps, self.spacing)
        gx = inside(gwide, pads)
        return gx


def window_areas(x: Any, kernel_size: Any, stride: Any, counted: Any, pads: Any) -> Any:
    """How many pixels each window's mean is over: those of the image, and of the `counted` pads."""
    inner = np.ones((1, 1, *x.shape[2:]), x.dtype)
    if counted:
        inner = padded(inner, counted, 1)
        pads = [(0, max(end - own, 0)) for (_, end), (_, own) in zip(pads, counted, strict=True)]
    seen = windows(padded(inner, pads), kernel_size, stride, [1 for _ in kernel_size])
    return seen.sum(axis=tuple(range(x.ndim, 2 * x.ndim - 2)))


@word("maxpool1d")
@dataclass(frozen=True)
class MaxPool1d(_MaxPool):
    """The greatest number of each window of a series (C, L); the first of equals has the gradient.

    `stride` is the kernel\'s size unless given. Source: torch.nn.MaxPool1d.
    """

    kernel_size: fields.Single
    stride: fields.OptionalSingle = None
    padding: fields.SingleMargin = (0,)
    dilation: fields.Single = (1,)
    ceil_mode: Switch = False

    rank = 1
    examples = (({"kernel_size": 2}, ((2, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, ((1, 6),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.max_pool1d(x, self.kernel_size, self.steps, self.padding, self.dilation, self.ceil_mode)


@word("maxpool2d")
@dataclass(frozen=True)
class MaxPool2d(_MaxPool):
    """The greatest number of each window of an image (C, H, W); the first of equals has the gradient.

    `stride` is the kernel\'s size unless given. Source: torch.nn.MaxPool2d.
    """

    kernel_size: Pair
    stride: OptionalPair = None
    padding: Margin = (0, 0)
    dilation: Pair = (1, 1)
    ceil_mode: Switch = False

    rank = 2
    examples = (({"kernel_size": 2}, ((2, 4, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 5, 7),)),
                ({"kernel_size": (2, 3), "stride": 1}, ((2, 4, 5),)), ({"kernel_size": 2, "dilation": 2, "ceil_mode": True}, ((1, 6, 5),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.max_pool2d(x, self.kernel_size, self.steps, self.padding, self.dilation, self.ceil_mode)


@word("maxpool3d")
@dataclass(frozen=True)
class MaxPool3d(_MaxPool):
    """The greatest number of each window of a volume (C, D, H, W); the first of equals has the gradient.

    `stride` is the kernel\'s size unless given. Source: torch.nn.MaxPool3d.
    """

    kernel_size: fields.Triple
    stride: fields.OptionalTriple = None
    padding: fields.TripleMargin = (0, 0, 0)
    dilation: fields.Triple = (1, 1, 1)
    ceil_mode: Switch = False

    rank = 3
    examples = (({"kernel_size": (1, 2, 2)}, ((2, 2, 4, 3),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 4, 3, 5),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.max_pool3d(x, self.kernel_size, self.steps, self.padding, self.dilation, self.ceil_mode)


@word("avgpool1d")
@dataclass(frozen=True)
class AvgPool1d(_AvgPool):
    """The mean of each window of a series (C, L); `count_include_pad` counts padded pixels as zeros. Source: torch.nn.AvgPool1d."""

    kernel_size: fields.Single
    stride: fields.OptionalSingle = None
    padding: fields.SingleMargin = (0,)
    ceil_mode: Switch = False
    count_include_pad: Switch = True

    rank = 1
    examples = (({"kernel_size": 2}, ((2, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, ((1, 6),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.avg_pool1d(x, self.kernel_size, self.steps, self.padding, self.ceil_mode, self.count_include_pad)


@word("avgpool2d")
@dataclass(frozen=True)
class AvgPool2d(_AvgPool):
    """The mean of each window of an image (C, H, W); `count_include_pad` counts padded pixels as zeros. Source: torch.nn.AvgPool2d."""

    kernel_size: Pair
    stride: OptionalPair = None
    padding: Margin = (0, 0)
    ceil_mode: Switch = False
    count_include_pad: Switch = True

    rank = 2
    examples = (({"kernel_size": 2}, ((2, 4, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 5, 7),)),
                ({"kernel_size": (2, 3), "stride": 1, "padding": 1, "count_include_pad": False}, ((2, 4, 5),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.avg_pool2d(x, self.kernel_size, self.steps, self.padding, self.ceil_mode, self.count_include_pad)


@word("avgpool3d")
@dataclass(frozen=True)
class AvgPool3d(_AvgPool):
    """The mean of each window of a volume (C, D, H, W); `count_include_pad` counts padded pixels as zeros. Source: torch.nn.AvgPool3d."""

    kernel_size: fields.Triple
    stride: fields.OptionalTriple = None
    padding: fields.TripleMargin = (0, 0, 0)
    ceil_mode: Switch = False
    count_include_pad: Switch = True

    rank = 3
    examples = (({"kernel_size": (1, 2, 2)}, ((2, 2, 4, 3),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 4, 3, 5),)))

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.avg_pool3d(x, self.kernel_size, self.steps, self.padding, self.ceil_mode, self.count_include_pad)
