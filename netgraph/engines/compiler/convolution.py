"""Convolution by matrix products: images flow in with the batch last in memory, their windows as columns; output and gradients come out.

With the batch last, (C, H, W, N), a row of windows is one long run of memory; weights and their gradients stay as PyTorch lays them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netgraph.op import Op
from netgraph.shape import sizes


def batch_last(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array (N, C, H, W) whose samples are neighbours in memory."""
    n, *rest = shape
    return np.empty((*rest, n), dtype).transpose(3, 0, 1, 2)


def columns_of(images: np.ndarray) -> np.ndarray:
    """(N, C, H, W) as a matrix with one row a channel; no copy where the batch is last in memory."""
    return images.transpose(1, 2, 3, 0).reshape(images.shape[1], -1)


class Frame:
    """A batch of images with a border of zeros, and its windows as columns of a matrix.

    `pixels` is the padded batch (C, H, W, N), `inside` the part of it without the border, `matrix` (C·kh·kw, H'·W'·N) the windows.
    """

    def __init__(self, shape: tuple[int, ...], op: Any, dtype: np.dtype) -> None:
        n, c, h, w = shape
        (top, bottom), (left, right) = op.pads
        self.pixels = np.zeros((c, h + top + bottom, w + left + right, n), dtype)
        self.inside = self.pixels[:, top:top + h, left:left + w]
        reach = [d * (k - 1) + 1 for k, d in zip(op.kernel_size, op.dilation, strict=True)]
        seen = np.lib.stride_tricks.sliding_window_view(self.pixels, reach, axis=(1, 2), writeable=True)
        self.seen = seen[:, ::op.stride[0], ::op.stride[1], :, ::op.dilation[0], ::op.dilation[1]].transpose(0, 4, 5, 1, 2, 3)
        self.windows = np.empty(self.seen.shape, dtype)
        self.matrix = self.windows.reshape(c * op.kernel_size[0] * op.kernel_size[1], -1)

    def fill(self, images: np.ndarray) -> np.ndarray:
        """The windows of the images (N, C, H, W) as columns."""
        np.copyto(self.inside, images.transpose(1, 2, 3, 0))
        np.copyto(self.windows, self.seen)
        return self.matrix

    def add_up(self) -> np.ndarray:
        """What stands in the windows, added up where they lie: (N, C, H, W)."""
        self.pixels[...] = 0
        for i in range(self.windows.shape[1]):
            for j in range(self.windows.shape[2]):
                self.seen[:, i, j] += self.windows[:, i, j]
        return self.inside.transpose(3, 0, 1, 2)


class ConvolutionKernel:
    """conv2d for data of one shape: the output, and the gradients of input and weight (Dumoulin & Visin 2016, section 4)."""

    title = "one matrix product, batch last"

    def __init__(self, op: Any) -> None:
        self.op: Op = op
        self.frame: Frame | None = None
        self.back: Frame | None = None
        self.is_pointwise = op.kernel_size == (1, 1) and op.stride == (1, 1) and not any(map(any, op.pads))
        self.columns: np.ndarray | None = None             # the input's windows, from forward to backward

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """For the input (0) or the weight (1): the function that gives its gradient, and the names that it asks for."""
        return (self.input_gradient, self.weight_gradient)[place], ("gy", "x", "weight")

    def forward(self, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y (N, M, H', W')."""
        if self.frame is None and not self.is_pointwise:
            self.frame = Frame(x.shape, self.op, x.dtype)
        self.columns = columns_of(x) if self.frame is None else self.frame.fill(x)
        if out is None:
            out = batch_last((len(x), *sizes(self.op.shape(x.shape[1:]), "'conv2d'")), x.dtype)
        np.dot(weight.reshape(len(weight), -1), self.columns, out=columns_of(out))
        return out

    def weight_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the weights: each window times the gradient at its place, added up."""
        out = np.empty(weight.shape, weight.dtype) if out is None else out
        assert self.columns is not None
        np.dot(columns_of(gy), self.columns.T, out=out.reshape(len(weight), -1))
        return out

    def input_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the images: each window's gradient is the gradient at its place times the weights; they are added up."""
        out = batch_last(x.shape, x.dtype) if out is None else out
        turned = weight.reshape(len(weight), -1).T
        if self.is_pointwise:
            np.dot(turned, columns_of(gy), out=columns_of(out))
            return out
        if self.back is None:
            self.back = Frame(x.shape, self.op, x.dtype)
        np.dot(turned, columns_of(gy), out=self.back.matrix)
        np.copyto(out, self.back.add_up())
        return out
