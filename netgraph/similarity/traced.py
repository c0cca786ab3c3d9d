"""The layers of a plan go in; the tensor operations that they are come out, named as traced graphs name them."""

from __future__ import annotations

from netgraph.op import Op
from netgraph.plan import Layer

VIEWS = frozenset({"identity", "reshape", "flatten", "unflatten", "transpose", "permute", "squeeze", "unsqueeze", "expand", "tile", "slice",
                   "select", "split", "dropout"})
WORDS = {
    "dense": "linear", "batchnorm": "batch_norm", "layernorm": "layer_norm", "groupnorm": "group_norm", "instancenorm": "instance_norm",
    "rmsnorm": "rms_norm", "clip": "clamp", "square": "pow", "globalavgpool2d": "mean", "globalmaxpool2d": "amax", "greater": "gt",
    "less": "lt", "pixelshuffle": "pixel_shuffle", "pixelunshuffle": "pixel_unshuffle",
    **{f"{kind}pool{rank}d": f"{kind}_pool" for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"adaptive{kind}pool{rank}d": f"adaptive_{kind}_pool" for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"convtranspose{rank}d": f"conv{rank}d_transposed" for rank in (1, 2, 3)},
}


def traced_name(word: str) -> str:
    """The name that traced graphs give to an op of the vocabulary; any other word stays as it is.

    >>> traced_name("dense"), traced_name("maxpool2d"), traced_name("conv2d_1x1")
    ('linear', 'max_pool', 'conv2d_1x1')
    """
    return WORDS.get(word, word)


def operation_of(layer: Layer) -> str:
    """The operation that a layer is: a convolution by its kind, an upsampling by its mode, all else by its word.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain((8, 4, 4), {"op": "conv2d", "channels": 8, "kernel_size": 3, "groups": 8}))
    >>> [operation_of(layer) for layer in plan]
    ['input', 'conv2d_depthwise']
    """
    if layer.op_name in ("conv1d", "conv2d", "conv3d"):
        return layer.op_name + _kind(layer.op, layer.wires[0].shape[0])
    if layer.op_name == "upsample":
        return "upsample_nearest" if getattr(layer.op, "mode", "nearest") == "nearest" else "upsample_linear"
    return traced_name(layer.op_name)


def _kind(op: Op, channels: object) -> str:
    groups = getattr(op, "groups", 1)
    if groups > 1:
        return "_depthwise" if groups == channels else "_grouped"
    return "_1x1" if set(_sides(op)) == {1} else ""


def _sides(op: Op) -> tuple[int, ...]:
    size = getattr(op, "kernel_size", 0)
    return tuple(size) if isinstance(size, tuple | list) else (size,)
