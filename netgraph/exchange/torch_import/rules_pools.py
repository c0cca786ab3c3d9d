"""Rules of pooling and of resizing images."""

from __future__ import annotations

from typing import Any

from netgraph.exchange.torch_import.calls import Call
from netgraph.exchange.torch_import.rulebook import one_or_all, rule, unlike
from netgraph.exchange.torch_import.rules_layers import image
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import NoWordError, Value

PLAIN = ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d")
ADAPTIVE = tuple(f"adaptive_{kind}_pool{rank}d" for kind in ("avg", "max") for rank in (1, 2, 3))
RESIZED = ("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_linear1d", "upsample_bilinear2d",
           "upsample_trilinear3d", "upsample_bicubic2d")


@rule(*PLAIN)
def pool(sketch: Sketch, call: Call) -> Value:
    a, rank = call.arguments, int(call.op[-2])
    x = image(sketch.value(a["self"]), rank)
    if a.get("divisor_override") is not None:
        raise NoWordError("it divides by a number of its own")
    size = one_or_all(a["kernel_size"])
    words = unlike(stride=(one_or_all(a["stride"] or a["kernel_size"]), size), padding=(one_or_all(a["padding"]), 0),
                   dilation=(one_or_all(a.get("dilation", 1)), 1), ceil_mode=(a["ceil_mode"], False),
                   count_include_pad=(a.get("count_include_pad", True), True))
    return Value(call.results[0].shape, sketch.new(call.op.replace("_", ""), [x], kernel_size=size, **words), batch=x.batch)


@rule(*ADAPTIVE)
def adaptive_pool(sketch: Sketch, call: Call) -> Value | tuple[Value, ...]:
    x = image(sketch.value(call.arguments["self"]), int(call.op[-2]))
    shape = call.results[0].shape
    sides = shape[len(shape) - int(call.op[-2]):]
    value = Value(shape, sketch.new(call.op.replace("_", ""), [x], output_size=one_or_all(sides)), batch=x.batch)
    return value if len(call.results) == 1 else (value, value)


@rule(*RESIZED)
def resize(sketch: Sketch, call: Call) -> Value:
    a = call.arguments
    mode, rank = call.op.removeprefix("upsample_")[:-2], int(call.op[-2])
    if mode == "bicubic":
        raise NoWordError("it is bicubic")
    x = image(sketch.value(a["input"] if "input" in a else a["self"]), rank)
    scales: Any = a.get("scale_factors")
    words: dict[str, Any] = {"scale_factor": one_or_all([float(s) for s in scales])} if scales else {"size": call.results[0].shape[2:]}
    if a.get("align_corners"):
        words["align_corners"] = True
    return Value(call.results[0].shape, sketch.new("upsample", [x], **words, **unlike(mode=(mode, "nearest"))), batch=x.batch)


@rule("pixel_shuffle", "pixel_unshuffle")
def shuffle(sketch: Sketch, call: Call) -> Value:
    x, op = image(sketch.value(call.arguments["self"]), 2), call.op.replace("_", "")
    factor = {name: call.arguments[name] for name in ("upscale_factor", "downscale_factor") if name in call.arguments}
    return Value(call.results[0].shape, sketch.new(op, [x], **factor), batch=x.batch)
