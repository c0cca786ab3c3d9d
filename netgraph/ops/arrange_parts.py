"""Parts of an array: a stretch of a dim, one entry of it, or entries that indices choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dim, OptionalDim, Size, SizeOrSizes
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@dataclass(frozen=True)
class Narrow(Op):
    """The part of `dim` that begins at `start`, `length` long. Source: torch.narrow."""

    dim: Dim
    start: Dim
    length: Dim

    examples = (({"dim": 1, "start": 1, "length": 2}, ((5,),)), ({"dim": -1, "start": 0, "length": 3}, ((2, 4),)))

    @property
    def index(self) -> tuple[Any, ...]:
        part = slice(self.start, self.start + self.length)
        return (slice(None),) * self.dim + (part,) if self.dim >= 0 else (Ellipsis, part) + (slice(None),) * (-1 - self.dim)

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'split'")
        return (*x[:axis], self.length, *x[axis + 1:])

    def forward(self, x: Any) -> Any:
        y = x[self.index]
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = placed(gy, x, self.index)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.narrow(self.dim, self.start, self.length)


def placed(g: Any, x: Any, index: Any) -> Any:
    """g at its place in an array like x, which is 0 elsewhere."""
    whole = np.zeros(x.shape, g.dtype)
    whole[index] = g
    return whole


@word("split")
@dataclass(frozen=True)
class Split(Op):
    """Parts along `dim`, of one size or of the sizes listed; an out-edge's `output` says which part it takes.

    Source: torch.split, whose dim counts the batch.
    """

    split_size: SizeOrSizes
    dim: Dim = 1

    examples = (({"split_size": 2}, ((6,),)), ({"split_size": (1, 3), "dim": -1}, ((2, 4),)), ({"split_size": 2, "dim": 2}, ((3, 5),)))

    def parts(self, x: Shape) -> tuple[Op, ...]:
        whole = sizes((x[axis_of(self.dim, len(x), "'split'")],), "'split'")[0]
        each = self.split_size
        lengths = each if isinstance(each, tuple) else tuple(min(each, whole - start) for start in range(0, whole, each))
        if sum(lengths) != whole:
            raise ShapeError(f"'split' was given split_size={each}, {sum(lengths)} in all, but dim {self.dim} of its input {x} is {whole}. "
                             f"Choose sizes that add up to {whole}.")
        return tuple(Narrow(self.dim, sum(lengths[:i]), length) for i, length in enumerate(lengths))


@dataclass(frozen=True)
class Part(Op):
    """The part of axis `axis` of the batch that `entries` names: (start, stop, step), or one entry."""

    axis: Any
    entries: Any

    @property
    def index(self) -> tuple[Any, ...]:
        return (*(slice(None),) * self.axis, slice(*self.entries) if isinstance(self.entries, tuple) else self.entries)

    def shape(self, x: Shape) -> Shape:
        size = int(x[self.axis - 1])
        left = (len(range(*slice(*self.entries).indices(size))),) if isinstance(self.entries, tuple) else ()
        return (*x[:self.axis - 1], *left, *x[self.axis:])

    def forward(self, x: Any) -> Any:
        y = x[self.index]
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = placed(gy, x, self.index)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x[self.index]


@word("slice")
@dataclass(frozen=True)
class Slice(Op):
    """The entries of `dim` from `start` up to, not including, `stop`, each `step`-th; counted as Python counts them.

    Source: ONNX's Slice; dim counts the batch.
    """

    start: Dim = 0
    stop: OptionalDim = None
    step: Size = 1
    dim: Dim = 1

    examples = (({"start": 1}, ((4, 2),)), ({"start": -3, "stop": -1, "dim": -1}, ((2, 5),)), ({"step": 2, "dim": 2}, ((2, 5),)))

    def taken(self, x: Shape) -> tuple[int, range]:
        """The axis, and the entries taken from it."""
        axis = axis_of(self.dim, len(x), "'slice'")
        whole = sizes((x[axis],), "'slice'")[0]
        entries = range(*slice(self.start, self.stop, self.step).indices(whole))
        if not entries:
            raise ShapeError(f"'slice' from {self.start} to {self.stop} takes nothing of dim {self.dim} of its input {x}. "
                             f"Choose a start before the stop.")
        return axis, entries

    def shape(self, x: Shape) -> Shape:
        axis, entries = self.taken(x)
        return (*x[:axis], len(entries), *x[axis + 1:])

    def at(self, x: Shape) -> Op:
        axis, entries = self.taken(x)
        return Part(axis + 1, (entries.start, entries.stop, None if entries.step == 1 else entries.step))


@word("select")
@dataclass(frozen=True)
class Select(Op):
    """Entry `index` of `dim`, which is gone then: the first token is select(dim=1, index=0). Source: torch.select."""

    dim: Dim = 1
    index: Dim = 0

    examples = (({}, ((3, 4),)), ({"dim": -1, "index": -2}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'select'")
        if isinstance(size := x[axis], int) and not -size <= self.index < size:
            raise ShapeError(f"'select' takes entry {self.index} of dim {self.dim}, but its input {x} has {size} there. "
                             f"Choose an index from 0 to {size - 1}.")
        return (*x[:axis], *x[axis + 1:])

    def at(self, x: Shape) -> Op:
        return Part(axis_of(self.dim, len(x), "'select'") + 1, self.index)


@word("gather")
@dataclass(frozen=True)
class Gather(Op):
    """Of slot 0 the entries along `dim` that the indices of slot 1 name; all other sizes agree. Source: torch.gather."""

    dim: Dim = -1

    integer_inputs = ("index",)
    no_gradient = ("index",)
    examples = (({}, ((2, 4), (2, 3))), ({"dim": 1}, ((3, 2), (5, 2))))

    def shape(self, x: Shape, index: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), "'gather'")
        if len(x) != len(index) or (*x[:axis], *x[axis + 1:]) != (*index[:axis], *index[axis + 1:]):
            raise ShapeError(f"'gather' along dim {self.dim} wants all other sizes to agree, but got {x} and indices {index}. "
                             f"Bring them to one size.")
        return index

    def refuse(self, x: Any, index: Any) -> str | None:
        size = x.shape[self.dim]
        if index.size == 0 or (index.min() >= 0 and index.max() < size):
            return None
        wrong = index.min() if index.min() < 0 else index.max()
        return f"gathers from entries 0 to {size - 1}, but was given index {wrong}. Correct the indices."

    def forward(self, x: Any, index: Any) -> Any:
        y = np.take_along_axis(x, index, axis=self.dim)
        return y

    def backward(self, gy: Any, x: Any, index: Any) -> Any:
        gx = sum_along(gy, index, x, self.dim)
        gindex = None
        return gx, gindex

    def torch(self, torch: Any, x: Any, index: Any) -> Any:
        return torch.gather(x, self.dim, index)


def sum_along(g: Any, index: Any, x: Any, dim: int) -> Any:
    """What belongs to each entry of x along dim, added up: the indices say to which."""
    whole = np.zeros(x.shape, g.dtype)
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    np.add.at(whole, tuple(grid), g)
    return whole
