"""Positions, made known to layers that see a sequence as a set: waves added to its features, or pairs of features turned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim, Positive, Switch
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("sinusoidal")
@dataclass(frozen=True)
class Sinusoidal(Op):
    """x (T, d) plus sin(t / base^(2i / d)) at feature 2i of place t, and the cosine of the same at feature 2i + 1.

    Source: Vaswani et al. 2017, section 3.5.
    """

    base: Positive = 10000.0

    examples = (({}, ((5, 6),)), ({"base": 100.0}, ((4, 3),)), ({}, ((2, 3, 4),)))

    def shape(self, x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError(f"'sinusoidal' adds positions to sequences (T, features), but got {x}. Put it behind an 'embedding'.")
        return x

    def forward(self, x: Any) -> Any:
        y = x + waves(x.shape[-2], x.shape[-1], self.base, x.dtype)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        place = torch.arange(x.shape[-2], dtype=torch.float64, device=x.device)[:, None]
        feature = torch.arange(x.shape[-1], dtype=torch.float64, device=x.device)
        angle = place / self.base ** (feature // 2 * 2 / x.shape[-1])
        return x + torch.where(feature % 2 == 0, angle.sin(), angle.cos()).to(x.dtype)


def waves(length: int, features: int, base: float, dtype: Any) -> Any:
    """The sine of place / base^(2i / features) at feature 2i, its cosine at 2i + 1."""
    feature = np.arange(features)
    angle = np.arange(length)[:, None] / base ** (feature // 2 * 2 / features)
    return np.where(feature % 2 == 0, np.sin(angle), np.cos(angle)).astype(dtype)


@word("rotary")
@dataclass(frozen=True)
class Rotary(Op):
    """Pairs of features of x (..., T, d) turned by the angle t / base^(2i / d): pair i at place t (Su et al. 2021, eq. 34).

    `dim` is the one that counts places, the batch counted as in PyTorch: −2 for (T, d) and (heads, T, d), 1 for (T, heads, d). Pair i is
    made of the features i and i + d/2, as in Llama; with `interleaved` of the features 2i and 2i + 1, as in the paper.
    """

    base: Positive = 10000.0
    dim: Dim = -2
    interleaved: Switch = False

    examples = (({}, ((5, 4),)), ({"interleaved": True}, ((2, 3, 6),)), ({"dim": 1, "base": 100.0}, ((3, 2, 4),)))

    @property
    def column(self) -> tuple[int, ...]:
        """The shape in which one number a place meets the input."""
        return (-1, *(1,) * (-1 - self.dim))

    def shape(self, x: Shape) -> Shape:
        if len(x) < 2 or sizes(x[-1:], "'rotary'")[0] % 2 or axis_of(self.dim, len(x), "'rotary'") == len(x) - 1:
            raise ShapeError(f"'rotary' turns pairs of features of sequences (..., T, features), its dim={self.dim} counting places, "
                             f"but got {x}. Give it an even number of features, and as dim another than the last.")
        return x

    def at(self, x: Shape) -> Op:
        return replace(self, dim=axis_of(self.dim, len(x), "'rotary'") - len(x))

    def forward(self, x: Any) -> Any:
        angle = np.arange(x.shape[self.dim]).reshape(self.column) / self.base ** (np.arange(0, x.shape[-1], 2) / x.shape[-1])
        twice = np.repeat(angle, 2, axis=-1) if self.interleaved else np.concatenate((angle, angle), axis=-1)
        c = np.cos(twice).astype(x.dtype)
        s = np.sin(twice).astype(x.dtype)
        y = x * c + (turned_pairs(x) if self.interleaved else turned_halves(x)) * s
        return y

    def backward(self, gy: Any, c: Any, s: Any) -> Any:
        gx = gy * c - (turned_pairs(gy) if self.interleaved else turned_halves(gy)) * s
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        place = torch.arange(x.shape[self.dim], dtype=torch.float64, device=x.device).reshape(self.column)
        feature = torch.arange(0, x.shape[-1], 2, dtype=torch.float64, device=x.device)
        angle = place / self.base ** (feature / x.shape[-1])
        twice = angle.repeat_interleave(2, dim=-1) if self.interleaved else torch.cat((angle, angle), dim=-1)
        turned = (torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2) if self.interleaved else
                  torch.cat((-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]), dim=-1))
        return x * twice.cos().to(x.dtype) + turned * twice.sin().to(x.dtype)


def turned_halves(x: Any) -> Any:
    """A quarter turn of each pair (i, i + d/2): (a, b) becomes (−b, a)."""
    half = x.shape[-1] // 2
    return np.concatenate((-x[..., half:], x[..., :half]), axis=-1)


def turned_pairs(x: Any) -> Any:
    """A quarter turn of each pair (2i, 2i + 1): (a, b) becomes (−b, a)."""
    return np.stack((-x[..., 1::2], x[..., ::2]), axis=-1).reshape(x.shape)
