"""Batch norm outside training: images flow in, each channel once times a number and plus another; the normalised images come out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import is_channels_last
from netgraph.engines.compiler.ending import Ending

BLOCK = 1 << 15                                            # so many numbers stay in the cache from one step to the next


def scale_and_shift(op: Any, weight: np.ndarray, bias: np.ndarray, mean: np.ndarray, var: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(x − mean) / std · weight + bias as x · scale + shift: both, a number for each channel."""
    scale = weight / np.sqrt(var + op.eps)
    return scale, bias - mean * scale


@dataclass(frozen=True)
class ChannelScaleKernel:
    """x · scale + shift, both made anew in each call, and then the ending. It has no gradients: training runs another op."""

    op: Any
    ending: Ending = field(default_factory=Ending)

    @property
    def title(self) -> str:
        return f"scale and shift{self.ending.title}"

    def forward(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, running_mean: np.ndarray, running_var: np.ndarray,
                *others: Any) -> np.ndarray:
        """y, laid out as x. `others` are the images to be added, if any, and the array to fill or None."""
        *added, out = others
        out = np.empty_like(x) if out is None else out
        factors = scale_and_shift(self.op, weight, bias, running_mean, running_var)
        arrays, (scale, shift) = in_runs([x, out, *added], list(factors))
        step = max(1, BLOCK * len(arrays[0]) // max(1, x.size))
        for start in range(0, len(arrays[0]), step):
            block = slice(start, start + step)
            source, target, *terms = (array[block] for array in arrays)
            np.multiply(source, scale[block], target)
            np.add(target, shift[block], target)
            self.ending.finish(target, target, *terms)
        return out


def in_runs(images: list[np.ndarray], factors: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Images (N, C, H, W), the second of which is written to, and factors of their channels, turned so that long runs of memory meet."""
    shape, channels = images[0].shape, images[0].shape[1]
    if not is_channels_last(images[1]):
        return [np.swapaxes(array, 0, 1) for array in images], [factor.reshape(-1, *(1,) * (len(shape) - 1)) for factor in factors]
    rows = [np.moveaxis(array, 1, -1).reshape(-1, shape[-1] * channels) for array in images]
    return rows, [np.broadcast_to(np.tile(factor, shape[-1]), rows[0].shape) for factor in factors]
