"""A traced tensor as what stands for it in the graph: a node's output, and where in torch's shape the batch lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing


class NoWordError(Exception):
    """A call that the vocabulary has no word for; the text says what is missing."""


class MixedError(Exception):
    """A call that computes across the dim that was taken for the batch."""


@dataclass(frozen=True, eq=False)
class Value:
    """Output `output` of node `node` (an index of the sketch), as a tensor of torch's shape `shape`.

    In torch's tensor the samples lie along dim `batch`, whose size is outer · samples · inner: a merged dim counts both factors. With
    batch None the tensor is the same for all samples. Along the dims in `stretched` the node's output has size 1, torch's tensor more.
    Before anything needs a node for it, a value may be an `array`, or a `weight` of the module, which may be `turned`.
    """

    shape: tuple[int, ...]
    node: int = -1
    output: int = 0
    batch: int | None = None
    outer: int = 1
    inner: int = 1
    stretched: frozenset[int] = frozenset()
    array: np.ndarray | None = None
    weight: Thing | None = None
    turned: bool = False
    states: Callable[[int | None], Value] | None = None    # of a recurrent layer's last states: what makes them, or one layer's
    call: Call | None = None

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_batched(self) -> bool:
        return self.batch is not None

    @property
    def fixed(self) -> np.ndarray | None:
        """The numbers of a value that is the same whatever flows in, as long as no node holds them."""
        return self.array if self.node < 0 else None

    @property
    def merged(self) -> int:
        """What a sample has in the place of the batch's dim."""
        return self.outer * self.inner

    @property
    def axes(self) -> tuple[int, ...]:
        """The dims of torch's tensor that a sample has too."""
        return tuple(i for i in range(self.rank) if i != self.batch or self.merged > 1)

    @property
    def sample(self) -> tuple[int, ...]:
        """The shape of one sample.

        >>> Value((3, 10, 8), batch=1, inner=2).sample, Value((3, 10, 8), batch=1).sample
        ((3, 2, 8), (3, 8))
        """
        return tuple(self.merged if i == self.batch else 1 if i in self.stretched else self.shape[i] for i in self.axes)

    def axis(self, dim: int) -> int:
        """The axis of a sample that torch's dim stands for.

        Raises: MixedError for the batch.

        >>> Value((3, 10, 8), batch=1).axis(-1)
        1
        """
        dim = dim % self.rank if self.rank else dim
        if dim == self.batch:
            raise MixedError
        return self.axes.index(dim)

    def dim(self, dim: int) -> int:
        """The same as the vocabulary counts it, the batch being dim 0."""
        return self.axis(dim) + 1

    def is_of(self, other: Value) -> bool:
        """Whether both are the same output of the same node."""
        return (self.node, self.output) == (other.node, other.output)

    def at(self, node: int, output: int = 0) -> Value:
        """The same shape and batch, as another node's output."""
        return Value(self.shape, node, output, self.batch, self.outer, self.inner)

    def single(self) -> Value:
        """The first of its entries along dim 0, which are all alike, as the only one.

        >>> Value((3, 8), 0, stretched=frozenset({0})).single().shape
        (1, 8)
        """
        shape = (1, *self.shape[1:])
        if self.fixed is not None:
            return Value(shape, array=self.fixed[:1])
        return replace(self, shape=shape, stretched=self.stretched - {0})

    def repeated(self, count: int) -> Value:
        """A value whose dim 0 has size 1, stretched along it.

        >>> Value((1, 8), 0).repeated(3).shape, Value((1, 8), 0).repeated(3).sample
        ((3, 8), (1, 8))
        """
        return replace(self, shape=(count, *self.shape[1:]), stretched=self.stretched | {0})

    def without(self, dims: Sequence[int], node: int, keepdim: bool = False) -> Value:
        """What a reduction of torch's dims leaves."""
        gone = {dim % max(self.rank, 1) for dim in dims}
        if self.batch in gone:
            raise MixedError
        if keepdim:
            return replace(self.at(node), shape=tuple(1 if i in gone else n for i, n in enumerate(self.shape)))
        batch = None if self.batch is None else self.batch - sum(dim < self.batch for dim in gone)
        return replace(self.at(node), shape=tuple(n for i, n in enumerate(self.shape) if i not in gone), batch=batch)


def reshaped(value: Value, shape: tuple[int, ...], samples: int) -> Value:
    """The value in another of torch's shapes, its node not yet made: the samples are found again in one of the new dims.

    Raises: MixedError when no dim of the new shape holds them.

    >>> reshaped(Value((3, 10, 8), batch=1), (3, 40, 2), 10).sample
    (3, 4, 2)
    >>> reshaped(Value((3, 10, 8), batch=1), (30, 8), 10).sample
    (3, 8)
    """
    new = Value(shape, value.node, value.output)
    if value.batch is None:
        return new
    before = math.prod(value.shape[:value.batch]) * value.outer
    for dim, size in enumerate(shape):
        ahead = math.prod(shape[:dim])
        if ahead and not before % ahead and size and not size % (before // ahead * samples):
            outer = before // ahead
            return replace(new, batch=dim, outer=outer, inner=size // (outer * samples))
    raise MixedError
