"""Residual blocks: what flows in is changed, and added to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import networkx as nx

from netgraph.block import Block, add
from netgraph.errors import ShapeError
from netgraph.fields import Probability, Size, Switch
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes

EXPANSION = 4   # of a bottleneck's channels by its last convolution


@word("residual")
@dataclass(frozen=True)
class Residual(Block):
    """relu(F(x) + x), F two 3×3 convolutions with batch norm, or a bottleneck of 1×1, 3×3 and 1×1 (He et al. 2016, figures 2 and 5).

    Where the stride or the channels change, x passes through a 1×1 convolution of its own. A bottleneck gives 4 · channels.
    """

    channels: Size
    stride: Size = 1
    bottleneck: Switch = False

    examples = (({"channels": 3}, ((3, 4, 4),)), ({"channels": 4, "stride": 2}, ((2, 4, 4),)),
                ({"channels": 2, "bottleneck": True}, ((3, 4, 4),)))

    def unfold(self, x: Shape) -> nx.DiGraph:
        if len(x) != 3:
            raise ShapeError(f"'residual' takes images (C, H, W), but got {x}. Put a 'reshape' before it.")
        graph = nx.DiGraph()
        graph.add_node("x", op="input", shape=x)
        out = self.channels * (EXPANSION if self.bottleneck else 1)
        sides = [(self.channels, 1), (self.channels, 3), (out, 1)] if self.bottleneck else [(self.channels, 3), (out, 3)]
        strided = 1 if self.bottleneck else 0
        node = "x"
        for i, (channels, side) in enumerate(sides):
            last = i == len(sides) - 1
            node = _normalised(graph, str(i + 1), node, channels, side, self.stride if i == strided else 1, None if last else "relu")
        is_projected = self.stride > 1 or out != sizes(x[:1], "'residual'")[0]
        skip = _normalised(graph, "_skip", "x", out, 1, self.stride, None) if is_projected else "x"
        add(graph, "sum", node, skip, op="add", activation="relu")
        return graph


def _normalised(graph: nx.DiGraph, end: str, source: str, channels: int, side: int, stride: int, activation: str | None) -> str:
    node = add(graph, f"conv{end}", source, op="conv2d", channels=channels, kernel_size=side, stride=stride, padding=side // 2, bias=False)
    return add(graph, f"norm{end}", node, op="batchnorm", **({"activation": activation} if activation else {}))


@word("transformer_layer")
@dataclass(frozen=True)
class TransformerLayer(Block):
    """Attention and a feed-forward net, each added to what it was given, with layer norm (Vaswani et al. 2017, figure 1).

    Norm comes behind each sum, or with `norm_first` before attention and feed-forward net (Xiong et al. 2020). With a `memory` a second
    attention takes keys and values from it, as a decoder's does.
    """

    num_heads: Size
    dim_feedforward: Size
    dropout: Probability = 0.0
    hidden_activation: Literal["relu", "gelu"] = "relu"
    norm_first: Switch = False
    causal: Switch = False

    examples = (({"num_heads": 2, "dim_feedforward": 6}, ((3, 4),)),
                ({"num_heads": 1, "dim_feedforward": 3, "norm_first": True}, ((3, 2), (4, 2))))

    def unfold(self, x: Shape, memory: Shape | None = None) -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_node("x", op="input", shape=x)
        node = self._residual(graph, "x", "attn")
        if memory is not None:
            graph.add_node("memory", op="input", shape=memory)
            node = self._residual(graph, node, "cross_attn")
        self._residual(graph, node, "feed_forward")
        return graph

    def _residual(self, graph: nx.DiGraph, source: str, part: str) -> str:
        node = self._part(graph, add(graph, f"{part}_norm", source, op="layernorm") if self.norm_first else source, part)
        if self.dropout:
            node = add(graph, f"{part}_dropout", node, op="dropout", p=self.dropout)
        node = add(graph, f"{part}_sum", source, node, op="add")
        return node if self.norm_first else add(graph, f"{part}_norm", node, op="layernorm")

    def _part(self, graph: nx.DiGraph, source: str, part: str) -> str:
        if part == "feed_forward":
            width = sizes(graph.nodes["x"]["shape"][-1:], "'transformer_layer'")[0]
            hidden = add(graph, "linear1", source, op="dense", units=self.dim_feedforward, activation=self.hidden_activation)
            return add(graph, "linear2", hidden, op="dense", units=width)
        graph.add_node(part, op="attention", num_heads=self.num_heads, dropout=self.dropout)
        if part == "cross_attn":
            graph.add_edge(source, part, slot="query")
            graph.add_edge("memory", part, slot=("key", "value"))
        else:
            graph.nodes[part]["causal"] = self.causal
            graph.add_edge(source, part)
        return part
