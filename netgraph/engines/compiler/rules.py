"""Rules: an instruction and what is known around it flow in; a better instruction for the same value comes out, or the same one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.masking import MaskByBits, zeros_are_positive
from netgraph.engines.compiler.rate import Rate
from netgraph.engines.compiler.scratch import Scratch
from netgraph.engines.compiler.tracing import Fact, fact

FEW = 200                                                  # numbers for which one slow call beats six fast ones


@dataclass(frozen=True)
class Scene:
    """What is known of the values of a list of instructions: who makes them, facts, what is there before a run, how often each is used."""

    makers: Mapping[int, Instruction]
    facts: dict[int, Fact]
    objects: dict[int, Any]
    uses: Counter[int]
    rate: Rate | None = None
    scratch: Scratch = field(default_factory=Scratch)      # what the kernels of rules share

    def made_by(self, function: Callable[..., Any], value: int) -> tuple[int, ...] | None:
        """The arguments of the instruction that makes a value, if it calls that function and nobody else uses the value."""
        maker = self.makers.get(value)
        return maker.arguments if maker is not None and maker.function is function and self.uses[value] == 1 else None

    def is_number(self, value: int, number: float) -> bool:
        """Whether a value is that number, and known before a run."""
        thing = self.objects.get(value)
        return isinstance(thing, int | float) and thing == number

    def new_object(self, thing: np.ndarray) -> int:
        """A value for an array that is there before a run."""
        value = max(self.facts) + 1
        self.facts[value], self.objects[value] = fact(thing, value, {}, ()), thing
        return value


def sum_of_products(instruction: Instruction, scene: Scene) -> Instruction:
    """Σ x·y over everything is one dot product."""
    if instruction.kind != "reduce" or instruction.options[0] is not None:
        return instruction
    factors = scene.made_by(np.multiply, instruction.arguments[0])
    if factors is None:
        return instruction
    x, y = (scene.facts[value] for value in factors)
    if x.shape is None or x.shape != y.shape or x.dtype != y.dtype or not (x.is_contiguous and y.is_contiguous):
        return instruction
    return Instruction("call", np.vdot, factors, instruction.result, (), False, instruction.place)


def masked(instruction: Instruction, scene: Scene) -> Instruction:
    """g · (y > 0) for the output y of a ReLU is done on the bits of its numbers."""
    g, mask = instruction.arguments
    test = scene.made_by(np.greater, mask)
    if test is None or not scene.is_number(test[1], 0) or not zeros_are_positive():
        return instruction
    maker = scene.makers.get(test[0])
    if maker is None or maker.function is not np.maximum or not scene.is_number(maker.arguments[1], 0):
        return instruction
    y, other = scene.facts[test[0]], scene.facts[g]
    if y.shape != other.shape or y.dtype != other.dtype or y.dtype not in (np.float32, np.float64) or y.order != other.order:
        return instruction
    return Instruction("kernel", MaskByBits(y.dtype, scene.scratch).fill, (g, test[0]), instruction.result, (), False, instruction.place)


def softplus_of_few(instruction: Instruction, scene: Scene) -> Instruction:
    """max(x, 0) + ln(1 + e^−|x|) = ln(eˣ + e⁰), which is one call, though a slow one."""
    if instruction.kind != "ufunc" or math.prod(scene.facts[instruction.result].shape or ()) > FEW:
        return instruction
    greater = scene.made_by(np.maximum, instruction.arguments[0])
    small: tuple[int, ...] | None = instruction.arguments[1:]
    for function in (np.log1p, np.exp, np.negative, np.absolute):
        small = scene.made_by(function, small[0]) if small else None
    if greater is None or small is None or greater[0] != small[0] or not scene.is_number(greater[1], 0):
        return instruction
    return replace(instruction, function=np.logaddexp, arguments=greater)


def scaled_once(instruction: Instruction, scene: Scene) -> Instruction:
    """(c · x) · rate = x · (c · rate), and x / c likewise, where c is known before a run."""
    if scene.rate is None or scene.objects.get(instruction.arguments[-1]) is not scene.rate.times(1):
        return instruction
    for function, number_first in ((np.multiply, True), (np.multiply, False), (np.divide, False)):
        pair = scene.made_by(function, instruction.arguments[0])
        if pair is None:
            continue
        number, x = pair if number_first else pair[::-1]
        c = scene.objects.get(number)
        if isinstance(c, int | float) and c != 0 and scene.facts[x].dtype == scene.rate.dtype:
            factor = scene.new_object(scene.rate.times(1 / c if function is np.divide else c))
            return replace(instruction, arguments=(x, factor))
    return instruction


RULES: dict[Any, tuple[Callable[[Instruction, Scene], Instruction], ...]] = {      # by the function that an instruction calls
    np.add: (sum_of_products, softplus_of_few), np.multiply: (masked, scaled_once),
}
