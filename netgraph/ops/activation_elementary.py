"""Elementary functions: each number by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.fields import Number
from netgraph.op import Op
from netgraph.ops.elementwise import ElementWise
from netgraph.ops.error_function import erf
from netgraph.ops.word import word
from netgraph.shape import Shape


@word("exp")
@dataclass(frozen=True)
class Exp(ElementWise):
    """eˣ."""

    def forward(self, x: Any) -> Any:
        y = np.exp(x)
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy * y
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.exp(x)


@word("log")
@dataclass(frozen=True)
class Log(ElementWise):
    """ln x."""

    examples = ()                                          # of numbers above 0, which tests have to choose

    def forward(self, x: Any) -> Any:
        y = np.log(x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy / x
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.log(x)


@word("sqrt")
@dataclass(frozen=True)
class Sqrt(ElementWise):
    """√x."""

    examples = ()                                          # of numbers above 0

    def forward(self, x: Any) -> Any:
        y = np.sqrt(x)
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = gy / (2 * y)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.sqrt(x)


@word("abs")
@dataclass(frozen=True)
class Abs(ElementWise):
    """|x|; at 0 the gradient is 0."""

    def forward(self, x: Any) -> Any:
        y = np.abs(x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * np.sign(x)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.abs(x)


@word("neg")
@dataclass(frozen=True)
class Neg(ElementWise):
    """−x."""

    def forward(self, x: Any) -> Any:
        y = -x
        return y

    def backward(self, gy: Any) -> Any:
        gx = -gy
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return -x


@word("sin")
@dataclass(frozen=True)
class Sin(ElementWise):
    """sin x, as in SIREN (Sitzmann et al. 2020)."""

    def forward(self, x: Any) -> Any:
        y = np.sin(x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * np.cos(x)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.sin(x)


@word("cos")
@dataclass(frozen=True)
class Cos(ElementWise):
    """cos x."""

    def forward(self, x: Any) -> Any:
        y = np.cos(x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = -gy * np.sin(x)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.cos(x)


@word("square")
@dataclass(frozen=True)
class Square(ElementWise):
    """x²."""

    def forward(self, x: Any) -> Any:
        y = x * x
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = 2 * gy * x
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.square(x)


@word("reciprocal")
@dataclass(frozen=True)
class Reciprocal(ElementWise):
    """1 / x."""

    def forward(self, x: Any) -> Any:
        y = 1 / x
        return y

    def backward(self, gy: Any, y: Any) -> Any:
        gx = -gy * y * y
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.reciprocal(x)


@word("erf")
@dataclass(frozen=True)
class Erf(ElementWise):
    """The error function, 2/√π ∫₀ˣ e^(−t²) dt."""

    def forward(self, x: Any) -> Any:
        y = erf(x)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * np.exp(-x * x) * 1.1283791670955126          # 2/√π
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.erf(x)


@word("pow")
@dataclass(frozen=True)
class Pow(ElementWise):
    """x to the power of `exponent`."""

    exponent: Number = 2.0

    examples = (({}, ((5,),)), ({"exponent": 3}, ((2, 3),)), ({"exponent": -1}, ((4,),)))

    def at(self, x: Shape) -> Op:
        return {2.0: Square(), 0.5: Sqrt(), -1.0: Reciprocal()}.get(self.exponent, self)

    @property
    def less(self) -> float:
        return self.exponent - 1

    def forward(self, x: Any) -> Any:
        y = x ** self.exponent
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * (self.exponent * x ** self.less)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x ** self.exponent
