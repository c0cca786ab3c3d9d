"""Smooth activations beyond the everyday ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.fields import Positive
from netgraph.ops.elementwise import EXAMPLES, ElementWise
from netgraph.ops.word import word


@word("mish")
@dataclass(frozen=True)
class Mish(ElementWise):
    """x tanh(ln(1 + eˣ)) (Misra 2019, eq. 1)."""

    def forward(self, x: Any) -> Any:
        e = np.exp(-np.abs(x))                             # of −|x|, so that it cannot overflow
        t = np.tanh(np.maximum(x, 0) + np.log1p(e))
        y = x * t
        return y

    def backward(self, gy: Any, x: Any, e: Any, t: Any) -> Any:
        s = np.where(x >= 0, 1, e) / (1 + e)
        gx = gy * (t + x * (1 - t * t) * s)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.mish(x)


@word("softsign")
@dataclass(frozen=True)
class Softsign(ElementWise):
    """x / (1 + |x|)."""

    def forward(self, x: Any) -> Any:
        d = 1 + np.abs(x)
        y = x / d
        return y

    def backward(self, gy: Any, d: Any) -> Any:
        gx = gy / (d * d)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.softsign(x)


@word("logsigmoid")
@dataclass(frozen=True)
class LogSigmoid(ElementWise):
    """ln σ(x) = min(x, 0) − ln(1 + e^−|x|)."""

    def forward(self, x: Any) -> Any:
        e = np.exp(-np.abs(x))
        y = np.minimum(x, 0) - np.log1p(e)
        return y

    def backward(self, gy: Any, x: Any, e: Any) -> Any:
        gx = gy * np.where(x >= 0, e, 1) / (1 + e)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.logsigmoid(x)


@word("celu")
@dataclass(frozen=True)
class Celu(ElementWise):
    """x where x > 0, alpha (e^(x/alpha) − 1) elsewhere (Barron 2017, eq. 2)."""

    alpha: Positive = 1.0

    examples = (*EXAMPLES, ({"alpha": 0.5}, ((4,),)))

    def forward(self, x: Any) -> Any:
        e = np.expm1(np.minimum(x, 0) / self.alpha)
        y = np.maximum(x, 0) + self.alpha * e
        return y

    def backward(self, gy: Any, e: Any) -> Any:
        gx = gy * (e + 1)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.celu(x, self.alpha)


@word("tanhshrink")
@dataclass(frozen=True)
class Tanhshrink(ElementWise):
    """x − tanh x."""

    def forward(self, x: Any) -> Any:
        t = np.tanh(x)
        y = x - t
        return y

    def backward(self, gy: Any, t: Any) -> Any:
        gx = gy * t * t
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.tanhshrink(x)
