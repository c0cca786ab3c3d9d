"""A plan flows in; random samples for its inputs, and targets for its outputs, come out."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from netgraph.plan import Plan

STEPS = 4     # the size that a named dim, such as "T" or the time of a loop, is given


def random_inputs(plan: Plan, batch: int, seed: int) -> list[np.ndarray]:
    """Samples for each input of a net: normal numbers; indices, where an input carries them."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, plan.index_count, size) if plan[name].is_integer else rng.standard_normal(size, np.float32)
            for name in plan.inputs for size in sizes(plan, name, batch)]


def random_targets(plan: Plan, loss: str, batch: int, seed: int) -> list[np.ndarray]:
    """Targets for each output of a net: classes for cross-entropy, or else 0 and 1. Of a recurrent net each time step has its own."""
    rng = np.random.default_rng(seed + 1)
    shapes = [size for name in plan.outputs for size in sizes(plan, name, batch)]
    if loss != "cross_entropy":
        return [rng.integers(0, 2, shape).astype(np.float32) for shape in shapes]
    lead = 2 if plan.is_recurrent else 1
    return [rng.integers(0, shape[lead], shape[:lead] + shape[lead + 1:]) for shape in shapes]


def sizes(plan: Plan, name: Hashable, batch: int) -> list[tuple[int, ...]]:
    """The shape of each output of a layer for so many samples."""
    return [(batch, *(dim if isinstance(dim, int) else STEPS for dim in shape)) for shape in plan.sample_shapes(name)]
