"""Kernels: ops that are done faster than their page does them flow in; objects that do them on memory of their own come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from netgraph.engines.compiler.choosing import ForwardConvolution
from netgraph.engines.compiler.clipping import ClipKernel
from netgraph.engines.compiler.convolution import ConvolutionKernel
from netgraph.engines.compiler.depthwise import DepthwiseKernel
from netgraph.engines.compiler.normalising import ChannelScaleKernel
from netgraph.engines.compiler.pooling import AveragePoolKernel, MaxPoolKernel
from netgraph.engines.compiler.recurrent import RECURRENT, RecurrentKernel
from netgraph.engines.compiler.scratch import Scratch
from netgraph.ops import OPS
from netgraph.ops.channel_bias import AddChannelBias
from netgraph.ops.norm_of_batch import BatchNormAtRank


class ForwardKernel(Protocol):
    """What a kernel does. Each method is a function whose last argument is the array to fill, or None to make one."""

    def forward(self, *values: Any) -> Any:
        """The output, from forward's inputs and arrays."""


class Kernel(ForwardKernel, Protocol):
    """One that gives gradients too."""

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """For one of forward's inputs or arrays: the function that gives its gradient, and the names that it asks for."""


CONVOLUTIONS = tuple(OPS[f"conv{rank}d"] for rank in (1, 2, 3))
MAX_POOLS = tuple(OPS[f"maxpool{rank}d"] for rank in (1, 2, 3))
AVERAGE_POOLS = tuple(OPS[f"avgpool{rank}d"] for rank in (1, 2, 3))


def kernel_for(op: Any, shapes: Mapping[str, tuple[int, ...]]) -> Kernel | None:
    """The kernel of an op whose arrays have these shapes, or None where its page is what runs."""
    kind = type(op)
    if issubclass(kind, CONVOLUTIONS):
        if op.is_bordered:
            return None
        return DepthwiseKernel(op) if op.groups == op.channels > 1 == shapes["weight"][1] else ConvolutionKernel(op)
    if issubclass(kind, MAX_POOLS) and not op.ceil_mode:
        return MaxPoolKernel(op)
    if issubclass(kind, AVERAGE_POOLS) and not op.ceil_mode and (op.count_include_pad or not any(map(any, op.pads))):
        return AveragePoolKernel(op)
    if issubclass(kind, RECURRENT):
        return RecurrentKernel(op)
    return None


def forward_kernel_for(op: Any, shapes: Mapping[str, tuple[int, ...]], scratch: Scratch) -> ForwardKernel | None:
    """The same where no gradients are asked for. The kernels of one routine share the scratch memory."""
    if type(op) is AddChannelBias or (type(op) is BatchNormAtRank and op.affine and op.rank > 1):
        return ChannelScaleKernel(op)
    if type(op) is OPS["relu6"]:
        return ClipKernel(0, 6)
    kernel = kernel_for(op, shapes)
    return ForwardConvolution(op, scratch) if isinstance(kernel, ConvolutionKernel | DepthwiseKernel) else kernel
