"""What another library computes and netgraph does not: a node that is drawn and counted by its declared shape, and never run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from netgraph.errors import shorten
from netgraph.op import Op
from netgraph.ops.word import OPS
from netgraph.shape import Shape


def _sizes(value: object) -> tuple[int, ...]:
    """The sizes of one sample, of which any may be 0."""
    if not isinstance(value, tuple | list) or not all(type(part) is int and part >= 0 for part in value):
        raise ValueError("a tuple of sizes of one sample")
    return tuple(value)


def _shapes(value: object) -> tuple[tuple[int, ...], ...]:
    """The shapes of further outputs."""
    if not isinstance(value, tuple | list):
        raise ValueError("a tuple of shapes, one for each output after the first")
    return tuple(_sizes(part) for part in value)


def _constants(value: object) -> tuple[tuple[str, Any], ...]:
    """Plain data by name."""
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError("a dict of plain data by name")
    return tuple((name, _frozen(part)) for name, part in value.items())


def _frozen(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_frozen(part) for part in value)
    return value if isinstance(value, bool | int | float | str | None) else shorten(value)


@dataclass(frozen=True)
class Foreign(Op):
    """An op of another library, by its name there, such as "aten.index_put": its shape is declared, what it computes is not known here.

    It can be drawn, summarised, kept and compared; `compile` refuses it.
    """

    shape_: Annotated[tuple[int, ...], _sizes]
    more_shapes: Annotated[tuple[tuple[int, ...], ...], _shapes] = ()
    constants_: Annotated[tuple[tuple[str, Any], ...], _constants] = ()

    def shape(self, *xs: Shape) -> Shape:
        return self.shape_

    def parts(self, *xs: Shape) -> tuple[Op, ...]:
        return (self, *(Foreign(shape) for shape in self.more_shapes))

    def constants(self) -> dict[str, Any]:
        return dict(self.constants_)

    def forward(self, *xs: Any) -> Any:
        raise NotImplementedError("an op of another library does not run here")


OPS.enter("foreign", Foreign)
Foreign.family = "foreign"
