"""Masking: a gradient and the output of a ReLU flow in; the gradient where the output is above 0 comes out, made of bits."""

from __future__ import annotations

from functools import cache

import numpy as np


class MaskByBits:
    """g where y > 0, and 0 elsewhere, for y ≥ 0: read as whole numbers, y > 0 exactly where −y has its sign bit set."""

    title = "mask by bits"

    def __init__(self, dtype: np.dtype) -> None:
        self.whole = np.dtype(f"i{dtype.itemsize}")
        self.bits = np.array(8 * dtype.itemsize - 1, self.whole)
        self.mask: np.ndarray | None = None

    def fill(self, g: np.ndarray, y: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The masked gradient."""
        out = np.empty_like(g) if out is None else out
        if self.mask is None:
            self.mask = np.empty_like(y.view(self.whole))
        np.negative(y.view(self.whole), self.mask)
        np.right_shift(self.mask, self.bits, self.mask)
        np.bitwise_and(g.view(self.whole), self.mask, out.view(self.whole))
        return out


@cache
def zeros_are_positive() -> bool:
    """Whether this NumPy's max(−0, 0) is +0, at every place of a vector; the bits of −0 would look like a number above 0."""
    zeros = np.full(67, -0.0)
    return not any(np.signbit(np.maximum(zeros.astype(dtype), np.array(0, dtype))).any() for dtype in (np.float32, np.float64))
