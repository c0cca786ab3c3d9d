"""The NumPy machine: data flows in, and through a list of calls between numbered slots; outputs and gradients flow out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import DataError, shorten
from netgraph.program import Program


@dataclass(frozen=True, slots=True)
class Call:
    """A function, the slots of its arguments, and the slot of its result, or of each of its results."""

    function: Callable[..., Any]
    taken: tuple[int, ...]
    given: tuple[int, ...] | int


@dataclass(frozen=True, slots=True)
class Renewal:
    """The call that renews some buffers after a training step."""

    function: Callable[..., tuple[Any, ...]]
    taken: tuple[int, ...]
    buffers: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """A program bound to a net's arrays.

    Every value, saved local, array and gradient has a slot of its own in one list: the program's values come first; `blank` is the
    list with the arrays in their places. `gradients` says in which slot the gradient of each parameter ends, `value_gradients` that of
    each value that has one.
    """

    program: Program
    blank: tuple[Any, ...]
    forward: tuple[Call, ...]
    backward: tuple[Call, ...]
    gradients: Mapping[str, int]
    renewals: tuple[Renewal, ...]
    value_gradients: Mapping[int, int]

    def run(self, inputs: Sequence[Any], targets: Sequence[Any] = (), check_finite: bool = False) -> list[Any]:
        """All slots as they are after the forward calls.

        Raises: DataError, with `check_finite`, naming the first node that gives NaN or an infinity.
        """
        slots = list(self.blank)
        for place, value in zip((*self.program.inputs, *self.program.targets), (*inputs, *targets), strict=True):
            slots[place] = value
        if not check_finite:
            return _follow(self.forward, slots)
        for call, step in zip(self.forward, self.program.steps, strict=True):
            _follow((call,), slots)
            if not step.op.gives_infinities:
                self._refuse_infinite(slots, call.given if isinstance(call.given, int) else call.given[0])
        return slots

    def loss(self, slots: list[Any]) -> float:
        """The loss that a forward run with targets left in its slots."""
        assert self.program.loss is not None
        return float(slots[self.program.loss])

    def run_backward(self, slots: list[Any]) -> dict[str, Any]:
        """The gradients of the parameters, by name; the slots of a forward run are filled on."""
        _follow(self.backward, slots)
        return {name: slots[place] for name, place in self.gradients.items()}

    def _refuse_infinite(self, slots: list[Any], place: int) -> None:
        if not np.all(np.isfinite(slots[place])):
            node, part = self.program.labels[place]
            kind = "NaN" if np.any(np.isnan(slots[place])) else "an infinity"
            raise DataError(f"Node {shorten(node)} is the first to give {kind}{f' ({part})' if part else ''}. "
                            f"Look at its weights and at what flows in; a smaller learning rate or a normalisation before it often helps.")


def _follow(calls: Iterable[Call], slots: list[Any]) -> list[Any]:
    for call in calls:
        result = call.function(*[slots[i] for i in call.taken])
        if isinstance(call.given, int):
            slots[call.given] = result
        else:
            for place, value in zip(call.given, result, strict=True):
                slots[place] = value
    return slots
