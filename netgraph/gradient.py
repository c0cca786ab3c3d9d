"""Differentiation: a Program with a loss flows in, the ReverseProgram comes out: only the gradients somebody needs."""

from __future__ import annotations

from collections.abc import Collection

from netgraph.anatomy import anatomy, backward_slice, gradient_name
from netgraph.cache import cached
from netgraph.op import Op, arguments, input_names, is_gathering, is_variadic
from netgraph.program import Program, ReverseProgram, ReverseStep, Step


def differentiate(program: Program, wanted: Collection[str], *, seeds: Collection[int | None] = (),
                  through: Collection[int] = ()) -> ReverseProgram:
    """The reverse program that gives the gradients of the wanted parameters, by name, and of the values to go `through`.

    It begins at the loss, or at the values whose gradients are given as `seeds`.

    >>> import netgraph as ng
    >>> from netgraph.lowering import lower
    >>> from netgraph.ops import LOSSES
    >>> program = lower(ng.infer(ng.chain(3, 4, "tanh", 1)), loss=LOSSES["sse"]())
    >>> reverse = differentiate(program, {"dense2.weight"})
    >>> [type(program.steps[step.step].op).__name__ for step in reverse.steps]      # nothing of the first layer
    ['SumOfSquaredErrors', 'AddBias', 'Dense']
    """
    wanted = set(wanted)
    needed = set(through)                                 # values on the way from a wanted parameter to the loss
    for step in program.steps:
        if any(source in wanted or source in needed for _, source in step.arrays) or any(value in needed for value in _flowing(step)):
            needed.add(step.result)
    reached, steps = set(seeds or {program.loss}), []
    for index in reversed(range(len(program.steps))):
        step = program.steps[index]
        if step.result in needed and step.result in reached:
            reverse = _reverse(index, step, needed, wanted)
            reached.update(value for value in reverse.inputs if value is not None)
            steps.append(reverse)
    saved: list[tuple[str, ...]] = [_kept_names(step.op) if program.is_training else () for step in program.steps]
    for reverse in steps:
        kind = type(program.steps[reverse.step].op)
        asks = (name for name in backward_slice(kind, reverse.wanted).asks if name != gradient_name(kind))
        saved[reverse.step] = tuple(dict.fromkeys((*saved[reverse.step], *asks)))
    return ReverseProgram(tuple(steps), tuple(saved))


def _flowing(step: Step) -> tuple[int, ...]:
    """The inputs that a gradient flows to."""
    kind = type(step.op)
    if not kind.no_gradient:
        return step.inputs
    return tuple(value for name, value in zip(input_names(kind), step.inputs, strict=True) if name not in kind.no_gradient)


def _reverse(index: int, step: Step, needed: set[int], wanted: set[str]) -> ReverseStep:
    kind = type(step.op)
    if is_variadic(kind):
        return ReverseStep(index, (0,), tuple(value if value in needed else None for value in step.inputs), ())
    places = _places(kind)
    inputs = [(places[name], value) for name, value in zip(input_names(kind), step.inputs, strict=True)
              if value in needed and name not in kind.no_gradient]
    if is_gathering(kind):
        return _of_gathered(index, inputs, places["arrays"], [name if isinstance(name, str) and name in wanted else None
                                                              for _, name in step.arrays])
    inputs += [(places[name], source) for name, source in step.arrays if isinstance(source, int) and source in needed]
    arrays = [(places[name], source) for name, source in step.arrays if isinstance(source, str) and source in wanted]
    return ReverseStep(index, tuple(place for place, _ in (*inputs, *arrays)),
                       (*(value for _, value in inputs), *(None for _ in arrays)), (*(None for _ in inputs), *(name for _, name in arrays)))


@cached
def _places(kind: type[Op]) -> dict[str, int]:
    """Which argument of forward has which name."""
    return {name: i for i, name in enumerate(arguments(kind))}


def _of_gathered(index: int, inputs: list[tuple[int, int]], place: int, arrays: list[str | None]) -> ReverseStep:
    """The gradients of arrays that come together: all of them, if one is wanted."""
    if not any(arrays):
        arrays = []
    return ReverseStep(index, (*(place for place, _ in inputs), *((place,) if arrays else ())),
                       (*(value for _, value in inputs), *(None for _ in arrays)), (*(None for _ in inputs), *arrays))


def _kept_names(op: Op) -> tuple[str, ...]:
    return anatomy(type(op), "keep").asks if op.kept else ()
