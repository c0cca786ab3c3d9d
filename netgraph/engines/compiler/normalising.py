"""Norm and bias of channels outside training: images flow in, each channel once times a number and plus another; they come out so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import is_channels_last
from netgraph.engines.compiler.ending import Ending
from netgraph.op import arguments

BLOCK = 1 << 15                                            # so many numbers stay in the cache from one step to the next


def array_count(op: Any) -> int:
    """How many arrays the op has."""
    return len(arguments(type(op))) - 1


def scale_and_shift(op: Any, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray | None, np.ndarray]:
    """(x − mean) / std · weight + bias as x · scale + shift: both, a number for each channel. A bias alone has no scale."""
    if len(arrays) == 1:
        return None, arrays[0]
    weight, bias, mean, var = arrays
    scale = weight / np.sqrt(var + op.eps)
    return scale, bias - mean * scale


@dataclass(frozen=True)
class ChannelScaleKernel:
    """x · scale + shift, both made anew in each call, and then the ending. It has no gradients: training runs other kernels or pages."""

    op: Any
    ending: Ending = field(default_factory=Ending)

    @property
    def title(self) -> str:
        return f"{'scale and ' * (array_count(self.op) > 1)}shift{self.ending.title}"

    def forward(self, x: np.ndarray, *others: Any) -> np.ndarray:
        """y, laid out as x. `others` are the op's arrays, the images to be added, if any, and the array to fill or None."""
        count = array_count(self.op)
        *added, out = others[count:]
        out = np.empty_like(x) if out is None else out
        scale, shift = scale_and_shift(self.op, others[:count])
        arrays, factors = in_runs([x, out, *added], [shift] if scale is None else [shift, scale])
        step = max(1, BLOCK * len(arrays[0]) // max(1, x.size))
        for start in range(0, len(arrays[0]), step):
            block = slice(start, start + step)
            source, target, *terms = (array[block] for array in arrays)
            for factor in factors[1:]:
                source = np.multiply(source, factor[block], target)
            np.add(source, factors[0][block], target)
            self.ending.finish(target, target, *terms)
        return out


def in_runs(images: list[np.ndarray], factors: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Images (N, C, H, W), the second of which is written to, and factors of their channels, turned so that long runs of memory meet."""
    shape, channels = images[0].shape, images[0].shape[1]
    if not is_channels_last(images[1]):
        return [np.swapaxes(array, 0, 1) for array in images], [factor.reshape(-1, *(1,) * (len(shape) - 1)) for factor in factors]
    rows = [np.moveaxis(array, 1, -1).reshape(-1, shape[-1] * channels) for array in images]
    return rows, [np.broadcast_to(np.tile(factor, shape[-1]), rows[0].shape) for factor in factors]
