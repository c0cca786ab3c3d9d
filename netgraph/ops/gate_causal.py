"""A gate in time: scores flow in; the same come out with what comes later at −∞, which a softmax turns into a share of 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Count
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape


@word("causal")
@dataclass(frozen=True)
class Causal(Op):
    """Scores (..., n, m) of n queries for m keys, with −∞ where a key comes later than its query: place j > i (Vaswani et al. 2017, 3.2.3).

    `diagonal` keys more are seen: m − n, where the queries are the last n of m places. Source: torch.triu, whose diagonals count alike.
    """

    diagonal: Count = 0

    gives_infinities = True
    examples = (({}, ((3, 3),)), ({}, ((2, 3, 3),)), ({"diagonal": 2}, ((2, 2, 4),)))

    @property
    def first_hidden(self) -> int:
        """The diagonal on which the first hidden score of each row stands."""
        return int(self.diagonal) + 1

    def shape(self, x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError(f"'causal' masks scores (..., queries, keys), but got {x}. Put it behind the 'matmul' of queries and keys.")
        return x

    def forward(self, x: Any) -> Any:
        y = x + hidden_places(x.shape[-2:], self.first_hidden, x.dtype)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy * np.tri(gy.shape[-2], gy.shape[-1], self.diagonal, gy.dtype)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.masked_fill(torch.ones(x.shape[-2:], dtype=torch.bool, device=x.device).triu(self.first_hidden), -torch.inf)


def hidden_places(shape: Any, first: int, dtype: Any) -> Any:
    """−∞ on a diagonal and above it, 0 below."""
    return np.triu(np.full(shape, -np.inf, dtype), first)
