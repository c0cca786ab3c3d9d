"""Arrangement: the same numbers, or some of them, in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim, Dims, Sizes, size
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


def _target(value: object) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or sum(part == -1 for part in value) > 1:
        raise ValueError("a tuple of sizes of one sample, of which one may be -1")
    return tuple(-1 if part == -1 and not isinstance(part, bool) else size(part) for part in value)


@word("reshape")
@dataclass(frozen=True)
class Reshape(Op):
    """The same numbers in the given shape of one sample; -1 stands for the size that is left over."""

    shape_: Annotated[tuple[int, ...], _target]

    examples = (({"shape": (3, 2)}, ((6,),)), ({"shape": (-1,)}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        count = math.prod(sizes(x, "'reshape'"))
        known = math.prod(part for part in self.shape_ if part != -1)
        if count % known or (-1 not in self.shape_ and count != known):
            raise ShapeError(f"'reshape' was given shape {self.shape_}, but its input {x} holds {count} numbers. "
                             f"Choose sizes whose product is {count}.")
        return tuple(count // known if part == -1 else part for part in self.shape_)

    def at(self, x: Shape) -> Op:
        return Reshape(sizes(self.shape(x), "'reshape'"))

    def forward(self, x: Any) -> Any:
        y = x.reshape(len(x), *self.shape_)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy.reshape(x.shape)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.reshape(x.shape[0], *self.shape_)


@word("flatten")
@dataclass(frozen=True)
class Flatten(Op):
    """The dims from `start_dim` to `end_dim` as one. Source: torch.nn.Flatten, whose dims count the batch."""

    start_dim: Dim = 1
    end_dim: Dim = -1

    examples = (({}, ((2, 3, 4),)), ({"start_dim": 2}, ((2, 3, 4),)), ({"start_dim": -3, "end_dim": -2}, ((2, 3, 4),)))

    def shape(self, x: Shape) -> Shape:
        if not x:
            return (1,)
        first, last = (axis_of(dim, len(x), "'flatten'") for dim in (self.start_dim, self.end_dim))
        if first > last:
            raise ShapeError(f"'flatten' goes from dim {self.start_dim} to dim {self.end_dim}, which lies before it. Exchange them.")
        return (*x[:first], math.prod(sizes(x[first:last + 1], "'flatten'")), *x[last + 1:])

    def at(self, x: Shape) -> Op:
        if all(isinstance(dim, int) for dim in x):
            return Reshape(sizes(self.shape(x), "'flatten'"))
        return Flatten(*(axis_of(dim, len(x), "'flatten'") + 1 for dim in (self.start_dim, self.end_dim)))

    def forward(self, x: Any) -> Any:
        y = x.reshape(*x.shape[:self.start_dim], np.prod(x.shape[self.start_dim:self.end_dim + 1]), *x.shape[self.end_dim + 1:])
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy.reshape(x.shape)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.flatten(x, self.start_dim, self.end_dim)


@word("unflatten")
@dataclass(frozen=True)
class Unflatten(Op):
    """One dim as several, of the sizes given. Source: torch.nn.Unflatten, whose dims count the batch."""

    dim: Dim
    unflattened_size: Sizes

    examples = (({"dim": 2, "unflattened_size": (2, 2)}, ((3, 4),)), ({"dim": 1, "unflattened_size": (3, 1, 2)}, ((6, 5),)),
                ({"dim": -1, "unflattened_size": (4,)}, ((3, 4),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'unflatten'")
        count, = sizes(x[axis:axis + 1], "'unflatten'")
        if math.prod(self.unflattened_size) != count:
            raise ShapeError(f"'unflatten' was given unflattened_size={self.unflattened_size}, but dim {self.dim} of its input {x} holds "
                             f"{count} numbers. Choose sizes whose product is {count}.")
        return (*x[:axis], *self.unflattened_size, *x[axis + 1:])

    def at(self, x: Shape) -> Op:
        if all(isinstance(dim, int) for dim in x):
            return Reshape(sizes(self.shape(x), "'unflatten'"))
        return Unflatten(axis_of(self.dim, len(x), "'unflatten'") + 1, self.unflattened_size)

    def forward(self, x: Any) -> Any:
        y = x.reshape(*x.shape[:self.dim], *self.unflattened_size, *x.shape[self.dim + 1:])
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = gy.reshape(x.shape)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.unflatten(self.dim, self.unflattened_size)


@word("transpose")
@dataclass(frozen=True)
class Transpose(Op):
    """Two dims exchanged. Source: torch.transpose, whose dims count the batch."""

    dim0: Dim = -2
    dim1: Dim = -1

    examples = (({}, ((2, 3),)), ({"dim0": 1, "dim1": 3}, ((2, 3, 4),)))

    def shape(self, x: Shape) -> Shape:
        first, second = (axis_of(dim, len(x), "'transpose'") for dim in (self.dim0, self.dim1))
        exchanged = list(x)
        exchanged[first], exchanged[second] = x[second], x[first]
        return tuple(exchanged)

    def forward(self, x: Any) -> Any:
        y = x.swapaxes(self.dim0, self.dim1)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy.swapaxes(self.dim0, self.dim1)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.transpose(self.dim0, self.dim1)


@word("permute")
@dataclass(frozen=True)
class Permute(Op):
    """All dims in a new order. Source: torch.permute; dims count the batch, which stays first: (0, 2, 3, 1) makes channels last."""

    dims: Dims

    examples = (({"dims": (0, 2, 3, 1)}, ((2, 3, 4),)), ({"dims": (0, 2, 1)}, ((2, 3),)))

    @property
    def inverse(self) -> tuple[int, ...]:
        return tuple(int(i) for i in np.argsort(self.dims))

    def shape(self, x: Shape) -> Shape:
        if sorted(self.dims) != list(range(len(x) + 1)) or self.dims[0] != 0:
            raise ShapeError(f"'permute' was given dims={self.dims}, but its input has the batch as dim 0 and dims 1 to {len(x)}. "
                             f"Name each once, 0 first.")
        return tuple(x[dim - 1] for dim in self.dims[1:])

    def forward(self, x: Any) -> Any:
        y = x.transpose(self.dims)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy.transpose(self.inverse)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.permute(self.dims)
