"""Depthwise convolution outside training: images flow in with the channels last in memory; each channel's sums over its windows come out.

Where the last stride is 1, what an offset of the kernel meets for one row of the output is one run of memory, W'·C long, so it is
multiplied by the offset's weights, which are kept W' times side by side.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import PaddedImages, blocks
from netgraph.engines.compiler.ending import Tail
from netgraph.engines.compiler.keeping import KeptForm
from netgraph.engines.compiler.scratch import Scratch

LOAD = 8                                                   # so many numbers are met for one that comes out


class DepthwiseRows:
    """A convolution with a group for each channel, for data of one shape."""

    title = "sums over the windows of each channel, channels last"

    def __init__(self, op: Any, scratch: Scratch) -> None:
        self.op, self.scratch = op, scratch
        self.images: PaddedImages | None = None
        self.weights = KeptForm(self.side_by_side)

    def prepare(self, x: np.ndarray, sides: tuple[int, ...]) -> PaddedImages:
        """The images with their border, and the windows in them: (N, H', kh, kw, W'·C), or (N, H', W', kh, kw, C)."""
        op, rank = self.op, x.ndim - 2
        images = self.images = PaddedImages(x.shape, op, x.dtype, (0,) * rank)
        self.copies = sides[-1] if op.stride[-1] == 1 and rank > 1 else 1
        reach = tuple(d * (k - 1) + 1 for k, d in zip(op.kernel_size, op.dilation, strict=True))
        self.seen = (images.windows if self.copies == 1 else images.rows_of_windows)(reach, op.stride, op.dilation)
        placed = self.seen.ndim - rank - 1                 # axes that say where a window lies
        self.axes = list(range(self.seen.ndim)), list(range(placed, self.seen.ndim)), [*range(placed), self.seen.ndim - 1]
        self.blocks = list(blocks(len(x), sides[0], math.prod(sides[1:]), LOAD * x.shape[1]))
        return images

    def side_by_side(self, weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """(C, 1, kh, kw) as (kh, kw, W'·C), each channel times its scale."""
        turned = np.moveaxis(weight[:, 0] * scale.reshape(-1, *(1,) * (weight.ndim - 2)), 0, -1)
        return np.tile(np.ascontiguousarray(turned), self.copies)

    def fill(self, x: np.ndarray, weight: np.ndarray, tail: Tail, out: np.ndarray) -> bool:
        """Puts y (N, C, H', W') into `out`."""
        images = self.images or self.prepare(x, out.shape[2:])
        images.fill(x)
        factors, (target, *added) = self.weights.of(weight, tail.scale), (np.moveaxis(array, 1, -1) for array in (out, *tail.added))
        of_seen, of_factors, of_sums = self.axes
        for block in self.blocks:
            seen, there = self.seen[block], target[block]
            sums = self.scratch.take(0, there.size, x.dtype).reshape(there.shape)
            wide = sums.reshape(*(seen.shape[axis] for axis in of_sums))
            np.einsum(seen, of_seen, factors, of_factors, of_sums, out=wide)
            tail.finish(sums, there, *(array[block] for array in added))
        return True
