"""Results of common calls on tensors without numbers, made by their sizes: torch's own way there loads its compiler first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

SAME_SIZE = frozenset({"dropout", "layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm", "relu", "gelu", "silu", "sigmoid",
                       "tanh", "softmax", "log_softmax", "leaky_relu", "elu", "hardswish", "hardsigmoid", "hardtanh", "relu6", "mish"})
Sizes = tuple[int, ...]


def result_without_numbers(name: str, arguments: dict[str, Any]) -> Any:
    """What a call gives, as tensors on the meta device; None for calls that are not common, and for inputs that do not fit.

    >>> result_without_numbers("linear", {"input": torch.ones(5, 3), "weight": torch.ones(2, 3)}).shape
    torch.Size([5, 2])
    """
    if name in SAME_SIZE:
        x = arguments["input"] if "input" in arguments else arguments["self"]
        keeps_type = x.is_floating_point() and arguments.get("dtype") is None
        return _empty(x.shape, x) if keeps_type else None
    if name in ("lstm", "gru"):
        return _recurrent(arguments)
    if name not in SIZES:
        return None
    shape, like = SIZES[name](arguments)
    return None if shape is None else _empty(shape, like)


def _empty(shape: Any, like: Any) -> Any:
    return torch.empty(tuple(int(n) for n in shape), dtype=like.dtype, device="meta")


def _pair(a: dict[str, Any]) -> tuple[Any, Any]:
    x, y = a["self"], a["other"]
    like = torch.empty((), dtype=torch.result_type(x, y), device="meta")
    if not like.is_floating_point() or a.get("rounding_mode") is not None:
        return None, like
    try:
        return np.broadcast_shapes(*(tuple(part.shape) for part in (x, y) if isinstance(part, torch.Tensor))), like
    except ValueError:                                     # torch says what is wrong
        return None, like


def _linear(a: dict[str, Any]) -> tuple[Any, Any]:
    x, weight = a["input"], a["weight"]
    fits = weight.dim() == 2 and x.dim() and x.shape[-1] == weight.shape[1] and x.dtype == weight.dtype
    return ((*x.shape[:-1], weight.shape[0]) if fits else None), x


def _matmul(a: dict[str, Any]) -> tuple[Any, Any]:
    return _matrices(a["self"], a["other"])


def _bmm(a: dict[str, Any]) -> tuple[Any, Any]:
    return _matrices(a["self"], a["mat2"])


def _addmm(a: dict[str, Any]) -> tuple[Any, Any]:
    return _matrices(a["mat1"], a["mat2"])


def _matrices(x: Any, y: Any) -> tuple[Any, Any]:
    fits = min(x.dim(), y.dim()) >= 2 and x.shape[-1] == y.shape[-2] and x.dtype == y.dtype
    fits = fits and (x.shape[:-2] == y.shape[:-2] or y.dim() == 2)
    return ((*x.shape[:-1], y.shape[-1]) if fits else None), x


def _attention(a: dict[str, Any]) -> tuple[Any, Any]:
    query, key, value = a["query"], a["key"], a["value"]
    fits = query.dim() == key.dim() == value.dim() >= 3 and query.shape[-1] == key.shape[-1] and key.shape[:-1] == value.shape[:-1]
    return ((*query.shape[:-1], value.shape[-1]) if fits and query.shape[0] == key.shape[0] else None), query


def _convolution(a: dict[str, Any]) -> tuple[Any, Any]:
    """Each side floor((n + 2 · padding − dilation (kernel − 1) − 1) / stride) + 1 (Dumoulin & Visin 2016, relationship 15)."""
    x, weight, padding = a["input"], a["weight"], a["padding"]
    rank = weight.dim() - 2
    fits = x.dim() == rank + 2 and x.shape[1] == weight.shape[1] * a["groups"] and x.dtype == weight.dtype and not isinstance(padding, str)
    if not fits:
        return None, x
    each = (_each(part, rank) for part in (padding, a["dilation"], a["stride"]))
    sides = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, p, d, s in zip(x.shape[2:], weight.shape[2:], *each, strict=True)]
    return ((x.shape[0], weight.shape[0], *sides) if min(sides) > 0 else None), x


def _pool(a: dict[str, Any]) -> tuple[Any, Any]:
    x, kernel = a["self"], a["kernel_size"]
    if a["ceil_mode"] or x.dim() != len(kernel) + 2:
        return None, x
    each = (_each(part, len(kernel)) for part in (a["padding"], a.get("dilation", 1), a["stride"] or kernel))
    sides = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, p, d, s in zip(x.shape[2:], kernel, *each, strict=True)]
    return ((*x.shape[:2], *sides) if min(sides) > 0 else None), x


def _each(value: Any, rank: int) -> Sizes:
    parts = tuple(value) if isinstance(value, list | tuple) else (value,)
    return parts * rank if len(parts) == 1 else parts


def _embedding(a: dict[str, Any]) -> tuple[Any, Any]:
    return (*a["indices"].shape, *a["weight"].shape[1:]), a["weight"]


def _concat(a: dict[str, Any]) -> tuple[Any, Any]:
    first, *others = a["tensors"]
    dim = a["dim"] % max(first.dim(), 1)
    rest = [(*t.shape[:dim], *t.shape[dim + 1:]) for t in a["tensors"]]
    fits = first.dim() and len(set(rest)) == 1 and all(t.dim() == first.dim() and t.dtype == first.dtype for t in others)
    return ((*first.shape[:dim], sum(t.shape[dim] for t in a["tensors"]), *first.shape[dim + 1:]) if fits else None), first


def _adaptive(a: dict[str, Any]) -> tuple[Any, Any]:
    x, sides = a["self"], a["output_size"]
    fits = x.dim() == len(sides) + 2 and all(isinstance(side, int) for side in sides)
    return ((*x.shape[:2], *sides) if fits else None), x


def _recurrent(a: dict[str, Any]) -> Any:
    """All states, then the last of each layer and direction, of a batch of sequences."""
    x, starts = a.get("input"), a.get("hx")
    if x is None or starts is None or x.dim() != 3 or "batch_first" not in a or a["params"][1].shape[0] % a["params"][1].shape[1]:
        return None
    starts = starts if isinstance(starts, list | tuple) else [starts]
    width = starts[0].shape[-1] * (1 + bool(a["bidirectional"]))
    return _empty((*x.shape[:2], width), x), *(_empty(start.shape, start) for start in starts)


SIZES: dict[str, Callable[[dict[str, Any]], tuple[Any, Any]]] = {
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div"), _pair),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), _pool),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d"), _adaptive),
    **dict.fromkeys(("mm", "bmm"), _bmm),
    "linear": _linear, "matmul": _matmul, "addmm": _addmm, "scaled_dot_product_attention": _attention, "embedding": _embedding,
    "cat": _concat}
