"""Merges of two or three inputs: quotients, the greater and the smaller, masks, and choices by a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netgraph.op import Example, Op
from netgraph.ops.broadcasting import unbroadcast
from netgraph.ops.word import word
from netgraph.shape import Shape, broadcast

PAIRS: tuple[Example, ...] = (({}, ((4,), (4,))), ({}, ((4, 3), (4, 1))))


class _OfTwo(Op):
    examples: ClassVar[tuple[Example, ...]] = PAIRS

    def shape(self, x: Shape, y: Shape) -> Shape:
        return broadcast((x, y), f"'{type(self).__name__.lower()}'")


@word("div")
@dataclass(frozen=True)
class Div(_OfTwo):
    """The input of slot 0 divided by the input of slot 1; a size of 1 stretches."""

    def forward(self, x: Any, y: Any) -> Any:
        z = x / y
        return z

    def backward(self, gz: Any, x: Any, y: Any, z: Any) -> Any:
        g = gz / y
        gx = unbroadcast(g, x.shape)
        gy = unbroadcast(-g * z, y.shape)
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return x / y


@word("maximum")
@dataclass(frozen=True)
class Maximum(_OfTwo):
    """The greater of the two, number by number; of equals each has half the gradient. Source: torch.maximum."""

    def forward(self, x: Any, y: Any) -> Any:
        z = np.maximum(x, y)
        return z

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        half = 0.5 * gz
        gx = unbroadcast(half * (x > y) + half * (x >= y), x.shape)
        gy = unbroadcast(half * (y > x) + half * (y >= x), y.shape)
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.maximum(x, y)


@word("minimum")
@dataclass(frozen=True)
class Minimum(_OfTwo):
    """The smaller of the two, number by number; of equals each has half the gradient. Source: torch.minimum."""

    def forward(self, x: Any, y: Any) -> Any:
        z = np.minimum(x, y)
        return z

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        half = 0.5 * gz
        gx = unbroadcast(half * (x < y) + half * (x <= y), x.shape)
        gy = unbroadcast(half * (y < x) + half * (y <= x), y.shape)
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.minimum(x, y)


@word("greater")
@dataclass(frozen=True)
class Greater(_OfTwo):
    """1 where slot 0 is greater than slot 1, 0 elsewhere: a mask, which no gradient flows through."""

    no_gradient = ("x", "y")

    def forward(self, x: Any, y: Any) -> Any:
        z = (x > y).astype(x.dtype)
        return z

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return (x > y).to(x.dtype)


@word("less")
@dataclass(frozen=True)
class Less(_OfTwo):
    """1 where slot 0 is less than slot 1, 0 elsewhere: a mask, which no gradient flows through."""

    no_gradient = ("x", "y")

    def forward(self, x: Any, y: Any) -> Any:
        z = (x < y).astype(x.dtype)
        return z

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return (x < y).to(x.dtype)


@word("where")
@dataclass(frozen=True)
class Where(Op):
    """The input of slot 1 where the mask of slot 0 is not 0, the input of slot 2 elsewhere; a size of 1 stretches."""

    no_gradient = ("mask",)
    examples = (({}, ((4,), (4,), (4,))), ({}, ((1, 3), (2, 3), (2, 1))))

    def shape(self, mask: Shape, x: Shape, y: Shape) -> Shape:
        return broadcast((mask, x, y), "'where'")

    def forward(self, mask: Any, x: Any, y: Any) -> Any:
        z = np.where(mask != 0, x, y)
        return z

    def backward(self, gz: Any, mask: Any, x: Any, y: Any) -> Any:
        gmask = None
        gx = unbroadcast(np.where(mask != 0, gz, 0), x.shape)
        gy = unbroadcast(np.where(mask != 0, 0, gz), y.shape)
        return gmask, gx, gy

    def torch(self, torch: Any, mask: Any, x: Any, y: Any) -> Any:
        return torch.where(mask != 0, x, y)
