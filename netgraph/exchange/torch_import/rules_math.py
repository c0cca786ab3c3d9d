"""Rules of what is computed number by number: activations, arithmetic, comparisons, masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.made import page_of
from netgraph.exchange.torch_import.rulebook import RULES, rule, unlike
from netgraph.exchange.torch_import.rules_products import sum_of
from netgraph.exchange.torch_import.sketch import OUT_OF_SIGHT, Sketch
from netgraph.exchange.torch_import.values import NoWordError, Value

# ATen's name, the word, and the constants that both have, each with ATen's name and the word's default.
UNARY: dict[str, tuple[str, dict[str, tuple[str, Any]]]] = {
    **{name: (name, {}) for name in ("relu", "relu6", "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "neg", "sin", "cos", "square",
                                     "reciprocal", "erf", "mish", "hardswish", "hardsigmoid", "silu", "selu")},
    "log_sigmoid": ("logsigmoid", {}),
    "gelu": ("gelu", {"approximate": ("approximate", "none")}),
    "elu": ("elu", {"alpha": ("alpha", 1.0)}),
    "celu": ("celu", {"alpha": ("alpha", 1.0)}),
    "leaky_relu": ("leaky_relu", {"negative_slope": ("negative_slope", 0.01)}),
    "rrelu": ("leaky_relu", {}),
    "hardtanh": ("hardtanh", {"min_val": ("min_val", -1.0), "max_val": ("max_val", 1.0)}),
    "hardshrink": ("hardshrink", {"lambd": ("lambd", 0.5)}),
    "softshrink": ("softshrink", {"lambd": ("lambd", 0.5)}),
    "threshold": ("threshold", {"threshold": ("threshold", 0.0), "value": ("value", 0.0)}),
    "softplus": ("softplus", {"beta": ("beta", 1.0), "threshold": ("threshold", 20.0)}),
    "clamp": ("clip", {"min": ("min", None), "max": ("max", None)}),
    "clamp_min": ("clip", {"min": ("min", None)}),
    "clamp_max": ("clip", {"max": ("max", None)}),
    "dropout": ("dropout", {"p": ("p", 0.5)}),
}
ALONG = {"softmax": "softmax", "_softmax": "softmax", "log_softmax": "log_softmax", "_log_softmax": "log_softmax", "cumsum": "cumsum",
         "glu": "glu"}


def _unary(word: str, constants: dict[str, tuple[str, Any]]) -> Callable[[Sketch, Call], Value]:
    def apply(sketch: Sketch, call: Call) -> Value:
        a = call.arguments
        given = {own: (a[name], default) for own, (name, default) in constants.items()}
        if any(isinstance(value, Thing) for value, _ in given.values()) or a.get("scale", 1) != 1 or a.get("input_scale", 1) != 1:
            raise NoWordError("its constants are computed")
        if word == "leaky_relu" and not constants:
            given = {"negative_slope": ((a["lower"] + a["upper"]) / 2, 0.01)}
        words = unlike(**{own: (_number(value), default) for own, (value, default) in given.items()})
        value = sketch.value(a["self"] if "self" in a else a["input"])
        if word == "dropout" and not a["p"]:
            return value
        if value.array is not None and value.array.dtype.kind == "f" and word != "dropout":
            return Value(value.shape, array=page_of(word, words).at(value.shape).forward(value.array[None])[0])
        return sketch.like(word, value, **words)
    return apply


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


RULES.update({name: _unary(*entry) for name, entry in UNARY.items()})


@rule(*ALONG)
def along(sketch: Sketch, call: Call) -> Value:
    value, dim = sketch.placed(sketch.plain(sketch.value(call.arguments["self"]))), call.arguments["dim"]
    if not value.rank:
        raise NoWordError("its input is a single number")
    own, default = value.dim(dim), 1 if call.op == "cumsum" else -1
    words = unlike(dim=(-1 if default == -1 and own == len(value.sample) else own, default))
    result = value.at(sketch.new(ALONG[call.op], [value], **words))
    return result if call.op != "glu" else Value(call.results[0].shape, result.node, 0, value.batch, value.outer, value.inner)


@rule("add", "sub", "rsub", "subtract")
def add(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, y, alpha = sketch.value(a["self"]), sketch.value(a["other"]), a.get("alpha", 1)
    if call.op == "rsub":
        x, y = y, x
    if call.op == "add" or y.fixed is not None or x.fixed is not None:
        return _sum(sketch, x, y, alpha if call.op == "add" else -alpha)
    return pair(sketch, "sub", x, sketch.scaled(y, alpha))


def _sum(sketch: Sketch, x: Value, y: Value, gain: float) -> Value:
    if y.fixed is not None:
        y, gain = sketch.scaled(y, gain), 1
    if y.fixed is not None and not y.fixed.any() and y.rank <= x.rank:
        return x
    result = sum_of(sketch, [x, y])
    edges = sketch.nodes[result.node].edges
    if gain != 1:
        edges[1][1]["weight"] = gain
    return result


def pair(sketch: Sketch, op: str, x: Value, y: Value) -> Value:
    """What an op gives of two values, of which the smaller stretches."""
    fitted, whole = sketch.aligned([x, y])
    return whole.at(sketch.new(op, fitted))


@rule("mul", "multiply")
def mul(sketch: Sketch, call: Call) -> Value:
    x, y = sketch.value(call.arguments["self"]), sketch.value(call.arguments["other"])
    if x.fixed is not None:
        x, y = y, x
    if y.fixed is not None and y.fixed.size == 1 and y.rank <= x.rank:
        return sketch.scaled(sketch.plain(sketch.placed(x)), float(y.fixed.reshape(())))
    return pair(sketch, "mul", x, y)


@rule("div", "divide", "true_divide")
def div(sketch: Sketch, call: Call) -> Value:
    x, y = sketch.value(call.arguments["self"]), sketch.value(call.arguments["other"])
    if call.arguments.get("rounding_mode") is not None:
        raise NoWordError("it rounds")
    if y.fixed is not None and y.fixed.size == 1 and y.rank <= x.rank and y.fixed.any():
        return sketch.scaled(sketch.plain(sketch.placed(x)), 1 / float(y.fixed.reshape(())))
    return pair(sketch, "div", x, y)


@rule("maximum", "minimum", "fmax", "fmin")
def extreme(sketch: Sketch, call: Call) -> Value:
    return pair(sketch, call.op.replace("fm", "m") + ("imum" if call.op.startswith("f") else ""),
                 sketch.value(call.arguments["self"]), sketch.value(call.arguments["other"]))


@rule("gt", "lt", "ge", "le", "greater", "less")
def compare(sketch: Sketch, call: Call) -> Value:
    x, y = sketch.value(call.arguments["self"]), sketch.value(call.arguments["other"])
    if call.op in ("ge", "le"):                            # not the other way round
        return _sum(sketch, Value((), array=np.ones(())), pair(sketch, "less" if call.op == "ge" else "greater", x, y), -1)
    return pair(sketch, "greater" if call.op[0] == "g" else "less", x, y)


@rule("ne", "eq")
def equality(sketch: Sketch, call: Call) -> Value:
    """1 where the distance is above 0, or where it is not."""
    if not call.arguments["self"].is_float:
        raise NoWordError("it compares indices")
    other = sketch.value(call.arguments["other"])
    x = sketch.value(call.arguments["self"])
    distance = _sum(sketch, x, other, -1) if other.fixed is not None else pair(sketch, "sub", x, other)
    apart = pair(sketch, "greater", sketch.like("abs", distance), Value((), array=np.zeros(())))
    return apart if call.op == "ne" else _sum(sketch, Value((), array=np.ones(())), apart, -1)


@rule("logical_not", "bitwise_not")
def negation(sketch: Sketch, call: Call) -> Value:
    if call.op == "bitwise_not" and not _is_truth(call.arguments["self"]):
        raise NoWordError("it turns bits")
    return _sum(sketch, Value((), array=np.ones(())), sketch.value(call.arguments["self"]), -1)


def _is_truth(thing: Thing) -> bool:
    return not thing.is_float and thing.kind == "result"


@rule("where")
def where(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    if "other" not in a:
        raise NoWordError("it lists places")
    fitted, whole = sketch.aligned([sketch.value(a[name]) for name in ("condition", "self", "other")])
    return whole.at(sketch.new("where", fitted))


@rule("masked_fill")
def masked_fill(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    x, mask, value = (sketch.value(a[name]) for name in ("self", "mask", "value"))
    is_single = value.array is not None and value.array.size == 1
    if is_single and x.array is not None and not x.array.any() and mask.shape == x.shape and mask.array is None:
        return sketch.scaled(mask, max(float(np.asarray(value.array).item()), OUT_OF_SIGHT))
    fitted, whole = sketch.aligned([mask, value, x])
    return whole.at(sketch.new("where", fitted))


@rule("pow", "rsqrt")
def power(sketch: Sketch, call: Call) -> Value:
    exponent = call.arguments.get("exponent", -0.5)
    if isinstance(exponent, Thing) or not isinstance(call.arguments["self"], Thing):
        raise NoWordError("its exponent is computed")
    value = sketch.value(call.arguments["self"])
    return sketch.like("square", value) if exponent == 2 else sketch.like("pow", value, exponent=float(exponent))


@rule("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full")
def filled(_: Sketch, call: Call) -> Value:
    """Fixed numbers in the shape of another tensor, of which they take nothing else."""
    fill = {"zeros": 0.0, "ones": 1.0}.get(call.op.replace("new_", "").removesuffix("_like"), call.arguments.get("fill_value"))
    if isinstance(fill, Thing):
        raise NoWordError("its number is computed")
    return Value(call.results[0].shape, array=np.full(call.results[0].shape, fill, np.float32))


@rule("zero", "fill")
def overwritten(sketch: Sketch, call: Call) -> Value:
    value = call.arguments.get("value", 0.0)
    shape = call.results[0].shape
    if isinstance(value, Thing):
        if (array := sketch.value(value).array) is None:
            raise NoWordError("its number is computed")
        value = array.item()
    return Value(shape, array=np.full(shape, value, np.float32))
