"""Peepholes: traced instructions flow in; where a few of them can be done by better ones, those stand in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from netgraph.engines.compiler.fusing import fused
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.tracing import Fact

PURE = ("ufunc", "reduce", "matmul")


def improved(instructions: Sequence[Instruction], facts: Mapping[int, Fact], objects: Mapping[int, Any],
             kept: Sequence[int]) -> tuple[list[Instruction], Mapping[int, Fact]]:
    """The instructions, with nothing computed twice, better ones where there are such, and without what nobody uses; and their facts."""
    once, same = _once(instructions, kept)
    if same:
        facts = {value: replace(fact, roots=tuple(same.get(root, root) for root in fact.roots)) for value, fact in facts.items()}
    uses = Counter(value for instruction in once for value in instruction.arguments) + Counter(kept)
    makers = {instruction.result: instruction for instruction in once}
    better = [_masked(_sum_of_products(instruction, makers, facts, uses), makers, facts, objects, uses) for instruction in once]
    return _needed(fused(better, facts, objects, uses), kept), facts


def _once(instructions: Sequence[Instruction], kept: Sequence[int]) -> tuple[list[Instruction], dict[int, int]]:
    """What is computed twice is computed once (value numbering, Cocke & Schwartz 1970); and which values are now which others."""
    known: dict[Any, int] = {}
    same: dict[int, int] = {}
    left = []
    for instruction in instructions:
        if any(value in same for value in instruction.arguments):
            instruction = replace(instruction, arguments=tuple(same.get(value, value) for value in instruction.arguments))
        key = (instruction.kind, instruction.function, instruction.arguments, instruction.options)
        if instruction.kind in PURE and key in known and instruction.result not in kept:
            same[instruction.result] = known[key]
            continue
        if instruction.kind in PURE:
            known.setdefault(key, instruction.result)
        left.append(instruction)
    return left, same


def _needed(instructions: Sequence[Instruction], kept: Sequence[int]) -> list[Instruction]:
    needed, left = set(kept), []
    for instruction in reversed(instructions):
        if instruction.kind == "check" or instruction.result in needed:
            needed.update(instruction.arguments)
            left.append(instruction)
    return left[::-1]


def _sum_of_products(instruction: Instruction, makers: Mapping[int, Instruction], facts: Mapping[int, Fact],
                     uses: Counter[int]) -> Instruction:
    """Σ x·y over everything is one dot product."""
    if instruction.kind != "reduce" or instruction.function is not np.add or instruction.options[0] is not None:
        return instruction
    product = makers.get(instruction.arguments[0])
    if product is None or product.function is not np.multiply or uses[product.result] != 1:
        return instruction
    x, y = (facts[value] for value in product.arguments)
    if x.shape is None or x.shape != y.shape or x.dtype != y.dtype or not (x.is_contiguous and y.is_contiguous):
        return instruction
    return Instruction("call", np.vdot, product.arguments, instruction.result, (), False, instruction.place)


def _masked(instruction: Instruction, makers: Mapping[int, Instruction], facts: Mapping[int, Fact], objects: Mapping[int, Any],
            uses: Counter[int]) -> Instruction:
    """g · (y > 0) for the output y of a ReLU is done on the bits of its numbers."""
    if instruction.function is not np.multiply:
        return instruction
    g, mask = instruction.arguments
    test = makers.get(mask)
    if test is None or test.function is not np.greater or uses[mask] != 1 or objects.get(test.arguments[1]) != 0:
        return instruction
    maker = makers.get(test.arguments[0])
    if maker is None or maker.function is not np.maximum or objects.get(maker.arguments[1]) != 0 or not _zeros_are_positive():
        return instruction
    y, other = facts[test.arguments[0]], facts[g]
    if y.shape != other.shape or y.dtype != other.dtype or y.dtype not in (np.float32, np.float64) or y.order != other.order:
        return instruction
    kernel = MaskByBits(y.dtype)
    return Instruction("kernel", kernel.fill, (g, test.arguments[0]), instruction.result, (), False, instruction.place)


class MaskByBits:
    """g where y > 0, and 0 elsewhere, for y ≥ 0: read as whole numbers, y > 0 exactly where −y has its sign bit set."""

    title = "mask by bits"

    def __init__(self, dtype: np.dtype) -> None:
        self.whole = np.dtype(f"i{dtype.itemsize}")
        self.bits = np.array(8 * dtype.itemsize - 1, self.whole)
        self.mask: np.ndarray | None = None

    def fill(self, g: np.ndarray, y: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """The masked gradient."""
        out = np.empty_like(g) if out is None else out
        if self.mask is None:
            self.mask = np.empty_like(y.view(self.whole))
        np.negative(y.view(self.whole), self.mask)
        np.right_shift(self.mask, self.bits, self.mask)
        np.bitwise_and(g.view(self.whole), self.mask, out.view(self.whole))
        return out


@cache
def _zeros_are_positive() -> bool:
    """Whether this NumPy's max(−0, 0) is +0, at every place of a vector; the bits of −0 would look like a number above 0."""
    zeros = np.full(67, -0.0)
    return not any(np.signbit(np.maximum(zeros.astype(dtype), np.array(0, dtype))).any() for dtype in (np.float32, np.float64))
