"""Sources inside a net: learned or fixed numbers and positions, for every sample alike. One in-edge tells how many samples there are."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netgraph.fields import Dim, Sizes
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of
from netgraph.weights import INITIALISERS, Array


def _initialiser(value: object) -> str:
    """The name of an initialiser."""
    if not isinstance(value, str) or value not in INITIALISERS:
        raise ValueError("an initialiser: " + ", ".join(INITIALISERS))
    return value


Initialiser = Annotated[str, _initialiser]


@dataclass(frozen=True, eq=False)
class FixedArray:
    """An array as a constant of an op: equal to another that holds the same numbers."""

    array: np.ndarray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FixedArray) and np.array_equal(self.array, other.array, equal_nan=True)

    def __hash__(self) -> int:
        return hash(self.array.shape)

    def __str__(self) -> str:
        return " × ".join(map(str, self.array.shape)) if self.array.ndim else f"{self.array.item():g}"


def _numbers(value: object) -> FixedArray:
    """A number, or an array of numbers."""
    if not isinstance(value, bool | str | bytes | np.ma.MaskedArray):
        with contextlib.suppress(Exception):               # whatever the __array__ of a stranger's class raises
            array = np.array(value)
            if array.dtype.kind in "fiub" and array.size:
                return FixedArray(array)
    raise ValueError("a number, or an array of numbers")


Numbers = Annotated[FixedArray, _numbers]


@word("parameter")
@dataclass(frozen=True)
class LearnedArray(Op):
    """A learned array of the given shape, the same for every sample."""

    shape_: Sizes
    init: Initialiser = "normal"

    no_gradient = ("x",)
    examples = (({"shape": (2, 3)}, ((4,),)), ({"shape": (5,), "init": "zeros"}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        return self.shape_

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return {"weight": Array(self.shape_, self.init, fan_in=self.shape_[-1])}

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = np.broadcast_to(weight, (len(x), *weight.shape))
        return y

    def backward(self, gy: Any) -> Any:
        gx = None
        gweight = gy.sum(axis=0)
        return gx, gweight

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return weight.expand(x.shape[0], *self.shape_)


@word("constant")
@dataclass(frozen=True)
class Constant(Op):
    """Fixed numbers, the same for every sample, which no training moves: an array of one sample's shape, or a single number of shape ().

    In torch it is a buffer.
    """

    value: Numbers

    no_gradient = ("x",)
    examples = (({"value": ((1.0, 2.0), (3.0, 4.0))}, ((3,),)), ({"value": -0.5}, ((2, 3),)))

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.value.array.shape

    def shape(self, x: Shape) -> Shape:
        return self.sizes

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return {"value": Array(self.sizes, "zeros", is_buffer=True, value=self.value.array)}

    def forward(self, x: Any, *, value: Any) -> Any:
        y = np.broadcast_to(value, (len(x), *value.shape))
        return y

    def torch(self, torch: Any, x: Any, *, value: Any) -> Any:
        return value.expand_as(x.new_empty(x.shape[0], *self.sizes))


@word("positions")
@dataclass(frozen=True)
class Positions(Op):
    """0, 1, ..., n − 1 for each sample, n the size of its input's `dim`: what an embedding of positions takes."""

    dim: Dim = 1

    no_gradient = ("x",)
    gives_integers = True
    examples = (({}, ((4, 3),)), ({"dim": -1}, ((5,),)))

    def shape(self, x: Shape) -> Shape:
        return (x[axis_of(self.dim, len(x), "'positions'")],)

    def forward(self, x: Any) -> Any:
        y = np.broadcast_to(np.arange(x.shape[self.dim]), (len(x), x.shape[self.dim]))
        return y

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.arange(x.shape[self.dim], device=x.device).expand(x.shape[0], -1)
