"""What the user hands in, a graph, a plan or a compiled net, comes in; its plan and the arrays that it carries go out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from netgraph.errors import DrawError, shorten, suggestion
from netgraph.inference import plan_of
from netgraph.plan import Plan

MOST_ARRAYS = 80         # that one view shows


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
        masks = {name for name, p in layers.parameters.items() if p.field == "mask"}
        return layers, {name: array for name, array in {**subject.parameters, **subject.buffers}.items() if name not in masks}
    plan = plan_of(subject)
    return plan, {name: np.asarray(p.value) for name, p in plan.parameters.items() if p.value is not None and p.field != "mask"}


def refuse_loops(plan: Plan) -> None:
    """Nothing, for a net whose data flows in one direction.

    Raises: DrawError for one with delayed edges.
    """
    for layer in plan:
        for wire in layer.wires:
            if wire.delay:
                raise DrawError(f"The edge {shorten(wire.source)} -> {shorten(layer.id)} brings what was there a time step before, and "
                                "this view shows a single pass. Draw the layers with ng.draw(G), or their matrix with ng.draw_matrix(G).")


def known_arrays(arrays: Mapping[str, np.ndarray], names: Collection[str] | None, function: str) -> dict[str, np.ndarray]:
    """The named arrays in that order, or all of them, none empty.

    Raises: DrawError where there are none, a name is unknown, or there are too many to show.

    >>> list(known_arrays({"h.weight": np.ones(2), "h.bias": np.ones(1)}, ["h.bias"], "draw_weights"))
    ['h.bias']
    """
    if not arrays:
        raise DrawError(f"The graph carries no weights to show. Compile it first: ng.{function}(ng.compile(G)).")
    chosen = list(arrays) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in arrays:
            raise DrawError(f"The net has no parameter '{str(name)[:60]}'. {suggestion(name, arrays)}")
    if len(chosen) > MOST_ARRAYS:
        raise DrawError(f"The net has {len(chosen):,} arrays, and one picture shows at most {MOST_ARRAYS}. "
                        f"Name some of them: names=['{chosen[0]}', '{chosen[1]}'].")
    return {name: np.asarray(arrays[name]) for name in chosen if np.asarray(arrays[name]).size}
