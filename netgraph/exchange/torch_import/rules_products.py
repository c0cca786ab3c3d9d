"""Rules of products of matrices and of sums: matmul, einsum, attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netgraph.exchange.torch_import.calls import Call
from netgraph.exchange.torch_import.rulebook import rule
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value


def sum_of(sketch: Sketch, values: Sequence[Value]) -> Value:
    """The sum of values, whose smaller ones stretch."""
    fitted, whole = sketch.aligned(values)
    return whole.at(sketch.new("add", fitted))


def product(sketch: Sketch, x: Value, y: Value) -> Value:
    """The matrix product as torch.matmul has it: vectors are rows or columns, dims before the last two stretch."""
    if not x.rank or not y.rank:
        raise NoWordError("it multiplies a single number")
    rows, columns = x.rank == 1, y.rank == 1
    x = sketch.reshape(x, (1, *x.shape)) if rows else x
    y = sketch.reshape(y, (*y.shape, 1)) if columns else y
    z = _matrices(sketch, x, y)
    if rows or columns:
        z = sketch.reshape(z, (*z.shape[:-2], *(() if rows else z.shape[-2:-1]), *(() if columns else z.shape[-1:])))
    return z


def _matrices(sketch: Sketch, x: Value, y: Value) -> Value:
    if (not x.is_batched and y.is_batched and y.rank == 2) or (y.is_batched and y.batch == y.rank - 1):
        raise MixedError
    if y.rank == 2 and not y.is_batched and (x.rank > 2 or x.batch == 0):
        return _by_one_matrix(sketch, x, y)
    rank = max(x.rank, y.rank)
    if any(value.is_batched and (value.batch or 0) >= value.rank - 2 for value in (x, y)):
        raise MixedError
    heads = [replace(value, shape=(*value.shape[:-2], 1, 1)) for value in (x, y)]
    outer = np.broadcast_shapes(*(head.shape for head in heads))[:-2]
    lead = next((value for value in (x, y) if value.is_batched), None)
    batch = None if lead is None or lead.batch is None else lead.batch + rank - lead.rank
    whole = Value((*outer, 1, 1), batch=batch, outer=lead.outer if lead else 1, inner=lead.inner if lead else 1)
    fitted = [_widened(sketch, value, whole, lead) for value in (x, y)]
    node = sketch.new("matmul", fitted)
    return replace(whole.at(node), shape=(*outer, x.shape[-2], y.shape[-1]))


def _widened(sketch: Sketch, value: Value, whole: Value, lead: Value | None) -> Value:
    """A stack of matrices with as many of them along each dim as the whole has."""
    fitted = sketch.placed(sketch.fitted(value, whole.rank, whole.batch, lead))
    sample = (*whole.sample[:-2], *value.shape[-2:])
    has = fitted.sample if fitted.is_batched == value.is_batched else _true_sample(fitted, whole)
    if has == sample:
        return fitted
    node = sketch.new("expand", [fitted], shape=sample)
    return replace(whole.at(node), shape=(*whole.shape[:-2], *value.shape[-2:]))


def _true_sample(fitted: Value, whole: Value) -> tuple[int, ...]:
    sample = list(fitted.sample)
    if whole.merged > 1 and whole.batch is not None:
        sample[fitted.axes.index(whole.batch)] = 1
    return tuple(sample)


def _by_one_matrix(sketch: Sketch, x: Value, y: Value) -> Value:
    """Every row of every sample times one matrix."""
    if x.batch == x.rank - 1:
        raise MixedError
    x = sketch.placed(x)
    rows = math.prod(x.sample[:-1])
    flat = x.node if x.sample == (rows, x.shape[-1]) else sketch.new("reshape", [x], shape=(rows, x.shape[-1]))
    output = x.output if flat == x.node else 0
    node = sketch.new("matmul", [Value((rows, x.shape[-1]), flat, output), y])
    result = Value((*x.shape[:-1], y.shape[-1]), node, 0, x.batch, x.outer, x.inner)
    if result.sample == (rows, y.shape[-1]):
        return result
    return replace(result, node=sketch.new("reshape", [Value((), node)], shape=result.sample))


@rule("scaled_dot_product_attention")
def attention(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    query, key, value = (sketch.value(a[name]) for name in ("query", "key", "value"))
    if a.get("enable_gqa") and key.shape[-3] != query.shape[-3]:
        key, value = (_shared_heads(sketch, part, query.shape[-3]) for part in (key, value))
    if min(query.rank, key.rank, value.rank) < 2:
        raise NoWordError("its inputs are no matrices")
    order = (*range(key.rank - 2), key.rank - 1, key.rank - 2)
    scale = 1 / math.sqrt(query.shape[-1]) if a["scale"] is None else a["scale"]
    scores = product(sketch, query, sketch.permuted(key, order))
    sketch.nodes[scores.node].edges[0][1]["weight"] = scale
    if a["is_causal"]:
        scores = sketch.like("causal", scores)
    if a["attn_mask"] is not None:
        scores = _masked(sketch, scores, sketch.value(a["attn_mask"]), a["attn_mask"].is_float)
    shares = sketch.like("softmax", scores)
    if a["dropout_p"]:
        shares = sketch.like("dropout", shares, p=a["dropout_p"])
    return product(sketch, shares, value)


def _shared_heads(sketch: Sketch, part: Value, heads: int) -> Value:
    """Each head as often as heads of queries look at it."""
    *outer, own, steps, width = part.shape
    if part.batch is not None and part.batch >= part.rank - 3:
        raise MixedError
    single = sketch.reshape(part, (*outer, own, 1, steps, width))
    sample = (*single.sample[:-3], heads // own, steps, width)
    wide = replace(single.at(sketch.new("expand", [single], shape=sample)), shape=(*outer, own, heads // own, steps, width))
    return sketch.reshape(wide, (*outer, heads, steps, width))


def _masked(sketch: Sketch, scores: Value, mask: Value, is_added: bool) -> Value:
    """Scores with a mask: added where it holds numbers; where it says what may be seen, all else goes out of sight."""
    if is_added:
        return sum_of(sketch, [scores, mask])
    if mask.array is None:
        raise NoWordError("its mask is computed")
    seen = mask.array.astype(bool)
    n, m = seen.shape[-2:] if seen.ndim > 1 else (0, 0)
    if n == scores.shape[-2] and (seen == np.tril(np.ones((n, m), bool))).all():
        return sketch.like("causal", scores)
    if seen.all():
        return scores
    return sum_of(sketch, [scores, replace(mask, array=np.where(seen, np.float32(0), np.float32(-1e9)))])


@rule("einsum")
def einsum(sketch: Sketch, call: Call) -> Value:
    equation = call.arguments["equation"].replace(" ", "")
    values = [sketch.value(thing) for thing in call.arguments["tensors"]]
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    if not arrow:
        output = "".join(sorted(letter for letter in set(inputs) - {","} if inputs.count(letter) == 1))
    if "." in equation or any(len(set(term)) < len(term) for term in terms):
        raise NoWordError("its equation is written in short")
    letters = {term[value.batch] for term, value in zip(terms, values, strict=True) if value.batch is not None}
    if len(letters) > 1 or any(value.merged > 1 for value in values):
        raise MixedError
    batch = next(iter(letters), next(letter for letter in "zyxwvutsrqponmlkjihgfedcbaZYX" if letter not in inputs))
    if letters and batch not in output:
        raise MixedError
    lead = next((value for value in values if value.is_batched), None)
    if lead is not None:                                   # what is the same for all samples, and was stretched along them
        values = [value if value.is_batched or batch not in term else sketch.spread(value, term.index(batch), lead)
                  for term, value in zip(terms, values, strict=True)]
    own = ",".join(batch + term.replace(batch, "") for term in terms)
    node = sketch.new("einsum", values, equation=f"{own}->{batch}{output.replace(batch, '')}")
    return Value(call.results[0].shape, node, batch=output.index(batch) if letters else None)


@rule("baddbmm")
def baddbmm(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    multiplied = product(sketch, sketch.value(a["batch1"]), sketch.value(a["batch2"]))
    if not a["beta"]:
        return sketch.scaled(multiplied, a["alpha"])
    return sum_of(sketch, [sketch.scaled(multiplied, a["alpha"]), sketch.scaled(sketch.value(a["self"]), a["beta"])])
