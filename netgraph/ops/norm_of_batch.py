"""Normalisation over the batch: mean 0 and variance 1 for each channel, with running statistics for calls outside training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import NotNegative, Number, Switch
from netgraph.op import Op
from netgraph.ops.by_channel import ByChannel
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes
from netgraph.weights import Array


@word("batchnorm")
@dataclass(frozen=True)
class BatchNorm(Op):
    """(x − mean) / std · weight + bias for each channel, x (C,) or (C, H, W) (Ioffe & Szegedy 2015, algorithms 1 and 2).

    A call uses the running mean and variance; training uses the batch's own and moves the running ones towards them by `momentum`.
    Source: torch.nn.BatchNorm1d, 2d and 3d.
    """

    eps: NotNegative = 1e-5
    momentum: Number = 0.1
    affine: Switch = True

    examples = (({}, ((3,),)), ({}, ((2, 3, 4),)), ({"affine": False, "eps": 1e-3}, ((3, 2, 2),)), ({}, ((2, 2, 3, 2),)))

    def shape(self, x: Shape) -> Shape:
        if not 1 <= len(x) <= 4:
            raise ShapeError(f"'batchnorm' normalises the channels of samples (C,), (C, L), (C, H, W) or (C, D, H, W), but got {x}. "
                             f"Put a 'reshape' before it.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        channels = sizes(x[:1], "'batchnorm'")
        learned = {"weight": Array(channels, "ones"), "bias": Array(channels, "zeros")} if self.affine else {}
        return {**learned, "running_mean": Array(channels, "zeros", is_buffer=True), "running_var": Array(channels, "ones", is_buffer=True)}

    def at(self, x: Shape) -> Op:
        return BatchNormAtRank(self.eps, self.momentum, self.affine, len(x))

    def for_training(self) -> Op:
        return BatchNormOfBatch(self.eps, self.momentum, self.affine)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array], rank: int = 1) -> Any:
        kind = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d, 4: nn.BatchNorm3d}[rank]
        return kind(arrays["running_mean"].shape[0], **self.options("eps", "momentum", "affine"))


@dataclass(frozen=True)
class BatchNormAtRank(ByChannel, BatchNorm):
    """Batch norm of samples of `rank` axes, by the running mean and variance."""

    rank: Any = 1

    def for_training(self) -> Op:
        return BatchNormOfBatch(self.eps, self.momentum, self.affine, self.rank)

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        s = 1 / np.sqrt(running_var.reshape(*self.column) + self.eps)
        n = (x - running_mean.reshape(*self.column)) * s
        y = n if weight is None else n * weight.reshape(*self.column) + bias.reshape(*self.column)
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gx = gy * s if weight is None else gy * (s * weight.reshape(*self.column))
        gweight = (gy * n).sum(axis=self.others)
        gbias = gy.sum(axis=self.others)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        return torch.nn.functional.batch_norm(x, running_mean, running_var, weight, bias, False, self.momentum, self.eps)


@dataclass(frozen=True)
class BatchNormOfBatch(BatchNormAtRank):
    """Batch norm as training runs it: with the mean and variance of the batch itself."""

    kept = ("running_mean", "running_var")

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        m = x.mean(axis=self.others, keepdims=True)
        v = x.var(axis=self.others, keepdims=True)
        s = 1 / np.sqrt(v + self.eps)
        n = (x - m) * s
        y = n if weight is None else n * weight.reshape(*self.column) + bias.reshape(*self.column)
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * weight.reshape(*self.column)
        gx = s * (gn - gn.mean(axis=self.others, keepdims=True) - n * (gn * n).mean(axis=self.others, keepdims=True))
        gweight = (gy * n).sum(axis=self.others)
        gbias = gy.sum(axis=self.others)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None, running_mean: Any, running_var: Any) -> Any:
        return torch.nn.functional.batch_norm(x, None, None, weight, bias, True, self.momentum, self.eps)

    def keep(self, x: Any, m: Any, v: Any, running_mean: Any, running_var: Any) -> Any:
        """The buffers after the step; the running variance takes the unbiased one, as in PyTorch."""
        count = x.size // x.shape[1]
        return (running_mean + self.momentum * (m.ravel() - running_mean),
                running_var + self.momentum * (v.ravel() * (count / (count - 1)) - running_var))

    def refuse(self, x: Any, *arrays: Any) -> str | None:
        if x.size // x.shape[1] > 1:
            return None
        return ("trains batch norm on one number a channel, which has no variance. "
                "Use a batch of at least two samples.")
