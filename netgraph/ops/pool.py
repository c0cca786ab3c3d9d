"""Pooling: each window of an image becomes one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import OptionalPair, Pair, Switch, pair
from netgraph.op import Op
from netgraph.ops.image import image_sizes, sum_windows, window_count, windows
from netgraph.ops.word import word
from netgraph.shape import Shape

Margin = Annotated[tuple[int, int], lambda value: pair(value, least=0)]


@dataclass(frozen=True)
class _Pool2d(Op):
    kernel_size: Pair
    stride: OptionalPair = None
    padding: Margin = (0, 0)

    @property
    def steps(self) -> tuple[int, int]:
        return self.stride or self.kernel_size

    @property
    def area(self) -> int:
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def pads(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (self.padding[0],) * 2, (self.padding[1],) * 2

    def shape(self, x: Shape) -> Shape:
        who = f"'{type(self).__name__.lower()}'"
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ShapeError(f"{who} has padding={self.padding}, more than half its kernel_size={self.kernel_size}. Pad less.")
        channels, height, width = image_sizes(x, who)
        return channels, *(window_count(n, k, s, p, 1, who) for n, k, s, p in zip(
            (height, width), self.kernel_size, self.steps, self.pads, strict=True))


@word("maxpool2d")
@dataclass(frozen=True)
class MaxPool2d(_Pool2d):
    """The greatest number of each window; the first of equals has the gradient. `stride` is the kernel's size unless given.

    Source: torch.nn.MaxPool2d.
    """

    examples = (({"kernel_size": 2}, ((2, 4, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 5, 7),)),
                ({"kernel_size": (2, 3), "stride": 1}, ((2, 4, 5),)))

    def forward(self, x: Any) -> Any:
        seen = windows(x, self.kernel_size, self.steps, self.pads, fill=-np.inf)
        seen = seen.reshape(*seen.shape[:4], self.area)
        place = seen.argmax(axis=-1)[..., None]
        y = np.take_along_axis(seen, place, axis=-1)[..., 0]
        return y

    def backward(self, gy: Any, x: Any, place: Any) -> Any:
        gseen = gy[..., None] * (np.arange(self.area) == place)
        gx = sum_windows(gseen.reshape(*gy.shape, *self.kernel_size), x.shape, self.steps, self.pads)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.max_pool2d(x, self.kernel_size, self.steps, self.padding)


@word("avgpool2d")
@dataclass(frozen=True)
class AvgPool2d(_Pool2d):
    """The mean of each window; `count_include_pad` counts padded pixels as zeros. Source: torch.nn.AvgPool2d."""

    count_include_pad: Switch = True

    examples = (({"kernel_size": 2}, ((2, 4, 6),)), ({"kernel_size": 3, "stride": 2, "padding": 1}, ((1, 5, 7),)),
                ({"kernel_size": (2, 3), "stride": 1, "padding": 1, "count_include_pad": False}, ((2, 4, 5),)))

    def forward(self, x: Any) -> Any:
        seen = windows(x, self.kernel_size, self.steps, self.pads)
        count = window_areas(x, self.kernel_size, self.steps, self.pads, self.count_include_pad)
        y = seen.sum(axis=(4, 5)) / count
        return y

    def backward(self, gy: Any, x: Any, count: Any) -> Any:
        gseen = np.broadcast_to((gy / count)[..., None, None], (*gy.shape, *self.kernel_size))
        gx = sum_windows(gseen, x.shape, self.steps, self.pads)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.avg_pool2d(x, self.kernel_size, self.steps, self.padding, count_include_pad=self.count_include_pad)


def window_areas(x: Any, kernel_size: Any, stride: Any, pads: Any, count_include_pad: bool) -> Any:
    """How many pixels each window's mean is over: the kernel's area, or only those inside the image."""
    if count_include_pad:
        return kernel_size[0] * kernel_size[1]
    return windows(np.ones((1, 1, *x.shape[2:]), x.dtype), kernel_size, stride, pads).sum(axis=(4, 5))
