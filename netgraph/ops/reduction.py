"""What all reductions have in common: the dims that they take away, and the shape that is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from netgraph.errors import ShapeError
from netgraph.fields import OptionalDims, Switch
from netgraph.op import Example, Op
from netgraph.shape import Shape, axis_of

EXAMPLES: tuple[Example, ...] = (({}, ((3, 4),)), ({"dim": 1}, ((3, 4),)), ({"dim": (2, 3), "keepdim": True}, ((2, 3, 4),)),
                                 ({"dim": -1}, ((5,),)))


@dataclass(frozen=True)
class Reduce(Op):
    """Over `dim`, counted as in PyTorch, or over all dims of the sample; `keepdim` leaves a size of 1 in their places."""

    dim: OptionalDims = None
    keepdim: Switch = False

    examples: ClassVar[tuple[Example, ...]] = EXAMPLES

    def shape(self, x: Shape) -> Shape:
        gone = {axis - 1 for axis in self.axes(x)}
        return tuple(1 if i in gone else size for i, size in enumerate(x) if self.keepdim or i not in gone)

    def axes(self, x: Shape) -> tuple[int, ...]:
        """The reduced axes of the batch, ascending."""
        who = f"'{type(self).__name__.lower()}'"
        if not x:
            raise ShapeError(f"{who} reduces the dims of a sample, but its input is a single number. Leave the node out.")
        return tuple(sorted({axis_of(dim, len(x), who) + 1 for dim in self.dim or range(1, len(x) + 1)}))

    def at(self, x: Shape) -> Op:
        return replace(self, dim=self.axes(x))


class ReduceDim(Op):
    """Along one dim, which is gone then, or of size 1."""

    dim: Any
    keepdim: Any

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, len(x), f"'{type(self).__name__.lower()}'")
        return (*x[:axis], *((1,) if self.keepdim else ()), *x[axis + 1:])
