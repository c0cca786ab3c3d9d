"""What an optimiser keeps: its vectors flow in, arrays by parameter for a graph's attribute come out, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netgraph.engines.training.optimizers import Optimizer, State
from netgraph.errors import TrainingError, shorten

OPTIMIZER_STATE = "optimizer_state"                        # the graph's attribute
CURE = "Save what trainer.graph gives, or leave resume= out to begin anew."


def kept_state(optimizer: Optimizer, state: State, steps: int, weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The state as plain data: {"optimizer": its name, "steps": how many were taken, and each of its moments by parameter}."""
    flat = _flat_of(weights)
    moments = {word: {name: _place(state[word], array, flat).copy() for name, array in weights.items()}
               for word in _moments(optimizer, state)}
    return {"optimizer": type(optimizer).__name__.lower(), "steps": steps, **moments}


def resume_state(kept: object, optimizer: Optimizer, state: State, weights: Mapping[str, np.ndarray]) -> int:
    """Write what was kept into the state, in place, and give the number of steps.

    Raises: TrainingError when nothing was kept, or it is not what this optimiser keeps for these weights.
    """
    if kept is None:
        raise TrainingError(f"The graph carries no state of an optimiser to resume from. {CURE}")
    name, words = type(optimizer).__name__.lower(), _moments(optimizer, state)
    if not isinstance(kept, Mapping) or type(kept.get("steps")) is not int or kept["steps"] < 0:
        raise TrainingError(f"G.graph['{OPTIMIZER_STATE}'] is {shorten(kept)}, which is no state of an optimiser. {CURE}")
    if kept.get("optimizer") != name:
        raise TrainingError(f"The graph carries the state of {shorten(kept.get('optimizer'))}, but the trainer's optimiser is '{name}'. "
                            f"{CURE}")
    flat = _flat_of(weights)
    for word in words:
        arrays = kept.get(word)
        for parameter, weight in weights.items():
            array = arrays.get(parameter) if isinstance(arrays, Mapping) else None
            if not isinstance(array, np.ndarray) or array.shape != weight.shape or array.dtype.kind not in "fiu":
                raise TrainingError(f"The state that the graph carries has no '{word}' for '{parameter}' of shape {weight.shape}. {CURE}")
            _place(state[word], weight, flat)[...] = array
    return int(kept["steps"])


def _moments(optimizer: Optimizer, state: State) -> list[str]:
    """The vectors that are in use: plain descent keeps none."""
    return [word for word in optimizer.moments if state[word].size]


def _flat_of(weights: Mapping[str, np.ndarray]) -> int:
    """Where the vector begins that all weights are views of."""
    return min((_address(array) for array in weights.values()), default=0)


def _place(vector: np.ndarray, array: np.ndarray, start: int) -> np.ndarray:
    """The numbers of the vector that lie in it as the array's lie in the vector of all weights, which begins at `start`."""
    return np.ndarray(array.shape, vector.dtype, vector, _address(array) - start, array.strides)


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])
