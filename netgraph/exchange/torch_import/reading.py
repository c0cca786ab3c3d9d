"""Reading: a torch module and example inputs flow in; the net that computes the same comes out as a DiGraph, with what it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import networkx as nx

from netgraph.errors import DataError, GraphError, shorten
from netgraph.exchange.torch_import.building import built
from netgraph.exchange.torch_import.calls import Trace, origins
from netgraph.exchange.torch_import.capture import call, capture, tensors_in
from netgraph.exchange.torch_import.drafting import drafted, has_rule
from netgraph.exchange.torch_import.sketch import FreeError, Sketch
from netgraph.exchange.torch_import.values import MixedError


@dataclass(frozen=True)
class Reading:
    """A module as it was read: the graph; of each input and output the dim of torch's tensor that samples lie along, None for none.

    `fixed` are the places among the example's tensors of those that are no inputs of the graph.
    """

    graph: nx.DiGraph
    input_batches: tuple[int | None, ...]
    output_batches: tuple[int | None, ...]
    foreign: tuple[str, ...]
    fixed: frozenset[int] = frozenset()


def read_module(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any], fallback: bool = False) -> Reading:
    """The graph of a module's forward pass on example inputs.

    The samples of the batch lie along dim 0 of all inputs, or along dim 1 for a module that wants time there, perhaps along dim 0 of some
    and dim 1 of others. Where the module computes across them, or its inputs have no size in common, all together are taken for one
    sample.

    Raises: GraphError for a module that cannot be traced, DataError for inputs that it does not take.
    """
    _require_module(module)
    module = _grown(module, args, kwargs)
    tensors = tensors_in([*args, *kwargs.values()])
    trace: Trace | None = None
    for dims in (*_batch_dims(tensors), None):
        is_single = dims is not None and tensors[0].shape[dims[0]] == 1 and not fallback
        try:
            if is_single:
                sketch = _widened(module, args, kwargs, dims or ())
            else:
                trace = trace or capture(module, args, kwargs, has_rule, is_real=fallback)
                sketch = _free(module, args, kwargs, trace, dims, fallback)
        except MixedError:
            continue
        if len(set(dims or ())) > 1 and any("." in made.op for made in sketch.nodes):
            continue                                       # what looks like samples may be no more than a size in common
        return _reading(sketch)
    raise AssertionError("a single sample cannot be mixed with others")


def _free(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any], trace: Trace, dims: Sequence[int] | None, is_real: bool) -> Sketch:
    """The sketch of a trace; where it must know the numbers of indices, such as the edges of a graph, of one in which these are fixed."""
    try:
        return drafted(trace, dims)
    except FreeError as free:
        found = origins(trace, free.thing)
        has_numbers = all(tensor.device.type != "meta" for tensor in tensors_in([*args, *kwargs.values()]))
        if not has_numbers or len(found) == len(trace.inputs) or any(thing.is_float for thing in found):
            return drafted(trace, dims, may_fix=False)
        names = [*trace.fixed, *(thing.name for thing in found)]
        return _free(module, args, kwargs, capture(module, args, kwargs, has_rule, is_real=is_real, fixed=names), dims, is_real)


def _widened(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any], dims: Sequence[int]) -> Sketch:
    """The sketch of a trace with two samples in place of one, or with one where the module takes no more."""
    try:
        return drafted(capture(module, args, kwargs, has_rule, widen=dims), dims)
    except GraphError:
        return drafted(capture(module, args, kwargs, has_rule), dims)


def _grown(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The module itself; of one whose parameters have no shape before its first call, a copy that was called, without numbers."""
    import torch

    if not any(torch.nn.parameter.is_lazy(parameter) for parameter in module.parameters()):
        return module
    copy = deepcopy(module)
    with torch.no_grad():
        call(copy, args, kwargs)
    return copy.to("meta")


def _require_module(module: Any) -> None:
    from torch import nn

    if isinstance(module, nn.Module):
        return
    is_class = isinstance(module, type) and issubclass(module, nn.Module)
    raise GraphError(f"A torch.nn.Module is wanted, but got {shorten(module)} of type {type(module).__name__}. "
                     + (f"Make one first: {module.__name__}()." if is_class else "Give a module, such as nn.Linear(3, 2)."))


def _batch_dims(tensors: Sequence[Any]) -> list[tuple[int, ...]]:
    """The dims along which samples may lie, one for each input: 0, then 1, where all have one size; then 1 of some and 0 of others."""
    if not tensors:
        raise DataError("No example input is a tensor. Give at least one: ng.from_torch(module, x).")
    first, found = tensors[0].shape, list[tuple[int, ...]]()
    for order in ((0,), (1,), (1, 0), (0, 1)):
        count = first[order[0]] if len(first) > order[0] else 0
        dims = tuple(next((dim for dim in order if len(t.shape) > dim and t.shape[dim] == count), -1) for t in tensors)
        if count and -1 not in dims and dims not in found:
            found.append(dims)
    return found


def _reading(sketch: Sketch) -> Reading:
    trace = sketch.trace
    graph, foreign = built(sketch)
    if trace.is_one_path:
        graph.graph["one_path"] = True
    if trace.fixed:
        graph.graph["fixed"] = list(trace.fixed)
    if trace.is_one_size:
        graph.graph["one_size"] = True
    return Reading(graph, tuple(sketch.values[thing].batch for thing in trace.inputs),
                   tuple(sketch.values[thing].batch for thing in trace.outputs), foreign, frozenset(trace.fixed.values()))
