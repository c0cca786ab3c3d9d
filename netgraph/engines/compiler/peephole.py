"""Peepholes: traced instructions flow in; where a few of them can be done by better ones, those stand in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from netgraph.engines.compiler.fusing import fused
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.rate import Rate
from netgraph.engines.compiler.rules import RULES, Scene
from netgraph.engines.compiler.tracing import Fact

PURE = ("ufunc", "reduce", "matmul", "seat")


def improved(instructions: Sequence[Instruction], facts: Mapping[int, Fact], objects: dict[int, Any], kept: Sequence[int],
             rate: Rate | None = None) -> tuple[list[Instruction], Mapping[int, Fact]]:
    """The instructions, with nothing computed twice, better ones where there are such, and without what nobody uses; and their facts.

    Objects that a rule needs are entered into `objects`.
    """
    once, same = _once(_needed(instructions, kept), kept)
    if same:
        facts = {value: replace(fact, roots=tuple(same.get(root, root) for root in fact.roots)) for value, fact in facts.items()}
    uses = Counter(value for instruction in once for value in instruction.arguments) + Counter(kept)
    scene = Scene({instruction.result: instruction for instruction in once}, dict(facts), objects, uses, rate)
    better = []
    for instruction in once:
        for rule in RULES.get(instruction.function, ()):
            instruction = rule(instruction, scene)
        better.append(instruction)
    return _needed(fused(better, scene.facts, objects, uses), kept), scene.facts


def _once(instructions: Sequence[Instruction], kept: Sequence[int]) -> tuple[list[Instruction], dict[int, int]]:
    """What is computed twice is computed once (value numbering, Cocke & Schwartz 1970); and which values are now which others."""
    known: dict[Any, int] = {}
    same: dict[int, int] = {}
    left = []
    for instruction in instructions:
        if any(value in same for value in instruction.arguments):
            renamed = tuple(same.get(value, value) for value in instruction.arguments)
            instruction = Instruction(instruction.kind, instruction.function, renamed, instruction.result, instruction.options,
                                      instruction.is_static, instruction.place)
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
