"""Inputs: where data enters the net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netgraph.fields import SampleShape
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape


@word("input")
@dataclass(frozen=True)
class Input(Op):
    """A sample of the given shape, batch left out; `dtype="int"` for indices, which an embedding takes without being told."""

    shape_: SampleShape
    dtype: Literal["float", "int"] = "float"

    def shape(self, *inputs: Shape) -> Shape:
        return self.shape_
