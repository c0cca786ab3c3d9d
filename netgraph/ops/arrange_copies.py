"""Copies of an array: with more or fewer dims, stretched, repeated, or several of them stacked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim, OptionalDims, Sizes, size
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("squeeze")
@dataclass(frozen=True)
class Squeeze(Op):
    """Without the dims of size 1: those named by `dim`, or all. Source: torch.squeeze, whose dims count the batch."""

    dim: OptionalDims = None

    examples = (({}, ((1, 3, 1),)), ({"dim": -1}, ((2, 1),)), ({"dim": (1, 3)}, ((1, 2, 1),)))

    def axes(self, x: Shape) -> tuple[int, ...]:
        """The axes of the batch that go."""
        if self.dim is None:
            return tuple(i for i, size in enumerate(x, start=1) if size == 1)
        axes = tuple(sorted({axis_of(dim, len(x), "'squeeze'") + 1 for dim in self.dim}))
        if wrong := [axis for axis in axes if x[axis - 1] != 1]:
            raise ShapeError(f"'squeeze' takes dim {wrong[0]} away, but it has the size {x[wrong[0] - 1]} in its input {x}. "
                             f"Name dims of size 1.")
        return axes

    def shape(self, x: Shape) -> Shape:
        gone = self.axes(x)
        return tuple(size for i, size in enumerate(x, start=1) if i not in gone)

    def at(self, x: Shape) -> Op:
        return Squeeze(self.axes(x))

    def forward(self, x: Any) -> Any:
        y = x.squeeze(self.dim)
        return y

    def backward(self, gy: Any) -> Any:
        gx = np.expand_dims(gy, self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.squeeze(self.dim)


@word("unsqueeze")
@dataclass(frozen=True)
class Unsqueeze(Op):
    """With a new dim of size 1, which is dim `dim` then. Source: torch.unsqueeze, whose dim counts the batch."""

    dim: Dim

    examples = (({"dim": 1}, ((3, 4),)), ({"dim": -1}, ((3,),)), ({"dim": -2}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x) + 1, "'unsqueeze'")
        return (*x[:axis], 1, *x[axis:])

    def forward(self, x: Any) -> Any:
        y = np.expand_dims(x, self.dim)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy.squeeze(self.dim)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.unsqueeze(self.dim)


def _stretched(value: object) -> tuple[int, ...]:
    """The sizes of one sample, of which -1 leaves one as it is."""
    if not isinstance(value, (tuple, list)) or not value:
        raise ValueError("a tuple of sizes of one sample, -1 for those that stay")
    return tuple(-1 if part == -1 and not isinstance(part, bool) else size(part) for part in value)


Stretched = Annotated[tuple[int, ...], _stretched]


@word("expand")
@dataclass(frozen=True)
class Expand(Op):
    """Dims of size 1 stretched to the given shape of one sample; -1 leaves a size as it is. Source: torch.Tensor.expand."""

    shape_: Stretched

    examples = (({"shape": (3, 4)}, ((1, 4),)), ({"shape": (-1, 2, 3)}, ((2, 1, 1),)))

    def shape(self, x: Shape) -> Shape:
        if len(x) != len(self.shape_) or any(new not in (-1, old) and old != 1 for old, new in zip(x, self.shape_, strict=True)):
            raise ShapeError(f"'expand' stretches sizes of 1, and cannot make {self.shape_} of {x}. "
                             f"Give every other size as it is, or as -1.")
        return tuple(old if new == -1 else new for old, new in zip(x, self.shape_, strict=True))

    def at(self, x: Shape) -> Op:
        new = sizes(self.shape(x), "'expand'")
        return Expanded(new, tuple(i for i, (before, after) in enumerate(zip(x, new, strict=True), start=1) if before != after))


@dataclass(frozen=True)
class Expanded(Expand):
    """Stretched along `axes` of the batch."""

    axes: Any = ()

    def at(self, x: Shape) -> Op:
        return self

    def forward(self, x: Any) -> Any:
        y = np.broadcast_to(x, (len(x), *self.shape_))
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy.sum(axis=self.axes, keepdims=True)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.expand(-1, *self.shape_)


@word("tile")
@dataclass(frozen=True)
class Tile(Op):
    """Repeated as often as `repeats` says, along each dim of a sample. Source: torch.tile."""

    repeats: Sizes

    examples = (({"repeats": (2,)}, ((3,),)), ({"repeats": (1, 3)}, ((2, 2),)))

    def shape(self, x: Shape) -> Shape:
        if len(x) != len(self.repeats):
            raise ShapeError(f"'tile' has repeats={self.repeats}, but its input {x} has {len(x)} dims. Give one number for each.")
        return tuple(n if times == 1 else times * sizes((n,), "'tile'")[0] for n, times in zip(x, self.repeats, strict=True))

    def forward(self, x: Any) -> Any:
        y = np.tile(x, (1, *self.repeats))
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = sum_copies(gy, x, self.repeats)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.tile(1, *self.repeats)


def sum_copies(g: Any, x: Any, repeats: Any) -> Any:
    """The copies that x was repeated to, added up."""
    each = [part for times, n in zip(repeats, x.shape[1:], strict=True) for part in (times, n)]
    return g.reshape(len(x), *each).sum(axis=tuple(range(1, len(each), 2)))


@word("stack")
@dataclass(frozen=True)
class Stack(Op):
    """All inputs, of one shape, along a new dim, in the order of their slots. Source: torch.stack."""

    dim: Dim = 1

    examples = (({}, ((3,), (3,))), ({"dim": -1}, ((2, 3), (2, 3), (2, 3))))

    def shape(self, *xs: Shape) -> Shape:
        axis = axis_of(self.dim, len(xs[0]) + 1, "'stack'")
        if len(set(xs)) > 1:
            raise ShapeError(f"'stack' wants inputs of one shape, but got {' and '.join(map(str, xs))}. Bring them to one.")
        return (*xs[0][:axis], len(xs), *xs[0][axis:])

    def forward(self, *xs: Any) -> Any:
        y = np.stack(xs, axis=self.dim)
        return y

    def backward(self, gy: Any, xs: Any) -> Any:
        gxs = [part.squeeze(self.dim) for part in np.split(gy, len(xs), axis=self.dim)]
        return gxs

    def torch(self, torch: Any, *xs: Any) -> Any:
        return torch.stack(xs, dim=self.dim)
