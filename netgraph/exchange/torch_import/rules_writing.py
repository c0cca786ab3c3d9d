"""Rules of what the tracer records where a part of a tensor was written to: the whole, with the new part in it."""

from __future__ import annotations

from dataclasses import replace

from netgraph.exchange.torch_import.calls import Call
from netgraph.exchange.torch_import.rulebook import rule, unlike
from netgraph.exchange.torch_import.rules_views import side_by_side
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import NoWordError, Value


@rule("select_scatter", "slice_scatter")
def overwritten_part(sketch: Sketch, call: Call) -> Value:
    """A tensor of which a part was written to: what lies before it, the new part, what lies behind."""
    a = call.arguments
    whole, part, dim = sketch.value(a["self"]), sketch.value(a["src"]), a["dim"] % len(a["self"].shape)
    size = whole.shape[dim]
    if call.op == "select_scatter":
        start, stop, step = a["index"] % size, a["index"] % size + 1, 1
        part = sketch.reshape(part, (*whole.shape[:dim], 1, *whole.shape[dim + 1:]))
    else:
        start, stop, step = slice(a["start"], a["end"], a["step"]).indices(size)
    if step != 1:
        raise NoWordError("it writes to entries that do not lie together")
    pieces = [_stretch_of(sketch, whole, dim, 0, start), part, _stretch_of(sketch, whole, dim, stop, size)]
    joined = side_by_side(sketch, [piece for piece in pieces if piece.shape[dim]])
    if len(joined) == 1:
        return joined[0]
    return replace(joined[0].at(sketch.new("concat", joined, **unlike(dim=(joined[0].dim(dim), 1)))), shape=whole.shape)


@rule("view_scatter", "reshape_scatter", "flatten_scatter", "squeeze_scatter", "unsqueeze_scatter", "detach_scatter", "alias_scatter")
def viewed_back(sketch: Sketch, call: Call) -> Value:
    """A tensor all of which was written to by way of another shape."""
    return sketch.reshape(sketch.value(call.arguments["src"]), call.arguments["self"].shape)


@rule("permute_scatter", "transpose_scatter", "t_scatter")
def moved_back(sketch: Sketch, call: Call) -> Value:
    """A tensor all of which was written to by way of another order of its dims."""
    value, a = sketch.value(call.arguments["src"]), call.arguments
    order = list(range(value.rank))
    if "dims" in a:
        order = [[dim % value.rank for dim in a["dims"]].index(i) for i in order]
    else:
        first, second = a.get("dim0", -2) % value.rank, a.get("dim1", -1) % value.rank
        order[first], order[second] = second, first
    return sketch.permuted(value, order)


def _stretch_of(sketch: Sketch, value: Value, dim: int, start: int, stop: int) -> Value:
    """The entries of a dim from `start` up to `stop`."""
    shape = (*value.shape[:dim], max(stop - start, 0), *value.shape[dim + 1:])
    if value.node < 0 and value.array is not None:
        return Value(shape, array=value.array.take(range(start, stop), axis=dim))
    if not shape[dim]:
        return Value(shape)
    value = sketch.placed(sketch.plain(value))
    words = unlike(start=(start, 0), stop=(stop if stop < value.shape[dim] else None, None), dim=(value.dim(dim), 1))
    return replace(value.at(sketch.new("slice", [value], **words)), shape=shape)
