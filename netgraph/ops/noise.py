"""Noise: what training disturbs and a call leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netgraph.fields import Probability
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


@word("dropout")
@dataclass(frozen=True)
class Dropout(Op):
    """In training each number is 0 with probability p, and 1/(1 − p) times itself otherwise (Srivastava et al. 2014)."""

    p: Probability = 0.5

    is_identity = True
    examples = (({}, ((5,),)), ({"p": 0.2}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        return x

    def for_training(self) -> Op:
        return DropoutInTraining(self.p)

    def forward(self, x: Any) -> Any:
        y = x
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.Dropout(self.p)


@dataclass(frozen=True)
class DropoutInTraining(Op):
    """x · keep / (1 − p), keep 1 with probability 1 − p."""

    p: Probability = 0.5

    def forward(self, x: Any, *, rng: Any) -> Any:
        keep = (rng.random(x.shape, dtype=x.dtype) >= self.p).astype(x.dtype) / (1 - self.p)
        y = x * keep
        return y

    def backward(self, gy: Any, keep: Any) -> Any:
        gx = gy * keep
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.dropout(x, self.p)
