"""Binding: a Program, its reverse and a net's arrays flow in, the Machine that runs them comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from operator import add
from typing import Any

from netgraph.anatomy import backward_slice, gradient_name, positional_backward, positional_forward
from netgraph.engines.machine import Call, Machine, Renewal
from netgraph.errors import DataError, shorten
from netgraph.op import Op, arguments, input_names, is_gathering, is_variadic
from netgraph.program import Program, ReverseProgram, ReverseStep, Step

Places = dict[str, int | tuple[int, ...]]      # the slot of each name that an op uses; of a variadic name, the slots


def bind(program: Program, arrays: Mapping[str, Any], rng: Any, reverse: ReverseProgram | None = None) -> Machine:
    """The program as a machine, with its reverse if there is one. The arrays are bound, not copied: change them in place."""
    binder = _Binder(program, arrays, rng)
    saved = reverse.saved if reverse else [()] * len(program.steps)
    for step, names in zip(program.steps, saved, strict=True):
        binder.bind_forward(step, names)
    for reverse_step in reverse.steps if reverse else ():
        binder.bind_backward(reverse_step)
    return Machine(program, tuple(binder.slots), tuple(binder.forward), tuple(binder.backward), binder.of_parameter, tuple(binder.renewals),
                   binder.of_value)


class _Binder:
    def __init__(self, program: Program, arrays: Mapping[str, Any], rng: Any) -> None:
        self.program = program
        self.slots: list[Any] = [None] * len(program.labels)
        self.arrays = {name: self.new_slot(array) for name, array in arrays.items()}
        self.rng, self.nothing = self.new_slot(rng), self.new_slot()
        self.forward: list[Call] = []
        self.backward: list[Call] = []
        self.renewals: list[Renewal] = []
        self.places: list[Places] = []                     # of each step: the slots of what its backward may ask for
        self.of_value: dict[int, int] = {} if program.loss is None else {program.loss: self.new_slot(1.0)}
        self.of_parameter: dict[str, int] = {}

    def new_slot(self, content: Any = None) -> int:
        self.slots.append(content)
        return len(self.slots) - 1

    def bind_forward(self, step: Step, asked: Sequence[str]) -> None:
        kind = type(step.op)
        places = self.argument_places(step)
        saved = tuple(name for name in asked if name not in places)
        taken = flat_places(places, tuple(places))
        places.update((name, self.new_slot()) for name in saved)
        function = _guarded(bound_to(positional_forward(kind, saved), step.op, places, arguments(kind)), step)
        self.forward.append(Call(function, taken, (step.result, *flat_places(places, saved)) if saved else step.result))
        self.places.append(places)
        if self.program.is_training and step.op.kept:
            buffers = {name: source for name, source in step.arrays if isinstance(source, str)}
            taken = flat_places(places, arguments(kind, "keep"))
            self.renewals.append(Renewal(step.op.keep, taken, tuple(buffers[name] for name in kind.kept)))

    def argument_places(self, step: Step) -> Places:
        kind = type(step.op)
        if is_variadic(kind):
            return {arguments(kind)[0]: step.inputs}
        places: Places = {name: self.rng if name == "rng" else self.nothing for name in arguments(kind)}
        places.update(zip(input_names(kind), step.inputs, strict=True))
        arrays = {name: source if isinstance(source, int) else self.arrays[source] for name, source in step.arrays}
        return {**places, "arrays": tuple(arrays.values())} if is_gathering(kind) else {**places, **arrays}

    def bind_backward(self, reverse: ReverseStep) -> None:
        step = self.program.steps[reverse.step]
        kind = type(step.op)
        places: Places = {**self.places[reverse.step], gradient_name(kind): self.of_value[step.result]}
        asks = backward_slice(kind, reverse.wanted).asks
        function = bound_to(positional_backward(kind, reverse.wanted), step.op, places, asks)
        sums: list[Call] = []
        given = []
        for value, parameter in zip(reverse.inputs, reverse.arrays or (None,) * len(reverse.inputs), strict=True):
            known: dict[Any, int] = self.of_value if parameter is None else self.of_parameter
            key = value if parameter is None else parameter
            given.append(self.nothing if key is None else self.collect(known, key, sums))
        self.backward += [Call(only(function) if is_variadic(kind) else function, flat_places(places, asks), tuple(given)), *sums]

    def collect(self, known: dict[Any, int], key: Any, sums: list[Call]) -> int:
        """A slot for one more gradient of a value or parameter; where there is one already, a call will add them up."""
        slot = self.new_slot()
        before, known[key] = known.get(key), slot
        if before is not None:
            known[key] = self.new_slot()
            sums.append(Call(add, (before, slot), known[key]))
        return slot


def flat_places(places: Places, names: Sequence[str]) -> tuple[int, ...]:
    """The slots of these names in order, those of a variadic one in a row."""
    each = (places[name] for name in names)
    return tuple(slot for place in each for slot in (place if isinstance(place, tuple) else (place,)))


def bound_to(function: Callable[..., Any], op: Op, places: Places, names: Sequence[str]) -> Callable[..., Any]:
    """The function for one op, called with one value for each slot: those of a variadic name are gathered into a tuple."""
    counts = [len(place) if isinstance(place := places[name], tuple) else None for name in names]
    if not any(counts):
        return partial(function, op)

    def gather(*values: Any) -> Any:
        rest = iter(values)
        return function(op, *[next(rest) if count is None else tuple(islice(rest, count)) for count in counts])
    return gather


def only(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives the first of what another gives."""
    return lambda *values: function(*values)[0]


def _guarded(function: Callable[..., Any], step: Step) -> Callable[..., Any]:
    """The function behind a look at what flows in, for ops that refuse some values."""
    if type(step.op).refuse is Op.refuse:
        return function

    def guarded(*values: Any) -> Any:
        if reason := step.op.refuse(*values):
            raise DataError(f"{'The loss' if step.node == 'loss' else f'Node {shorten(step.node)}'} {reason}")
        return function(*values)
    return guarded
