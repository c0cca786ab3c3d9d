"""Depthwise convolution: images flow in, each channel times its own small kernel; output and gradients come out, without any windows.

A padded image is kept as its phases, the pixels with the same remainder by the stride. There an offset of the kernel is a shift in
memory, so that a whole channel is one long run, and a window place is one such run for each offset. The runs go on over the ends of the
rows, and what they give there is left behind. A few channels at a time go through the same memory, which stays in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netgraph.engines.compiler.convolution import batch_last, output_sides

BLOCK = 1 << 17                                            # so many numbers of the windows stay in the cache


class Phases:
    """A padded batch by phases: pixel s·i + a of a side is the pixel i of the phase a.

    `runs` has for each offset of the kernel what it meets, (C, length); `cores` pairs each phase without its border with the slices
    of the image that belong there.
    """

    def __init__(self, shape: tuple[int, ...], op: Any, dtype: np.dtype) -> None:
        n, c, *sides = shape
        self.counts = output_sides(op, tuple(sides))
        self.grid = tuple(-(-(side + sum(pads)) // step) for side, pads, step in zip(sides, op.pads, op.stride, strict=True))
        self.pixels = np.zeros((c, *op.stride, *self.grid, n), dtype)
        self.length = n * (1 + int(np.ravel_multi_index([count - 1 for count in self.counts], self.grid)))
        self.cores = [self._core(phase, sides, op) for phase in np.ndindex(*op.stride)]
        self.runs = [self._run(offset, n, op) for offset in np.ndindex(*op.kernel_size)]

    def _core(self, phase: tuple[int, ...], sides: list[int], op: Any) -> tuple[np.ndarray, tuple[slice, ...]]:
        taken: list[slice] = []
        there: list[Any] = [slice(None), *phase]
        for a, side, step, (before, _) in zip(phase, sides, op.stride, op.pads, strict=True):
            first = (a - before) % step
            start = (before + first - a) // step
            taken.append(slice(first, None, step))
            there.append(slice(start, start + len(range(first, side, step))))
        return self.pixels[tuple(there)], (slice(None), *taken)

    def _run(self, offset: tuple[int, ...], n: int, op: Any) -> np.ndarray:
        reach = [i * d for i, d in zip(offset, op.dilation, strict=True)]
        phase = [r % s for r, s in zip(reach, op.stride, strict=True)]
        start = n * int(np.ravel_multi_index([r // s for r, s in zip(reach, op.stride, strict=True)], self.grid))
        return self.pixels[:, *phase].reshape(len(self.pixels), -1)[:, start:start + self.length]

    def fill(self, pixels: np.ndarray) -> None:
        """Takes images (C, H, W, N) of at most so many channels in."""
        for core, taken in self.cores:
            np.copyto(core[:len(pixels)], pixels[taken])

    def empty_into(self, pixels: np.ndarray) -> None:
        """Gives the images back."""
        for core, taken in self.cores:
            np.copyto(pixels[taken], core[:len(pixels)])


class DepthwiseKernel:
    """A convolution with a group for each channel, for data of one shape."""

    title = "a product for each channel, a few at a time"

    def __init__(self, op: Any) -> None:
        self.op = op
        self.phases: Phases | None = None

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """For the input (0) or the weight (1): the function that gives its gradient, and the names that it asks for."""
        return (self.input_gradient, self.weight_gradient)[place], ("gy", "x", "weight")

    def prepare(self, x: np.ndarray) -> Phases:
        """Memory for a block of channels: the phases of the input, `columns`, its runs side by side; `sums`, the run of the
        output; and `wide`, the output in it."""
        n, c, *sides = x.shape
        self.step = max(1, min(c, BLOCK // max(1, n * math.prod((*output_sides(self.op, tuple(sides)), *self.op.kernel_size)))))
        phases = self.phases = Phases((n, self.step, *sides), self.op, x.dtype)
        whole = np.zeros((self.step, phases.counts[0], *phases.grid[1:], n), x.dtype)
        self.wide = whole[:, *(slice(count) for count in phases.counts)]
        self.sums = whole.reshape(self.step, -1)[:, :phases.length]
        self.columns = np.empty((self.step, len(phases.runs), phases.length), x.dtype)
        return phases

    def blocks(self, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
        """Arrays whose first axis are the channels, a few channels at a time."""
        for start in range(0, len(arrays[0]), self.step):
            yield tuple(array[start:start + self.step] for array in arrays)

    def forward(self, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y (N, C, H', W')."""
        phases = self.phases or self.prepare(x)
        out = batch_last((len(x), len(weight), *phases.counts), x.dtype) if out is None else out
        for pixels, target, factors in self.blocks(np.moveaxis(x, 0, -1), np.moveaxis(out, 0, -1), by_offset(weight)):
            count = len(pixels)
            phases.fill(pixels)
            for offset, run in enumerate(phases.runs):
                np.copyto(self.columns[:count, offset], run[:count])
            np.matmul(factors, self.columns[:count], self.sums[:count, None])
            np.copyto(target, self.wide[:count])
        return out

    def spread(self, gy: np.ndarray) -> np.ndarray:
        """The gradient of the output as runs, with zeros where they go on over the ends of the rows."""
        self.sums[...] = 0
        np.copyto(self.wide[:len(gy)], gy)
        return self.sums[:len(gy)]

    def weight_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the weights: for each offset the dot product of what it meets with the gradient."""
        out = np.empty(weight.shape, weight.dtype) if out is None else out
        phases = self.phases or self.prepare(x)
        for pixels, gradient, target in self.blocks(np.moveaxis(x, 0, -1), np.moveaxis(gy, 0, -1), by_offset(out)):
            phases.fill(pixels)
            sums = self.spread(gradient)[:, None, :]
            for offset, run in enumerate(phases.runs):
                np.matmul(sums, run[:len(pixels), :, None], out=target[:, :, offset, None])
        return out

    def input_gradient(self, gy: np.ndarray, x: np.ndarray, weight: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The gradient of the images: the gradient times each offset's weight, added up where the offset looked."""
        out = batch_last(x.shape, x.dtype) if out is None else out
        phases = self.phases or self.prepare(x)
        for target, gradient, factors in self.blocks(np.moveaxis(out, 0, -1), np.moveaxis(gy, 0, -1), by_offset(weight)):
            count = len(target)
            sums, part = self.spread(gradient), self.columns[:count, 0]
            phases.pixels[...] = 0
            for offset, run in enumerate(phases.runs):
                np.multiply(sums, factors[..., offset], part)
                np.add(run[:count], part, run[:count])
            phases.empty_into(target)
        phases.pixels[...] = 0                             # the border too, which the next forward run takes for empty
        return out


def by_offset(weight: np.ndarray) -> np.ndarray:
    """(C, 1, kh, kw) as rows (C, 1, kh·kw)."""
    return weight.reshape(len(weight), 1, -1)
