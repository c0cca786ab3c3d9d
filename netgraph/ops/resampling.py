"""Resampling along the sides of an image: sizes flow in, tables come out that say how much of each pixel goes into each new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def along_sides(x: Any, tables: Any) -> Any:
    """x (N, C, ...) with each side multiplied by its table (new, old)."""
    for axis, table in enumerate(tables, start=2):
        x = np.moveaxis(np.tensordot(x, table, axes=(axis, 1)), -1, axis)
    return x


def back_along_sides(g: Any, tables: Any) -> Any:
    """The gradient of `along_sides`: each side multiplied by its table, turned."""
    return along_sides(g, [table.T for table in tables])


def regions(n: int, m: int) -> Any:
    """Where each of the m regions of n pixels begins, and where it ends: floor(i n / m), ceil((i + 1) n / m).

    Source: torch.nn.AdaptiveAvgPool2d.

    >>> regions(5, 3)
    (array([0, 1, 3]), array([2, 4, 5]))
    """
    i = np.arange(m)
    return i * n // m, -((-n * (i + 1)) // m)


def mean_tables(sides: Any, output_size: Any, dtype: Any) -> Any:
    """The tables whose product is the mean of each region."""
    tables = []
    for n, m in zip(sides, output_size, strict=True):
        start, end = regions(n, m)
        pixel = np.arange(n)
        is_inside = (pixel >= start[:, None]) & (pixel < end[:, None])
        tables.append((is_inside / (end - start)[:, None]).astype(dtype))
    return tables


def nearest_tables(sides: Any, output_size: Any, scales: Any, dtype: Any) -> Any:
    """The tables that take the pixel at floor(i / scale). Source: torch.nn.Upsample."""
    return [np.eye(n, dtype=dtype)[np.minimum(np.arange(m) / scale, n - 1).astype(int)]
            for n, m, scale in zip(sides, output_size, scales, strict=True)]


def linear_tables(sides: Any, output_size: Any, scales: Any, align_corners: bool, dtype: Any) -> Any:
    """The tables that mix the two pixels around each place: (i + 1/2) / scale − 1/2, or with corners aligned i (n − 1) / (m − 1).

    Source: torch.nn.Upsample.
    """
    tables = []
    for n, m, scale in zip(sides, output_size, scales, strict=True):
        i = np.arange(m)
        place = i * ((n - 1) / max(m - 1, 1)) if align_corners else np.maximum((i + 0.5) / scale - 0.5, 0)
        before = np.minimum(place.astype(int), n - 1)
        share = (place - before)[:, None]
        tables.append((np.eye(n)[before] * (1 - share) + np.eye(n)[np.minimum(before + 1, n - 1)] * share).astype(dtype))
    return tables


def region_places(sides: Any, output_size: Any) -> Any:
    """The pixels of each region, counted over all sides: (*output_size, most pixels of a region); a smaller one repeats its last.

    >>> region_places((5,), (3,))
    array([[0, 1, 1],
           [1, 2, 3],
           [3, 4, 4]])
    """
    places: Any = np.zeros((1,) * 2 * len(output_size), int)
    for i, (n, m) in enumerate(zip(sides, output_size, strict=True)):
        start, end = regions(n, m)
        own = np.minimum(start[:, None] + np.arange((end - start).max()), end[:, None] - 1)
        shape = [1] * places.ndim
        shape[i], shape[i + len(output_size)] = own.shape
        places = places * n + own.reshape(shape)
    return places.reshape(*output_size, -1)


def pixels_at(x: Any, places: Any) -> Any:
    """x (N, C, ...) at the pixels counted over all sides."""
    return x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))[:, :, places]


def sum_at(g: Any, places: Any, shape: Any) -> Any:
    """The gradient of `pixels_at`: what belongs to each pixel added up, in an array of the given shape."""
    x = np.zeros((*shape[:2], int(np.prod(shape[2:]))), g.dtype)
    everywhere: Any = (slice(None), slice(None), places)
    np.add.at(x, everywhere, g)
    return x.reshape(shape)


def blocks(sides: Sequence[int], output_size: Sequence[int]) -> tuple[int, ...]:
    """The sides, each as (new size, pixels of one region).

    >>> blocks((4, 6), (2, 1))
    (2, 2, 1, 6)
    """
    return tuple(part for n, m in zip(sides, output_size, strict=True) for part in (m, n // m))
