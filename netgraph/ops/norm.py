"""Normalisation of each sample by itself: mean 0 and variance 1 over its last axes, over groups of channels or over each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import NotNegative, OptionalNotNegative, Size, Switch
from netgraph.op import Op
from netgraph.ops.by_channel import ByChannel
from netgraph.ops.group import by_group
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes
from netgraph.weights import Array


class _OverLastAxes(Op):
    """Over the last `normalized_dims` axes."""

    normalized_dims: Any
    elementwise_affine: Any

    @property
    def axes(self) -> int | tuple[int, ...]:
        return -1 if self.normalized_dims == 1 else tuple(range(-self.normalized_dims, 0))

    @property
    def first(self) -> int:
        return -int(self.normalized_dims)

    def shape(self, x: Shape) -> Shape:
        who = f"'{type(self).__name__.lower()}'"
        if not x:
            raise ShapeError(f"{who} normalises the last axis, but its input is a single number. Give it a vector.")
        if self.normalized_dims > len(x):
            raise ShapeError(f"{who} normalises the last {self.normalized_dims} axes, but its input {x} has {len(x)}. "
                             f"Lower normalized_dims.")
        return x


@word("layernorm")
@dataclass(frozen=True)
class LayerNorm(_OverLastAxes):
    """(x − mean) / std · weight + bias over the last axis (Ba et al. 2016, eq. 4), or the last `normalized_dims` axes.

    Source: torch.nn.LayerNorm.
    """

    eps: NotNegative = 1e-5
    elementwise_affine: Switch = True
    bias: Switch = True
    normalized_dims: Size = 1

    examples = (({}, ((6,),)), ({"bias": False}, ((3, 5),)), ({"elementwise_affine": False, "eps": 1e-3}, ((4,),)),
                ({"normalized_dims": 2}, ((2, 3, 3),)))

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        features = sizes(x[self.first:], "'layernorm'")
        both = {"weight": Array(features, "ones"), "bias": Array(features, "zeros")}
        return {name: both[name] for name in both if self.elementwise_affine and (self.bias or name == "weight")}

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        m = x.mean(axis=self.axes, keepdims=True)
        s = 1 / np.sqrt(x.var(axis=self.axes, keepdims=True) + self.eps)
        n = (x - m) * s
        y = n if weight is None else n * weight if bias is None else n * weight + bias
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * weight
        gx = s * (gn - gn.mean(axis=self.axes, keepdims=True) - n * (gn * n).mean(axis=self.axes, keepdims=True))
        gweight = (gy * n).reshape(-1, *n.shape[self.first:]).sum(axis=0)
        gbias = gy.reshape(-1, *n.shape[self.first:]).sum(axis=0)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        return torch.nn.functional.layer_norm(x, x.shape[self.first:], weight, bias, self.eps)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        if "weight" not in arrays:
            return None
        features = arrays["weight"].shape
        return nn.LayerNorm(features[0] if len(features) == 1 else list(features), **self.options("eps", "bias"))


@word("rmsnorm")
@dataclass(frozen=True)
class RMSNorm(_OverLastAxes):
    """x / √(mean of x² + eps) · weight over the last axis (Zhang & Sennrich 2019, eq. 4), or the last `normalized_dims` axes.

    Without eps, the smallest step of the dtype stands in its place. Source: torch.nn.RMSNorm.
    """

    eps: OptionalNotNegative = None
    elementwise_affine: Switch = True
    normalized_dims: Size = 1

    examples = (({}, ((6,),)), ({"eps": 1e-3, "elementwise_affine": False}, ((3, 4),)), ({"normalized_dims": 2, "eps": 1e-6}, ((2, 4, 4),)))

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return {"weight": Array(sizes(x[self.first:], "'rmsnorm'"), "ones")} if self.elementwise_affine else {}

    def forward(self, x: Any, *, weight: Any = None) -> Any:
        s = 1 / np.sqrt((x * x).mean(axis=self.axes, keepdims=True) + (np.finfo(x.dtype).eps if self.eps is None else self.eps))
        n = x * s
        y = n if weight is None else n * weight
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * weight
        gx = s * (gn - n * (gn * n).mean(axis=self.axes, keepdims=True))
        gweight = (gy * n).reshape(-1, *n.shape[self.first:]).sum(axis=0)
        return gx, gweight

    def torch(self, torch: Any, x: Any, *, weight: Any = None) -> Any:
        return torch.nn.functional.rms_norm(x, x.shape[self.first:], weight, self.eps)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        if "weight" not in arrays:
            return None
        features = arrays["weight"].shape
        return nn.RMSNorm(features[0] if len(features) == 1 else list(features), **self.options("eps"))


def affine_arrays(x: Shape, is_affine: bool, who: str) -> Mapping[str, Array]:
    """A weight and a bias for each channel."""
    channels = sizes(x[:1], who)
    return {"weight": Array(channels, "ones"), "bias": Array(channels, "zeros")} if is_affine else {}


@word("groupnorm")
@dataclass(frozen=True)
class GroupNorm(Op):
    """(x − mean) / std · weight + bias over each of `num_groups` groups of channels, x (C, ...) (Wu & He 2018, eq. 1).

    Source: torch.nn.GroupNorm.
    """

    num_groups: Size
    eps: NotNegative = 1e-5
    affine: Switch = True

    examples = (({"num_groups": 2}, ((4, 2, 3),)), ({"num_groups": 1}, ((3, 4),)), ({"num_groups": 3, "affine": False}, ((6,),)))

    def shape(self, x: Shape) -> Shape:
        if not x or sizes(x[:1], "'groupnorm'")[0] % self.num_groups:
            raise ShapeError(f"'groupnorm' has num_groups={self.num_groups}, which must divide the channels of samples (C, ...), "
                             f"but got {x}. Choose another num_groups.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return affine_arrays(x, self.affine, "'groupnorm'")

    def at(self, x: Shape) -> Op:
        return GroupNormAtRank(self.num_groups, self.eps, self.affine, len(x))

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        return nn.GroupNorm(self.num_groups, arrays["weight"].shape[0], **self.options("eps")) if "weight" in arrays else None


@dataclass(frozen=True)
class GroupNormAtRank(ByChannel, GroupNorm):
    """Group norm of samples of `rank` axes."""

    rank: Any = 1

    @property
    def axes(self) -> tuple[int, ...]:
        """Of a group (N, groups, C / groups, ...)."""
        return tuple(range(2, self.rank + 2))

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        g = by_group(x, self.num_groups, axis=1)
        s = 1 / np.sqrt(g.var(axis=self.axes, keepdims=True) + self.eps)
        n = (g - g.mean(axis=self.axes, keepdims=True)) * s
        z = n.reshape(x.shape)
        y = z if weight is None else z * weight.reshape(*self.column) + bias.reshape(*self.column)
        return y

    def backward(self, gy: Any, x: Any, n: Any, s: Any, z: Any, weight: Any) -> Any:
        gz = gy if weight is None else gy * weight.reshape(*self.column)
        gn = by_group(gz, self.num_groups, axis=1)
        gg = s * (gn - gn.mean(axis=self.axes, keepdims=True) - n * (gn * n).mean(axis=self.axes, keepdims=True))
        gx = gg.reshape(x.shape)
        gweight = (gy * z).sum(axis=self.others)
        gbias = gy.sum(axis=self.others)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        return torch.nn.functional.group_norm(x, self.num_groups, weight, bias, self.eps)


@word("instancenorm")
@dataclass(frozen=True)
class InstanceNorm(Op):
    """(x − mean) / std over each channel of each sample, x (C, L), (C, H, W) or (C, D, H, W) (Ulyanov et al. 2016, eq. 5).

    With `affine`, · weight + bias. Source: torch.nn.InstanceNorm2d.
    """

    eps: NotNegative = 1e-5
    affine: Switch = False

    examples = (({}, ((2, 3, 4),)), ({"affine": True}, ((3, 5),)), ({"affine": True, "eps": 1e-3}, ((2, 2, 2, 2),)))

    def shape(self, x: Shape) -> Shape:
        if not 2 <= len(x) <= 4:
            raise ShapeError(f"'instancenorm' normalises each channel of samples (C, L), (C, H, W) or (C, D, H, W), but got {x}. "
                             f"Put a 'reshape' before it.")
        return x

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        return affine_arrays(x, self.affine, "'instancenorm'")

    def at(self, x: Shape) -> Op:
        return InstanceNormAtRank(self.eps, self.affine, len(x))

    def torch_module(self, nn: Any, arrays: Mapping[str, Array], rank: int) -> Any:
        if "weight" not in arrays:
            return None
        return getattr(nn, f"InstanceNorm{rank - 1}d")(arrays["weight"].shape[0], **self.options("eps", "affine"))


@dataclass(frozen=True)
class InstanceNormAtRank(ByChannel, InstanceNorm):
    """Instance norm of samples of `rank` axes."""

    rank: Any = 2

    @property
    def axes(self) -> tuple[int, ...]:
        """The sides of an image (N, C, ...)."""
        return tuple(range(2, self.rank + 1))

    def forward(self, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        s = 1 / np.sqrt(x.var(axis=self.axes, keepdims=True) + self.eps)
        n = (x - x.mean(axis=self.axes, keepdims=True)) * s
        y = n if weight is None else n * weight.reshape(*self.column) + bias.reshape(*self.column)
        return y

    def backward(self, gy: Any, n: Any, s: Any, weight: Any) -> Any:
        gn = gy if weight is None else gy * weight.reshape(*self.column)
        gx = s * (gn - gn.mean(axis=self.axes, keepdims=True) - n * (gn * n).mean(axis=self.axes, keepdims=True))
        gweight = (gy * n).sum(axis=self.others)
        gbias = gy.sum(axis=self.others)
        return gx, gweight, gbias

    def torch(self, torch: Any, x: Any, *, weight: Any = None, bias: Any = None) -> Any:
        return torch.nn.functional.instance_norm(x, None, None, weight, bias, True, 0.1, self.eps)
