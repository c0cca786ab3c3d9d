"""Rules of what many numbers come to, and of their order: sums and means, the greatest and its place, a length."""

from __future__ import annotations

from typing import Any

from netgraph.exchange.torch_import.calls import Call
from netgraph.exchange.torch_import.rulebook import numbers, rule, unlike
from netgraph.exchange.torch_import.rules_math import pair
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value

REDUCTIONS = {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min", "logsumexp": "logsumexp", "prod": "prod", "var": "var",
              "std": "std", "linalg_vector_norm": "norm"}


@rule(*REDUCTIONS)
def reduction(sketch: Sketch, call: Call) -> Value:
    a, word = call.arguments, REDUCTIONS[call.op]
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    if a.get("ord", 2) != 2:
        raise NoWordError("it measures another length")
    dims = [dim % max(value.rank, 1) for dim in numbers(a["dim"])] if a.get("dim") not in (None, [], ()) else list(range(value.rank))
    if not dims:
        return value
    correction = a.get("correction", 1 if a.get("unbiased", True) else 0)
    own = tuple(sorted(value.dim(dim) for dim in dims))
    keep = bool(a.get("keepdim"))
    words: dict[str, Any] = unlike(keepdim=(keep, False))
    if word in ("var", "std"):
        words |= unlike(correction=(1 if correction is None else correction, 1))
    if word == "prod" and len(own) > 1:
        raise NoWordError("it multiplies along several dims")
    every = len(own) == len(value.sample)
    words["dim"] = own[0] if len(own) == 1 else own
    if every and word != "prod":
        del words["dim"]
    return value.without(dims, sketch.new(word, [value], **words), keep)


@rule("max", "min")
def best(sketch: Sketch, call: Call) -> Value | tuple[Value, ...]:
    a = call.arguments
    if "other" in a:
        return pair(sketch, f"{call.op}imum", sketch.value(a["self"]), sketch.value(a["other"]))
    if "dim" not in a:
        return reduction_of(sketch, call, call.op)
    return reduction_of(sketch, call, call.op), place(sketch, call, f"arg{call.op}")


def reduction_of(sketch: Sketch, call: Call, word: str) -> Value:
    """The greatest or smallest numbers along a dim, or of all."""
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    if value.is_batched and "dim" not in a:
        raise MixedError
    if not value.rank:
        return value
    dims = [a["dim"]] if "dim" in a else list(range(value.rank))
    own = {"dim": value.dim(a["dim"])} if "dim" in a and len(value.sample) > 1 else {}
    keep = bool(a.get("keepdim"))
    return value.without(dims, sketch.new(word, [value], **own, **unlike(keepdim=(keep, False))), keep)


@rule("argmax", "argmin")
def place_of(sketch: Sketch, call: Call) -> Value:
    if call.arguments["dim"] is None:
        raise NoWordError("it looks at all numbers as one row")
    return place(sketch, call, call.op)


def place(sketch: Sketch, call: Call, word: str) -> Value:
    """Where along a dim the greatest or smallest number stands."""
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    if not value.rank:
        raise NoWordError("its input is a single number")
    keep = bool(a.get("keepdim"))
    return value.without([a["dim"]], sketch.new(word, [value], dim=value.dim(a["dim"]), **unlike(keepdim=(keep, False))), keep)


@rule("_weight_norm_interface", "_weight_norm")
def weight_norm(sketch: Sketch, call: Call) -> Value | tuple[Value, ...]:
    """g · v / ‖v‖, the length taken over all dims but one (Salimans & Kingma 2016, eq. 2)."""
    v, g = (sketch.placed(sketch.value(call.arguments[name])) for name in ("v", "g"))
    others = tuple(v.dim(dim) for dim in range(v.rank) if dim != call.arguments["dim"] % v.rank)
    length = sketch.new("norm", [v], dim=others[0] if len(others) == 1 else others, keepdim=True)
    w = pair(sketch, "mul", v, pair(sketch, "div", g, Value(g.shape, length)))
    return w if len(call.results) == 1 else (w, Value(g.shape, length))


@rule("sort")
def sort(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    """All numbers along a dim, the smallest first or the greatest."""
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    words = unlike(dim=(value.dim(a["dim"]), -1), largest=(bool(a["descending"]), True))
    node = sketch.new("topk", [value], k=value.shape[a["dim"]], **words)
    return tuple(value.at(node, i) for i in range(2))


@rule("topk")
def topk(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    a = call.arguments
    value = sketch.placed(sketch.plain(sketch.value(a["self"])))
    node = sketch.new("topk", [value], k=a["k"], **unlike(dim=(value.dim(a["dim"]), -1), largest=(a["largest"], True)))
    return tuple(Value(call.results[0].shape, node, i, value.batch, value.outer, value.inner) for i in range(2))
