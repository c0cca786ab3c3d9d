"""Activations: one number in, one number out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netgraph.fields import Limit, Number, Positive
from netgraph.op import Op
from netgraph.ops.elementwise import EXAMPLES, ElementWise
from netgraph.ops.error_function import erf
from netgraph.ops.word import word
from netgraph.shape import Shape


@word("identity")
@dataclass(frozen=True)
class Identity(ElementWise):
    """y = x."""

    is_identity = True

    def forward(self, x: Any) -> Any:
        y = x
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x


@word("relu")
@dataclass(frozen=True)
class Relu(ElementWise):
    """max(x, 0)."""

    def forward(self, x: Any) -> Any:
        y = np.maximum(x, 0)
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy * (y > 0)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.relu(x)


@word("leaky_relu")
@dataclass(frozen=True)
class LeakyRelu(ElementWise):
    """x where x > 0, negative_slope · x elsewhere (Maas et al. 2013)."""

    negative_slope: Number = 0.01

    def forward(self, x: Any) -> Any:
        y = np.where(x > 0, x, self.negative_slope * x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = np.where(x > 0, gy, self.negative_slope * gy)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.leaky_relu(x, self.negative_slope)


@word("elu")
@dataclass(frozen=True)
class Elu(ElementWise):
    """x where x > 0, alpha (eˣ − 1) elsewhere (Clevert et al. 2016, eq. 15)."""

    alpha: Number = 1.0

    def forward(self, x: Any) -> Any:
        e = self.alpha * np.expm1(np.minimum(x, 0))
        y = np.where(x > 0, x, e)
        return y

    def backward(self, gy: Any, x: Any, e: Any) -> Any:
        gx = np.where(x > 0, gy, gy * (e + self.alpha))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.elu(x, self.alpha)


@word("selu")
@dataclass(frozen=True)
class Selu(ElementWise):
    """λ x where x > 0, λ α (eˣ − 1) elsewhere; λ and α keep mean 0 and variance 1 (Klambauer et al. 2017, eq. 2 and 14)."""

    @property
    def scale(self) -> float:
        return 1.0507009873554804934193349852946

    @property
    def alpha(self) -> float:
        return 1.6732632423543772848170429916717

    def forward(self, x: Any) -> Any:
        e = self.alpha * np.expm1(np.minimum(x, 0))
        y = self.scale * np.where(x > 0, x, e)
        return y

    def backward(self, gy: Any, x: Any, e: Any) -> Any:
        gx = self.scale * np.where(x > 0, gy, gy * (e + self.alpha))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.selu(x)


@word("gelu")
@dataclass(frozen=True)
class Gelu(ElementWise):
    """x Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016); approximate="tanh" is the one of GPT-2."""

    approximate: Literal["none", "tanh"] = "none"

    examples = (*EXAMPLES, ({"approximate": "tanh"}, ((5,),)))

    def at(self, x: Shape) -> Op:
        return TanhGelu() if self.approximate == "tanh" else self

    def forward(self, x: Any) -> Any:
        p = 0.5 * (1 + erf(x * 0.7071067811865476))        # √½
        y = x * p
        return y

    def backward(self, gy: Any, x: Any, p: Any) -> Any:
        gx = gy * (p + x * np.exp(-0.5 * x * x) * 0.3989422804014327)   # 1/√(2π)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.gelu(x)


@dataclass(frozen=True)
class TanhGelu(ElementWise):
    """x p, p = (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³), of which the slope is 2 p (1 − p) du/dx."""

    def forward(self, x: Any) -> Any:
        p = 0.5 + 0.5 * np.tanh(x * (0.7978845608028654 + 0.7978845608028654 * 0.044715 * x * x))
        y = x * p
        return y

    def backward(self, gy: Any, x: Any, p: Any) -> Any:
        gx = gy * (p + p * (1 - p) * x * (2 * 0.7978845608028654 + 6 * 0.7978845608028654 * 0.044715 * x * x))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.gelu(x, approximate="tanh")


@word("sigmoid")
@dataclass(frozen=True)
class Sigmoid(ElementWise):
    """1 / (1 + e⁻ˣ)."""

    bounds = (0.0, 1.0)

    def forward(self, x: Any) -> Any:
        y = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))     # two exponentials of x ≤ 0, which cannot overflow
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy * (y * (1 - y))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.sigmoid(x)


@word("silu")
@dataclass(frozen=True)
class Silu(ElementWise):
    """x σ(x), also called swish (Elfwing et al. 2018)."""

    def forward(self, x: Any) -> Any:
        s = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))
        y = x * s
        return y

    def backward(self, gy: Any, x: Any, s: Any) -> Any:
        gx = gy * s * (1 + x * (1 - s))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.silu(x)


@word("tanh")
@dataclass(frozen=True)
class Tanh(ElementWise):
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)."""

    def forward(self, x: Any) -> Any:
        y = np.tanh(x)
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy * (1 - y * y)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.tanh(x)


@word("softplus")
@dataclass(frozen=True)
class Softplus(ElementWise):
    """ln(1 + e^(βx)) / β, and x itself where βx is above the threshold, as torch.nn.Softplus has it."""

    beta: Positive = 1.0
    threshold: Number = 20.0

    examples = (*EXAMPLES, ({"beta": 2.0, "threshold": 1.0}, ((5,),)))

    def forward(self, x: Any) -> Any:
        b = self.beta * x
        y = np.where(b > self.threshold, x, (np.maximum(b, 0) + np.log1p(np.exp(-np.abs(b)))) / self.beta)
        return y

    def backward(self, gy: Any, b: Any) -> Any:
        e = np.exp(-np.abs(b))
        s = np.where(b >= 0, 1, e) / (1 + e)
        gx = gy * np.where(b > self.threshold, 1, s)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.softplus(x, self.beta, self.threshold)


@word("clip")
@dataclass(frozen=True)
class Clip(ElementWise):
    """x held between `min` and `max`; None leaves that side open. Source: torch.clip."""

    min: Limit = None
    max: Limit = None

    examples = (({"min": -0.5, "max": 0.5}, ((5,),)), ({"min": 0.0}, ((2, 3),)), ({"max": 0.3}, ((4,),)))

    def at(self, x: Shape) -> Op:
        return Identity() if self.min is None and self.max is None else self     # torch.clip refuses to do nothing

    def forward(self, x: Any) -> Any:
        y = np.clip(x, self.min, self.max)
        return y

    def backward(self, gy: Any, x: Any, y: Any) -> Any:
        gx = gy * (x == y)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.clip(x, self.min, self.max)
