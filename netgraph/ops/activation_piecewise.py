"""Activations made of straight lines, and of pieces of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.fields import NotNegative, Number
from netgraph.ops.elementwise import EXAMPLES, ElementWise
from netgraph.ops.word import word


@word("relu6")
@dataclass(frozen=True)
class Relu6(ElementWise):
    """min(max(x, 0), 6) (Howard et al. 2017)."""

    def forward(self, x: Any) -> Any:
        y = np.minimum(np.maximum(x, 0), 6)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * ((x > 0) * (x < 6))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.relu6(x)


@word("hardtanh")
@dataclass(frozen=True)
class Hardtanh(ElementWise):
    """x held between `min_val` and `max_val`; outside, the gradient is 0 (Collobert 2004)."""

    min_val: Number = -1.0
    max_val: Number = 1.0

    examples = (*EXAMPLES, ({"min_val": -0.3, "max_val": 0.5}, ((4,),)))

    def forward(self, x: Any) -> Any:
        y = np.minimum(np.maximum(x, self.min_val), self.max_val)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * ((x > self.min_val) * (x < self.max_val))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.hardtanh(x, self.min_val, self.max_val)


@word("hardsigmoid")
@dataclass(frozen=True)
class Hardsigmoid(ElementWise):
    """min(max(x + 3, 0), 6) / 6."""

    def forward(self, x: Any) -> Any:
        y = np.minimum(np.maximum(x + 3, 0), 6) / 6
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * ((x > -3) * (x < 3)) / 6
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.relu6(x + 3) / 6        # the gradient of its own hardsigmoid is rounded to float32


@word("hardswish")
@dataclass(frozen=True)
class Hardswish(ElementWise):
    """x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, section 5.2)."""

    def forward(self, x: Any) -> Any:
        y = x * (np.minimum(np.maximum(x + 3, 0), 6) / 6)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * np.where(x >= 3, 1, np.where(x > -3, x / 3 + 0.5, 0))
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.hardswish(x)


@word("hardshrink")
@dataclass(frozen=True)
class Hardshrink(ElementWise):
    """x where |x| > lambd, 0 elsewhere."""

    lambd: NotNegative = 0.5

    def forward(self, x: Any) -> Any:
        y = x * (np.abs(x) > self.lambd)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * (np.abs(x) > self.lambd)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.hardshrink(x, self.lambd)


@word("softshrink")
@dataclass(frozen=True)
class Softshrink(ElementWise):
    """x moved towards 0 by lambd, and 0 where |x| ≤ lambd."""

    lambd: NotNegative = 0.5

    def forward(self, x: Any) -> Any:
        y = x - np.minimum(np.maximum(x, -self.lambd), self.lambd)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * (np.abs(x) > self.lambd)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.softshrink(x, self.lambd)


@word("threshold")
@dataclass(frozen=True)
class Threshold(ElementWise):
    """x where x > threshold, `value` elsewhere."""

    threshold: Number = 0.0
    value: Number = 0.0

    examples = (({}, ((5,),)), ({"threshold": 0.2, "value": -1}, ((2, 3),)))

    def forward(self, x: Any) -> Any:
        y = np.where(x > self.threshold, x, self.value)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy * (x > self.threshold)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.threshold(x, self.threshold, self.value)
