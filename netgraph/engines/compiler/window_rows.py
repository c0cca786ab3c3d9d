"""Convolution outside training by windows: images flow in with the channels last in memory, their windows as rows; the output comes out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import PaddedImages, blocks
from netgraph.engines.compiler.ending import Tail
from netgraph.engines.compiler.keeping import KeptForm
from netgraph.engines.compiler.scratch import Scratch


class WindowRows:
    """A convolution without groups, for data of one shape: each window, a row, times the weights.

    A few rows of the output at a time go through the same memory, which stays in the cache.
    """

    title = "matrix products, channels last"

    def __init__(self, op: Any, scratch: Scratch) -> None:
        self.op, self.scratch = op, scratch
        self.images: PaddedImages | None = None
        self.weights = KeptForm(turned)

    def prepare(self, x: np.ndarray) -> PaddedImages:
        """The images with their border, and the windows in them."""
        op = self.op
        images = self.images = PaddedImages(x.shape, op, x.dtype, (0,) * (x.ndim - 2))
        reach = tuple(d * (k - 1) + 1 for k, d in zip(op.kernel_size, op.dilation, strict=True))
        self.seen = images.windows(reach, op.stride, op.dilation)
        n, high, *wide = self.seen.shape[:x.ndim - 1]
        self.size = math.prod(op.kernel_size) * x.shape[1]
        self.blocks = list(blocks(n, high, math.prod(wide), self.size))
        return images

    def fill(self, x: np.ndarray, weight: np.ndarray, tail: Tail, out: np.ndarray) -> bool:
        """Puts y (N, M, H', W') into `out`."""
        images = self.images or self.prepare(x)
        images.fill(x)
        factors, (target, *added) = self.weights.of(weight, tail.scale), (np.moveaxis(array, 1, -1) for array in (out, *tail.added))
        for block in self.blocks:
            seen, there = self.seen[block], target[block]
            rows, pixels = self.scratch.take(0, seen.size, x.dtype), self.scratch.take(1, there.size, x.dtype)
            np.copyto(rows.reshape(seen.shape), seen)
            np.dot(rows.reshape(-1, self.size), factors, pixels.reshape(-1, len(weight)))
            tail.finish(pixels.reshape(there.shape), there, *(array[block] for array in added))
        return True


def turned(weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(M, C, kh, kw) as (kh·kw·C, M), each unit times its scale."""
    return np.ascontiguousarray(np.moveaxis(weight, 1, -1).reshape(len(weight), -1) * scale[:, None]).T


class PixelRows:
    """A convolution of one pixel, for data of one shape: a matrix product without any windows."""

    title = "matrix products of pixels, channels last"

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch

    def fill(self, x: np.ndarray, weight: np.ndarray, tail: Tail, out: np.ndarray) -> bool:
        """Puts y (N, M, H, W) into `out`. The weights are not kept: to scale them takes as long as to compare them."""
        units, channels = weight.shape[:2]
        factors = self.scratch.take(0, weight.size, x.dtype).reshape(units, channels)
        np.multiply(weight.reshape(units, channels), tail.scale[:, None], factors)
        pixels, target, *added = (np.moveaxis(array, 1, -1) for array in (x, out, *tail.added))
        for block in blocks(len(target), target.shape[1], math.prod(target.shape[2:-1]), 2 * units):
            rows, there = pixels[block].reshape(-1, channels), target[block]
            products = self.scratch.take(1, there.size, x.dtype)
            np.dot(rows, factors.T, products.reshape(-1, units))
            tail.finish(products.reshape(there.shape), there, *(array[block] for array in added))
        return True
