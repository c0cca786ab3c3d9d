"""Memory: traced values flow in, in running order; for each the array comes out where it lives, buffers being used again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netgraph.engines.compiler.arena import Arena
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.tracing import Fact, last_uses

Homes = Mapping[int, Sequence[np.ndarray]]


class Memory:
    """Where values live. `arrays` are those whose place is known before a run: objects of the net, results in buffers, and views of both.

    `homes` are places where certain values have to end, such as the parameters' parts of the gradient; `seats` those of values that a
    larger array holds together with what never changes. `only_results` are handed out, and nothing else is done with them.
    """

    def __init__(self, instructions: Sequence[Instruction], facts: Mapping[int, Fact], objects: Mapping[int, Any], homes: Homes,
                 kept: Sequence[int]) -> None:
        self.facts, self.homes = facts, homes
        self.arrays: dict[int, Any] = dict(objects)
        self.arena = Arena()
        self.buffers: dict[int, np.ndarray] = {}           # of values that are still needed
        self.seats: dict[int, np.ndarray] = {}
        self.size_of_seats = 0
        for instruction in instructions:
            if instruction.kind == "seat":
                self._reserve(instruction)
        used = {value for instruction in instructions for value in instruction.arguments}
        self.only_results = {value for value, count in Counter(kept).items() if count == 1} - used - homes.keys()
        self.last = _last_uses_of_roots(instructions, facts, [*kept, *homes])
        self.dying: dict[int, list[int]] = {}
        for root, place in self.last.items():
            self.dying.setdefault(place, []).append(root)

    def give(self, place: int, instruction: Instruction) -> np.ndarray:
        """The array for a result: where it has to end, or over an argument that is not needed any more, or in a buffer."""
        value, fact = instruction.result, self.facts[instruction.result]
        home = next((home for home in self.homes.get(value, ()) if home.shape == fact.shape), None)
        if home is None and instruction.kind == "ufunc":
            home = self.seats.get(value)
        if home is not None:
            self.arrays[value] = home
            return home
        overwritten = self._overwritten(place, instruction, fact)
        buffer = self.arena.take(fact.size_bytes) if overwritten is None else self.buffers.pop(self.facts[overwritten].root)
        self.buffers[value] = buffer
        array, before = laid_out(buffer, fact), None if overwritten is None else self.arrays.get(overwritten)
        if before is not None and steps_of(before) == steps_of(array):
            array = before                                 # NumPy takes one array twice in half the time of two that overlap
        self.arrays[value] = array
        return array

    @property
    def size_bytes(self) -> int:
        """All memory but that of the objects and homes."""
        return self.arena.size_bytes + self.size_of_seats

    def _reserve(self, instruction: Instruction) -> None:
        """Memory of its own for an array that holds a value and a row of ones."""
        fact = self.facts[instruction.result]
        assert fact.shape is not None
        whole = self.arrays[instruction.result] = np.ones(fact.shape, fact.dtype)
        self.seats[instruction.arguments[0]] = whole[:-1].T
        self.size_of_seats += whole.nbytes

    def release(self, place: int) -> None:
        """Take back the buffers that are used for the last time at this place."""
        for root in self.dying.get(place, ()):
            if root in self.buffers:
                self.arena.give(self.buffers.pop(root))

    def view(self, instruction: Instruction) -> bool:
        """Whether the call only looks at memory whose place is known; then its result is made here, once."""
        value, fact = instruction.result, self.facts[instruction.result]
        if fact.shape is None or value in fact.roots or not all(argument in self.arrays for argument in instruction.arguments):
            return False
        array = instruction.function(*[self.arrays[argument] for argument in instruction.arguments])
        if not isinstance(array, np.ndarray) or not np.may_share_memory(array, self.arrays[fact.root]):
            return False
        self.arrays[value] = array
        return True

    def _overwritten(self, place: int, instruction: Instruction, fact: Fact) -> int | None:
        """An argument whose buffer dies here and is laid out as the result, if the work is done number by number."""
        for value in instruction.arguments if instruction.kind == "ufunc" else ():
            theirs = self.facts[value]
            others = [v for v in instruction.arguments if v != value and theirs.root in self.facts[v].roots]
            if (len(theirs.roots) == 1 and theirs.root in self.buffers and self.last[theirs.root] == place and not others
                    and (theirs.shape, theirs.dtype, theirs.order) == (fact.shape, fact.dtype, fact.order)
                    and self.facts[theirs.root].size_bytes == theirs.size_bytes):
                return value
        return None


def laid_out(buffer: np.ndarray, fact: Fact) -> np.ndarray:
    """The buffer's bytes as an array of that shape and dtype, with its axes in memory as the trace had them."""
    assert fact.shape is not None and fact.dtype is not None
    numbers = buffer[:fact.size_bytes].view(fact.dtype)
    if fact.is_contiguous:
        return numbers.reshape(fact.shape)
    return numbers.reshape([fact.shape[axis] for axis in fact.order]).transpose(np.argsort(fact.order))


def steps_of(array: np.ndarray) -> list[int]:
    """The strides that count. Arrays of one buffer, shape and dtype that fill it have all numbers in the same places where these agree."""
    return [stride for stride, length in zip(array.strides, array.shape, strict=True) if length > 1]


def _last_uses_of_roots(instructions: Sequence[Instruction], facts: Mapping[int, Fact], kept: Sequence[int]) -> dict[int, int]:
    last: dict[int, int] = {}
    for value, place in last_uses(instructions, kept).items():
        for root in facts[value].roots:
            last[root] = max(place, last.get(root, -1))
    return last
