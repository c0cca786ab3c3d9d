"""Sources inside a net: learned numbers and positions, for every sample alike. One in-edge tells them how many samples there are."""

from __future__ import annotations

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


@word("parameter")
@dataclass(frozen=True)
class LearnedArray(Op):
    """A learned array of the given shape, the same for every sample; with trainable=False and a `weight` a constant."""

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
