"""Normalisation: mean 0 and variance 1, over a sample's last axis or over the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import NotNegative, Number, Switch
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes
from netgraph.weights import Array


@word("layernorm")
@dataclass(frozen=True)
class LayerNorm(Op):
    """(x − mean) / std · weight + bias over the last axis (Ba et al. 2016, eq. 4). Source: torch.nn.LayerNorm."""

    eps: NotNegative = 1e-5
    elementwise_affine: Switch = True
    bias: Switch = True

    examples = (({}, ((6,),)), ({"bias": False}, ((3, 5),)), ({"elementwise_affine": False, "eps": 1e-3}, ((4,),)))

    def shape(self, x: Shape) -> Shape:
        if not x:
            raise ShapeError("'layernorm' normalises the last axis, but its input is a single number. Give it a vector.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        features = sizes(x[-1:], "'layernorm'")
        both = {"weight": Array(features, "ones"), "bias": Array(features, "zeros")}
        return {name: both[name] for name in both if self.elementwise_affine and (self.bias or name == "weight")}

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        m = x.mean(axis=-1, keepdims=True)
        s = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        n = (x - m) * s
        y = n if weight is None else n * weight if bias is None else n * weight + bias
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * weight
        gx = s * (gn - gn.mean(axis=-1, keepdims=True) - n * (gn * n).mean(axis=-1, keepdims=True))
        gweight = (gy * n).reshape(-1, n.shape[-1]).sum(axis=0)
        gbias = gy.reshape(-1, n.shape[-1]).sum(axis=0)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, self.eps)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        if "weight" not in arrays:
            return None
        return nn.LayerNorm(arrays["weight"].shape[0], **self.options("eps", "bias"))


def per_channel(v: Any, x: Any) -> Any:
    """One number a channel, shaped to meet x (N, C, ...)."""
    return v.reshape(-1, *(1,) * (x.ndim - 2))


def over_channel(x: Any) -> Any:
    """All axes of x (N, C, ...) but the channels'."""
    return (0, *range(2, x.ndim))


@word("batchnorm")
@dataclass(frozen=True)
class BatchNorm(Op):
    """(x − mean) / std · weight + bias for each channel, x (C,) or (C, H, W) (Ioffe & Szegedy 2015, algorithms 1 and 2).

    A call uses the running mean and variance; training uses the batch's own and moves the running ones towards them by `momentum`.
    Source: torch.nn.BatchNorm1d and 2d.
    """

    eps: NotNegative = 1e-5
    momentum: Number = 0.1
    affine: Switch = True

    examples = (({}, ((3,),)), ({}, ((2, 3, 4),)), ({"affine": False, "eps": 1e-3}, ((3, 2, 2),)))

    def shape(self, x: Shape) -> Shape:
        if not 1 <= len(x) <= 4:
            raise ShapeError(f"'batchnorm' normalises the channels of samples (C,), (C, L), (C, H, W) or (C, D, H, W), but got {x}. "
                             f"Put a 'reshape' before it.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        channels = sizes(x[:1], "'batchnorm'")
        learned = {"weight": Array(channels, "ones"), "bias": Array(channels, "zeros")} if self.affine else {}
        return {**learned, "running_mean": Array(channels, "zeros", is_buffer=True), "running_var": Array(channels, "ones", is_buffer=True)}

    def for_training(self) -> Op:
        return BatchNormOfBatch(self.eps, self.momentum, self.affine)

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        s = 1 / np.sqrt(running_var + self.eps)
        n = (x - per_channel(running_mean, x)) * per_channel(s, x)
        y = n if weight is None else n * per_channel(weight, x) + per_channel(bias, x)
        return y

    def backward(self, gy: Any, x: Any, n: Any, s: Any, weight: Any) -> Any:
        gx = gy * per_channel(s, x) if weight is None else gy * per_channel(s * weight, x)
        gweight = (gy * n).sum(axis=over_channel(x))
        gbias = gy.sum(axis=over_channel(x))
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        return torch.nn.functional.batch_norm(x, running_mean, running_var, weight, bias, False, self.momentum, self.eps)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array], rank: int = 1) -> Any:
        kind = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d, 4: nn.BatchNorm3d}[rank]
        return kind(arrays["running_mean"].shape[0], **self.options("eps", "momentum", "affine"))


@dataclass(frozen=True)
class BatchNormOfBatch(BatchNorm):
    """Batch norm as training runs it: with the mean and variance of the batch itself."""

    kept = ("running_mean", "running_var")

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        m = x.mean(axis=over_channel(x))
        v = x.var(axis=over_channel(x))
        s = 1 / np.sqrt(v + self.eps)
        n = (x - per_channel(m, x)) * per_channel(s, x)
        y = n if weight is None else n * per_channel(weight, x) + per_channel(bias, x)
        return y

    def backward(self, gy: Any, x: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * per_channel(weight, x)
        mean_gn = gn.mean(axis=over_channel(x))
        mean_gnn = (gn * n).mean(axis=over_channel(x))
        gx = per_channel(s, x) * (gn - per_channel(mean_gn, x) - n * per_channel(mean_gnn, x))
        gweight = (gy * n).sum(axis=over_channel(x))
        gbias = gy.sum(axis=over_channel(x))
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        return torch.nn.functional.batch_norm(x, None, None, weight, bias, True, self.momentum, self.eps)

    def keep(self, x: Any, m: Any, v: Any, running_mean: Any, running_var: Any) -> Any:
        """The buffers after the step; the running variance takes the unbiased one, as in PyTorch."""
        count = x.size // x.shape[1]
        return (running_mean + self.momentum * (m - running_mean),
                running_var + self.momentum * (v * (count / (count - 1)) - running_var))

    def refuse(self, x: Any, *arrays: Any) -> str | None:
        if x.size // x.shape[1] > 1:
            return None
        return ("trains batch norm on one number a channel, which has no variance. "
                "Use a batch of at least two samples.")
