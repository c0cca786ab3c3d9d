"""Listing: a Program and its reverse flow in; one straight list of instructions comes out, and the objects that they work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np

from netgraph.anatomy import backward_slice, gradient_name, positional_backward, positional_forward
from netgraph.engines.binding import bound_to, flat_places
from netgraph.engines.compiler.instruction import Constant, Instruction, Template
from netgraph.engines.compiler.kernels import ForwardKernel, Kernel, forward_kernel_for, kernel_for
from netgraph.engines.compiler.rate import Rate
from netgraph.engines.compiler.scratch import Scratch
from netgraph.engines.compiler.template import backward_template, forward_template
from netgraph.op import Op, arguments, input_names, is_gathering, is_variadic
from netgraph.program import Program, ReverseProgram, ReverseStep, Step

Operand = int | tuple[int, ...]                            # a value, or the values of a variadic name


@dataclass
class Listing:
    """Instructions between numbered values; the program's own values come first.

    `objects` are values that are there before a run: arrays of the net, constants, the generator. `gradients` says which value is
    the gradient of each parameter; `kept` which value renews each buffer.
    """

    program: Program
    instructions: list[Instruction] = field(default_factory=list)
    objects: dict[int, Any] = field(default_factory=dict)
    gradients: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)  # values of the program that are another value
    count: int = 0
    backward_starts: int = 0

    def new_value(self) -> int:
        self.count += 1
        return self.count - 1


def list_program(program: Program, arrays: Mapping[str, np.ndarray], rng: Any, reverse: ReverseProgram | None = None,
                 rate: Rate | None = None) -> Listing:
    """The program, and its reverse if there is one, as instructions on the net's arrays; with a rate, all gradients are times it."""
    lister = _Lister(program, arrays, rng, reverse is not None)
    lister.rate = None if rate is None else lister.given(rate.times(1.0))
    saved = reverse.saved if reverse else [()] * len(program.steps)
    for index, step in enumerate(program.steps):
        lister.forward(index, step, saved[index])
    lister.listing.backward_starts = len(lister.listing.instructions)
    for reverse_step in reverse.steps if reverse else ():
        lister.backward(reverse_step)
    if reverse:
        for index, step in enumerate(program.steps):
            if step.op.kept:
                lister.keep(index, step)
    return lister.listing


class _Lister:
    def __init__(self, program: Program, arrays: Mapping[str, np.ndarray], rng: Any, is_differentiated: bool) -> None:
        self.program, self.is_differentiated = program, is_differentiated
        self.listing = Listing(program, count=len(program.labels))
        self.constants: dict[Any, int] = {}
        self.kernels: dict[int, Kernel | None] = {}
        self.scratch = Scratch()
        self.arrays = {name: self.given(array) for name, array in arrays.items()}
        self.rng = self.given(rng)
        self.rate: int | None = None
        self.known: list[dict[str, Operand]] = []          # of each step: the values of the names that its backward may ask for
        self.of_value: dict[int, int] = {} if program.loss is None else {program.loss: self.constant(1.0)}

    def given(self, thing: Any) -> int:
        value = self.listing.new_value()
        self.listing.objects[value] = thing
        return value

    def constant(self, thing: Any) -> int:
        key = (type(thing), repr(thing))
        if key not in self.constants:
            self.constants[key] = self.given(thing)
        return self.constants[key]

    def add(self, place: int, kind: Any, function: Callable[..., Any], taken: tuple[int, ...], options: tuple[Any, ...] = (),
            is_static: bool = False, result: int | None = None) -> int:
        result = self.listing.new_value() if result is None else result
        self.listing.instructions.append(Instruction(kind, function, taken, result, options, is_static, place))
        return result

    def resolved(self, value: int) -> int:
        return self.listing.aliases.get(value, value)

    def bindings(self, step: Step) -> dict[str, Operand]:
        """The values of what forward of a step asks for, by name; arrays that the layer does without are left out."""
        kind = type(step.op)
        inputs = tuple(self.resolved(value) for value in step.inputs)
        if is_variadic(kind):
            return {arguments(kind)[0]: inputs}
        bound: dict[str, Operand] = dict(zip(input_names(kind), inputs, strict=True))
        arrays = {name: self.resolved(source) if isinstance(source, int) else self.arrays[source] for name, source in step.arrays}
        if is_gathering(kind):
            return {**bound, "arrays": tuple(arrays.values())}
        bound.update(arrays)
        if "rng" in arguments(kind):
            bound["rng"] = self.rng
        return bound

    def forward(self, index: int, step: Step, saved: tuple[str, ...]) -> None:
        kind, bound = type(step.op), self.bindings(step)
        if kind.refuse is not Op.refuse and not self.is_within(step):
            self.add(index, "check", step.op.refuse, tuple(value for value in bound.values() if isinstance(value, int)))
        kernel = self.kernel(index, step)
        if kernel is not None:
            taken = flat_places(bound, arguments(kind))
            result = self.listing.aliases[step.result] = self.add(index, "kernel", kernel.forward, taken)
            self.known.append({**bound, "y": result})
            return
        absent = tuple(name for name in arguments(kind) if name not in bound)
        template = None if is_variadic(kind) or is_gathering(kind) else forward_template(step.op, absent)
        if template is not None:
            values = self.instantiate(index, template, bound)
            self.listing.aliases[step.result] = self.value_of(template.results[0], values)
            self.known.append({**bound, **{name: self.value_of(operand, values) for name, operand in template.names}})
            return
        locals_ = tuple(name for name in saved if name not in bound and name not in absent)
        function = positional_forward(kind, locals_)
        whole = {**dict.fromkeys(absent, self.constant(None)), **bound}
        results = self.call_whole(index, function, step.op, whole, arguments(kind), len(locals_))
        self.listing.aliases[step.result] = results[0]
        self.known.append({**bound, **dict(zip(locals_, results[1:], strict=True))})

    def kernel(self, index: int, step: Step) -> ForwardKernel | None:
        """What does a step's work in place of its page; kept where a gradient will be asked of it."""
        shapes = {name: self.array_shape(source) for name, source in step.arrays}
        if not self.is_differentiated:
            return forward_kernel_for(step.op, shapes, self.scratch)
        self.kernels[index] = kernel_for(step.op, shapes)
        return self.kernels[index]

    def array_shape(self, source: str | int) -> tuple[int, ...]:
        """The shape of a parameter, or of the value of that shape which stands in its place."""
        if isinstance(source, int):
            maker = next(step for step in self.program.steps if step.result == source)
            return self.array_shape(maker.arrays[0][1])
        shape: tuple[int, ...] = self.listing.objects[self.arrays[source]].shape
        return shape

    def is_within(self, step: Step) -> bool:
        """Whether the step's first input cannot leave what the op takes: probabilities, made by a sigmoid."""
        maker = next((other.op for other in self.program.steps if other.result == step.inputs[0]), None) if step.op.domain else None
        return maker is not None and maker.bounds == step.op.domain

    def value_of(self, operand: str | Constant, values: Mapping[str, int]) -> int:
        return self.constant(operand.value) if isinstance(operand, Constant) else values[operand]

    def instantiate(self, place: int, template: Template, bound: Mapping[str, Operand]) -> dict[str, int]:
        """The template's lines, with values in place of names; the value of each name."""
        values: dict[str, int] = {name: value for name, value in bound.items() if isinstance(value, int)}
        for line in template.lines:
            taken = tuple(self.value_of(operand, values) for operand in line.arguments)
            values[line.result] = self.add(place, line.kind, line.function, taken, line.options, line.is_static)
        return values

    def call_whole(self, place: int, function: Callable[..., Any], op: Op, bound: Mapping[str, Operand], asks: tuple[str, ...],
                   more: int) -> list[int]:
        """A method as one call; its results, of which there are `more` than one."""
        named = {name: bound[name] for name in asks}
        result = self.add(place, "call", bound_to(function, op, named, asks), flat_places(named, asks))
        return [self.add(place, "call", itemgetter(i), (result,)) for i in range(more + 1)] if more else [result]

    def backward(self, reverse: ReverseStep) -> None:
        step = self.program.steps[reverse.step]
        kind = type(step.op)
        bound = {**self.known[reverse.step], gradient_name(kind): self.of_value[step.result]}
        kernel = self.kernels[reverse.step]
        if kernel is not None:
            known = {**bound, "gy": self.of_value[step.result]}
            self.hand_out(reverse, [self.kernel_gradient(reverse.step, kernel, place, known) for place in wanted_places(reverse, kind)])
            return
        asks = backward_slice(kind, reverse.wanted).asks
        absent = tuple(name for name in asks if name not in bound)
        template = None if is_variadic(kind) or is_gathering(kind) else backward_template(step.op, reverse.wanted, absent)
        if template is not None:
            values = self.instantiate(reverse.step, template, bound)
            results = [self.value_of(operand, values) for operand in template.results]
        else:
            whole = {**dict.fromkeys(absent, self.constant(None)), **bound}
            called = self.call_whole(reverse.step, positional_backward(kind, reverse.wanted), step.op, whole, asks, 0)[0]
            if is_variadic(kind):
                called = self.add(reverse.step, "call", itemgetter(0), (called,))
            results = [self.add(reverse.step, "call", itemgetter(i), (called,)) for i in range(len(reverse.inputs))]
        self.hand_out(reverse, results)

    def kernel_gradient(self, place: int, kernel: Kernel, wanted: int, bound: Mapping[str, Any]) -> int:
        function, asks = kernel.backward(wanted)
        return self.add(place, "kernel", function, tuple(bound[name] for name in asks))

    def hand_out(self, reverse: ReverseStep, results: Sequence[int]) -> None:
        """Each gradient to the value or parameter that it belongs to. All others are in proportion to those that a loss begins with."""
        if self.rate is not None and self.program.steps[reverse.step].op.family == "loss":
            results = [self.add(reverse.step, "ufunc", np.multiply, (gradient, self.rate)) for gradient in results]
        for value, parameter, gradient in zip(reverse.inputs, reverse.arrays or (None,) * len(reverse.inputs), results, strict=True):
            if parameter is not None:
                self.collect(reverse.step, self.listing.gradients, parameter, gradient)
            elif value is not None:
                self.collect(reverse.step, self.of_value, value, gradient)

    def collect(self, place: int, known: dict[Any, int], key: Any, gradient: int) -> None:
        """One more gradient of a value or parameter; where there is one already, they are added up."""
        known[key] = gradient if key not in known else self.add(place, "ufunc", np.add, (known[key], gradient))

    def keep(self, index: int, step: Step) -> None:
        names_of = {name: source for name, source in step.arrays if isinstance(source, str)}
        asks = arguments(type(step.op), "keep")
        renewed = {field: self.listing.kept[name] for field, name in names_of.items() if name in self.listing.kept}   # by a layer before it
        results = self.call_whole(index, type(step.op).keep, step.op, {**self.known[index], **renewed}, asks, len(step.op.kept) - 1)
        self.listing.kept.update((names_of[field], value) for field, value in zip(step.op.kept, results, strict=True))


def wanted_places(reverse: ReverseStep, kind: type[Op]) -> Sequence[int]:
    """Which gradients a kernel has to give: of forward's inputs, counted from 0, and behind them of its arrays, each with a place."""
    if not is_gathering(kind):
        return reverse.wanted
    inputs, own = len(input_names(kind)), reverse.inputs.count(None)
    return [*reverse.wanted[:len(reverse.inputs) - own], *range(inputs, inputs + own)]
