"""Choosing a convolution outside training: an op flows in; what does it soonest on the images that it meets comes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import channels_last, is_channels_last
from netgraph.engines.compiler.convolution import ConvolutionKernel, output_sides
from netgraph.engines.compiler.depthwise import DepthwiseKernel
from netgraph.engines.compiler.depthwise_rows import DepthwiseRows
from netgraph.engines.compiler.ending import Ending, Tail
from netgraph.engines.compiler.normalising import ChannelScaleKernel, array_count, scale_and_shift
from netgraph.engines.compiler.scratch import Scratch
from netgraph.engines.compiler.window_rows import PixelRows, WindowRows
from netgraph.engines.compiler.winograd import WinogradKernel, best_tile

LEAST_RUN = 9                                              # shorter runs of memory are gathered too slowly


@dataclass
class ForwardConvolution:
    """A convolution for data of one shape, done in the way that the first data call for; then norm or bias, if given, and the ending.

    It has no gradients: training runs another kernel.
    """

    op: Any
    scratch: Scratch
    norm: Any = None
    ending: Ending = field(default_factory=Ending)
    way: Any = None

    @property
    def title(self) -> str:
        return self.way.title if self.norm is None else f"{self.way.title}, {ChannelScaleKernel(self.norm, self.ending).title}"

    def forward(self, x: np.ndarray, weight: np.ndarray, *others: Any) -> np.ndarray:
        """y (N, M, H', W'). `others` are the norm's arrays, the images to be added, and the array to fill or None."""
        *arrays, out = others
        count = 0 if self.norm is None else array_count(self.norm)
        norms, added = arrays[:count], arrays[count:]
        way = self.way = self.way or way_for(self.op, x, weight, self.scratch)
        y: np.ndarray
        if isinstance(way, ConvolutionKernel | DepthwiseKernel):
            y = way.forward(x, weight, out)
        else:
            y = channels_last((len(x), len(weight), *output_sides(self.op, x.shape[2:])), x.dtype) if out is None else out
            if way.fill(x, weight, self.tail(weight, norms, added), y):
                return y
            np.copyto(y, ConvolutionKernel(self.op).forward(x, weight, None))
        return y if self.norm is None else ChannelScaleKernel(self.norm, self.ending).forward(y, *norms, *added, y)

    def tail(self, weight: np.ndarray, norms: Sequence[np.ndarray], added: Sequence[np.ndarray]) -> Tail:
        """What follows the products."""
        scale, shift = (None, np.zeros(len(weight), weight.dtype)) if self.norm is None else scale_and_shift(self.norm, norms)
        return Tail(np.ones(len(weight), weight.dtype) if scale is None else scale, shift, added, self.ending)


def way_for(op: Any, x: np.ndarray, weight: np.ndarray, scratch: Scratch) -> Any:
    """The kernel for images that lie like x.

    Channels last want long runs of channels, and the weights in another order, which is kept and compared with them in each call; with
    fewer windows than half the units this costs more than it saves.
    """
    is_depthwise = op.groups == len(weight) > 1 == weight.shape[1]
    batch_last = DepthwiseKernel(op) if is_depthwise else ConvolutionKernel(op)
    if len(x) > 1 and x.strides[0] == x.itemsize:
        return batch_last
    if op.groups > 1:
        return DepthwiseRows(op, scratch) if is_depthwise else batch_last
    if {*op.kernel_size, *op.stride} == {1} and not any(map(any, op.pads)):
        return PixelRows(scratch) if is_channels_last(x) else batch_last
    sides = output_sides(op, x.shape[2:])
    if len(sides) == 2 and tuple(op.kernel_size) == (3, 3) and {*op.stride, *op.dilation} == {1}:
        m = best_tile(weight.shape, len(x), sides)
        if m is not None:
            return WinogradKernel(op, m, scratch)
    is_long = x.shape[1] * op.kernel_size[-1] >= LEAST_RUN
    return WindowRows(op, scratch) if is_long and 2 * len(x) * math.prod(sides) >= len(weight) else batch_last
