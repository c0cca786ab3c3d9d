"""Resizing: an image becomes a larger or smaller one, or trades channels for pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import OptionalScale, OptionalSizes, Size, Switch
from netgraph.op import Op
from netgraph.ops.image import image_sizes
from netgraph.ops.resampling import along_sides, back_along_sides, blocks, linear_tables, nearest_tables
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes

RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3}


@word("upsample")
@dataclass(frozen=True)
class Upsample(Op):
    """An image (C, ...) at `size` pixels, or at `scale_factor` times its own. Source: torch.nn.Upsample."""

    size: OptionalSizes = None
    scale_factor: OptionalScale = None
    mode: Literal["nearest", "linear", "bilinear", "trilinear"] = "nearest"
    align_corners: Switch = False

    examples = (({"scale_factor": 2}, ((2, 2, 3),)), ({"size": (5, 4)}, ((1, 3, 2),)), ({"size": 7, "mode": "linear"}, ((2, 3),)),
                ({"scale_factor": (2, 1.5), "mode": "bilinear"}, ((1, 3, 4),)),
                ({"scale_factor": 2, "mode": "bilinear", "align_corners": True}, ((2, 3, 2),)))

    def shape(self, x: Shape) -> Shape:
        if (self.size is None) == (self.scale_factor is None):
            raise ShapeError("'upsample' wants either a size or a scale_factor. Write one of them, such as scale_factor=2.")
        rank = RANKS.get(self.mode, len(x) - 1)
        if rank not in (1, 2, 3):
            raise ShapeError(f"'upsample' takes images (C, H, W), series (C, L) or volumes (C, D, H, W), but got {x}. "
                             f"Put a 'reshape' before it.")
        channels, *sides = image_sizes(x, f"'upsample' with mode={self.mode!r}", rank)
        given = self.size if self.scale_factor is None else self.scale_factor
        if isinstance(given, tuple) and len(given) != rank:
            raise ShapeError(f"'upsample' was given {'size' if self.scale_factor is None else 'scale_factor'}={given}, but its input {x} "
                             f"has {rank} side{'s' * (rank > 1)}. Give one number for each.")
        return channels, *self.new_sides(sides)

    def new_sides(self, sides: list[int]) -> tuple[int, ...]:
        """The sizes of the sides afterwards."""
        if self.scale_factor is None:
            return self.size if isinstance(self.size, tuple) else (self.size or 0,) * len(sides)
        new = tuple(int(n * f) for n, f in zip(sides, self.factors(len(sides)), strict=True))
        if min(new) < 1:
            raise ShapeError(f"'upsample' leaves no pixel of {tuple(sides)} at scale_factor={self.scale_factor}. Use a larger one.")
        return new

    def factors(self, rank: int) -> tuple[float, ...]:
        """The scale factor of each side."""
        return self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor or 0,) * rank

    def at(self, x: Shape) -> Op:
        _, *sides = sizes(x, "'upsample'")
        new = self.new_sides(sides)
        scales = tuple(m / n for n, m in zip(sides, new, strict=True)) if self.scale_factor is None else self.factors(len(sides))
        kind: type[_Resized] = Interpolated
        if self.mode == "nearest":
            kind = Repeated if all(m % n == 0 and m // n == f for n, m, f in zip(sides, new, scales, strict=True)) else Nearest
        return kind(self.size, self.scale_factor, self.mode, self.align_corners, tuple(sides), new, scales)


@dataclass(frozen=True)
class _Resized(Op):
    """`old` and `new` are the sides, `scales` new / old as the user gave it."""

    size: Any
    scale_factor: Any
    mode: Any
    align_corners: Any
    old: Any
    new: Any
    scales: Any

    def shape(self, x: Shape) -> Shape:
        return (x[0], *self.new)


@dataclass(frozen=True)
class Interpolated(_Resized):
    """Between pixels the straight line, side by side."""

    def forward(self, x: Any) -> Any:
        tables = linear_tables(self.old, self.new, self.scales, self.align_corners, x.dtype)
        y = along_sides(x, tables)
        return y

    def backward(self, gy: Any, tables: Any) -> Any:
        gx = back_along_sides(gy, tables)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners)


@dataclass(frozen=True)
class Nearest(Interpolated):
    """Each new pixel is one of the old ones."""

    def forward(self, x: Any) -> Any:
        tables = nearest_tables(self.old, self.new, self.scales, x.dtype)
        y = along_sides(x, tables)
        return y

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.interpolate(x, self.size, self.scale_factor)


@dataclass(frozen=True)
class Repeated(_Resized):
    """Each pixel as a block of equal ones."""

    @property
    def blocks(self) -> tuple[int, ...]:
        """The new sides, each as (old size, pixels of a block)."""
        return blocks(self.new, self.old)

    @property
    def inner(self) -> tuple[int, ...]:
        """The axes of the pixels of a block."""
        return tuple(range(3, 3 + 2 * len(self.old), 2))

    def forward(self, x: Any) -> Any:
        y = np.broadcast_to(np.expand_dims(x, self.inner), (*x.shape[:2], *self.blocks)).reshape(*x.shape[:2], *self.new)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy.reshape(*gy.shape[:2], *self.blocks).sum(axis=self.inner)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.interpolate(x, self.size, self.scale_factor)


@word("pixelshuffle")
@dataclass(frozen=True)
class PixelShuffle(Op):
    """Channels become pixels: (C r², H, W) -> (C, H r, W r), r the upscale_factor (Shi et al. 2016, eq. 4)."""

    upscale_factor: Size

    examples = (({"upscale_factor": 2}, ((8, 2, 3),)), ({"upscale_factor": 3}, ((9, 1, 2),)))

    def shape(self, x: Shape) -> Shape:
        channels, height, width = image_sizes(x, "'pixelshuffle'")
        r = self.upscale_factor
        if channels % r**2:
            raise ShapeError(f"'pixelshuffle' makes pixels of {r}² channels each, which must divide the {channels} that it is given. "
                             f"Choose another upscale_factor.")
        return channels // r**2, height * r, width * r

    def forward(self, x: Any) -> Any:
        y = channels_to_pixels(x, self.upscale_factor)
        return y

    def backward(self, gy: Any) -> Any:
        gx = pixels_to_channels(gy, self.upscale_factor)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.pixel_shuffle(x, self.upscale_factor)


@word("pixelunshuffle")
@dataclass(frozen=True)
class PixelUnshuffle(Op):
    """Pixels become channels: (C, H r, W r) -> (C r², H, W), r the downscale_factor; the reverse of 'pixelshuffle'."""

    downscale_factor: Size

    examples = (({"downscale_factor": 2}, ((1, 4, 6),)),)

    def shape(self, x: Shape) -> Shape:
        channels, height, width = image_sizes(x, "'pixelunshuffle'")
        r = self.downscale_factor
        if height % r or width % r:
            raise ShapeError(f"'pixelunshuffle' has downscale_factor={r}, which must divide the sides of its input {x}. "
                             f"Choose another, or pad the image.")
        return channels * r**2, height // r, width // r

    def forward(self, x: Any) -> Any:
        y = pixels_to_channels(x, self.downscale_factor)
        return y

    def backward(self, gy: Any) -> Any:
        gx = channels_to_pixels(gy, self.downscale_factor)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.pixel_unshuffle(x, self.downscale_factor)


def channels_to_pixels(x: Any, r: int) -> Any:
    """(N, C r², H, W) -> (N, C, H r, W r)."""
    n, c, high, wide = x.shape
    return x.reshape(n, c // r**2, r, r, high, wide).transpose(0, 1, 4, 2, 5, 3).reshape(n, c // r**2, high * r, wide * r)


def pixels_to_channels(x: Any, r: int) -> Any:
    """(N, C, H r, W r) -> (N, C r², H, W)."""
    n, c, high, wide = x.shape
    return x.reshape(n, c, high // r, r, wide // r, r).transpose(0, 1, 3, 5, 2, 4).reshape(n, c * r**2, high // r, wide // r)
