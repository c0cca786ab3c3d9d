"""Merges: several inputs become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim
from netgraph.op import Example, Op
from netgraph.ops.broadcasting import unbroadcast
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, broadcast, element_count, sizes


@word("add")
@dataclass(frozen=True)
class Add(Op):
    """The sum of all inputs; a size of 1 stretches."""

    is_symmetric = True
    examples: ClassVar[tuple[Example, ...]] = (({}, ((4,), (4,))), ({}, ((2, 3), (2, 3))))

    def shape(self, *xs: Shape) -> Shape:
        return broadcast(xs, "'add'")

    def at(self, *xs: Shape) -> Op:
        return Add() if len(set(xs)) == 1 else StretchedAdd()

    def forward(self, x: Any, y: Any) -> Any:
        z = x + y
        return z

    def backward(self, gz: Any) -> Any:
        gx = gz
        gy = gz
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return x + y


@dataclass(frozen=True)
class StretchedAdd(Add):
    """The sum of two inputs, of which at least one is stretched."""

    examples = (({}, ((4, 2), (4, 1))), ({}, ((1, 3), (2, 1))))

    def backward(self, gz: Any, x: Any, y: Any) -> Any:  # type: ignore[override]  # asks by name for what it needs
        gx = unbroadcast(gz, x.shape)
        gy = unbroadcast(gz, y.shape)
        return gx, gy


@word("mul")
@dataclass(frozen=True)
class Mul(Op):
    """The element-wise product of all inputs; a size of 1 stretches."""

    is_symmetric = True
    examples: ClassVar[tuple[Example, ...]] = (({}, ((4,), (4,))), ({}, ((2, 3), (2, 3))))

    def shape(self, *xs: Shape) -> Shape:
        return broadcast(xs, "'mul'")

    def at(self, *xs: Shape) -> Op:
        return Mul() if len(set(xs)) == 1 else StretchedMul()

    def forward(self, x: Any, y: Any) -> Any:
        z = x * y
        return z

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        gx = gz * y
        gy = gz * x
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return x * y


@dataclass(frozen=True)
class StretchedMul(Mul):
    """The product of two inputs, of which at least one is stretched."""

    examples = (({}, ((4, 3, 3), (4, 1, 1))), ({}, ((1, 3), (2, 1))))

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        gx = unbroadcast(gz * y, x.shape)
        gy = unbroadcast(gz * x, y.shape)
        return gx, gy


@word("sub")
@dataclass(frozen=True)
class Sub(Op):
    """The input of slot 0 less the input of slot 1; a size of 1 stretches."""

    examples = (({}, ((4,), (4,))), ({}, ((4, 3), (4, 1))))

    def shape(self, x: Shape, y: Shape) -> Shape:
        return broadcast((x, y), "'sub'")

    def forward(self, x: Any, y: Any) -> Any:
        z = x - y
        return z

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        gx = unbroadcast(gz, x.shape)
        gy = unbroadcast(-gz, y.shape)
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return x - y


@word("matmul")
@dataclass(frozen=True)
class Matmul(Op):
    """The matrix product of slot 0 (…, n, k) and slot 1 (…, k, m), sample by sample."""

    examples = (({}, ((3, 4), (4, 2))), ({}, ((2, 3, 4), (2, 4, 5))))

    def shape(self, x: Shape, y: Shape) -> Shape:
        if len(x) < 2 or len(x) != len(y) or x[:-2] != y[:-2] or x[-1] != y[-2]:
            raise ShapeError(f"'matmul' multiplies samples (…, n, k) by (…, k, m), but got {x} and {y}. "
                             f"Put a 'transpose' or 'reshape' before it.")
        return (*x[:-1], y[-1])

    def flops(self, x: Shape, y: Shape) -> int:
        return 2 * element_count((*x, y[-1]))

    def forward(self, x: Any, y: Any) -> Any:
        z = x @ y
        return z

    def backward(self, gz: Any, x: Any, y: Any) -> Any:
        gx = gz @ y.swapaxes(-1, -2)
        gy = x.swapaxes(-1, -2) @ gz
        return gx, gy

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return x @ y


@word("concat")
@dataclass(frozen=True)
class Concat(Op):
    """All inputs one after the other along `dim`, in the order of their slots.

    Source: torch.cat, whose `dim` counts the batch.
    """

    dim: Dim = 1

    examples = (({}, ((3,), (2,))), ({"dim": -1}, ((2, 3), (2, 1), (2, 2))), ({"dim": 1}, ((1, 4, 4), (2, 4, 4))))

    def shape(self, *xs: Shape) -> Shape:
        axis = axis_of(self.dim, len(xs[0]), "'concat'")
        if len({(*x[:axis], None, *x[axis + 1:]) for x in xs}) > 1:
            raise ShapeError(f"'concat' joins along dim {self.dim}, so all other sizes must agree, but got "
                             f"{' and '.join(map(str, xs))}. Choose another dim, or bring the inputs to one size.")
        return (*xs[0][:axis], sum(sizes(tuple(x[axis] for x in xs), "'concat'")), *xs[0][axis + 1:])

    def forward(self, *xs: Any) -> Any:
        y = np.concatenate(xs, axis=self.dim)
        return y

    def backward(self, gy: Any, xs: Any) -> Any:
        gxs = np.split(gy, np.cumsum([x.shape[self.dim] for x in xs])[:-1], axis=self.dim)
        return gxs

    def torch(self, torch: Any, *xs: Any) -> Any:
        return torch.cat(xs, dim=self.dim)
