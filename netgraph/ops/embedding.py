"""Embeddings: an index becomes a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.fields import Size
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


@word("embedding")
@dataclass(frozen=True)
class Embedding(Op):
    """Row x of a table (num_embeddings, embedding_dim): indices (…) -> (…, embedding_dim). Source: torch.nn.Embedding."""

    num_embeddings: Size
    embedding_dim: Size

    is_weighted = True
    integer_inputs = True
    examples = (({"num_embeddings": 4, "embedding_dim": 3}, ((5,),)), ({"num_embeddings": 3, "embedding_dim": 2}, ((),)))

    def shape(self, x: Shape) -> Shape:
        return (*x, self.embedding_dim)

    def weight(self, x: Shape) -> Array:
        return Array((self.num_embeddings, self.embedding_dim), "normal")

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = weight[x]
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = None
        gweight = summed_by_row(gy, x, weight)
        return gx, gweight

    def refuse(self, x: Any, *arrays: Any) -> str | None:
        if x.size == 0 or (x.min() >= 0 and x.max() < self.num_embeddings):
            return None
        wrong = x.min() if x.min() < 0 else x.max()
        return f"has rows 0 to {self.num_embeddings - 1}, but was given index {wrong}. Correct the data, or raise num_embeddings."

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.embedding(x, weight)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.Embedding(self.num_embeddings, self.embedding_dim)


def summed_by_row(g: Any, x: Any, table: Any) -> Any:
    """What belongs to each row of a table, added up: the indices x say to which."""
    rows = np.zeros(table.shape, g.dtype)
    np.add.at(rows, x, g)
    return rows
