"""Tracing: instructions flow in and are run once on real arrays; what kind of thing each value is comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from netgraph.engines.compiler.instruction import Instruction

FRESH = ("ufunc", "reduce", "matmul", "seat")              # the kinds whose results are memory of their own


@dataclass(frozen=True, slots=True)
class Fact:
    """What a trace saw of a value. `roots` own its memory: the value itself, or for a view or a list of views, what they look at."""

    shape: tuple[int, ...] | None                          # None for what is no array
    dtype: np.dtype | None
    roots: tuple[int, ...]
    is_contiguous: bool
    order: tuple[int, ...] = ()                            # the axes from the one with the longest stride to the one with the shortest

    @property
    def root(self) -> int:
        """The one root of an array."""
        return self.roots[0]

    @property
    def size_bytes(self) -> int:
        assert self.shape is not None and self.dtype is not None
        return math.prod(self.shape) * self.dtype.itemsize


def execute(instruction: Instruction, taken: Sequence[Any]) -> Any:
    """The instruction's result, in memory of its own."""
    if instruction.kind == "reduce":
        axis, keepdims = instruction.options
        return instruction.function.reduce(taken[0], axis=axis, keepdims=keepdims)
    return instruction.function(*taken, None) if instruction.kind == "kernel" else instruction.function(*taken)


def last_uses(instructions: Sequence[Instruction], kept: Sequence[int]) -> dict[int, int]:
    """Of each value, the place of the instruction that uses it last; those that are kept are used at the end."""
    last = {value: place for place, instruction in enumerate(instructions) for value in instruction.arguments}
    return {**last, **dict.fromkeys(kept, len(instructions))}


def trace(instructions: Sequence[Instruction], given: Mapping[int, Any],
          complain: Callable[[int, str], Exception]) -> tuple[dict[int, Fact], dict[int, Any]]:
    """Run once. The facts of every value; and of the static ones, what they are. No value is held longer than it is used."""
    values, static = dict(given), {}
    facts = {value: fact(thing, value, {}, ()) for value, thing in values.items()}
    last = last_uses(instructions, ())
    dying: dict[int, list[int]] = {}
    for value, place in last.items():
        dying.setdefault(place, []).append(value)
    for place, instruction in enumerate(instructions):
        result = execute(instruction, [values[value] for value in instruction.arguments])
        if instruction.kind == "check" and result:
            raise complain(instruction.place, result)
        may_look = instruction.kind not in FRESH
        if isinstance(instruction.function, itemgetter) and _arrays_in(result):
            facts[instruction.result] = described(result, facts[instruction.arguments[0]].roots)
        else:
            facts[instruction.result] = fact(result, instruction.result, facts, [(v, values[v]) for v in instruction.arguments if may_look])
        if instruction.is_static:
            static[instruction.result] = result
        if instruction.result in last:
            values[instruction.result] = result
        for value in dying.get(place, ()):
            if value not in given:
                values[value] = None                       # its memory can go
    return facts, static


def fact(thing: Any, value: int, facts: Mapping[int, Fact], sources: Sequence[tuple[int, Any]]) -> Fact:
    """What a value is, seen beside the values that it was made from."""
    seen = dict.fromkeys(root for array in _arrays_in(thing) for source, other in sources if _looks_at(array, other)
                         for root in facts[source].roots) if sources else ()
    return described(thing, tuple(seen) or (value,))


def described(thing: Any, roots: tuple[int, ...]) -> Fact:
    """What a value is, whose memory the roots own."""
    if not isinstance(thing, np.ndarray):
        return Fact(None, None, roots, False)
    return Fact(thing.shape, thing.dtype, roots, thing.flags.c_contiguous, order(thing))


def _arrays_in(thing: Any) -> list[np.ndarray]:
    """The arrays of a value: itself, or those in a list."""
    if isinstance(thing, list | tuple):
        return [array for part in thing for array in _arrays_in(part)]
    return [thing] if isinstance(thing, np.ndarray) else []


def _looks_at(array: np.ndarray, source: Any) -> bool:
    """Whether the array is a source, or a view of its memory, or of that of an array in it."""
    return any(array is other or (array.base is not None and np.may_share_memory(array, other)) for other in _arrays_in(source))


def order(array: np.ndarray) -> tuple[int, ...]:
    """The axes of an array as they lie in memory, the outermost first.

    >>> order(np.ones((2, 3, 4)).transpose(0, 2, 1))
    (0, 2, 1)
    """
    if array.flags.c_contiguous:
        return tuple(range(array.ndim))
    return tuple(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))
