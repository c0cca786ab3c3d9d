"""Affine maps: rows x and one matrix of weights and bias flow in; x Wᵀ + b comes out of a single matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.op import Op


@dataclass(frozen=True)
class Affine(Op):
    """y = [x 1] B, where B (features + 1, units) is Wᵀ above b. The gradient of B is that of W and of b in one product.

    All matrices lie in memory with the batch last: so the ones are a row behind x, and x as such lies without gaps.
    """

    def forward(self, x: Any, *, block: Any) -> Any:
        o = above_ones(x)
        z = block.T @ o
        y = z.T
        return y

    def backward(self, gy: Any, o: Any, block: Any) -> Any:
        g = block[:-1] @ gy.T
        gx = g.T
        gblock = o @ gy
        return gx, gblock


def above_ones(x: np.ndarray) -> np.ndarray:
    """xᵀ with a row of ones below it: x (N, features) -> (features + 1, N).

    >>> above_ones(np.array([[2.0, 3.0]]))
    array([[2.],
           [3.],
           [1.]])
    """
    whole = np.ones((x.shape[1] + 1, len(x)), x.dtype)
    whole[:-1] = x.T
    return whole
