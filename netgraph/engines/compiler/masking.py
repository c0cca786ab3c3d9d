"""Masking: a gradient and the output of a ReLU flow in; the gradient where the output is above 0 comes out, made of bits."""

from __future__ import annotations

from functools import cache

import numpy as np

from netgraph.engines.compiler.scratch import Scratch


class MaskByBits:
    """g where y > 0, and 0 elsewhere, for y ≥ 0: read as whole numbers, the sign of y is 1 or 0, and g times that is g or 0."""

    title = "mask by bits"

    def __init__(self, dtype: np.dtype, scratch: Scratch) -> None:
        self.whole, self.scratch = np.dtype(f"i{dtype.itemsize}"), scratch
        self.signs: np.ndarray | None = None

    def fill(self, g: np.ndarray, y: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The masked gradient."""
        out = np.empty_like(g) if out is None else out
        if self.signs is None:
            is_plain = y.flags.c_contiguous
            self.signs = self.scratch.take(0, y.size, self.whole).reshape(y.shape) if is_plain else np.empty_like(y, self.whole)
        np.sign(y.view(self.whole), self.signs)
        np.multiply(g.view(self.whole), self.signs, out.view(self.whole))
        return out


@cache
def zeros_are_positive() -> bool:
    """Whether this NumPy's max(−0, 0) is +0, at every place of a vector; read as a whole number, −0 is no 0."""
    zeros = np.full(67, -0.0)
    return not any(np.signbit(np.maximum(zeros.astype(dtype), other.astype(dtype))).any()
                   for dtype in (np.float32, np.float64) for other in (np.zeros(()), np.zeros(67)))
