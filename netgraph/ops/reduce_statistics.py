"""Reductions beyond sum, mean and extremes: products, spreads, lengths, and the running sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Count, Dim, OptionalDims, Switch
from netgraph.op import Op
from netgraph.ops.reduction import EXAMPLES, Reduce, ReduceDim
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("prod")
@dataclass(frozen=True)
class Prod(ReduceDim):
    """Π x along `dim`. Source: torch.prod."""

    dim: Dim = -1
    keepdim: Switch = False

    examples = (({}, ((4,),)), ({"dim": 1, "keepdim": True}, ((3, 2),)))

    def forward(self, x: Any) -> Any:
        y = x.prod(axis=self.dim, keepdims=self.keepdim)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = (gy if self.keepdim else np.expand_dims(gy, self.dim)) * product_of_others(x, self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.prod(dim=self.dim, keepdim=self.keepdim)


def product_of_others(x: Any, axes: Any) -> Any:
    """The product of all numbers over the axes but the one itself, zeros included."""
    is_zero = x == 0
    zeros = is_zero.sum(axis=axes, keepdims=True)
    rest = np.where(is_zero, 1, x)
    product = rest.prod(axis=axes, keepdims=True)
    return np.where(is_zero, np.where(zeros == 1, product, 0), np.where(zeros == 0, product / rest, 0))


@word("logsumexp")
@dataclass(frozen=True)
class LogSumExp(Reduce):
    """ln Σ eˣ over `dim`."""

    def forward(self, x: Any) -> Any:
        m = x.max(axis=self.dim, keepdims=True)            # unchanged by a shift; now exp cannot overflow
        e = np.exp(x - m)
        s = e.sum(axis=self.dim, keepdims=True)
        z = np.log(s) + m
        y = z if self.keepdim else z.squeeze(self.dim)
        return y

    def backward(self, gy: Any, e: Any, s: Any) -> Any:
        gx = (gy if self.keepdim else np.expand_dims(gy, self.dim)) * (e / s)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.logsumexp(dim=self.dim, keepdim=self.keepdim)


@dataclass(frozen=True)
class _Spread(Reduce):
    """Divided by n − correction, n numbers being reduced to one."""

    dim: OptionalDims = None
    keepdim: Switch = False
    correction: Count = 1

    examples = (*EXAMPLES, ({"correction": 0}, ((3, 2),)))

    def shape(self, x: Shape) -> Shape:
        count = math.prod(sizes(tuple(x[axis - 1] for axis in self.axes(x)), f"'{type(self).__name__.lower()}'"))
        if count <= self.correction:
            raise ShapeError(f"'{type(self).__name__.lower()}' of {count} number{'s' * (count > 1)} with correction={self.correction} "
                             f"divides by {count - self.correction}. Lower the correction.")
        return super().shape(x)


@word("var")
@dataclass(frozen=True)
class Var(_Spread):
    """Σ (x − mean)² / (n − correction) over `dim`, n the number of terms. Source: torch.var."""

    def forward(self, x: Any) -> Any:
        y = x.var(axis=self.dim, keepdims=self.keepdim, ddof=self.correction)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        d = x - x.mean(axis=self.dim, keepdims=True)
        gx = (gy if self.keepdim else np.expand_dims(gy, self.dim)) * d * (2 / (x.size / max(y.size, 1) - self.correction or 1))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.var(dim=self.dim, correction=self.correction, keepdim=self.keepdim)


@word("std")
@dataclass(frozen=True)
class Std(_Spread):
    """√(Σ (x − mean)² / (n − correction)) over `dim`, n the number of terms. Source: torch.std."""

    def forward(self, x: Any) -> Any:
        y = x.std(axis=self.dim, keepdims=self.keepdim, ddof=self.correction)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        d = x - x.mean(axis=self.dim, keepdims=True)
        g = np.where(y == 0, 0, gy) / np.where(y == 0, 1, y)         # no slope where all are equal
        gx = (g if self.keepdim else np.expand_dims(g, self.dim)) * d / (x.size / max(y.size, 1) - self.correction or 1)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.std(dim=self.dim, correction=self.correction, keepdim=self.keepdim)


@word("norm")
@dataclass(frozen=True)
class Norm(Reduce):
    """√Σ x² over `dim`: the Euclidean length. Source: torch.linalg.vector_norm."""

    def forward(self, x: Any) -> Any:
        y = np.sqrt((x * x).sum(axis=self.dim, keepdims=self.keepdim))
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        g = np.where(y == 0, 0, gy) / np.where(y == 0, 1, y)         # no slope at 0
        gx = (g if self.keepdim else np.expand_dims(g, self.dim)) * x
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.linalg.vector_norm(x, 2, self.dim, self.keepdim)


@word("cumsum")
@dataclass(frozen=True)
class CumSum(Op):
    """The running sum along `dim`. Source: torch.cumsum."""

    dim: Dim = 1

    examples = (({}, ((5,),)), ({"dim": -1}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, len(x), "'cumsum'")
        return x

    def forward(self, x: Any) -> Any:
        y = np.cumsum(x, axis=self.dim)
        return y

    def backward(self, gy: Any) -> Any:
        gx = np.flip(np.cumsum(np.flip(gy, self.dim), axis=self.dim), self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.cumsum(dim=self.dim)
