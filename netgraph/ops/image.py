"""Images: their windows, as convolution and pooling see them; padding and sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.shape import Shape, sizes


def image_sizes(x: Shape, who: str) -> tuple[int, int, int]:
    """(C, H, W) of an image's shape.

    Raises: ShapeError when it is none.
    """
    if len(x) != 3:
        raise ShapeError(f"{who} takes images (C, H, W), but got {x}. Put a 'reshape' before it, such as shape=(1, 28, 28).")
    channels, height, width = sizes(x, who)
    return channels, height, width


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
                         f"Use a smaller kernel_size or more padding.")
    return (n + sum(pads) - reach) // stride + 1


def same_pads(kernel_size: tuple[int, int], dilation: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The pads ((top, bottom), (left, right)) that keep the size at stride 1; an odd pixel goes to the end, as in PyTorch.

    >>> same_pads((3, 4), (1, 1))
    ((1, 1), (1, 2))
    """
    (top, bottom), (left, right) = ((d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(kernel_size, dilation, strict=True))
    return (top, bottom), (left, right)


def windows(x: Any, kernel_size: Any, stride: Any, pads: Any, dilation: Any = (1, 1), fill: float = 0) -> Any:
    """What a kernel sees at each place: x (N, C, H, W) -> (N, C, H', W', kh, kw), a view of the padded x."""
    padded = np.pad(x, ((0, 0), (0, 0), *pads), constant_values=fill) if any(map(any, pads)) else x
    reach = [d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(2, 3))
    return seen[:, :, ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]


def sum_windows(seen: Any, shape: Any, stride: Any, pads: Any, dilation: Any = (1, 1)) -> Any:
    """The reverse way: (N, C, H', W', kh, kw) added up where the windows lie -> (N, C, H, W)."""
    n, c, high, wide, kh, kw = seen.shape
    (top, bottom), (left, right) = pads
    x = np.zeros((n, c, shape[2] + top + bottom, shape[3] + left + right), seen.dtype)
    for i in range(kh):
        for j in range(kw):
            rows, columns = i * dilation[0], j * dilation[1]
            x[:, :, rows:rows + stride[0] * high:stride[0], columns:columns + stride[1] * wide:stride[1]] += seen[..., i, j]
    return x[:, :, top:top + shape[2], left:left + shape[3]]
