"""Images with the channels last in memory: a batch flows in; the same with a border, its windows, and blocks of them come out.

With the channels last, (N, H, W, C), a row of a window is one run of memory even for a single image.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

BLOCK = 1 << 19                                            # so many numbers of the windows stay in the cache
LEAST_WINDOWS = 64                                         # for fewer, a product costs more than it does


def channels_last(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array (N, C, H, W) whose channels are neighbours in memory."""
    n, c, *sides = shape
    return np.moveaxis(np.empty((n, *sides, c), dtype), -1, 1)


def is_channels_last(images: np.ndarray) -> bool:
    """Whether the channels are neighbours in memory, and the rest packed."""
    return np.moveaxis(images, 1, -1).flags.c_contiguous


class PaddedImages:
    """A batch (N, H, W, C) with a border of zeros, which stays; `after` more zeros than a convolution asks for lie behind each side."""

    def __init__(self, shape: tuple[int, ...], op: Any, dtype: np.dtype, after: tuple[int, ...]) -> None:
        n, c, *sides = shape
        places = list(zip(sides, op.pads, after, strict=True))
        self.pixels = np.zeros((n, *(before + side + behind + more for side, (before, behind), more in places), c), dtype)
        self.inside = self.pixels[:, *(slice(before, before + side) for side, (before, _), _ in places)]

    def windows(self, reach: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> np.ndarray:
        """A view (N, H', W', kh, kw, C): each window that the images have at this stride."""
        rank = len(reach)
        seen = np.lib.stride_tricks.sliding_window_view(self.pixels, reach, axis=tuple(range(1, rank + 1)))
        seen = seen[:, *(slice(None, None, s) for s in stride), :, *(slice(None, None, d) for d in dilation)]
        return np.moveaxis(seen, rank + 1, -1)

    def rows_of_windows(self, reach: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> np.ndarray:
        """A view (N, H', kh, kw, W'·C) for a last stride of 1: what each offset of the kernel meets for a row of windows, one run."""
        rank, channels = len(reach), self.pixels.shape[-1]
        runs = self.pixels.reshape(*self.pixels.shape[:-2], -1)
        length = runs.shape[-1] - (reach[-1] - 1) * channels
        seen = np.lib.stride_tricks.sliding_window_view(runs, (*reach[:-1], length), axis=tuple(range(1, rank + 1)))
        steps = (*stride[:-1], dilation[-1] * channels)
        seen = seen[:, *(slice(None, None, s) for s in steps), *(slice(None, None, d) for d in dilation[:-1])]
        return np.moveaxis(seen, rank, -2)

    def fill(self, images: np.ndarray) -> None:
        """Takes images (N, C, H, W) in."""
        np.copyto(self.inside, np.moveaxis(images, 1, -1))


def blocks(samples: int, rows: int, windows_in_row: int, numbers_in_window: int) -> Iterator[tuple[slice, slice]]:
    """Samples and rows whose windows fit into the cache together: some rows of one sample, or several whole samples."""
    most = max(LEAST_WINDOWS, BLOCK // numbers_in_window) // windows_in_row
    if most < rows:
        step = -(-rows // -(-rows // max(1, most)))        # blocks of about one size
        yield from ((slice(n, n + 1), slice(start, start + step)) for n in range(samples) for start in range(0, rows, step))
    else:
        step = most // rows
        yield from ((slice(start, start + step), slice(None)) for start in range(0, samples, step))
