"""Adaptive pooling: an image of any size becomes one of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netgraph.fields import Pair, Single, Triple
from netgraph.op import Op
from netgraph.ops.image import image_sizes
from netgraph.ops.resampling import along_sides, back_along_sides, blocks, mean_tables, pixels_at, region_places, sum_at
from netgraph.ops.word import word
from netgraph.shape import Shape


class _Adaptive(Op):
    rank: ClassVar[int]
    output_size: Any

    def shape(self, x: Shape) -> Shape:
        return image_sizes(x, f"'{type(self).__name__.lower()}'", self.rank)[0], *self.output_size


class _AdaptiveAvgPool(_Adaptive):
    def at(self, x: Shape) -> Op:
        _, *sides = image_sizes(x, "it", self.rank)
        if all(n % m == 0 for n, m in zip(sides, self.output_size, strict=True)):
            return MeanOfBlocks(self.output_size, blocks(sides, self.output_size))
        return MeanOfRegions(self.output_size)


@dataclass(frozen=True)
class MeanOfRegions(Op):
    """The mean of each region; regions of different sizes overlap."""

    output_size: Any

    @property
    def rank(self) -> int:
        return len(self.output_size)

    def shape(self, x: Shape) -> Shape:
        return (x[0], *self.output_size)

    def forward(self, x: Any) -> Any:
        tables = mean_tables(x.shape[2:], self.output_size, x.dtype)
        y = along_sides(x, tables)
        return y

    def backward(self, gy: Any, tables: Any) -> Any:
        gx = back_along_sides(gy, tables)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return (torch.nn.functional.adaptive_avg_pool1d(x, self.output_size) if self.rank == 1 else
                torch.nn.functional.adaptive_avg_pool2d(x, self.output_size) if self.rank == 2 else
                torch.nn.functional.adaptive_avg_pool3d(x, self.output_size))


@dataclass(frozen=True)
class MeanOfBlocks(MeanOfRegions):
    """The mean of each region, where all are of one size. `blocks` are the sides, each as (new size, pixels of a region)."""

    blocks: Any

    @property
    def inner(self) -> tuple[int, ...]:
        """The axes of the pixels of a region."""
        return tuple(range(3, 3 + 2 * self.rank, 2))

    @property
    def share(self) -> float:
        return 1 / float(np.prod(self.blocks[1::2]))

    def forward(self, x: Any) -> Any:
        y = x.reshape(*x.shape[:2], *self.blocks).mean(axis=self.inner)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        g = np.expand_dims(gy * self.share, self.inner)
        gx = np.broadcast_to(g, (*x.shape[:2], *self.blocks)).reshape(x.shape)
        return gx


class _AdaptiveMaxPool(_Adaptive):
    def at(self, x: Shape) -> Op:
        return MaxOfRegions(self.output_size)


@dataclass(frozen=True)
class MaxOfRegions(Op):
    """The greatest number of each region; the first of equals has the gradient."""

    output_size: Any

    @property
    def rank(self) -> int:
        return len(self.output_size)

    def shape(self, x: Shape) -> Shape:
        return (x[0], *self.output_size)

    def forward(self, x: Any) -> Any:
        places = region_places(x.shape[2:], self.output_size)
        seen = pixels_at(x, places)
        place = seen.argmax(axis=-1)[..., None]
        y = np.take_along_axis(seen, place, axis=-1)[..., 0]
        return y

    def backward(self, gy: Any, x: Any, places: Any, place: Any) -> Any:
        gseen = gy[..., None] * (np.arange(places.shape[-1]) == place)
        gx = sum_at(gseen, places, x.shape)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return (torch.nn.functional.adaptive_max_pool1d(x, self.output_size) if self.rank == 1 else
                torch.nn.functional.adaptive_max_pool2d(x, self.output_size) if self.rank == 2 else
                torch.nn.functional.adaptive_max_pool3d(x, self.output_size))


@word("adaptiveavgpool1d")
@dataclass(frozen=True)
class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of each region of a series (C, L), of which there are output_size. Source: torch.nn.AdaptiveAvgPool1d."""

    output_size: Single

    rank = 1
    examples = (({"output_size": 2}, ((2, 6),)), ({"output_size": 3}, ((1, 7),)))


@word("adaptiveavgpool2d")
@dataclass(frozen=True)
class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of each region of an image (C, H, W), of which there are output_size. Source: torch.nn.AdaptiveAvgPool2d."""

    output_size: Pair

    rank = 2
    examples = (({"output_size": 1}, ((2, 3, 4),)), ({"output_size": (3, 2)}, ((1, 5, 4),)))


@word("adaptiveavgpool3d")
@dataclass(frozen=True)
class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of each region of a volume (C, D, H, W), of which there are output_size. Source: torch.nn.AdaptiveAvgPool3d."""

    output_size: Triple

    rank = 3
    examples = (({"output_size": (1, 2, 2)}, ((1, 2, 4, 2),)), ({"output_size": 2}, ((1, 3, 4, 2),)))


@word("adaptivemaxpool1d")
@dataclass(frozen=True)
class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The greatest number of each region of a series (C, L), of which there are output_size. Source: torch.nn.AdaptiveMaxPool1d."""

    output_size: Single

    rank = 1
    examples = (({"output_size": 2}, ((2, 6),)), ({"output_size": 3}, ((1, 7),)))


@word("adaptivemaxpool2d")
@dataclass(frozen=True)
class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The greatest number of each region of an image (C, H, W), of which there are output_size. Source: torch.nn.AdaptiveMaxPool2d."""

    output_size: Pair

    rank = 2
    examples = (({"output_size": 1}, ((2, 3, 4),)), ({"output_size": (3, 2)}, ((1, 5, 4),)))


@word("adaptivemaxpool3d")
@dataclass(frozen=True)
class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The greatest number of each region of a volume (C, D, H, W), of which there are output_size. Source: torch.nn.AdaptiveMaxPool3d."""

    output_size: Triple

    rank = 3
    examples = (({"output_size": (1, 2, 2)}, ((1, 2, 4, 2),)), ({"output_size": 2}, ((1, 3, 4, 2),)))
