"""Peepholes: traced instructions flow in; where a few of them can be done by better ones, those stand in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.tracing import Fact


def improved(instructions: Sequence[Instruction], facts: Mapping[int, Fact], kept: Sequence[int]) -> list[Instruction]:
    """The instructions, with sums of products as dot products and without what nobody uses."""
    uses = Counter(value for instruction in instructions for value in instruction.arguments) + Counter(kept)
    makers = {instruction.result: instruction for instruction in instructions}
    better = [_sum_of_products(instruction, makers, facts, uses) for instruction in instructions]
    return _needed(better, kept)


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
