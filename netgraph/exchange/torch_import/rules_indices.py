"""Rules of entries that indices name: chosen from a dim, and sent to places of one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.rulebook import rule, unlike
from netgraph.exchange.torch_import.sketch import FreeError, Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value

REDUCTIONS = frozenset({"sum", "mean", "amax", "amin"})


@rule("index_select", "index")
def index(sketch: Sketch, call: Call) -> Value:
    """Entries that a fixed list names, or a fixed mask, along one dim."""
    a = call.arguments
    lists = [(a["dim"], a["index"])] if call.op == "index_select" else [(dim, t) for dim, t in enumerate(a["indices"]) if t is not None]
    if len(lists) != 1:
        raise NoWordError("it names entries of several dims")
    source = sketch.value(a["self"])
    dim = lists[0][0] % source.rank
    if source.batch == dim:
        raise MixedError
    places = fixed_numbers(sketch, lists[0][1])
    if places.dtype.kind == "b" and places.ndim == 1:
        places = np.flatnonzero(places)
    if places.dtype.kind != "i":
        raise NoWordError("its mask is of several dims")
    if source.fixed is not None:
        return Value(call.results[0].shape, array=source.fixed.take(places, axis=dim))
    value = sketch.placed(sketch.plain(source))
    chosen = tuple(int(i) % value.shape[dim] for i in places.ravel())
    node = sketch.new("index_select", [value], index=chosen, **unlike(dim=(value.dim(dim), 1)))
    flat = replace(value.at(node), shape=(*value.shape[:dim], len(chosen), *value.shape[dim + 1:]))
    return flat if places.ndim == 1 else sketch.reshape(flat, call.results[0].shape)


def fixed_numbers(sketch: Sketch, thing: Thing) -> np.ndarray:
    """The numbers of a tensor that is the same for all inputs.

    Raises: FreeError for indices that follow from an input which is no batch, so that it may be fixed; NoWordError for others.
    """
    value = sketch.value(thing)
    if value.fixed is not None:
        return value.fixed
    if sketch.may_fix and not value.is_batched and sketch.batch_dims is None and not thing.is_float:
        raise FreeError(thing)
    raise NoWordError("its indices are computed")


@rule("gather", "take_along_dim")
def gather(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, places = sketch.value(a["self"]), sketch.value(a["index" if call.op == "gather" else "indices"])
    if a["dim"] is None or x.rank != places.rank:
        raise NoWordError("it counts through all dims")
    if places.fixed is not None:
        return _at_fixed(sketch, call, x, places.fixed)
    if not x.is_batched or (x.batch, x.merged) != (places.batch, places.merged) or math.prod(x.shape) == 0:
        raise NoWordError("its indices are the same for all samples")
    dim = x.dim(a["dim"])
    if (*x.sample[:dim - 1], *x.sample[dim:]) != (*places.sample[:dim - 1], *places.sample[dim:]):
        raise NoWordError("its indices are fewer along other dims")
    return places.at(sketch.new("gather", [x, places], **unlike(dim=(dim, -1))))


def _at_fixed(sketch: Sketch, call: Call, x: Value, places: np.ndarray) -> Value:
    """Entries at places that are fixed: the same along all other dims, or there is no word for them."""
    dim = call.arguments["dim"] % max(x.rank, 1)
    if not x.rank or any(n != size for i, (n, size) in enumerate(zip(places.shape, x.shape, strict=True)) if i != dim):
        raise NoWordError("its indices are fewer along other dims")
    rows = np.moveaxis(places, dim, 0).reshape(places.shape[dim], -1)
    if not (rows == rows[:, :1]).all():
        raise NoWordError("its indices differ along other dims")
    x = sketch.placed(sketch.plain(x))
    node = sketch.new("index_select", [x], index=tuple(int(i) for i in rows[:, 0]), **unlike(dim=(x.dim(dim), 1)))
    return replace(x.at(node), shape=places.shape)


@rule("scatter_add", "scatter_reduce", "index_add")
def scatter(sketch: Sketch, call: Call) -> Value:
    """Entries sent to fixed places of what holds nothing yet."""
    a = call.arguments
    source: Any = a["source"] if call.op == "index_add" else a["src"]
    whole, x = sketch.value(a["self"]), sketch.value(source)
    reduce = a.get("reduce", "sum")
    if whole.array is None or whole.array.any() or reduce not in REDUCTIONS or a.get("alpha", 1) != 1:
        raise NoWordError("it adds to something")
    if a.get("include_self", reduce == "sum") and reduce != "sum":
        raise NoWordError("it takes zeros for entries")
    dim = a["dim"] % max(x.rank, 1)
    places = fixed_numbers(sketch, a["index"])
    if places.ndim > 1:
        rows = np.moveaxis(places, dim, 0).reshape(len(places) if not dim else places.shape[dim], -1)
        if places.shape != x.shape or not (rows == rows[:, :1]).all():
            raise NoWordError("numbers that belong together go to different places")
        places = rows[:, 0]
    if x.fixed is not None:
        return _of_fixed(x.fixed, places, dim, call)
    x = sketch.placed(sketch.plain(x))
    words = unlike(reduce=(reduce, "sum"), dim=(x.dim(dim), 1))
    node = sketch.new("scatter_reduce", [x], index=tuple(int(i) for i in places), size=call.results[0].shape[dim], **words)
    return replace(x.at(node), shape=call.results[0].shape)


def _of_fixed(x: np.ndarray, places: np.ndarray, dim: int, call: Call) -> Value:
    """The same of numbers that are known: only sums are ever asked for, of how many entries go to each place."""
    if call.op == "scatter_reduce" and call.arguments["reduce"] != "sum":
        raise NoWordError("its entries are fixed")
    y = np.zeros(call.results[0].shape, x.dtype)
    np.add.at(np.moveaxis(y, dim, 0), places, np.moveaxis(x, dim, 0))
    return Value(y.shape, array=y)
