"""Gates: one half of the numbers says how much of the other half passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("glu")
@dataclass(frozen=True)
class Glu(Op):
    """a σ(b), where a and b are the two halves of x along `dim` (Dauphin et al. 2017). Source: torch.nn.GLU."""

    dim: Dim = -1

    examples = (({}, ((6,),)), ({"dim": 1}, ((4, 3),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'glu'")
        size = sizes((x[axis],), "'glu'")[0]
        if size % 2:
            raise ShapeError(f"'glu' halves dim {self.dim} of its input {x}, which is odd. Give it an even size.")
        return (*x[:axis], size // 2, *x[axis + 1:])

    def forward(self, x: Any) -> Any:
        a, b = np.split(x, 2, axis=self.dim)
        e = np.exp(-np.abs(b))                             # of −|b|, so that it cannot overflow
        s = np.where(b >= 0, 1, e) / (1 + e)
        y = a * s
        return y

    def backward(self, gy: Any, y: Any, s: Any) -> Any:
        gx = np.concatenate([gy * s, gy * y * (1 - s)], axis=self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.glu(x, self.dim)
