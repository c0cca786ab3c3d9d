"""Rules of layers with weights: dense, convolution, norms, embeddings and what has one learned slope."""

from __future__ import annotations

from typing import Any

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.rulebook import one_or_all, rule, unlike
from netgraph.exchange.torch_import.rules_products import product, sum_of
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value


def is_weight(sketch: Sketch, thing: Any, rank: int) -> bool:
    """Whether a tensor is a weight of the module that a layer may hold."""
    return isinstance(thing, Thing) and thing.kind == "parameter" and len(thing.shape) == rank and thing not in sketch.own_nodes


@rule("linear")
def linear(sketch: Sketch, call: Call) -> Value:
    x, weight, bias = sketch.value(call.arguments["input"]), call.arguments["weight"], call.arguments["bias"]
    return dense(sketch, x, sketch.value(weight), bias)


@rule("addmm")
def addmm(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, weight = sketch.value(a["mat1"]), sketch.value(a["mat2"])
    if a["alpha"] == a["beta"] == 1 and weight.weight is not None and isinstance(a["self"], Thing) and len(a["self"].shape) == 1:
        return dense(sketch, x, sketch.permuted(weight, (1, 0)), a["self"])
    added = sketch.scaled(sketch.value(a["self"]), a["beta"])
    return sum_of(sketch, [sketch.scaled(product(sketch, x, weight), a["alpha"]), added])


@rule("matmul", "mm", "bmm", "mv", "dot", "vdot")
def matmul(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, y = sketch.value(a["self"]), sketch.value(next(a[name] for name in ("other", "mat2", "vec", "tensor") if name in a))
    if y.weight is not None and y.rank == 2 and x.rank:
        return dense(sketch, x, sketch.permuted(y, (1, 0)), None)
    return product(sketch, x, y)


def dense(sketch: Sketch, x: Value, weight: Value, bias: Any) -> Value:
    """x Wᵀ + b: a layer where the weight is the module's, products and sums where it is computed or tied in part."""
    if x.batch == x.rank - 1:
        raise MixedError
    if sketch.is_alike(x):
        return dense(sketch, x.single(), weight, bias).repeated(x.shape[0])
    if isinstance(bias, Thing):
        bias = sketch.value(bias).weight or bias           # a piece of a parameter, where it was cut
    held = is_weight(sketch, weight.weight, 2)
    if held and x.rank and (bias is None or is_weight(sketch, bias, 1)):
        units = weight.shape[0]
        is_tied = bias is not None and weight.weight in sketch.owners and bias not in sketch.owners
        own_bias = None if is_tied else bias
        node = sketch.weighted("dense", x, {"weight": weight.weight, "bias": own_bias}, weight.turned, units=units,
                               **unlike(bias=(own_bias is not None, True)))
        result = Value((*x.shape[:-1], units), node, 0, x.batch, x.outer, x.inner)
        return sum_of(sketch, [result, sketch.value(bias)]) if is_tied else result
    result = product(sketch, x, sketch.permuted(weight, (1, 0)) if weight.rank == 2 else weight)
    return result if bias is None else sum_of(sketch, [result, sketch.value(bias)])


@rule("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def convolution(sketch: Sketch, call: Call) -> Value:
    a, rank = call.arguments, int(call.op[-2])
    is_turned = "transpose" in call.op
    x, weight = image(sketch.value(a["input"]), rank), a["weight"]
    if not is_weight(sketch, weight, rank + 2) or (a["bias"] is not None and not is_weight(sketch, a["bias"], 1)):
        raise NoWordError("its kernel is computed")
    groups = a["groups"]
    channels = weight.shape[1] * groups if is_turned else weight.shape[0]
    padding = a["padding"] if isinstance(a["padding"], str) else one_or_all(a["padding"])
    words = unlike(stride=(one_or_all(a["stride"]), 1), padding=(padding, 0), dilation=(one_or_all(a["dilation"]), 1),
                   groups=(groups, 1), bias=(a["bias"] is not None, True))
    if is_turned:
        words |= unlike(output_padding=(one_or_all(a["output_padding"]), 0))
    node = sketch.weighted(call.op.replace("_", ""), x, {"weight": weight, "bias": a["bias"]}, channels=channels,
                           kernel_size=one_or_all(weight.shape[2:]), **words)
    return Value(call.results[0].shape, node, batch=x.batch)


def image(x: Value, rank: int) -> Value:
    """The value, if its samples are images (C, ...) with so many sides.

    Raises: MixedError when its batch lies elsewhere, NoWordError for images that are not single.
    """
    if x.batch not in (None, 0) or x.merged > 1 or (x.batch == 0 and x.rank != rank + 2):
        raise MixedError
    if x.batch is None and x.rank != rank + 1:
        raise NoWordError("a sample holds several images")
    return x


@rule("layer_norm", "rms_norm")
def layer_norm(sketch: Sketch, call: Call) -> Value:
    a, op = call.arguments, call.op.replace("_", "")
    x, dims = sketch.value(a["input"]), len(a["normalized_shape"])
    if x.batch is not None and x.batch >= x.rank - dims:
        raise MixedError
    weights = {name: a[name] for name in ("weight", "bias") if a.get(name) is not None}
    if not all(is_weight(sketch, thing, dims) for thing in weights.values()) or (op == "layernorm" and set(weights) == {"bias"}):
        raise NoWordError("its weight is computed")
    words = unlike(eps=(a["eps"], 1e-5 if op == "layernorm" else None), normalized_dims=(dims, 1),
                   elementwise_affine=("weight" in weights, True))
    if op == "layernorm" and weights:
        words |= unlike(bias=("bias" in weights, True))
    return x.at(sketch.weighted(op, x, weights, **words))


@rule("batch_norm")
def batch_norm(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x = sketch.value(a["input"])
    if x.batch != 0 or x.merged > 1:
        raise NoWordError("its samples are not along dim 0") if x.batch is None else MixedError
    weights = {name: a[name] for name in ("weight", "bias", "running_mean", "running_var") if a[name] is not None}
    if "running_mean" not in weights:
        raise NoWordError("it keeps no running statistics")
    words = unlike(eps=(a["eps"], 1e-5), momentum=(a["momentum"], 0.1), affine=("weight" in weights, True))
    return x.at(sketch.weighted("batchnorm", x, weights, **words))


@rule("group_norm", "instance_norm")
def group_norm(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x = sketch.value(a["input"])
    if x.batch != 0 or x.merged > 1 or x.rank < 3:
        raise NoWordError("its samples are not along dim 0") if x.batch is None else MixedError
    weights = {name: a[name] for name in ("weight", "bias") if a[name] is not None}
    if call.op == "instance_norm":
        if a.get("running_mean") is not None:
            raise NoWordError("it keeps running statistics")
        return x.at(sketch.weighted("instancenorm", x, weights, **unlike(eps=(a["eps"], 1e-5), affine=(bool(weights), False))))
    return x.at(sketch.weighted("groupnorm", x, weights, num_groups=a["num_groups"],
                                **unlike(eps=(a["eps"], 1e-5), affine=(bool(weights), True))))


@rule("prelu", "_prelu_kernel")
def prelu(sketch: Sketch, call: Call) -> Value:
    x, weight = sketch.value(call.arguments["self"]), call.arguments["weight"]
    if not is_weight(sketch, weight, 1):
        raise NoWordError("its slope is computed")
    return x.at(sketch.weighted("prelu", x, {"weight": weight}, **unlike(num_parameters=(weight.shape[0], 1))))


@rule("embedding")
def embedding(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    table, places = sketch.value(a["weight"]), sketch.value(a["indices"])
    padding = None if a["padding_idx"] in (-1, None) else a["padding_idx"]
    if places.fixed is not None:
        return _fixed_rows(sketch, table, places.fixed, padding)
    if not is_weight(sketch, table.weight, 2):
        raise NoWordError("its table is computed")
    node = sketch.weighted("embedding", places, {"weight": table.weight}, num_embeddings=table.shape[0], embedding_dim=table.shape[1],
                           **unlike(padding_idx=(padding, None)))
    return Value((*places.shape, table.shape[1]), node, 0, places.batch, places.outer, places.inner)


def _fixed_rows(sketch: Sketch, table: Value, places: np.ndarray, padding: int | None) -> Value:
    """Rows that are the same for every sample: of positions counted from 0 an embedding of these, of others a choice of rows."""
    shape = (*places.shape, table.shape[1])
    if places.ndim > 1 and (places == places[:1]).all():
        return _repeated(sketch, _fixed_rows(sketch, table, places[0], padding), shape)
    counted = np.arange(places.size).reshape(places.shape)
    if places.ndim == 1 and places.size and (places == counted).all() and is_weight(sketch, table.weight, 2):
        source = _counting_source(sketch, places.size)
        if source is not None:
            value, dim = source
            positions = sketch.new("positions", [value], **unlike(dim=(dim, 1)))
            node = sketch.weighted("embedding", Value((places.size,), positions), {"weight": table.weight},
                                   num_embeddings=table.shape[0], embedding_dim=table.shape[1], **unlike(padding_idx=(padding, None)))
            return Value(shape, node)
    rows = sketch.new("index_select", [table], index=tuple(int(i) for i in places.ravel()))
    return sketch.reshape(Value((places.size, table.shape[1]), rows), shape)


def _repeated(sketch: Sketch, row: Value, shape: tuple[int, ...]) -> Value:
    once = sketch.reshape(row, (1, *shape[1:]))
    return Value(shape, once.node, once.output, stretched=frozenset({0}) if shape[0] > 1 else frozenset())


def _counting_source(sketch: Sketch, size: int) -> tuple[Value, int] | None:
    """An input with a dim of that size, from which positions can be counted."""
    for thing in sketch.trace.inputs:
        value = sketch.values[thing]
        if size in value.sample:
            return value, value.sample.index(size) + 1
    return None
