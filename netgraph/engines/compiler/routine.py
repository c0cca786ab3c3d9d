"""The optimising compiler: a net's programs and arrays, and data of certain shapes, flow in; a Routine for these shapes comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from netgraph.engines.compiler.assembly import Routine, assemble
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.listing import list_program
from netgraph.engines.compiler.memory import Memory
from netgraph.engines.compiler.peephole import improved
from netgraph.engines.compiler.tracing import Fact, trace
from netgraph.errors import DataError, shorten
from netgraph.program import Program, ReverseProgram


def compile_routine(program: Program, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, data: Sequence[np.ndarray],
                    reverse: ReverseProgram | None = None, gradients: Mapping[str, np.ndarray] | None = None) -> Routine:
    """The routine of a program for data of these shapes.

    Without a reverse it gives the outputs. With one it gives the loss, then what renews the buffers in the order of `kept_buffers`,
    and leaves the gradients in the arrays given for them.

    Raises: DataError for data that an op refuses.
    """
    listing = list_program(program, arrays, rng, reverse)
    given = dict(zip((*program.inputs, *program.targets), data, strict=True))
    outputs = program.outputs if reverse is None else (program.loss, *listing.kept.values())
    results = [listing.aliases.get(value, value) for value in outputs if value is not None]
    homes: dict[int, list[np.ndarray]] = {}
    for name, value in listing.gradients.items():
        homes.setdefault(value, []).append((gradients or {})[name])
    complain = _complainer(program)
    instructions: Sequence[Instruction] = listing.instructions
    state = rng.bit_generator.state                        # so that the trace draws no random numbers that a run would miss
    facts: Mapping[int, Fact]
    facts, static = trace(instructions, {**listing.objects, **given}, [*results, *homes], complain)
    rng.bit_generator.state = state
    instructions, facts = improved(instructions, facts, {**listing.objects, **static}, [*results, *homes])
    memory = Memory(instructions, facts, {**listing.objects, **static}, homes, results)
    return assemble(instructions, memory, list(given), results, complain)


def kept_buffers(program: Program) -> tuple[str, ...]:
    """The buffers that training renews, in the order in which a routine gives their new values."""
    return tuple(dict.fromkeys(str(dict(step.arrays)[field]) for step in program.steps for field in step.op.kept))


def _complainer(program: Program) -> Callable[[int, str], Exception]:
    def complain(place: int, reason: str) -> Exception:
        step = program.steps[place]
        return DataError(f"{'The loss' if step.node == 'loss' else f'Node {shorten(step.node)}'} {reason}")
    return complain
