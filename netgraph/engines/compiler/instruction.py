"""Instructions: one NumPy call each, between numbered values. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["ufunc", "matmul", "reduce", "kernel", "call", "check", "seat"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text or tuple that stands in the op's page."""

    value: Any


@dataclass(frozen=True, slots=True)
class Line:
    """One operation of an op's method: names and constants flow in, a name comes out.

    A "ufunc" works number by number, a "reduce" sums or maximises over axes, a "matmul" multiplies matrices, a "kernel" is a function of
    ours whose last argument is `out`; all four can write into a given array. A "seat" is `above_ones`, which is memory of its own into
    which its argument is written as soon as it is made. A "call" is any other function. What is static depends on
    shapes and constants alone, so it is computed once.
    """

    kind: Kind
    function: Any
    arguments: tuple[str | Constant, ...]
    result: str
    options: tuple[Any, ...] = ()
    is_static: bool = False


@dataclass(frozen=True)
class Template:
    """A method of an op, flat: its lines, the operands it returns, and what each of its names stands for in the end."""

    lines: tuple[Line, ...]
    results: tuple[str | Constant, ...]
    names: tuple[tuple[str, str | Constant], ...]


@dataclass(slots=True)
class Instruction:
    """A line with values in place of names. `place` is the step it comes from, for the plan's table and for complaints."""

    kind: Kind
    function: Any
    arguments: tuple[int, ...]
    result: int
    options: tuple[Any, ...]
    is_static: bool
    place: int
