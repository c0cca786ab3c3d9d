"""A graph, plan or compiled net of ours comes in; the tape of its reverse program goes out: each step with its layer and what it saves."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.drawing.autograd.flags import UNUSED
from netgraph.drawing.autograd.tape import Call, Flag, Function, Gradient, Grown, Result, Tape
from netgraph.drawing.autograd.values import kept_by, values_of
from netgraph.drawing.autograd.words import function_words
from netgraph.drawing.composition.words import short_name_of
from netgraph.drawing.subject import read_subject
from netgraph.errors import DrawError, shorten, suggestion
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.ops import LOSSES
from netgraph.plan import Plan
from netgraph.program import Program, ReverseProgram, Step
from netgraph.unrolling import Sequence as WholeSequence, TimeStep, unroll
from netgraph.weights import NodeId

STEPS = 4            # the size that a named dim, such as "T", is given where no input says it


def reverse_tape(subject: Any, inputs: Sequence[Any] = (), loss: Any = None) -> Tape:
    """The tape of the reverse program that trains every parameter of a net, for inputs of those shapes, or one sample.

    Raises: DrawError for an unknown loss, inputs that are too few, too many or of another shape, and where there is nothing to train.

    >>> import netgraph as ng
    >>> tape = reverse_tape(ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 1}), loss="mse")
    >>> [f"{step.scope[-1].word}: {step.name}" for step in tape.functions]
    ['loss: mean squared error', 'y: add bias', 'y: dense', 'h: tanh', 'h: add bias', 'h: dense']
    """
    plan, _ = read_subject(subject)
    given = _inputs(plan, inputs)
    op = _loss(loss)
    steps = next((array.shape[1] for array in given), STEPS)
    program = unroll(plan, steps, True, op) if plan.is_recurrent else lower(plan, True, op)
    wanted = [parameter.name for parameter in plan.parameters.values() if parameter.trainable and not parameter.is_buffer]
    reverse = differentiate(program, wanted, seeds=() if op else program.outputs)
    if not reverse.steps:
        raise DrawError("There is nothing to train: no parameter with trainable=True stands before the outputs. "
                        "Draw the layers with ng.draw(G).")
    tape = _tape(program, reverse, given, wanted)
    unused = tuple(name for name in wanted if name not in tape.parameters)
    return replace(tape, flags=(Flag(UNUSED, unused),) if unused else ())


def _loss(loss: Any) -> Op | None:
    if loss is None or (isinstance(loss, Op) and loss.family == "loss"):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise DrawError(f"There is no loss {shorten(loss)} for a net that runs in NumPy. {suggestion(str(loss), LOSSES)}")
    op: Op = LOSSES[loss]()
    return op


def _inputs(plan: Plan, inputs: Sequence[Any]) -> list[np.ndarray]:
    if inputs and len(inputs) != len(plan.inputs):
        raise DrawError(f"The net has {len(plan.inputs)} inputs, but got {len(inputs)}. Give all of them, or none for a single sample.")
    if inputs:
        return [_of_its_shape(plan, name, array) for name, array in zip(plan.inputs, inputs, strict=True)]
    return [np.zeros((1, *(dim if isinstance(dim, int) else STEPS for dim in plan.sample_shapes(name)[0])),
                     np.int64 if plan[name].is_integer else np.float32) for name in plan.inputs]


def _of_its_shape(plan: Plan, name: NodeId, given: Any) -> np.ndarray:
    array, wanted = np.asarray(given), plan.sample_shapes(name)[0]
    if array.ndim != len(wanted) + 1 or any(isinstance(dim, int) and dim != n for dim, n in zip(wanted, array.shape[1:], strict=True)):
        raise DrawError(f"Input {shorten(name)} wants shape ({', '.join(['N', *map(str, wanted)])}), N samples, but got {array.shape}. "
                        "Give such an array, or no inputs for a single sample.")
    return array


def _tape(program: Program, reverse: ReverseProgram, inputs: Sequence[np.ndarray], names: Sequence[str]) -> Tape:
    values, kept = values_of(program, reverse, inputs)
    place = {program.steps[step.step].result: number for number, step in enumerate(reverse.steps)}
    scopes = _scopes(program)
    rank = {name: number for number, name in enumerate(names)}
    met: set[str] = set()
    saved = kept_by(kept)
    functions = []
    for step in reverse.steps:
        grown = [name for name in dict.fromkeys(step.arrays) if name is not None]
        functions.append(Function(
            step, function_words(type(program.steps[step.step].op).__name__), scopes[step.step], bool(scopes[step.step]),
            tuple(dict.fromkeys(Gradient(place[value], np.shape(values[value])) for value in step.inputs if value in place)),
            tuple(Grown(name, program.plan.parameters[name].count, name, name not in met, rank.get(name, 0)) for name in grown),
            saved[step.step]))
        met |= set(grown)
    begun = program.outputs if program.loss is None else (program.loss,)
    results = tuple(Result("loss" if value == program.loss else str(program.labels[value][0]), np.shape(values[value]), place[value])
                    for value in dict.fromkeys(begun) if value in place)
    return Tape(program.plan.name or "net", tuple(functions), results)


def _scopes(program: Program) -> list[tuple[Call, ...]]:
    """For each step the groups that its layer is in, and the layer; in an unrolled net within the time step."""
    scopes, time = [], tuple[Call, ...]()
    for step in program.steps:
        if isinstance(step.op, TimeStep):
            time = (Call(("step", step.op.t), "step"),)
        elif isinstance(step.op, WholeSequence):
            time = ()
        own = () if isinstance(step.op, WholeSequence) else _scope(program.plan, step, tuple(call.serial for call in time))
        scopes.append((*time, *own))
    return scopes


def _scope(plan: Plan, step: Step, time: tuple[Hashable, ...]) -> tuple[Call, ...]:
    if step.node not in plan.layers:
        return (Call((*time, "loss"), "loss", step.op.word, "source"),)
    layer = plan[step.node]
    groups = tuple(Call((*time, layer.group[:length]), layer.group[length - 1]) for length in range(1, len(layer.group) + 1))
    return (*groups, Call((*time, "layer", layer.id), short_name_of(layer), layer.op_name, layer.op.family))
