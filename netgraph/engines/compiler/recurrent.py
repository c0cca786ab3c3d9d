"""Recurrent layers: sequences flow in; states and gradients come out, by the functions of the op's page in memory that is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netgraph.ops import OPS
from netgraph.ops.recurrence import (
    by_layer,
    elman_run,
    elman_run_back,
    gru_run,
    gru_run_back,
    input_gradient,
    lstm_run,
    lstm_run_back,
    rectified_run,
    rectified_run_back,
    run_layers,
    run_layers_back,
    side_by_side,
)

RECURRENT = tuple(OPS[word] for word in ("rnn", "lstm", "gru"))
CELLS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh": (elman_run, elman_run_back), "relu": (rectified_run, rectified_run_back), "lstm": (lstm_run, lstm_run_back),
    "gru": (gru_run, gru_run_back),
}


class KeptRoom:
    """Arrays that are asked for in the same order in each run: from the second run on they are there already.

    >>> room = KeptRoom(); first = room.empty((2, 3), "float32"); room.begin()
    >>> room.empty((2, 3), "float32") is first
    True
    """

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.count = 0

    def begin(self) -> None:
        """The next array is the first again."""
        self.count = 0

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """The next array, which holds anything."""
        if self.count == len(self.arrays):
            self.arrays.append(np.empty(shape, dtype))
        self.count += 1
        return self.arrays[self.count - 1]


class RecurrentKernel:
    """A sequence is many megabytes of states; to be given them anew in each run would cost as much as a third of the work."""

    title = "all steps, in memory that is kept"

    def __init__(self, op: Any) -> None:
        self.op = op
        self.run, self.run_back = CELLS[getattr(op, "nonlinearity", op.word)]
        self.forth, self.back = KeptRoom(), KeptRoom()

    def forward(self, x: np.ndarray, *others: Any) -> np.ndarray:
        """The states (N, T, D·H). `others` are the arrays, and the array to fill or None."""
        *arrays, out = others
        self.forth.begin()
        self.layers = by_layer(arrays, self.op.num_layers, self.op.directions)
        self.runs = run_layers(x, self.layers, self.run, self.forth.empty)
        self.sent: Any = None
        return filled(out, side_by_side(self.runs[-1], self.layers[-1]).transpose(2, 0, 1))

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The gradient of x is the first, then come those of the arrays; what they have in common is done once."""
        def gradient(gy: np.ndarray, out: np.ndarray | None) -> np.ndarray:
            if self.sent is None:
                self.back.begin()
                self.sent = run_layers_back(gy, self.layers, self.runs, self.run_back, self.back.empty)
            deltas, garrays = self.sent
            return filled(out, garrays[place - 1] if place else input_gradient(deltas, self.layers[0]).transpose(2, 0, 1))
        return gradient, ("gy",)


def filled(out: np.ndarray | None, values: np.ndarray) -> np.ndarray:
    """`out` holding the values, or where there is none, a copy of them."""
    if out is None:
        return values.copy("K")
    out[...] = values
    return out
