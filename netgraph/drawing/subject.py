"""What the user hands in, a graph, a plan or a compiled net, comes in; its plan and the arrays that it carries go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netgraph.inference import infer
from netgraph.plan import Plan


def read_subject(subject: Any) -> tuple[Plan, Mapping[str, np.ndarray]]:
    """The plan, and by name the arrays that are known: all of a compiled net, those that a graph declares.

    Raises: whatever `infer` finds wrong with a graph.

    >>> import netgraph as ng
    >>> G = ng.chain(3, 4, 1)
    >>> plan, arrays = read_subject(G)
    >>> len(plan), len(arrays), len(read_subject(ng.compile(G))[1])
    (3, 0, 4)
    """
    layers = getattr(subject, "layers", None)
    if isinstance(layers, Plan):
        return layers, {**subject.parameters, **subject.buffers}
    plan = subject if isinstance(subject, Plan) else infer(subject)
    return plan, {name: np.asarray(p.value) for name, p in plan.parameters.items() if p.value is not None}
