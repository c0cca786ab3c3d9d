"""Rules of arrangement: what gives the same numbers, or some of them, in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.rulebook import numbers, rule, unlike
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value

SAME = ("contiguous", "clone", "detach", "alias", "lift_fresh", "view_as_real_copy", "positive", "resolve_conj", "resolve_neg", "dropout_",
        "alias_copy", "detach_copy", "requires_grad", "data", "type_as", "float", "double")


@rule(*SAME)
def same(sketch: Sketch, call: Call) -> Value:
    return sketch.value(next(iter(call.arguments[name] for name in ("self", "input") if name in call.arguments)))


@rule("to", "_to_copy", "copy")
def converted(sketch: Sketch, call: Call) -> Value:
    """Numbers of another type are the same numbers, unless they lose what stands behind the point."""
    source, result = call.arguments.get("src", call.arguments["self"]), call.results[0]
    if isinstance(source, Thing) and source.is_float and not result.is_float:
        raise NoWordError("it cuts off what stands behind the point")
    value = sketch.value(source)
    return value if value.shape == result.shape else _stretched(sketch, value, result.shape)


@rule("view", "reshape", "_unsafe_view", "view_as", "reshape_as", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel")
def viewed(sketch: Sketch, call: Call) -> Value:
    value = sketch.value(call.arguments["self"])
    if not isinstance(call.arguments.get("size", []), list | tuple):
        raise NoWordError("it reads the bytes as another type")
    return sketch.reshape(value, call.results[0].shape)


@rule("permute")
def permute(sketch: Sketch, call: Call) -> Value:
    value = sketch.value(call.arguments["self"])
    return sketch.permuted(value, [dim % value.rank for dim in call.arguments["dims"]])


@rule("transpose", "t", "numpy_T", "mT", "swapaxes", "swapdims", "adjoint")
def transpose(sketch: Sketch, call: Call) -> Value:
    value = sketch.value(call.arguments["self"])
    if value.rank < 2:
        return value
    pair = [value_ for name in ("dim0", "dim1", "axis0", "axis1") if (value_ := call.arguments.get(name)) is not None]
    first, second = (dim % value.rank for dim in pair or (value.rank - 2, value.rank - 1))
    order = list(range(value.rank))
    order[first], order[second] = second, first
    return sketch.permuted(value, order[::-1] if call.op == "numpy_T" and value.rank > 2 else order)


@rule("movedim")
def movedim(sketch: Sketch, call: Call) -> Value:
    value = sketch.value(call.arguments["self"])
    left = [dim for dim in range(value.rank) if dim not in {d % value.rank for d in numbers(call.arguments["source"])}]
    for target, source in sorted(zip((d % value.rank for d in numbers(call.arguments["destination"])),
                                     (d % value.rank for d in numbers(call.arguments["source"])), strict=True)):
        left.insert(target, source)
    return sketch.permuted(value, left)


@rule("expand", "expand_as", "broadcast_to")
def expand(sketch: Sketch, call: Call) -> Value:
    return _stretched(sketch, sketch.value(call.arguments["self"]), call.results[0].shape)


def _stretched(sketch: Sketch, value: Value, shape: tuple[int, ...]) -> Value:
    """The value with its sizes of 1 stretched; of one that is the same for all samples only once its full size is needed."""
    lead = len(shape) - value.rank
    if value.node < 0 and value.array is not None:
        return Value(shape, array=np.broadcast_to(value.array, shape))
    if lead:
        value = sketch.reshape(value, (1,) * lead + value.shape)
    grown = {i for i, (old, new) in enumerate(zip(value.shape, shape, strict=True)) if old != new}
    if not grown:
        return value
    if not value.is_batched:
        return replace(sketch.placed(value), shape=shape, stretched=value.stretched | grown)
    whole = replace(value, shape=shape)
    return whole.at(sketch.new("expand", [value], shape=whole.sample))


@rule("repeat", "tile")
def repeat(sketch: Sketch, call: Call) -> Value:
    value, times = sketch.value(call.arguments["self"]), list(call.arguments["repeats" if "repeats" in call.arguments else "dims"])
    shape = (1,) * (len(times) - value.rank) + value.shape
    times = [1] * (len(shape) - len(times)) + times
    value = sketch.reshape(value, shape)
    if value.batch is not None and times[value.batch] != 1:
        raise MixedError
    if all(size == 1 or time == 1 for size, time in zip(shape, times, strict=True)):
        return _stretched(sketch, value, tuple(size * time for size, time in zip(shape, times, strict=True)))
    value = sketch.placed(value)
    whole = replace(value, shape=tuple(size * time for size, time in zip(shape, times, strict=True)))
    return whole.at(sketch.new("tile", [value], repeats=tuple(times[axis] for axis in value.axes)))


@rule("select")
def select(sketch: Sketch, call: Call) -> Value:
    value, dim, index = sketch.value(call.arguments["self"]), call.arguments["dim"], call.arguments["index"]
    if value.states is not None and dim == 0:
        return value.states(index)
    value = sketch.placed(sketch.plain(value))
    if not value.is_batched and value.rank == 1:
        picked = sketch.new("select", [value], dim=1, index=index)
        return Value((), picked)
    return value.without([dim], sketch.new("select", [value], **unlike(dim=(value.dim(dim), 1), index=(index, 0))))


@rule("slice")
def slice_(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    value, dim = sketch.value(a["self"]), a["dim"] % len(a["self"].shape)
    if value.shape == call.results[0].shape:
        return value
    if not call.results[0].shape[dim]:
        raise NoWordError("it takes nothing")
    value = sketch.placed(sketch.plain(value))
    start, stop, step = slice(a["start"], a["end"], a["step"]).indices(value.shape[dim])
    words = unlike(start=(start, 0), stop=(stop if stop < value.shape[dim] else None, None), step=(step, 1), dim=(value.dim(dim), 1))
    return replace(value.at(sketch.new("slice", [value], **words)), shape=call.results[0].shape)


@rule("narrow")
def narrow(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    if isinstance(a["start"], Thing):
        raise NoWordError("its start is computed")
    start = a["start"] % max(value.shape[a["dim"]], 1)
    words = unlike(start=(start, 0), dim=(value.dim(a["dim"]), 1))
    return replace(value.at(sketch.new("slice", [value], stop=start + a["length"], **words)), shape=call.results[0].shape)


@rule("split", "split_with_sizes", "chunk", "unsafe_split", "unsafe_chunk", "tensor_split")
def split(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    value = sketch.value(call.arguments["self"])
    dim = call.arguments["dim"] % value.rank
    sizes = [thing.shape[dim] for thing in call.results]
    if value.weight is not None and dim == 0 and not value.turned and value.weight not in sketch.own_nodes:
        return tuple(Value(thing.shape, weight=part) for thing, part in zip(call.results, sketch.pieces(value.weight, sizes), strict=True))
    value = sketch.placed(sketch.plain(value))
    if len(sizes) == 1:
        return (value,)
    first = sizes[0]
    is_even = all(size == first for size in sizes[:-1]) and sizes[-1] <= first
    words = unlike(dim=(value.dim(dim), 1))
    if not all(sizes):
        raise NoWordError("one of its parts is empty")
    node = sketch.new("split", [value], split_size=first if is_even else tuple(sizes), **words)
    return tuple(replace(value.at(node, i), shape=thing.shape) for i, thing in enumerate(call.results))


@rule("unbind")
def unbind(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    dim, value = call.arguments["dim"], sketch.value(call.arguments["self"])
    value = sketch.placed(sketch.plain(value))
    return tuple(value.without([dim], sketch.new("select", [value], **unlike(dim=(value.dim(dim), 1), index=(i, 0))))
                 for i in range(len(call.results)))


@rule("cat", "concat", "concatenate")
def concat(sketch: Sketch, call: Call) -> Value:
    values = [sketch.value(thing) for thing in call.arguments["tensors"] if 0 not in thing.shape or len(thing.shape) > 1]
    joined, dim = side_by_side(sketch, values), call.arguments["dim"]
    if len(joined) == 1:
        return joined[0]
    node = sketch.new("concat", joined, **unlike(dim=(joined[0].dim(dim), 1)))
    return replace(joined[0].at(node), shape=call.results[0].shape)


@rule("stack")
def stack(sketch: Sketch, call: Call) -> Value:
    values = side_by_side(sketch, [sketch.value(thing) for thing in call.arguments["tensors"]])
    dim = call.arguments["dim"] % (values[0].rank + 1)
    first, shape = values[0], call.results[0].shape
    batch = None if first.batch is None else first.batch + (dim <= first.batch)
    whole = Value(shape, batch=batch, outer=first.outer, inner=first.inner)
    return whole.at(sketch.new("stack", values, **unlike(dim=(whole.dim(dim), 1))))


def side_by_side(sketch: Sketch, values: Sequence[Value]) -> list[Value]:
    """Values whose samples are laid one behind the other: those that are the same for all samples are given a batch."""
    lead = next((value for value in values if value.is_batched), None)
    if lead is None or lead.batch is None:
        return [sketch.plain(sketch.placed(value)) for value in values]
    joined = []
    for value in values:
        if value.is_batched and (value.batch, value.outer, value.inner) != (lead.batch, lead.outer, lead.inner):
            raise MixedError
        whole = value if value.is_batched else sketch.spread(value, lead.batch, lead)
        joined.append(sketch.placed(sketch.plain(whole)))
    return joined


@rule("pad", "constant_pad_nd")
def pad(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    value, ends = sketch.placed(sketch.plain(sketch.value(a["self"]))), list(a["pad"])
    while len(ends) > 2 and ends[-2:] == [0, 0]:
        del ends[-2:]
    if not any(ends):
        return value
    if min(ends) < 0:
        raise NoWordError("it cuts off")
    dims = range(value.rank - len(ends) // 2, value.rank)
    if value.batch in dims:
        raise MixedError
    mode, fill = a.get("mode", "constant"), a.get("value") or 0.0
    words = unlike(mode=(mode, "constant"), value=(float(fill), 0.0))
    return replace(value.at(sketch.new("pad", [value], pad=tuple(ends), **words)), shape=call.results[0].shape)


@rule("roll")
def roll(sketch: Sketch, call: Call) -> Value:
    value = sketch.placed(sketch.plain(sketch.value(call.arguments["self"])))
    if not numbers(call.arguments["dims"]):
        raise NoWordError("it rolls all dims as one")
    dims = tuple(value.dim(dim) for dim in numbers(call.arguments["dims"]))
    return value.at(sketch.new("roll", [value], shifts=tuple(numbers(call.arguments["shifts"])), dims=dims))


@rule("flip")
def flip(sketch: Sketch, call: Call) -> Value:
    value = sketch.placed(sketch.plain(sketch.value(call.arguments["self"])))
    return value.at(sketch.new("flip", [value], dims=tuple(value.dim(dim) for dim in call.arguments["dims"])))


@rule("index_select", "index")
def index(sketch: Sketch, call: Call) -> Value:
    """Entries that a fixed list names, along one dim."""
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    lists = [(a["dim"], a["index"])] if call.op == "index_select" else [(dim, t) for dim, t in enumerate(a["indices"]) if t is not None]
    if len(lists) != 1 or (places := sketch.value(lists[0][1]).array) is None or places.dtype.kind != "i":
        raise NoWordError("its indices are computed")
    dim = lists[0][0] % value.rank
    chosen = tuple(int(i) % value.shape[dim] for i in places.ravel())
    node = sketch.new("index_select", [value], index=chosen, **unlike(dim=(value.dim(dim), 1)))
    flat = replace(value.at(node), shape=(*value.shape[:dim], len(chosen), *value.shape[dim + 1:]))
    return flat if places.ndim == 1 else sketch.reshape(flat, call.results[0].shape)


@rule("gather")
def gather(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, places = sketch.value(a["self"]), sketch.value(a["index"])
    if not x.is_batched or (x.batch, x.merged) != (places.batch, places.merged) or math.prod(x.shape) == 0:
        raise NoWordError("its indices are the same for all samples")
    dim = x.dim(a["dim"])
    if (*x.sample[:dim - 1], *x.sample[dim:]) != (*places.sample[:dim - 1], *places.sample[dim:]):
        raise NoWordError("its indices are fewer along other dims")
    return places.at(sketch.new("gather", [x, places], **unlike(dim=(dim, -1))))
