"""Entries of a dim that a list of numbers names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Counts, Dim
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("index_select")
@dataclass(frozen=True)
class IndexSelect(Op):
    """The entries of `dim` that `index` names, counted from 0, in its order. Source: torch.index_select, whose dim counts the batch."""

    index: Counts
    dim: Dim = 1

    examples = (({"index": (2, 0)}, ((3,),)), ({"index": (1, 1, 3), "dim": -1}, ((2, 4),)), ({"index": (0,)}, ((2, 3, 3),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'index_select'")
        size = sizes((x[axis],), "'index_select'")[0]
        if max(self.index) >= size:
            raise ShapeError(f"'index_select' takes entry {max(self.index)} of dim {self.dim}, but its input {x} has {size} there. "
                             f"Choose indices from 0 to {size - 1}.")
        return (*x[:axis], len(self.index), *x[axis + 1:])

    def at(self, x: Shape) -> Op:
        kind = Chosen if len(set(self.index)) == len(self.index) else ChosenAgain
        return kind(axis_of(self.dim, len(x), "'index_select'") + 1, self.index)


@dataclass(frozen=True)
class Chosen(Op):
    """Different entries of axis `axis` of the batch."""

    axis: Any
    index: Any

    def shape(self, x: Shape) -> Shape:
        return (*x[:self.axis - 1], len(self.index), *x[self.axis:])

    def forward(self, x: Any) -> Any:
        places = np.array(self.index)
        y = np.take(x, places, axis=self.axis)
        return y

    def backward(self, gy: Any, x: Any, places: Any) -> Any:
        gx = put_back(gy, x, places, self.axis)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.index_select(self.axis, torch.tensor(self.index, device=x.device))


@dataclass(frozen=True)
class ChosenAgain(Chosen):
    """Entries of which some are named several times: their gradients are added up."""

    def backward(self, gy: Any, x: Any, places: Any) -> Any:
        gx = add_back(gy, x, places, self.axis)
        return gx


def put_back(g: Any, x: Any, places: Any, axis: int) -> Any:
    """g at its places along the axis of an array like x, which is 0 elsewhere."""
    whole = np.zeros(x.shape, g.dtype)
    whole[(slice(None),) * axis + (places,)] = g
    return whole


def add_back(g: Any, x: Any, places: Any, axis: int) -> Any:
    """What belongs to each entry along the axis of an array like x, added up."""
    whole = np.zeros(x.shape, g.dtype)
    np.add.at(whole, (slice(None),) * axis + (places,), g)
    return whole
