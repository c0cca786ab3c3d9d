"""Kernels: ops that are done faster than their page does them flow in; objects that do them on memory of their own come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from netgraph.engines.compiler.convolution import ConvolutionKernel
from netgraph.engines.compiler.pooling import AveragePoolKernel, MaxPoolKernel
from netgraph.op import Op
from netgraph.ops import OPS


class Kernel(Protocol):
    """What a kernel does. Each method is a function whose last argument is the array to fill, or None to make one."""

    def forward(self, *values: Any) -> Any:
        """The output, from forward's inputs and arrays."""

    def backward(self, place: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """For one of forward's inputs or arrays: the function that gives its gradient, and the names that it asks for."""


def kernel_for(op: Op) -> Kernel | None:
    """The kernel of an op, or None where its page is what runs."""
    kind = type(op)
    if kind is OPS["conv2d"] and getattr(op, "padding_mode", "zeros") == "zeros":
        return ConvolutionKernel(op)
    if kind in (OPS["maxpool2d"], OPS["avgpool2d"]) and getattr(op, "ceil_mode", False):
        return None
    if kind is OPS["maxpool2d"] and getattr(op, "dilation", (1, 1)) == (1, 1):
        return MaxPoolKernel(op)
    if kind is OPS["avgpool2d"] and getattr(op, "count_include_pad", True):
        return AveragePoolKernel(op)
    return None
