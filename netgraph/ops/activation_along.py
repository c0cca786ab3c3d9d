"""Activations along one dim: numbers in, a distribution out, or its logarithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netgraph.fields import Dim
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of


class _AlongDim(Op):
    examples = (({}, ((5,),)), ({"dim": 1}, ((3, 4),)), ({"dim": -1}, ((3, 4),)))
    dim: Dim
    who: ClassVar[str] = "'softmax'"

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, len(x), self.who)
        return x


@word("softmax")
@dataclass(frozen=True)
class Softmax(_AlongDim):
    """eˣ / Σ eˣ along `dim`."""

    dim: Dim = -1

    bounds = (0.0, 1.0)

    def forward(self, x: Any) -> Any:
        e = np.exp(x - x.max(axis=self.dim, keepdims=True))   # unchanged by a shift; now exp cannot overflow
        y = e / e.sum(axis=self.dim, keepdims=True)
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = y * (gy - (gy * y).sum(axis=self.dim, keepdims=True))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.softmax(x, dim=self.dim)


@word("log_softmax")
@dataclass(frozen=True)
class LogSoftmax(_AlongDim):
    """x − ln Σ eˣ along `dim`."""

    dim: Dim = -1

    who = "'log_softmax'"

    def forward(self, x: Any) -> Any:
        s = x - x.max(axis=self.dim, keepdims=True)
        y = s - np.log(np.exp(s).sum(axis=self.dim, keepdims=True))
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy - np.exp(y) * gy.sum(axis=self.dim, keepdims=True)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.log_softmax(x, dim=self.dim)
