"""Entries brought together: those of a dim that a list sends to the same place become one, as the messages of a graph's nodes do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Counts, Dim, Size
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of


@word("scatter_reduce")
@dataclass(frozen=True)
class ScatterReduce(Op):
    """`size` entries of `dim` from those of the input: what `index` sends to one place is added up; a place without any is 0.

    With reduce="mean" it is averaged, with "amax" or "amin" the greatest or smallest is taken. Source: torch.Tensor.scatter_reduce with
    include_self=False, one index for an entry with all that belongs to it.
    """

    index: Counts
    size: Size
    reduce: Literal["sum", "mean", "amax", "amin"] = "sum"
    dim: Dim = 1

    examples = (({"index": (2, 0, 2), "size": 4}, ((3,),)), ({"index": (1, 1, 0), "size": 2, "reduce": "mean"}, ((3, 2),)),
                ({"index": (0, 2, 0, 2), "size": 3, "reduce": "amax", "dim": -1}, ((2, 4),)),
                ({"index": (1, 0, 1), "size": 3, "reduce": "amin", "dim": 2}, ((2, 3, 2),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'scatter_reduce'")
        if x[axis] != len(self.index) or max(self.index) >= self.size:
            raise ShapeError(f"'scatter_reduce' sends {len(self.index)} entries to places up to {max(self.index)} of {self.size}, but dim "
                             f"{self.dim} of its input {x} has {x[axis]}. Give one place below size for each entry.")
        return (*x[:axis], self.size, *x[axis + 1:])

    def at(self, x: Shape) -> Op:
        kind = {"sum": ScatteredSum, "mean": ScatteredMean, "amax": ScatteredMax, "amin": ScatteredMin}[self.reduce]
        axis = axis_of(self.dim, len(x), "'scatter_reduce'") + 1
        return kind(axis, self.index, self.size, (-1, *(1,) * (len(x) - axis)))


@dataclass(frozen=True)
class ScatteredSum(Op):
    """The sums of entries of axis `axis` of the batch; `column` is the shape in which one number a place meets them."""

    axis: Any
    index: Any
    size: Any
    column: Any

    def shape(self, x: Shape) -> Shape:
        return (*x[:self.axis - 1], self.size, *x[self.axis:])

    def forward(self, x: Any) -> Any:
        places = np.array(self.index)
        y = summed_at(x, places, self.axis, self.size)
        return y

    def backward(self, gy: Any, places: Any) -> Any:
        gx = np.take(gy, places, axis=self.axis)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        whole = torch.zeros_like(x.select(self.axis, 0)).unsqueeze(self.axis).repeat_interleave(self.size, self.axis)
        return whole.index_add(self.axis, torch.tensor(self.index, device=x.device), x)


@dataclass(frozen=True)
class _ScatteredOtherwise(ScatteredSum):
    """What torch has one function for, in which `reduce` says what is made of the entries of a place."""

    reduce: ClassVar[str] = ""

    def torch(self, torch: Any, x: Any) -> Any:
        places = torch.tensor(self.index, device=x.device).reshape(self.column).expand_as(x)
        whole = torch.zeros_like(x.select(self.axis, 0)).unsqueeze(self.axis).repeat_interleave(self.size, self.axis)
        return whole.scatter_reduce(self.axis, places, x, self.reduce, include_self=False)


@dataclass(frozen=True)
class ScatteredMean(_ScatteredOtherwise):
    """Their means."""

    reduce = "mean"

    def forward(self, x: Any) -> Any:
        places = np.array(self.index)
        n = np.maximum(np.bincount(places, minlength=self.size), 1).reshape(self.column).astype(x.dtype)
        y = summed_at(x, places, self.axis, self.size) / n
        return y

    def backward(self, gy: Any, places: Any, n: Any) -> Any:  # type: ignore[override]  # asks by name for what it needs
        gx = np.take(gy / n, places, axis=self.axis)
        return gx


@dataclass(frozen=True)
class ScatteredMax(_ScatteredOtherwise):
    """The greatest of them; equal ones share the gradient."""

    reduce = "amax"

    def forward(self, x: Any) -> Any:
        places = np.array(self.index)
        y = greatest_at(x, places, self.axis, self.size)
        return y

    def backward(self, gy: Any, x: Any, places: Any, y: Any) -> Any:  # type: ignore[override]  # asks by name for what it needs
        gx = shared_among(gy, x == np.take(y, places, axis=self.axis), places, self.axis, self.size)
        return gx


@dataclass(frozen=True)
class ScatteredMin(ScatteredMax):
    """The smallest of them; equal ones share the gradient."""

    reduce = "amin"

    def forward(self, x: Any) -> Any:
        places = np.array(self.index)
        y = -greatest_at(-x, places, self.axis, self.size)
        return y


def summed_at(x: Any, places: Any, axis: int, size: int) -> Any:
    """The sums of the entries of an axis that go to each place."""
    y = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1:]), x.dtype)
    np.add.at(y, (slice(None),) * axis + (places,), x)
    return y


def greatest_at(x: Any, places: Any, axis: int, size: int) -> Any:
    """The greatest of the entries of an axis that go to each place, 0 where none does."""
    y = np.full((*x.shape[:axis], size, *x.shape[axis + 1:]), -np.inf, x.dtype)
    np.maximum.at(y, (slice(None),) * axis + (places,), x)
    return np.where(y == -np.inf, np.zeros((), x.dtype), y)


def shared_among(g: Any, chosen: Any, places: Any, axis: int, size: int) -> Any:
    """The gradient of each place, in equal parts to the entries that were chosen for it."""
    n = np.maximum(summed_at(chosen.astype(g.dtype), places, axis, size), 1)
    return np.take(g / n, places, axis=axis) * chosen
