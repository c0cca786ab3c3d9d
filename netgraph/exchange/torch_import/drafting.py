"""Drafting: a trace flows in; the sketch of its graph comes out, with foreign nodes where the vocabulary has no word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netgraph.exchange.torch_import import (
    rules_indices,
    rules_layers,
    rules_math,
    rules_pools,
    rules_products,
    rules_recurrent,
    rules_reductions,
    rules_views,
    rules_writing,
)
from netgraph.exchange.torch_import.calls import Call, Thing, Trace, things_in
from netgraph.exchange.torch_import.rulebook import RULES
from netgraph.exchange.torch_import.sketch import Sketch, TiedError
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value

PAGES = (rules_indices, rules_layers, rules_math, rules_pools, rules_products, rules_recurrent, rules_reductions,
         rules_views, rules_writing)                                    # which enter their rules
LONGEST_LIST = 64                                          # of the constants that a foreign node carries


def has_rule(name: str) -> bool:
    """Whether calls of that name become words of the vocabulary.

    >>> has_rule("linear"), has_rule("index_put")
    (True, False)
    """
    return name in RULES


def drafted(trace: Trace, batch_dims: Sequence[int] | None, may_fix: bool = True) -> Sketch:
    """The sketch of a trace whose samples lie along these dims of its inputs.

    Raises: MixedError when a call computes across them; FreeError, where inputs may be fixed, for indices whose numbers are wanted.
    """
    own_nodes: frozenset[Thing] = frozenset()
    while True:
        sketch = Sketch(trace, batch_dims, own_nodes, may_fix)
        try:
            for call in trace.calls:
                _draft(sketch, call)
            sketch.call = None
            for thing in trace.outputs:
                sketch.values[thing] = sketch.placed(sketch.plain(sketch.value(thing)))
            return sketch
        except TiedError as tied:                               # at most once for each weight
            own_nodes |= {tied.thing}


def _draft(sketch: Sketch, call: Call) -> None:
    sketch.call = call
    before = len(sketch.nodes)
    try:
        made = RULES[call.op](sketch, call) if call.op in RULES else None
        _require_shapes(sketch, call, made)
    except NoWordError:
        del sketch.nodes[before:]
        sketch.owners = {thing: owner for thing, owner in sketch.owners.items() if owner[0] < before}
        made = None
    values = _foreign(sketch, call) if made is None else made if isinstance(made, tuple) else (made,)
    sketch.values.update(zip(call.results, values, strict=False))


def _require_shapes(sketch: Sketch, call: Call, made: Value | tuple[Value, ...] | None) -> None:
    """Raises: NoWordError where a rule's nodes give another shape than torch."""
    for value, thing in zip(made if isinstance(made, tuple) else (made,), call.results, strict=False):
        if value is not None and (value.shape != thing.shape or (value.node >= 0 and
                                  sketch.nodes[value.node].shapes[value.output] != value.sample)):
            raise NoWordError(f"its rule gives {value.sample}")


def _foreign(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    """The call as it is: its tensors flow in, its other arguments stand on it as plain data."""
    sources = [sketch.value(thing) for argument in call.arguments.values() for thing in things_in(argument)]
    constants = {name: plain for name, argument in call.arguments.items()
                 if not things_in(argument) and (plain := _plain(argument)) is not None}
    batch = _batch_of(sketch, call, sources)
    values = [Value(thing.shape, batch=batch if batch is not None and batch < len(thing.shape) else None) for thing in call.results]
    shapes = [value.sample for value in values]
    words: dict[str, Any] = {"constants": constants} if constants else {}
    if len(shapes) > 1:
        words["more_shapes"] = tuple(shapes[1:])
    node = sketch.new(f"aten.{call.op}", sources, shape=shapes[0] if shapes else (), **words)
    return tuple(value.at(node, i) for i, value in enumerate(values))


def _batch_of(sketch: Sketch, call: Call, sources: list[Value]) -> int | None:
    """Where the samples lie in what a foreign call gives: where its first batched input has them, if the size allows it."""
    batch = next((source.batch for source in sources if source.is_batched and source.merged == 1), None)
    first = call.results[0].shape if call.results else ()
    if batch is None or batch >= len(first) or first[batch] != sketch.samples:
        if any(source.is_batched for source in sources):
            raise MixedError
        return None
    return batch


def _plain(argument: Any) -> Any:
    """An argument as plain data, None for what is none."""
    if isinstance(argument, bool | int | float | str):
        return argument
    if isinstance(argument, list | tuple) and len(argument) <= LONGEST_LIST:
        parts = [_plain(part) for part in argument]
        return None if any(part is None for part in parts) else tuple(parts)
    return None
