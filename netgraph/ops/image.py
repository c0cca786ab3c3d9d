"""Images of any number of sides: their windows, as convolution and pooling see them; and their sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.shape import Shape, sizes

KINDS = ("", "series (C, L)", "images (C, H, W)", "volumes (C, D, H, W)")
CURES = ("", "(1, 100)", "(1, 28, 28)", "(1, 16, 16, 16)")


def image_sizes(x: Shape, who: str, rank: int = 2) -> tuple[int, ...]:
    """(C, H, W) of an image's shape; (C, L) for one side, (C, D, H, W) for three.

    Raises: ShapeError when it is none.
    """
    if len(x) != rank + 1:
        raise ShapeError(f"{who} takes {KINDS[rank]}, but got {x}. Put a 'reshape' before it, such as shape={CURES[rank]}.")
    return sizes(x, who)


def window_count(n: int, kernel_size: int, stride: int, pads: tuple[int, int], dilation: int, who: str) -> int:
    """Outputs along one side: floor((n + pads − dilation · (kernel_size − 1) − 1) / stride) + 1.

    Units: pixels in, pixels out.
    Raises: ShapeError when the kernel is larger than the padded side.
    Source: Dumoulin & Visin 2016, relationship 15.

    >>> window_count(32, 5, 1, (0, 0), 1, "conv2d"), window_count(224, 7, 2, (3, 3), 1, "conv2d")
    (28, 112)
    """
    reach = dilation * (kernel_size - 1) + 1
    if n + sum(pads) < reach:
        raise ShapeError(f"{who} has a kernel that reaches over {reach} pixels, but its padded input has {n + sum(pads)}. "
                         "Use a smaller kernel_size or more padding; channels come before the pixels.")
    return (n + sum(pads) - reach) // stride + 1


def windows(x: Any, kernel_size: Any, stride: Any, dilation: Any) -> Any:
    """What a kernel sees at each place: x (N, C, H, W) -> (N, C, H', W', kh, kw), a view."""
    reach = [d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=tuple(range(2, x.ndim)))
    return seen[(slice(None), slice(None), *(slice(None, None, step) for step in (*stride, *dilation)))]


def sum_windows(seen: Any, shape: Any, stride: Any, dilation: Any) -> Any:
    """The reverse way: (N, C, H', W', kh, kw) added up where the windows lie, in zeros of the given shape (N, C, H, W)."""
    x = np.zeros(shape, seen.dtype)
    counts, kernel_size = seen.shape[2:len(shape)], seen.shape[len(shape):]
    for place in np.ndindex(kernel_size):
        lattice = [slice(i * d, i * d + s * n, s) for i, d, s, n in zip(place, dilation, stride, counts, strict=True)]
        x[(slice(None), slice(None), *lattice)] += seen[(..., *place)]
    return x
