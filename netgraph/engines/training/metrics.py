"""Metrics: outputs and targets flow in, one number comes out."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from netgraph.engines.samples import as_array, each_step
from netgraph.errors import DataError, OpError, shorten, suggestion
from netgraph.fields import real

Metric = Callable[[np.ndarray, np.ndarray], float]


def accuracy(outputs: np.ndarray, targets: np.ndarray, threshold: float = 0.5) -> float:
    """The share of samples whose class is right.

    Shapes: outputs (N, C) with C classes along axis 1, or (N, 1) or (N,) for one probability; targets: classes (N,), or outputs' shape.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    if outputs.ndim > 1 and outputs.shape[1] > 1:
        classes = targets.argmax(axis=1) if targets.shape == outputs.shape else targets
        return float(np.mean(outputs.argmax(axis=1) == _same_shape(classes, outputs[:, 0])))
    return float(np.mean((outputs > threshold).ravel() == (_same_shape(targets, outputs) > threshold).ravel()))


def _same_shape(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    if targets.shape != outputs.shape and targets.shape != outputs.shape[:-1]:
        raise DataError(f"The targets have shape {targets.shape}, but there are outputs for {outputs.shape}. "
                        "Give one target for each sample.")
    return targets


def mse(outputs: np.ndarray, targets: np.ndarray) -> float:
    """The mean of (output − target)²."""
    return float(np.mean((outputs - _equal(targets, outputs)) ** 2))


def mae(outputs: np.ndarray, targets: np.ndarray) -> float:
    """The mean of |output − target|."""
    return float(np.mean(np.abs(outputs - _equal(targets, outputs))))


def r2(outputs: np.ndarray, targets: np.ndarray) -> float:
    """1 − Σ (output − target)² / Σ (target − mean)²."""
    spread = np.sum((_equal(targets, outputs) - targets.mean(axis=0)) ** 2)
    return float(1 - np.sum((outputs - targets) ** 2) / spread)


def _equal(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    if targets.shape != outputs.shape:
        raise DataError(f"The targets have shape {targets.shape}, but the outputs {outputs.shape}. Give both one shape.")
    return targets


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mse": mse, "mae": mae, "r2": r2}


def measure(metric: str | Metric, outputs: Any, y: Any, threshold: float = 0.5, *, is_recurrent: bool = False) -> float:
    """One number for outputs and targets, by a metric's name or a function of both; of a recurrent net each time step is a sample.

    Raises: OpError for an unknown name, DataError for several outputs or targets that do not fit.
    """
    if isinstance(outputs, tuple):
        raise DataError(f"A score is of one output, but the net has {len(outputs)}. Name one in G.graph['outputs'].")
    targets = as_array(y, "The target")
    if is_recurrent:
        targets = each_step(targets) if targets.shape[:2] == outputs.shape[:2] else targets
        outputs = each_step(outputs)
    if isinstance(metric, str) and metric == "accuracy":
        try:
            threshold = real(threshold)
        except ValueError:
            raise OpError(f"threshold={shorten(threshold)} is no finite number. Give one, such as threshold=0.5.") from None
        return accuracy(outputs, targets, threshold)
    if callable(metric):
        value = metric(outputs, targets)
        if not isinstance(value, Real | np.ndarray) or np.size(value) != 1:
            raise DataError(f"The metric {getattr(metric, '__name__', 'given')} gave {shorten(value)}. Return one number.")
        return float(np.asarray(value).item())
    if not isinstance(metric, str) or metric not in METRICS:
        raise OpError(f"{shorten(metric)} is no metric. {suggestion(metric, METRICS)}")
    return METRICS[metric](outputs, targets)
