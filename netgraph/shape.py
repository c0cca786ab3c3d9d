"""Shapes of one sample, batch left out: tuples of sizes or of named dims, such as (3, 224, 224) or ("T", 64)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netgraph.errors import ShapeError

Dim = int | str
Shape = tuple[Dim, ...]


def shape_text(shape: Shape) -> str:
    """A shape as a reader writes it.

    >>> shape_text((3, 32, 32)), shape_text((10,)), shape_text(())
    ('3 × 32 × 32', '10', 'scalar')
    """
    return " × ".join(str(dim) for dim in shape) if shape else "scalar"


def element_count(shape: Shape) -> int:
    """Elements of one sample; a named dim counts as 1.

    >>> element_count((3, 4)), element_count(("T", 4))
    (12, 4)
    """
    return math.prod(dim for dim in shape if isinstance(dim, int))


def sizes(shape: Shape, who: str) -> tuple[int, ...]:
    """The shape as numbers.

    Raises: ShapeError when a dim is only named, since `who` must compute with it.
    """
    for dim in shape:
        if isinstance(dim, str):
            raise ShapeError(f"{who} needs every size as a number, but got {shape}. "
                             f"Give the input a number in place of '{dim}'.")
    return tuple(int(dim) for dim in shape)


def axis_of(dim: int, rank: int, who: str) -> int:
    """The axis in the sample's shape that PyTorch's `dim` (batch counted) stands for.

    Raises: ShapeError when it is the batch, or outside.

    >>> axis_of(1, 3, "softmax"), axis_of(-1, 3, "softmax")
    (0, 2)
    """
    axis = dim - 1 if dim > 0 else dim + rank
    if dim == 0 or dim == -(rank + 1):
        raise ShapeError(f"{who} was given dim={dim}, which is the batch. Dims count as in PyTorch: the first of a sample is 1.")
    if not 0 <= axis < rank:
        has = {0: "is a single number", 1: "has dim 1 alone"}.get(rank, f"has dims 1 to {rank}")
        raise ShapeError(f"{who} was given dim={dim}, but its input {has}. Dims count as in PyTorch, batch first.")
    return axis


def broadcast(shapes: Sequence[Shape], who: str) -> Shape:
    """The common shape of samples of equal rank, where a 1 stretches.

    Raises: ShapeError naming the shapes that do not meet.

    >>> broadcast([(8, 4, 4), (8, 1, 1)], "mul")
    (8, 4, 4)
    """
    if len({len(shape) for shape in shapes}) > 1 or any(len(set(dims) - {1}) > 1 for dims in zip(*shapes, strict=False)):
        raise ShapeError(f"{who} joins inputs of one shape (a size of 1 stretches), but got "
                         f"{' and '.join(str(shape) for shape in shapes)}. "
                         "Bring them to one shape with a dense, conv or reshape layer before.")
    return tuple(next((dim for dim in dims if dim != 1), 1) for dims in zip(*shapes, strict=True))
