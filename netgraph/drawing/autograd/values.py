"""A program and inputs come in; it is run once, and what its backward keeps goes out, with the bytes of each thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netgraph.anatomy import positional_forward
from netgraph.drawing.autograd.tape import Saved
from netgraph.op import arguments, input_names, is_gathering, is_variadic
from netgraph.program import Program, ReverseProgram, Step

Named = dict[str, Any]


def values_of(program: Program, reverse: ReverseProgram, inputs: Sequence[np.ndarray]) -> tuple[list[Any], list[Named]]:
    """Every value of the program, and of each step what it is asked to save, by the names of its page.

    Sizes are what is wanted, so the arrays of the net are zeros.
    """
    values: list[Any] = [None] * len(program.labels)
    for place, array in zip(program.inputs, inputs, strict=True):
        values[place] = array
    arrays = {name: np.zeros(p.shape, np.float32) for name, p in program.plan.parameters.items()}
    saved: list[Named] = []
    with np.errstate(all="ignore"):
        for step, names in zip(program.steps, reverse.saved, strict=True):
            for place in (place for place in step.inputs if values[place] is None):      # a target: the outputs are there by now
                values[place] = np.zeros_like(values[program.outputs[program.targets.index(place)]])
            saved.append(_run(step, names, values, arrays))
    return values, saved


def kept_by(saved: Sequence[Named]) -> list[tuple[Saved, ...]]:
    """What each step keeps, the net's arrays aside; memory that several keep counts with the first."""
    met: set[int] = set()
    kept: list[tuple[Saved, ...]] = []
    for named in saved:
        found = []
        for name, array in ((name, array) for name, value in named.items() for array in _arrays(value) if array.ndim):
            memory = _memory(array)
            found.append(Saved(name, array.shape, 0 if id(memory) in met else memory.nbytes))
            met.add(id(memory))
        kept.append(tuple(found))
    return kept


def _run(step: Step, names: Sequence[str], values: list[Any], arrays: Named) -> Named:
    """Run one step; what it saves, by name, its parameters left out."""
    kind = type(step.op)
    given: Named = {arguments(kind)[0]: tuple(values[place] for place in step.inputs)} if is_variadic(kind) else dict(
        zip(input_names(kind), (values[place] for place in step.inputs), strict=True))
    own = {name: values[source] if isinstance(source, int) else arrays[source] for name, source in step.arrays}
    everything = {"rng": np.random.default_rng(0), **given, **({"arrays": tuple(own.values())} if is_gathering(kind) else own)}
    inner = tuple(name for name in names if name not in everything and name not in arguments(kind))
    result = positional_forward(kind, inner)(step.op, *(everything.get(name) for name in arguments(kind)))
    values[step.result], *rest = result if inner else (result,)
    asked = {**{name: value for name, value in given.items() if name in names}, **dict(zip(inner, rest, strict=True))}
    return {name: value for name, value in asked.items() if name != "rng"}


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The arrays in a value, such as the states of all layers of a recurrent op."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _arrays(part)


def _memory(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
