"""The optimising compiler: a net's programs and arrays, and data of certain shapes, flow in; a Routine for these shapes comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netgraph.engines.compiler.assembly import Routine, assemble, complainer
from netgraph.engines.compiler.instruction import Instruction
from netgraph.engines.compiler.listing import list_program
from netgraph.engines.compiler.memory import Memory
from netgraph.engines.compiler.peephole import improved
from netgraph.engines.compiler.rate import Rate
from netgraph.engines.compiler.tracing import Fact, trace
from netgraph.gradient import differentiate
from netgraph.program import Program


@dataclass(frozen=True)
class Gradients:
    """Which gradients a routine leaves, and in which arrays, by the parameters' names; all of them times the rate, if there is one."""

    arrays: Mapping[str, np.ndarray]
    rate: Rate | None = None


def compile_routine(program: Program, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, data: Sequence[np.ndarray],
                    gradients: Gradients | None = None) -> Routine:
    """The routine of a program for data of these shapes.

    Without gradients it gives the outputs. With them it gives the loss, then what renews the buffers in the order of `kept_buffers`.

    Raises: DataError for data that an op refuses.
    """
    wanted, rate = (gradients.arrays, gradients.rate) if gradients else ({}, None)
    listing = list_program(program, arrays, rng, differentiate(program, tuple(wanted)) if gradients else None, rate)
    given = dict(zip((*program.inputs, *program.targets), data, strict=True))
    outputs = (program.loss, *listing.kept.values()) if gradients else program.outputs
    results = [listing.aliases.get(value, value) for value in outputs if value is not None]
    homes: dict[int, list[np.ndarray]] = {}
    for name, value in listing.gradients.items():
        homes.setdefault(value, []).append(wanted[name])
    instructions: Sequence[Instruction] = listing.instructions
    state = rng.bit_generator.state                        # so that the trace draws no random numbers that a run would miss
    facts: Mapping[int, Fact]
    facts, static = trace(instructions, {**listing.objects, **given}, complainer(program))
    rng.bit_generator.state = state
    objects = {**listing.objects, **static}
    instructions, facts = improved(instructions, facts, objects, [*results, *homes], rate)
    memory = Memory(instructions, facts, objects, homes, results)
    return assemble(instructions, memory, list(given), results, program)


def kept_buffers(program: Program) -> tuple[str, ...]:
    """The buffers that training renews, in the order in which a routine gives their new values."""
    return tuple(dict.fromkeys(str(dict(step.arrays)[field]) for step in program.steps for field in step.op.kept))
