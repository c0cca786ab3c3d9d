"""Assembly: traced instructions flow in; the Python function that does them all, on memory that is there before, comes out."""

from __future__ import annotations

import keyword
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.memory import Memory, laid_out
from netgraph.engines.compiler.tracing import Fact
from netgraph.errors import DataError, shorten
from netgraph.program import Program

OPERATORS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}
FEW = 4096                                                 # so many numbers BLAS adds up as exactly as is needed
EXTREMA = (np.maximum, np.minimum)
LINES_OF_A_FUNCTION = 500                                  # Python compiles longer functions at more than linear cost


@dataclass(frozen=True)
class Routine:
    """The assembled function: `run(*inputs)` gives the results that were asked for, and leaves values in their homes."""

    run: Callable[..., tuple[Any, ...]]
    source: str
    arena_bytes: int
    lines_of: Mapping[int, int]                            # of each step of the program, forward and backward together
    kernels_of: Mapping[int, tuple[str, ...]]              # what does its work, where it is not its page
    program: Program

    @property
    def calls(self) -> int:
        """How many calls of NumPy one run makes."""
        return sum(self.lines_of.values())


def assemble(instructions: Sequence[Instruction], memory: Memory, inputs: Sequence[int], results: Sequence[int],
             program: Program) -> Routine:
    """The routine of a program, of which the instructions are left."""
    writer = _Writer(memory, complainer(program))
    lines_of: Counter[int] = Counter()
    kernels_of: dict[int, tuple[str, ...]] = {}
    for place, instruction in enumerate(instructions):
        before = len(writer.lines)
        writer.write(place, instruction)
        memory.release(place)
        lines_of[instruction.place] += len(writer.lines) - before
        if instruction.kind == "kernel" or instruction.function is np.vdot:
            known = kernels_of.get(instruction.place, ())
            kernels_of[instruction.place] = tuple(dict.fromkeys((*known, _kernel_name(instruction))))
    writer.write_homes()
    source = writer.function([f"v{value}" for value in inputs], [writer.result(value) for value in results])
    exec(compile(source, "<assembled by netgraph>", "exec"), writer.scope)
    return Routine(writer.scope["run"], source, memory.size_bytes, lines_of, kernels_of, program)


def complainer(program: Program) -> Callable[[int, str], Exception]:
    """What makes the exception for data that the op of a step refuses, from the step's place and the reason."""
    def complain(place: int, reason: str) -> Exception:
        step = program.steps[place]
        return DataError(f"{'The loss' if step.node == 'loss' else f'Node {shorten(step.node)}'} {reason}")
    return complain


def _kernel_name(instruction: Instruction) -> str:
    owner = getattr(instruction.function, "__self__", None)
    return "dot product" if owner is None else str(owner.title)


class _Writer:
    def __init__(self, memory: Memory, complain: Callable[[int, str], Exception]) -> None:
        self.memory, self.facts, self.complain = memory, memory.facts, complain
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {}                    # what the lines name
        self.names: dict[int, str] = {}                    # of things in the scope, by identity
        self.numbers: dict[Any, np.ndarray] = {}           # constants as arrays, each once
        self.handed_out: set[int] = set()                  # results in memory of their own

    # names

    def text(self, value: int) -> str:
        """How a value is written."""
        return self.name(self.memory.arrays[value]) if value in self.memory.arrays else f"v{value}"

    def name(self, thing: Any) -> str:
        """How a thing that is there before a run is written."""
        if id(thing) in self.names:
            return self.names[id(thing)]
        if type(thing) in (int, float) and np.isfinite(thing):
            return repr(thing)
        word = getattr(thing, "__name__", "") if callable(thing) else ""
        name = word if word.isidentifier() and not keyword.iskeyword(word) and word not in self.scope else f"o{len(self.names)}"
        self.names[id(thing)] = name
        self.scope[name] = thing
        return name

    def listed(self, values: Sequence[int]) -> str:
        return ", ".join(map(self.text, values))

    def number(self, value: int, dtypes: set[np.dtype | None], like: Fact | None) -> str:
        """An argument of a ufunc; a plain number becomes an array of the others' dtype, which NumPy takes sooner.

        It has no dims, or those of `like`: NumPy compares two arrays three times as fast as an array and a number.
        """
        thing, dtype = self.memory.arrays.get(value), next(iter(dtypes), None)
        if not isinstance(thing, int | float | np.floating) or len(dtypes) != 1 or dtype is None or dtype.kind != "f":
            return self.text(value)
        if like is None or like.shape is None or (thing and math.prod(like.shape) > FEW):
            return self.name(self.numbers.setdefault((repr(thing), dtype), np.array(thing, dtype)))
        key = (repr(thing), dtype, like.shape, like.order)
        if key not in self.numbers:                        # zeros cost no memory: nobody writes them
            self.numbers[key] = laid_out(np.zeros(like.size_bytes, np.uint8), like)
            if thing:
                self.numbers[key][...] = thing
        return self.name(self.numbers[key])

    # lines

    def write(self, place: int, instruction: Instruction) -> None:
        value = instruction.result
        if instruction.kind == "check":
            self.lines.append(f"v{value} = {self.name(instruction.function)}({self.listed(instruction.arguments)})")
            self.lines.append(f"if v{value}: raise {self.name(self.complain)}({instruction.place}, v{value})")
        elif instruction.kind == "seat":
            self.seat(instruction)
        elif value in self.memory.arrays or (instruction.kind == "call" and self.memory.view(instruction)):
            return                                         # known since the trace, or a view of what is
        elif instruction.kind == "call":
            self.lines.append(f"v{value} = {self.name(instruction.function)}({self.listed(instruction.arguments)})")
        elif not self.facts[value].shape:
            self.lines.append(f"v{value} = {self.scalar(instruction)}")
        elif self.is_only_handed_out(instruction):
            self.lines.append(f"v{value} = {self.name(instruction.function)}({self.numbers_of(instruction)})")
        else:
            self.lines.append(self.filled(instruction, self.memory.give(place, instruction)))

    def is_only_handed_out(self, instruction: Instruction) -> bool:
        """Whether a value is a result and nothing else: then it is made in memory of its own, and needs no copy."""
        fact = self.facts[instruction.result]
        if instruction.kind != "ufunc" or instruction.result not in self.memory.only_results or not fact.is_contiguous:
            return False
        self.handed_out.add(instruction.result)
        return True

    def seat(self, instruction: Instruction) -> None:
        """Put a value into its seat, if it was not made there."""
        value = instruction.arguments[0]
        if self.memory.arrays.get(value) is not self.memory.seats[value]:
            self.lines.append(f"{self.name(self.memory.seats[value])}[...] = {self.text(value)}")

    def scalar(self, instruction: Instruction) -> str:
        """A single number: by Python's operators, or for the sum of a few numbers by a product with ones."""
        if instruction.kind == "reduce":
            array = self.memory.arrays.get(instruction.arguments[0])
            if instruction.function is np.add and isinstance(array, np.ndarray) and array.size <= FEW and is_packed(array):
                return f"{self.name(self.ones(array.size, array.dtype))}.dot({self.name(array.ravel('K'))})"
            return f"{self.name(instruction.function.reduce)}({self.listed(instruction.arguments)}, None)"
        if instruction.function in OPERATORS and all(self.facts[value].shape is None for value in instruction.arguments):
            return f" {OPERATORS[instruction.function]} ".join(map(self.text, instruction.arguments))
        return f"{self.name(instruction.function)}({self.listed(instruction.arguments)})"

    def filled(self, instruction: Instruction, out: np.ndarray) -> str:
        """The line that leaves an instruction's result in the given array."""
        target = self.name(out)
        if instruction.kind == "reduce":
            axis, keepdims = instruction.options
            if instruction.function is np.add and (line := self.sum_by_product(instruction, out)):
                return line
            return f"{self.name(instruction.function.reduce)}({self.text(instruction.arguments[0])}, {axis}, None, {target}, {keepdims})"
        if instruction.kind == "matmul":
            return self.product(instruction, out)
        if instruction.kind == "kernel":
            return f"{self.name(instruction.function)}({self.listed(instruction.arguments)}, {target})"
        out_word = "out=" if instruction.function in EXTREMA else ""
        return f"{self.name(instruction.function)}({self.numbers_of(instruction)}, {out_word}{target})"

    def numbers_of(self, instruction: Instruction) -> str:
        """The arguments of a ufunc."""
        dtypes = {self.facts[value].dtype for value in instruction.arguments} - {None}
        like = self.facts[instruction.result] if instruction.function in EXTREMA else None
        return ", ".join(self.number(value, dtypes, like) for value in instruction.arguments)

    def product(self, instruction: Instruction, out: np.ndarray) -> str:
        """A matrix product: the method `dot` for two matrices, or a batch of rows and one matrix: it starts sooner than any function."""
        left, right = instruction.arguments
        a, b = self.facts[left], self.facts[right]
        if instruction.kind == "matmul" and self.is_turned(out, left, right):
            turned = (self.memory.arrays[right].T, self.memory.arrays[left].T, out.T)
            return "{}.dot({}, {})".format(*map(self.name, turned))
        if a.shape is None or b.shape is None or len(b.shape) != 2 or not out.flags.c_contiguous:
            return f"{self.name(np.matmul)}({self.listed(instruction.arguments)}, {self.name(out)})"
        if len(a.shape) == 2:
            return f"{self.text(left)}.dot({self.text(right)}, {self.name(out)})"
        rows = f"{self.text(left)}.reshape(-1, {a.shape[-1]})"
        if left in self.memory.arrays and a.is_contiguous:
            rows = self.name(self.memory.arrays[left].reshape(-1, a.shape[-1]))
        return f"{rows}.dot({self.text(right)}, {self.name(out.reshape(-1, out.shape[-1]))})"

    def is_turned(self, out: np.ndarray, left: int, right: int) -> bool:
        """Whether the product of two matrices that are there lies in memory as its transpose, (A B)ᵀ = Bᵀ Aᵀ."""
        both = [self.memory.arrays.get(value) for value in (left, right)]
        return out.T.flags.c_contiguous and not out.flags.c_contiguous and all(isinstance(m, np.ndarray) and m.ndim == 2 for m in both)

    def sum_by_product(self, instruction: Instruction, out: np.ndarray) -> str | None:
        """A sum over the first axes, or over the last ones, of packed numbers is a product with ones, which BLAS does sooner."""
        (value,), (axis, _) = instruction.arguments, instruction.options
        fact, array = self.facts[value], self.memory.arrays.get(value)
        is_turned = array is not None and not array.flags.c_contiguous
        if fact.shape is None or fact.dtype is None or fact.dtype.kind != "f" or not is_packed(out) \
                or not (fact.is_contiguous if array is None else is_packed(array)):
            return None
        shape, rank = fact.shape[::-1] if is_turned else fact.shape, len(fact.shape)
        axes = {a % rank for a in (axis if isinstance(axis, tuple) else (axis,))}
        axes = {rank - 1 - a for a in axes} if is_turned else axes
        count = math.prod(shape[a] for a in axes)
        if not count or not axes or not out.size:
            return None
        target = self.name(out.ravel("K"))
        if axes == set(range(len(axes))):
            return f"{self.name(self.ones(count, fact.dtype))}.dot({self.folded(value, (count, -1))}, {target})"
        if axes == set(range(rank - len(axes), rank)):
            return f"{self.folded(value, (-1, count))}.dot({self.name(self.ones(count, fact.dtype))}, {target})"
        return None

    def folded(self, value: int, shape: tuple[int, ...]) -> str:
        """A packed array as a matrix of its numbers as they lie in memory."""
        array = self.memory.arrays.get(value)
        return f"{self.text(value)}.reshape{shape}" if array is None else self.name(array.ravel("K").reshape(shape))

    def ones(self, count: int, dtype: np.dtype) -> np.ndarray:
        return self.numbers.setdefault(("ones", count, dtype), np.ones(count, dtype))

    def write_homes(self) -> None:
        """Copy to their homes the values that were not made there."""
        for value, homes in self.memory.homes.items():
            for home in homes:
                if self.memory.arrays.get(value) is not home:
                    self.lines.append(f"{self.name(np.copyto)}({self.name(home)}, {self.text(value)})")

    def result(self, value: int) -> str:
        """A result as it is handed out: an array of its own, since buffers are used again."""
        return f"{self.text(value)}.copy()" if self.facts[value].shape and value not in self.handed_out else self.text(value)

    def function(self, inputs: list[str], results: list[str]) -> str:
        answer = f"return ({', '.join(results)},)" if results else "return ()"
        if len(self.lines) <= LINES_OF_A_FUNCTION:
            return "\n    ".join([f"def run({', '.join(inputs)}):", *self.lines, answer])
        parts: list[str] = []
        for start in range(0, len(self.lines), LINES_OF_A_FUNCTION):
            lines = self.lines[start:start + LINES_OF_A_FUNCTION]
            bound = sorted({line.split(" = ", 1)[0] for line in lines if line[0] == "v" and " = " in line})
            parts.append("\n    ".join([f"def part{len(parts)}():", *([f"global {', '.join(bound)}"] if bound else []), *lines]))
        head = [f"def run({', '.join(f'i{name}' for name in inputs)}):", f"global {', '.join(inputs)}",
                *(f"{name} = i{name}" for name in inputs), *(f"part{i}()" for i in range(len(parts))), answer]
        return "\n".join([*parts, "\n    ".join(head)])


def is_packed(array: np.ndarray) -> bool:
    """Whether an array lies in memory without gaps, its axes in order or all the other way round."""
    return bool(array.flags.c_contiguous or array.flags.f_contiguous)
