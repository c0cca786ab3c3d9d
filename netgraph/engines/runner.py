"""The runner: arrays flow in, and go through a routine compiled for their shapes, or step by step where each value is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Any

import numpy as np

from netgraph.engines.binding import bind
from netgraph.engines.compiler.assembly import Routine
from netgraph.engines.compiler.report import routine_table
from netgraph.engines.compiler.routine import compile_routine, kept_buffers
from netgraph.engines.fusion import with_losses_of_logits
from netgraph.engines.machine import Machine
from netgraph.engines.store import Store, views_of
from netgraph.errors import DataError
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.program import Program, ReverseProgram
from netgraph.weights import memory_bytes

MOST_ROUTINES = 16


class Runner:
    """Runs a plan on the arrays of a net. `gradient` is one flat vector, of which `gradients` are the views by name.

    A routine is compiled for each new set of shapes and dtypes; the MOST_ROUTINES of them that were used last are kept. A routine's
    buffers serve one run at a time, so whoever runs one holds the `lock`.
    """

    def __init__(self, plan: Plan, parameters: Store, buffers: Store, trainable: Sequence[str], rng: np.random.Generator) -> None:
        self.plan, self.parameters, self.buffers, self.rng = plan, parameters, buffers, rng
        self.gradient = np.zeros(sum(parameters[name].size for name in trainable), parameters.flat.dtype)
        self.gradients = views_of(self.gradient, {name: parameters[name].shape for name in trainable})
        self.lock = RLock()
        self._programs: dict[Op | None, tuple[Program, ReverseProgram | None]] = {}
        self._routines: dict[Any, Routine] = {}
        self._machines: dict[Op | None, Machine] = {}

    def programs(self, loss: Op | None = None) -> tuple[Program, ReverseProgram | None]:
        """The program of a call; or with a loss, that of training and its reverse."""
        if loss not in self._programs:
            program = with_losses_of_logits(lower(self.plan, training=loss is not None, loss=loss))
            self._programs[loss] = program, None if loss is None else differentiate(program, tuple(self.gradients))
        return self._programs[loss]

    def routine(self, data: Sequence[np.ndarray], loss: Op | None = None) -> Routine:
        """The routine for data of these shapes and dtypes: of a call, or with a loss, of a training step."""
        key = (loss, *((array.shape, array.dtype) for array in data))
        if key in self._routines:
            self._routines[key] = self._routines.pop(key)  # the last used stand last
        else:
            if len(self._routines) >= MOST_ROUTINES:
                del self._routines[next(iter(self._routines))]
            if sum(array.nbytes for array in data) > memory_bytes():
                raise _too_large(data)
            program, reverse = self.programs(loss)
            arrays = {**self.parameters, **self.buffers}
            try:
                self._routines[key] = compile_routine(program, arrays, self.rng, data, reverse, self.gradients)
            except MemoryError:
                raise _too_large(data) from None
        return self._routines[key]

    def outputs(self, data: Sequence[np.ndarray], check_finite: bool = False) -> tuple[np.ndarray, ...]:
        """The outputs of a call."""
        with self.lock:
            if not check_finite:
                return self.routine(data).run(*data)
            machine = self.machine()
            slots = machine.run(data, check_finite=True)
        return tuple(slots[value] for value in machine.program.outputs)

    def train(self, data: Sequence[np.ndarray], loss: Op, check_finite: bool = False) -> tuple[float, dict[str, np.ndarray]]:
        """The loss of a batch, and new values for the buffers, by name; the gradients are left in `gradients`."""
        if not check_finite:
            value, *renewed = self.routine(data, loss).run(*data)
            return float(value), dict(zip(kept_buffers(self.programs(loss)[0]), renewed, strict=True))
        machine = self.machine(loss)
        count = len(self.plan.inputs)
        slots = machine.run(data[:count], data[count:], check_finite=True)
        for name, gradient in machine.run_backward(slots).items():
            self.gradients[name][...] = gradient
        kept = {buffer: value for renewal in machine.renewals
                for buffer, value in zip(renewal.buffers, renewal.function(*[slots[i] for i in renewal.taken]), strict=True)}
        return machine.loss(slots), kept

    def report(self) -> str:
        """A table of the routines compiled so far: for each layer how many calls of NumPy it makes, and what does its work."""
        return "\n\n".join(routine_table(key, routine, self.programs(key[0])[0]) for key, routine in self._routines.items())

    def machine(self, loss: Op | None = None) -> Machine:
        """The program bound step by step, so that every value can be looked at."""
        if loss not in self._machines:
            program, reverse = self.programs(loss)
            self._machines[loss] = bind(program, {**self.parameters, **self.buffers}, self.rng, reverse)
        return self._machines[loss]


def _too_large(data: Sequence[np.ndarray]) -> DataError:
    return DataError(f"A batch of {len(data[0]):,} samples needs more memory than there is. "
                     "Use smaller ones: net.predict(x, batch_size=64), net.fit(x, y, batch_size=64, ...).")
