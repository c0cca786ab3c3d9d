"""Embeddings: an index becomes a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import OptionalDim, Size
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape
from netgraph.weights import Array


@word("embedding")
@dataclass(frozen=True)
class Embedding(Op):
    """Row x of a table (num_embeddings, embedding_dim): indices (…) -> (…, embedding_dim). Source: torch.nn.Embedding.

    The row `padding_idx` begins at zero and has no gradient.
    """

    num_embeddings: Size
    embedding_dim: Size
    padding_idx: OptionalDim = None

    is_weighted = True
    integer_inputs = ("x",)
    no_gradient = ("x",)
    examples = (({"num_embeddings": 4, "embedding_dim": 3}, ((5,),)), ({"num_embeddings": 3, "embedding_dim": 2}, ((),)),
                ({"num_embeddings": 3, "embedding_dim": 2, "padding_idx": -2}, ((6,),)))

    @property
    def padding_row(self) -> int | None:
        return None if self.padding_idx is None else self.padding_idx % self.num_embeddings

    def shape(self, x: Shape) -> Shape:
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            raise ShapeError(f"'embedding' has padding_idx={self.padding_idx}, but rows 0 to {self.num_embeddings - 1}. Name one of these.")
        return (*x, self.embedding_dim)

    def weight(self, x: Shape) -> Array:
        return Array((self.num_embeddings, self.embedding_dim), "normal", zero_row=self.padding_row)

    def forward(self, x: Any, *, weight: Any) -> Any:
        y = weight[x]
        return y

    def backward(self, gy: Any, x: Any, weight: Any) -> Any:
        gx = None
        gweight = summed_by_row(gy, x, weight) if self.padding_row is None else without_row(summed_by_row(gy, x, weight), self.padding_row)
        return gx, gweight

    def refuse(self, x: Any, *arrays: Any) -> str | None:
        if x.size == 0 or (x.min() >= 0 and x.max() < self.num_embeddings):
            return None
        wrong = x.min() if x.min() < 0 else x.max()
        return f"has rows 0 to {self.num_embeddings - 1}, but was given index {wrong}. Correct the data, or raise num_embeddings."

    def torch(self, torch: Any, x: Any, *, weight: Any) -> Any:
        return torch.nn.functional.embedding(x, weight, self.padding_row)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.Embedding(self.num_embeddings, self.embedding_dim, **self.options("padding_idx"))


def summed_by_row(g: Any, x: Any, table: Any) -> Any:
    """What belongs to each row of a table, added up: the indices x say to which."""
    rows = np.zeros(table.shape, g.dtype)
    np.add.at(rows, x, g)
    return rows


def without_row(table: Any, row: int) -> Any:
    """The table with zeros in one row."""
    table[row] = 0
    return table
