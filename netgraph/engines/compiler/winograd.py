"""Convolution by Winograd's minimal filtering: images and kernels of 3 × 3 flow in; output comes out, for 16 products in place of 36.

The output is made in tiles of 2 × 2, each from 4 × 4 pixels: Y = Aᵀ [(G k Gᵀ) · (Bᵀ d B)] A (Lavin & Gray 2016, section 4.1). The pixels
are kept as the phases of a stride of 2, where a step to the next tile is a step in memory, so that a transform adds up whole channels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.engines.compiler.convolution import ConvolutionKernel, batch_last, output_sides
from netgraph.engines.compiler.depthwise import Phases

KERNEL = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])           # G
OUTPUT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])                                      # Aᵀ
LEAST_SIDE, LEAST_CHANNELS = 14, 64                        # below, the transforms cost more than they save


def gains_by_winograd(op: Any, weight_shape: tuple[int, ...]) -> bool:
    """Whether a 2-d convolution is of the kind that gains by it, its images being large enough."""
    return (tuple(op.kernel_size) == (3, 3) and {*op.stride, *op.dilation, op.groups} == {1}
            and not op.is_bordered and min(weight_shape[:2]) >= LEAST_CHANNELS)


class WinogradKernel:
    """A convolution of 3 × 3 with stride 1, for data of one shape. It has no gradients: training runs the other kernel."""

    def __init__(self, op: Any) -> None:
        self.op = op
        self.other: ConvolutionKernel | None = None        # for small images
        self.phases: Phases | None = None

    @property
    def title(self) -> str:
        return "Winograd's 16 matrix products, batch last" if self.other is None else self.other.title

    def forward(self, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y (N, M, H', W')."""
        sides = output_sides(self.op, x.shape[2:])
        if self.other is None and min(sides) < LEAST_SIDE:
            self.other = ConvolutionKernel(self.op)
        if self.other is not None:
            return self.other.forward(x, weight, out)
        phases = self.phases or self.prepare(x, len(weight))
        out = batch_last((len(x), len(weight), *sides), x.dtype) if out is None else out
        phases.fill(np.moveaxis(x, 0, -1))
        self.transform()
        np.dot(self.of_kernel, weight.reshape(-1, 9).T, out=self.kernels.reshape(16, -1))
        np.matmul(self.kernels, self.tiles.reshape(16, *self.tiles.shape[2:]), out=self.products)
        np.dot(self.of_output, self.products.reshape(16, -1), out=self.pixels.reshape(4, -1))
        target = np.moveaxis(out, 0, -1)
        for i, j in np.ndindex(2, 2):
            part = target[:, i::2, j::2]
            np.copyto(part, self.pixels[i, j, :, :part.shape[1], :part.shape[2]])
        return out

    def prepare(self, x: np.ndarray, channels: int) -> Phases:
        """Memory: the input's phases, its transform by rows, and by rows and columns; the kernels'; the products; the output."""
        n, c, dtype = len(x), x.shape[1], x.dtype
        phases = self.phases = Phases(x.shape, replace(self.op, stride=(2, 2)), dtype)
        high, wide = phases.grid                           # one more than the tiles
        length, row = (high - 1) * wide * n, wide * n
        runs = phases.pixels.reshape(c, 2, 2, -1)
        self.sources = runs[:, 0, :, :length], runs[:, 1, :, :length], runs[:, 0, :, row:], runs[:, 1, :, row:]
        rows = np.zeros((4, c, 2, length + n), dtype)
        self.rows = rows[..., :length]
        self.sides = rows[:, :, 0, :length], rows[:, :, 1, :length], rows[:, :, 0, n:], rows[:, :, 1, n:]
        self.tiles = np.empty((4, 4, c, length), dtype)
        self.kernels = np.empty((16, channels, c), dtype)
        self.products = np.empty((16, channels, length), dtype)
        self.pixels = np.empty((2, 2, channels, high - 1, wide, n), dtype)
        self.of_kernel, self.of_output = np.kron(KERNEL, KERNEL).astype(dtype), np.kron(OUTPUT, OUTPUT).astype(dtype)
        return phases

    def transform(self) -> None:
        """Bᵀ d B of each tile d: first by rows, then by columns."""
        for sources, targets in ((self.sources, tuple(self.rows)), (self.sides, tuple(self.tiles.swapaxes(0, 1)))):
            np.subtract(sources[0], sources[2], targets[0])
            np.add(sources[1], sources[2], targets[1])
            np.subtract(sources[2], sources[1], targets[2])
            np.subtract(sources[1], sources[3], targets[3])
