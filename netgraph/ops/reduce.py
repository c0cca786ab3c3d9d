"""Reductions: a sample's mean, greatest number or sum over some dims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.op import Op
from netgraph.ops.reduction import Reduce
from netgraph.ops.word import word
from netgraph.shape import Shape


@word("sum")
@dataclass(frozen=True)
class Sum(Reduce):
    """Σ x over `dim`."""

    def forward(self, x: Any) -> Any:
        y = x.sum(axis=self.dim, keepdims=self.keepdim)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = np.broadcast_to(gy if self.keepdim else np.expand_dims(gy, self.dim), x.shape)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.sum(dim=self.dim, keepdim=self.keepdim)


@word("mean")
@dataclass(frozen=True)
class Mean(Reduce):
    """Σ x / n over `dim`."""

    def forward(self, x: Any) -> Any:
        y = x.mean(axis=self.dim, keepdims=self.keepdim)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        gx = np.broadcast_to(gy if self.keepdim else np.expand_dims(gy, self.dim), x.shape) * (y.size / max(x.size, 1))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.mean(dim=self.dim, keepdim=self.keepdim)


@word("max")
@dataclass(frozen=True)
class Max(Reduce):
    """The greatest x over `dim`; where several are greatest, the gradient is shared evenly, as torch.amax does."""

    def forward(self, x: Any) -> Any:
        y = x.max(axis=self.dim, keepdims=self.keepdim)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        is_greatest = x == (y if self.keepdim else np.expand_dims(y, self.dim))
        gx = (gy if self.keepdim else np.expand_dims(gy, self.dim)) * is_greatest / is_greatest.sum(
            axis=self.dim, keepdims=True, dtype=x.dtype)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.amax(dim=self.dim, keepdim=self.keepdim)


@word("min")
@dataclass(frozen=True)
class Min(Reduce):
    """The smallest x over `dim`; where several are smallest, the gradient is shared evenly, as torch.amin does."""

    def forward(self, x: Any) -> Any:
        y = x.min(axis=self.dim, keepdims=self.keepdim)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        is_smallest = x == (y if self.keepdim else np.expand_dims(y, self.dim))
        gx = (gy if self.keepdim else np.expand_dims(gy, self.dim)) * is_smallest / is_smallest.sum(
            axis=self.dim, keepdims=True, dtype=x.dtype)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.amin(dim=self.dim, keepdim=self.keepdim)


@word("globalavgpool2d")
@dataclass(frozen=True)
class GlobalAvgPool2d(Op):
    """The mean of each channel: x (C, H, W) -> y (C,) (Lin et al. 2014)."""

    examples = (({}, ((2, 3, 4),)),)

    def shape(self, x: Shape) -> Shape:
        return _channels(x, "'globalavgpool2d'")

    def at(self, x: Shape) -> Op:
        return Mean((2, 3))


@word("globalmaxpool2d")
@dataclass(frozen=True)
class GlobalMaxPool2d(Op):
    """The greatest number of each channel: x (C, H, W) -> y (C,)."""

    examples = (({}, ((2, 3, 4),)),)

    def shape(self, x: Shape) -> Shape:
        return _channels(x, "'globalmaxpool2d'")

    def at(self, x: Shape) -> Op:
        return Max((2, 3))


def _channels(x: Shape, who: str) -> Shape:
    if len(x) != 3:
        raise ShapeError(f"{who} takes images (C, H, W), but got {x}. Reshape its input first.")
    return x[:1]
