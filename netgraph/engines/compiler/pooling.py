"""Pooling window by window place: images flow in; the greatest or mean number of each window, and the gradients, come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import channels_last, is_channels_last
from netgraph.engines.compiler.convolution import batch_last


class _Pool:
    """The places of a pool's windows for data of one shape: for each offset in the window, a view of the padded images."""

    title = "offset by offset"

    def __init__(self, op: Any) -> None:
        self.op = op
        self.kernel_size, self.stride, self.pads, self.spacing = op.kernel_size, op.steps, op.pads, op.spacing
        self.padded: np.ndarray | None = None

    def output(self, x: np.ndarray) -> np.ndarray:
        """An empty array for y, channels last where x has them last."""
        shape = len(x), *self.op.shape(x.shape[1:])
        return channels_last(shape, x.dtype) if is_channels_last(x) else batch_last(shape, x.dtype)

    def is_padded(self) -> bool:
        return any(map(any, self.pads))

    def framed_shape(self, x: np.ndarray) -> tuple[int, ...]:
        return *x.shape[:2], *(before + side + after for side, (before, after) in zip(x.shape[2:], self.pads, strict=True))

    def inside(self, framed: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The part of the padded images without their border."""
        return framed[:, :, *(slice(before, before + side) for side, (before, _) in zip(x.shape[2:], self.pads, strict=True))]

    def frame(self, x: np.ndarray, fill: float) -> np.ndarray:
        """The images with their border; the images themselves where there is none."""
        if not self.is_padded():
            return x
        if self.padded is None:
            make = channels_last if is_channels_last(x) else batch_last
            self.padded = make(self.framed_shape(x), x.dtype)
            self.padded[...] = fill
        np.copyto(self.inside(self.padded, x), x)
        return self.padded

    def parts(self, framed: np.ndarray, out_shape: tuple[int, ...]) -> Iterator[np.ndarray]:
        """For each offset in the window, in reading order: the pixels that lie there, in the output's shape."""
        for offset in np.ndindex(*self.kernel_size):
            starts = [i * d for i, d in zip(offset, self.spacing, strict=True)]
            yield framed[:, :, *(slice(start, start + step * (count - 1) + 1, step) for start, step, count in zip(
                starts, self.stride, out_shape[2:], strict=True))]

    def spread(self, x: np.ndarray) -> np.ndarray:
        """Zeros in the shape of the padded images, to be added to."""
        zeros = batch_last(self.framed_shape(x), x.dtype)
        zeros[...] = 0
        return zeros

    def unpadded(self, framed: np.ndarray, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        if out is None:
            out = batch_last(x.shape, x.dtype)
        np.copyto(out, self.inside(framed, x))
        return out


def greatest(parts: Iterator[np.ndarray], out: np.ndarray) -> np.ndarray:
    """The greatest of arrays, number by number."""
    np.copyto(out, next(parts))
    for part in parts:
        np.maximum(out, part, out=out)
    return out


class MaxPoolKernel(_Pool):
    """Maximum pooling; the first of equal numbers has the gradient, as in PyTorch."""

    def __init__(self, op: Any) -> None:
        super().__init__(op)
        self.narrower: list[np.ndarray] = []               # the image after each side but the last

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        return self.input_gradient, ("gy", "x", "y")

    def forward(self, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y (N, C, H', W'). Where windows overlap, the greatest of their rows are found side by side, then the greatest of these."""
        out = self.output(x) if out is None else out
        if all(k <= s for k, s in zip(self.kernel_size, self.stride, strict=True)):
            return greatest(self.parts(self.frame(x, -np.inf), out.shape), out)
        if not self.narrower:
            self.narrower = [np.empty_like(x, shape=(*out.shape[:axis + 1], *x.shape[axis + 1:])) for axis in range(2, x.ndim - 1)]
        for axis, target in enumerate((*self.narrower, out), start=2):
            self.reduce(x, target, axis)
            x = target
        return out

    def reduce(self, x: np.ndarray, out: np.ndarray, axis: int) -> None:
        """The greatest along one side. An offset that lies in the border for the first or last windows is left out there."""
        k, s, d, (before, _) = (values[axis - 2] for values in (self.kernel_size, self.stride, self.spacing, self.pads))
        place, met = (slice(None),) * axis, []
        for i in range(k):
            first = max(0, -((i * d - before) // s))
            count = min(out.shape[axis], (x.shape[axis] - 1 - i * d + before) // s + 1) - first
            start = first * s + i * d - before
            if count > 0:
                met.append((count, slice(first, first + count), slice(start, start + s * (count - 1) + 1, s)))
        met.sort(key=lambda part: -part[0])                # those that every window meets first
        if met and met[0][0] == out.shape[axis]:
            np.copyto(out, x[*place, met.pop(0)[2]])
        else:
            out[...] = -np.inf
        for _, there, seen in met:
            np.maximum(out[*place, there], x[*place, seen], out=out[*place, there])

    def input_gradient(self, gy: np.ndarray, x: np.ndarray, y: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        gx = self.spread(x)
        is_open = np.moveaxis(np.ones((*y.shape[1:], len(y)), bool), -1, 0)       # windows whose greatest is yet to be met
        framed = self.frame(x, -np.inf)
        for part, target in zip(self.parts(framed, y.shape), self.parts(gx, y.shape), strict=True):
            is_greatest = (part == y) & is_open
            is_open ^= is_greatest
            target += gy * is_greatest
        return self.unpadded(gx, x, out)


class AveragePoolKernel(_Pool):
    """Average pooling that counts padded pixels."""

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        return self.input_gradient, ("gy", "x")

    def forward(self, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        out = self.output(x) if out is None else out
        first, *others = self.parts(self.frame(x, 0), out.shape)
        np.copyto(out, first)
        for part in others:
            out += part
        out *= 1 / self.op.area
        return out

    def input_gradient(self, gy: np.ndarray, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        gx = self.spread(x)
        share = gy * gy.dtype.type(1 / self.op.area)
        for target in self.parts(gx, gy.shape):
            target += share
        return self.unpadded(gx, x, out)
