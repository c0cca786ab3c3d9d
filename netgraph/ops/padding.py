"""Padding: an image flows in, the same with a border comes out; and the reverse way, for its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Pads = tuple[tuple[int, int], ...]                         # of each side: (before, after)
BORDERS = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}      # PyTorch's words, and NumPy's


def same_pads(kernel_size: Sequence[int], dilation: Sequence[int]) -> Pads:
    """The pads ((top, bottom), (left, right)) that keep the size at stride 1; an odd pixel goes to the end, as in PyTorch.

    >>> same_pads((3, 4), (1, 1))
    ((1, 1), (1, 2))
    """
    return tuple((d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(kernel_size, dilation, strict=True))


def even_pads(padding: Sequence[int]) -> Pads:
    """The same padding at both ends of each side.

    >>> even_pads((1, 2))
    ((1, 1), (2, 2))
    """
    return tuple((p, p) for p in padding)


def torch_pads(pads: Pads) -> list[int]:
    """The pads in the order of `torch.nn.functional.pad`: the last side first.

    >>> torch_pads(((1, 2), (3, 4)))
    [3, 4, 1, 2]
    """
    return [part for both in reversed(pads) for part in both]


def padded(x: Any, pads: Any, fill: float = 0) -> Any:
    """x (N, C, ...) with `fill` around each side."""
    return np.pad(x, ((0, 0), (0, 0), *pads), constant_values=fill) if any(map(any, pads)) else x


def bordered(x: Any, pads: Any, mode: Any) -> Any:
    """x (N, C, ...) with pixels of its own around each side, as `np.pad` takes them in that mode."""
    return np.pad(x, ((0, 0), (0, 0), *pads), mode)


def inside(g: Any, pads: Any) -> Any:
    """What lies within the pads: the gradient of `padded`."""
    return g[(slice(None), slice(None), *(slice(before, n - after) for n, (before, after) in zip(g.shape[2:], pads, strict=True)))]


def folded(g: Any, pads: Any, mode: Any) -> Any:
    """What lies within the pads, and added to it what the pads' pixels were copied from: the gradient of `bordered`."""
    for axis, (before, after) in enumerate(pads, start=2):
        moved = np.moveaxis(g, axis, 0)
        n = len(moved) - before - after
        source = np.pad(np.arange(n), (before, after), mode)
        core = moved[before:before + n].copy()
        for i in (*range(before), *range(before + n, len(moved))):
            core[source[i]] += moved[i]
        g = np.moveaxis(core, 0, axis)
    return g
