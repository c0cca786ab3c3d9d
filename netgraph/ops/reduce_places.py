"""Where the greatest and smallest numbers stand: places as indices, and the few greatest numbers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim, Size, Switch
from netgraph.op import Op
from netgraph.ops.reduction import ReduceDim
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of


class _Place(ReduceDim):
    no_gradient = ("x",)
    gives_integers = True


@word("argmax")
@dataclass(frozen=True)
class ArgMax(_Place):
    """The place of the greatest number along `dim`, the first of equals: an index, which no gradient flows through."""

    dim: Dim = -1
    keepdim: Switch = False

    examples = (({}, ((4,),)), ({"dim": 1, "keepdim": True}, ((3, 2),)))

    def forward(self, x: Any) -> Any:
        y = x.argmax(axis=self.dim, keepdims=self.keepdim)
        return y

    def torch(self, torch: Any, x: Any) -> Any:
        return x.argmax(dim=self.dim, keepdim=self.keepdim)


@word("argmin")
@dataclass(frozen=True)
class ArgMin(_Place):
    """The place of the smallest number along `dim`, the first of equals: an index, which no gradient flows through."""

    dim: Dim = -1
    keepdim: Switch = False

    examples = (({}, ((4,),)), ({"dim": 1, "keepdim": True}, ((3, 2),)))

    def forward(self, x: Any) -> Any:
        y = x.argmin(axis=self.dim, keepdims=self.keepdim)
        return y

    def torch(self, torch: Any, x: Any) -> Any:
        return x.argmin(dim=self.dim, keepdim=self.keepdim)


@word("topk")
@dataclass(frozen=True)
class TopK(Op):
    """Output 0: the k greatest numbers along `dim`, the greatest first; output 1: their places. Source: torch.topk.

    With largest=False the k smallest, the smallest first. Of equals the first stands first.
    """

    k: Size
    dim: Dim = -1
    largest: Switch = True

    examples = (({"k": 2}, ((4,),)), ({"k": 1, "dim": 1}, ((3, 2),)), ({"k": 3, "largest": False}, ((2, 4),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'topk'")
        if isinstance(size := x[axis], int) and self.k > size:
            raise ShapeError(f"'topk' takes the k={self.k} greatest of dim {self.dim}, but its input {x} has only {size} there. Lower k.")
        return (*x[:axis], self.k, *x[axis + 1:])

    def parts(self, x: Shape) -> tuple[Op, ...]:
        return TopNumbers(self.k, self.dim, self.largest), TopPlaces(self.k, self.dim, self.largest)


@dataclass(frozen=True)
class TopNumbers(TopK):
    """The k greatest numbers."""

    def parts(self, x: Shape) -> tuple[Op, ...]:
        return (self,)

    def forward(self, x: Any) -> Any:
        place = top_places(x, self.k, self.dim, self.largest)
        y = np.take_along_axis(x, place, axis=self.dim)
        return y

    def backward(self, gy: Any, x: Any, place: Any) -> Any:
        gx = put_along(gy, place, x, self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.topk(x, self.k, self.dim, self.largest).values


@dataclass(frozen=True)
class TopPlaces(TopK):
    """The places of the k greatest numbers."""

    no_gradient = ("x",)
    gives_integers = True

    def parts(self, x: Shape) -> tuple[Op, ...]:
        return (self,)

    def forward(self, x: Any) -> Any:
        y = top_places(x, self.k, self.dim, self.largest)
        return y

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.topk(x, self.k, self.dim, self.largest).indices


def top_places(x: Any, k: int, dim: int, largest: bool) -> Any:
    """The places of the k greatest or smallest numbers along dim, in order."""
    return np.argsort(-x if largest else x, axis=dim, kind="stable").take(np.arange(k), axis=dim)


def put_along(g: Any, place: Any, x: Any, dim: int) -> Any:
    """g at its places along dim in an array like x, which is 0 elsewhere."""
    whole = np.zeros(x.shape, g.dtype)
    np.put_along_axis(whole, place, g, axis=dim)
    return whole
