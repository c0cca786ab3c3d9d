"""Dense layers: each in-edge applies a matrix to the last axis; a node adds up what its edges bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netgraph.errors import ShapeError
from netgraph.fields import Size, Switch
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, element_count, sizes
from netgraph.weights import Array


@dataclass(frozen=True)
class AddBias(Op):
    """y = x + b along the last axis. `axes` are the others, over which b's gradient is summed."""

    axes: Any

    def forward(self, x: Any, *, bias: Any) -> Any:
        y = x + bias
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        gbias = gy.sum(axis=self.axes)
        return gx, gbias

    def torch(self, torch: Any, x: Any, *, bias: Any) -> Any:
        return x + bias


@word("dense")
@dataclass(frozen=True)
class Dense(Op):
    """y = x Wᵀ on the last axis, W (units, features).

    Source: torch.nn.Linear, whose weight has the same shape.
    """

    units: Size
    bias: Switch = True

    is_weighted = True
    examples = (({"units": 4}, ((3,),)), ({"units": 2, "bias": False}, ((5,),)), ({"units": 3}, ((6, 5),)), ({"units": 2}, ((2, 3, 4),)))

    def shape(self, x: Shape) -> Shape:
        if not x:
            raise ShapeError("'dense' works on the last axis, but its input is a single number. Give the input the shape (1,).")
        return (*x[:-1], self.units)

    def weight(self, x: Shape) -> Array:
        features = sizes(x[-1:], "'dense'")[0]
        return Array((self.units, features), fan_in=features)

    def add_bias(self, x: Shape) -> tuple[Op, Array]:
        return AddBias(tuple(range(len(x))) if len(x) > 1 else 0), Array((self.units,), fan_in=self.weight(x).fan_in)

    def flops(self, x: Shape) -> int:
        return 2 * element_count(x) * self.units

    def at(self, x: Shape) -> Op:
        return self if len(x) == 1 else DenseOnLastAxis(self.units, self.bias)

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = x @ weight.T
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = gy @ weight
        gweight = gy.T @ x
        return gx, gweight

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.linear(x, weight)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.Linear(arrays["weight"].shape[1], self.units, **self.options("bias"))


@dataclass(frozen=True)
class DenseOnLastAxis(Dense):
    """The same for samples of several axes."""

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = gy @ weight
        gweight = gy.reshape(-1, gy.shape[-1]).T @ x.reshape(-1, x.shape[-1])
        return gx, gweight
