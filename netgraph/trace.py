"""One forward and backward pass, value by value, as an engine saw it and a drawing shows it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netgraph.plan import Plan
from netgraph.weights import NodeId


@dataclass(frozen=True, eq=False)
class Trace:
    """All numbers of one pass of a net over a batch, and of its loss back.

    Shapes: `values`, and `sums` before an activation, (N, *the node's shape) by node; their `gradients` and `sum_gradients` the same,
    where a trainable parameter stands before them; `parameters` and `parameter_gradients` by name, as in the net.
    """

    plan: Plan
    loss_name: str
    loss: float
    targets: tuple[np.ndarray, ...]
    values: Mapping[NodeId, np.ndarray]
    sums: Mapping[NodeId, np.ndarray]
    gradients: Mapping[NodeId, np.ndarray]
    sum_gradients: Mapping[NodeId, np.ndarray]
    parameters: Mapping[str, np.ndarray]
    parameter_gradients: Mapping[str, np.ndarray]
