"""The runner: arrays flow in, and go through a routine compiled for their shapes, or step by step where each value is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Any

import numpy as np

from netgraph.blas import advice
from netgraph.engines.binding import bind
from netgraph.engines.collection import without_collection
from netgraph.engines.compiler.assembly import Routine
from netgraph.engines.compiler.rate import Rate
from netgraph.engines.compiler.report import routine_table
from netgraph.engines.compiler.routine import Gradients, compile_routine, kept_buffers
from netgraph.engines.fusion import with_bias_within, with_losses_of_logits
from netgraph.engines.machine import Machine
from netgraph.engines.store import Store, views_of
from netgraph.errors import DataError
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.program import Program
from netgraph.unrolling import unroll
from netgraph.weights import memory_bytes

MOST_ROUTINES = 16
MOST_UNROLLED = 200_000                                    # layers, counted at each time step: a call then takes some GB to compile
WORTH_ADVICE = 10**7                                       # FLOPs of a call, from which matrix products are most of the time
LARGEST_ABOVE_ONES = 2048                                  # numbers of a batch that are copied sooner than a bias is added


class Runner:
    """Runs a plan on the arrays of a net. `gradient` is one flat vector, of which `gradients` are the views by name.

    A routine is compiled for each new set of shapes and dtypes; the MOST_ROUTINES of them that were used last are kept. A routine's
    buffers serve one run at a time, so whoever runs one holds the `lock`. A run that is asked to be scaled leaves the gradients times
    the `rate`.
    """

    def __init__(self, plan: Plan, parameters: Store, buffers: Store, trainable: Sequence[str], rng: np.random.Generator,
                 truncate: int | None = None) -> None:
        self.plan, self.parameters, self.buffers, self.rng, self.truncate = plan, parameters, buffers, rng, truncate
        self.gradient = np.zeros(sum(parameters[name].size for name in trainable), parameters.flat.dtype)
        shapes = {name: parameters[name].shape for name in trainable}
        self.gradients, self._gradient_blocks = views_of(self.gradient, shapes, parameters.pairs)
        self.rate = Rate(parameters.flat.dtype)
        self.lock = RLock()
        self._programs: dict[Any, Program] = {}
        self._routines: dict[Any, Routine] = {}
        self._machines: dict[Any, Machine] = {}

    @without_collection()
    def program(self, loss: Op | None = None, steps: int = 1) -> Program:
        """The program of a call; or with a loss, that of training. A recurrent net's is unrolled for so many time steps."""
        if (loss, steps) not in self._programs:
            if self.plan.is_recurrent:
                require_short(self.plan, steps)
            if len(self._programs) >= MOST_ROUTINES:
                del self._programs[next(iter(self._programs))]
            is_trained = loss is not None
            self._programs[loss, steps] = with_losses_of_logits(
                unroll(self.plan, steps, is_trained, loss, self.truncate) if self.plan.is_recurrent else lower(self.plan, is_trained, loss))
        return self._programs[loss, steps]

    def steps_of(self, data: Sequence[np.ndarray]) -> int:
        """How many time steps a recurrent net has to make for the data; 1 for any other net."""
        return data[0].shape[1] if self.plan.is_recurrent else 1

    def routine(self, data: Sequence[np.ndarray], loss: Op | None = None, is_scaled: bool = False) -> Routine:
        """The routine for data of these shapes and dtypes: of a call, or with a loss, of a training step."""
        key = (loss, is_scaled, *((array.shape, array.dtype) for array in data))
        if key in self._routines:
            self._routines[key] = self._routines.pop(key)  # the last used stand last
        else:
            if len(self._routines) >= MOST_ROUTINES:
                del self._routines[next(iter(self._routines))]
            if sum(array.nbytes for array in data) > memory_bytes():
                raise _too_large(data)
            try:
                self._routines[key] = self._compiled(data, loss, is_scaled)
            except MemoryError:
                raise _too_large(data) from None
        return self._routines[key]

    @without_collection()
    def _compiled(self, data: Sequence[np.ndarray], loss: Op | None, is_scaled: bool) -> Routine:
        program, arrays, gradients = self.program(loss, self.steps_of(data)), {**self.parameters, **self.buffers}, self.gradients
        samples = len(data[0]) if data else 1
        pairs = {weight: bias for weight, bias in self.parameters.pairs.items() if self.parameters.blocks[weight].shape[0] * samples
                 <= LARGEST_ABOVE_ONES}
        if pairs:
            program = with_bias_within(program, pairs)
            arrays.update((weight, self.parameters.blocks[weight]) for weight in pairs)
            gradients = {**gradients, **{weight: block for weight, block in self._gradient_blocks.items() if weight in pairs}}
        if loss is None:
            return compile_routine(program, arrays, self.rng, data)
        return compile_routine(program, arrays, self.rng, data, Gradients(gradients, self.rate if is_scaled else None))

    def outputs(self, data: Sequence[np.ndarray], check_finite: bool = False) -> tuple[np.ndarray, ...]:
        """The outputs of a call."""
        with self.lock:
            if not check_finite:
                return self.routine(data).run(*data)
            machine = self.machine(steps=self.steps_of(data))
            slots = machine.run(data, check_finite=True)
        return tuple(slots[value] for value in machine.program.outputs)

    def train(self, data: Sequence[np.ndarray], loss: Op, check_finite: bool = False, is_scaled: bool = False) -> tuple[Any, ...]:
        """The loss of a batch, and the new values of the program's `kept_buffers`; the gradients are left in `gradients`."""
        if not check_finite:
            return self.routine(data, loss, is_scaled).run(*data)
        machine = self.machine(loss, self.steps_of(data))
        count = len(self.plan.inputs)
        slots = machine.run(data[:count], data[count:], check_finite=True)
        for name, gradient in machine.run_backward(slots).items():
            self.gradients[name][...] = gradient
        kept = {buffer: value for renewal in machine.renewals
                for buffer, value in zip(renewal.buffers, renewal.function(*[slots[i] for i in renewal.taken]), strict=True)}
        return machine.loss(slots), *(kept[name] for name in kept_buffers(machine.program))

    def report(self) -> str:
        """A table of the routines compiled so far: for each layer how many calls of NumPy it makes, and what does its work.

        Behind nets that are large enough to gain by it stands what would make matrix products sooner done.
        """
        tables = [routine_table(key, routine) for key, routine in self._routines.items()]
        samples = max((key[2][0][0] for key in self._routines if len(key) > 2), default=0)
        return "\n\n".join([*tables, *filter(None, [advice() if samples * self.plan.flops >= WORTH_ADVICE else ""])])

    def machine(self, loss: Op | None = None, steps: int = 1) -> Machine:
        """The program bound step by step, so that every value can be looked at."""
        if (loss, steps) not in self._machines:
            program = self.program(loss, steps)
            reverse = None if loss is None else differentiate(program, tuple(self.gradients))
            self._machines = {(loss, steps): bind(program, {**self.parameters, **self.buffers}, self.rng, reverse)}
        return self._machines[loss, steps]


def require_short(plan: Plan, steps: int) -> None:
    """Raises: DataError for sequences that are too long to be unrolled."""
    if steps * len(plan) > MOST_UNROLLED:
        raise DataError(f"Sequences of {steps:,} time steps through {len(plan):,} layers are too long to be unrolled: "
                        f"{MOST_UNROLLED:,} layers in all are the most. Cut them into shorter ones, or run the torch module, "
                        f"ng.compile(G, 'torch'), which goes along them in a loop.")


def _too_large(data: Sequence[np.ndarray]) -> DataError:
    return DataError(f"A batch of {len(data[0]):,} samples needs more memory than there is. "
                     "Use smaller ones: net.predict(x, batch_size=64), net.fit(x, y, batch_size=64, ...).")
