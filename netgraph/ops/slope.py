"""Activations that learn: a slope for the numbers below 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Size
from netgraph.op import Op
from netgraph.ops.by_channel import ByChannel
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


@word("prelu")
@dataclass(frozen=True)
class PRelu(Op):
    """x where x > 0, weight · x elsewhere, with one learned weight for all numbers or one for each channel (He et al. 2015, eq. 1).

    Source: torch.nn.PReLU.
    """

    num_parameters: Size = 1

    examples = (({}, ((5,),)), ({"num_parameters": 3}, ((3, 2, 2),)), ({"num_parameters": 2}, ((2,),)))

    def shape(self, x: Shape) -> Shape:
        if self.num_parameters != 1 and x[:1] != (self.num_parameters,):
            raise ShapeError(f"'prelu' has num_parameters={self.num_parameters}, but its input {x} has another number of channels. "
                             f"Give one for each channel, or 1.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return {"weight": Array((self.num_parameters,), "quarters")}

    def at(self, x: Shape) -> Op:
        return self if self.num_parameters == 1 else PReluOfChannels(self.num_parameters, len(x))

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = np.where(x > 0, x, weight * x)
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = np.where(x > 0, gy, weight * gy)
        gweight = np.sum(gy * np.minimum(x, 0)).reshape(1)
        return gx, gweight

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.prelu(x, weight)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.PReLU(**self.options("num_parameters"))


@dataclass(frozen=True)
class PReluOfChannels(ByChannel, PRelu):
    """With a weight for each channel of samples of `rank` axes."""

    rank: Any = 1

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = np.where(x > 0, x, weight.reshape(*self.column) * x)
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = np.where(x > 0, gy, weight.reshape(*self.column) * gy)
        gweight = (gy * np.minimum(x, 0)).sum(axis=self.others)
        return gx, gweight
