"""Fusing: instructions flow in; in those that come out a norm is done with the convolution before it, and what follows with both.

So a block of numbers is worked on while it is in the cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.engines.compiler.choosing import ForwardConvolution
from netgraph.engines.compiler.clipping import ClipKernel
from netgraph.engines.compiler.ending import Bounds, Ending
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.normalising import ChannelScaleKernel
from netgraph.engines.compiler.tracing import Fact


def fused(instructions: Sequence[Instruction], facts: Mapping[int, Fact], objects: Mapping[int, Any],
          uses: Counter[int]) -> list[Instruction]:
    """The instructions, each convolution, norm, addition and ReLU drawn into one where nobody else uses what lies between."""
    makers: dict[int, Instruction] = {}
    for instruction in instructions:
        makers[instruction.result] = _with_maker(instruction, makers, facts, objects, uses)
    return list(makers.values())


def _with_maker(instruction: Instruction, makers: Mapping[int, Instruction], facts: Mapping[int, Fact], objects: Mapping[int, Any],
                uses: Counter[int]) -> Instruction:
    """The instruction drawn into the one that made one of its arguments, if it can be; else itself."""
    is_sum = instruction.kind == "ufunc" and instruction.function is np.add
    for place in range(2 if is_sum else min(1, len(instruction.arguments))):
        value = instruction.arguments[place]
        maker = makers.get(value)
        if maker is None or maker.kind != "kernel" or uses[value] != 1 or not _is_alike(facts[value], facts[instruction.result]):
            continue
        others = (*instruction.arguments[:place], *instruction.arguments[place + 1:])
        kernel, owner = maker.function.__self__, getattr(instruction.function, "__self__", None)
        if isinstance(owner, ChannelScaleKernel) and isinstance(kernel, ForwardConvolution) and kernel.norm is None:
            return _joined(maker, replace(kernel, norm=owner.op, ending=owner.ending), others, instruction)
        ending = _next_ending(kernel, instruction, objects)
        if ending is not None and (not is_sum or _is_alike(facts[others[0]], facts[value])):
            return _joined(maker, replace(kernel, ending=ending), others if is_sum else (), instruction)
    return instruction


def _joined(maker: Instruction, kernel: Any, others: tuple[int, ...], instruction: Instruction) -> Instruction:
    return replace(maker, function=kernel.forward, arguments=(*maker.arguments, *others), result=instruction.result)


def _next_ending(kernel: Any, instruction: Instruction, objects: Mapping[int, Any]) -> Ending | None:
    """The kernel's ending with the instruction behind it, if that is something an ending does."""
    if not isinstance(kernel, ChannelScaleKernel | ForwardConvolution) or (isinstance(kernel, ForwardConvolution) and kernel.norm is None):
        return None
    if instruction.kind == "ufunc" and instruction.function is np.add:
        return kernel.ending.with_addition()
    bounds = _bounds(instruction, objects)
    return None if bounds is None else kernel.ending.clipped(bounds)


def _bounds(instruction: Instruction, objects: Mapping[int, Any]) -> Bounds | None:
    """What the instruction clips its first argument to, if that is what it does."""
    if instruction.kind == "ufunc" and instruction.function is np.maximum:
        least = objects.get(instruction.arguments[1])
        return (0, None) if isinstance(least, int | float) and least == 0 else None
    clip = getattr(instruction.function, "__self__", None)
    return (clip.low, clip.high) if isinstance(clip, ClipKernel) else None


def _is_alike(fact: Fact, other: Fact) -> bool:
    return (fact.shape, fact.dtype, fact.order) == (other.shape, other.dtype, other.order)
