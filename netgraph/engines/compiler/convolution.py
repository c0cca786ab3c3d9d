"""Convolution by matrix products: images flow in with the batch last in memory, their windows as columns; output and gradients come out.

Images have any number of sides. With the batch last, (C, H, W, N), a row of windows is one long run of memory; weights and their
gradients stay as PyTorch lays them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netgraph.ops.image import window_count


def batch_last(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array (N, C, H, W) whose samples are neighbours in memory."""
    n, *rest = shape
    return np.moveaxis(np.empty((*rest, n), dtype), -1, 0)


def columns_of(images: np.ndarray) -> np.ndarray:
    """(N, C, H, W) as a matrix with one row a channel; no copy where the batch is last in memory."""
    return np.moveaxis(images, 0, -1).reshape(images.shape[1], -1)


def output_sides(op: Any, sides: tuple[int, ...]) -> tuple[int, ...]:
    """(H', W') of a convolution."""
    return tuple(window_count(n, k, s, p, d, op.who) for n, k, s, p, d in zip(
        sides, op.kernel_size, op.stride, op.pads, op.dilation, strict=True))


class Frame:
    """A batch of images with a border of zeros, and its windows as columns of a matrix.

    `pixels` is the padded batch (C, H, W, N), `inside` the part of it without the border, `matrix` (C·kh·kw, H'·W'·N) the windows.
    """

    def __init__(self, shape: tuple[int, ...], op: Any, dtype: np.dtype) -> None:
        n, c, *sides = shape
        rank = len(sides)
        self.kernel_size = op.kernel_size
        self.pixels = np.zeros((c, *(before + side + after for side, (before, after) in zip(sides, op.pads, strict=True)), n), dtype)
        self.inside = self.pixels[:, *(slice(before, before + side) for side, (before, _) in zip(sides, op.pads, strict=True))]
        reach = [d * (k - 1) + 1 for k, d in zip(op.kernel_size, op.dilation, strict=True)]
        seen = np.lib.stride_tricks.sliding_window_view(self.pixels, reach, axis=tuple(range(1, rank + 1)), writeable=True)
        seen = seen[:, *(slice(None, None, s) for s in op.stride), :, *(slice(None, None, d) for d in op.dilation)]
        self.seen = seen.transpose(0, *range(rank + 2, 2 * rank + 2), *range(1, rank + 2))
        self.windows = np.empty(self.seen.shape, dtype)
        self.matrix = self.windows.reshape(int(np.prod(self.seen.shape[:rank + 1])), -1)

    def fill(self, images: np.ndarray) -> np.ndarray:
        """The windows of the images (N, C, H, W) as columns."""
        np.copyto(self.inside, np.moveaxis(images, 0, -1))
        np.copyto(self.windows, self.seen)
        return self.matrix

    def add_up(self) -> np.ndarray:
        """What stands in the windows, added up where they lie: (N, C, H, W)."""
        self.pixels[...] = 0
        for offset in np.ndindex(*self.kernel_size):
            self.seen[:, *offset] += self.windows[:, *offset]
        return np.moveaxis(self.inside, -1, 0)


class ConvolutionKernel:
    """A convolution for data of one shape: the output, and the gradients of input and weight (Dumoulin & Visin 2016, section 4).

    Each group of channels is one matrix product.
    """

    title = "one matrix product, batch last"

    def __init__(self, op: Any) -> None:
        self.op = op
        self.frame: Frame | None = None
        self.back: Frame | None = None
        self.is_pointwise = {*op.kernel_size, *op.stride} == {1} and not any(map(any, op.pads))
        self.columns: np.ndarray | None = None             # the input's windows, from forward to backward
        if op.groups > 1:
            self.title = "a matrix product for each group, batch last"

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """For the input (0) or the weight (1): the function that gives its gradient, and the names that it asks for."""
        return (self.input_gradient, self.weight_gradient)[place], ("gy", "x", "weight")

    def grouped(self, matrix: np.ndarray) -> np.ndarray:
        """The rows of a matrix by group."""
        return matrix.reshape(self.op.groups, len(matrix) // self.op.groups, -1)

    def forward(self, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y (N, M, H', W')."""
        if self.frame is None and not self.is_pointwise:
            self.frame = Frame(x.shape, self.op, x.dtype)
        self.columns = self.grouped(columns_of(x) if self.frame is None else self.frame.fill(x))
        if out is None:
            out = batch_last((len(x), len(weight), *output_sides(self.op, x.shape[2:])), x.dtype)
        np.matmul(self.grouped(weight), self.columns, out=self.grouped(columns_of(out)))
        return out

    def weight_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the weights: each window times the gradient at its place, added up."""
        out = np.empty(weight.shape, weight.dtype) if out is None else out
        assert self.columns is not None
        np.matmul(self.grouped(columns_of(gy)), self.columns.swapaxes(1, 2), out=self.grouped(out))
        return out

    def input_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the images: each window's gradient is the gradient at its place times the weights; they are added up."""
        out = batch_last(x.shape, x.dtype) if out is None else out
        turned, columns = self.grouped(weight).swapaxes(1, 2), self.grouped(columns_of(gy))
        if self.is_pointwise:
            np.matmul(turned, columns, out=self.grouped(columns_of(out)))
            return out
        if self.back is None:
            self.back = Frame(x.shape, self.op, x.dtype)
        np.matmul(turned, columns, out=self.grouped(self.back.matrix))
        np.copyto(out, self.back.add_up())
        return out
