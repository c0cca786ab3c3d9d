"""What all element-wise ops have in common: one number in, one number out, in the input's shape."""

from __future__ import annotations

from typing import ClassVar

from netgraph.op import Example, Op
from netgraph.shape import Shape

EXAMPLES: tuple[Example, ...] = (({}, ((5,),)), ({}, ((2, 3),)))


class ElementWise(Op):
    """An op that gives each number by itself."""

    examples: ClassVar[tuple[Example, ...]] = EXAMPLES

    def shape(self, x: Shape) -> Shape:
        return x
