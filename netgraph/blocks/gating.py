"""Blocks that weigh: channels by what the whole image shows, experts by what each place asks for."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from netgraph.block import OUT_OF_SIGHT, Block, add
from netgraph.errors import ShapeError
from netgraph.fields import OptionalSize, Size
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes

MOST_EXPERTS = 10_000                                      # each is five nodes of the net


@word("squeeze_excite")
@dataclass(frozen=True)
class SqueezeExcite(Block):
    """x · σ(W₂ relu(W₁ mean(x))), a weight for each channel from the means of all: images (C, H, W) (Hu et al. 2018, eq. 2 to 4).

    The hidden layer has C / reduction units.
    """

    reduction: Size = 16

    examples = (({"reduction": 2}, ((4, 3, 3),)), ({"reduction": 1}, ((2, 3, 2),)))

    def unfold(self, x: Shape) -> nx.DiGraph:
        if len(x) != 3:
            raise ShapeError(f"'squeeze_excite' takes images (C, H, W), but got {x}. Put a 'reshape' before it.")
        channels = sizes(x[:1], "'squeeze_excite'")[0]
        if channels < self.reduction:
            raise ShapeError(f"'squeeze_excite' has reduction={self.reduction}, but its input {x} has {channels} channels. "
                             f"Choose a smaller one.")
        graph = nx.DiGraph()
        graph.add_node("x", op="input", shape=x)
        squeezed = add(graph, "squeeze", "x", op="globalavgpool2d")
        hidden = add(graph, "reduce", squeezed, op="dense", units=channels // self.reduction, activation="relu")
        weights = add(graph, "expand", hidden, op="dense", units=channels, activation="sigmoid")
        add(graph, "excite", "x", add(graph, "columns", weights, op="reshape", shape=(channels, 1, 1)), op="mul")
        return graph


@word("mixture")
@dataclass(frozen=True)
class Mixture(Block):
    """Σ gᵢ(x) Eᵢ(x), experts of two dense layers, weighed by g = softmax(W x): features (..., D) (Jacobs et al. 1991, eq. 1.2).

    With `top_k` only so many experts of each place count, the softmax being over these (Shazeer et al. 2017, eq. 3 to 5, without noise).
    """

    num_experts: Size
    hidden: Size
    top_k: OptionalSize = None

    examples = (({"num_experts": 3, "hidden": 4}, ((5,),)), ({"num_experts": 3, "hidden": 2, "top_k": 2}, ((4, 3),)))

    def unfold(self, x: Shape) -> nx.DiGraph:
        if not x:
            raise ShapeError("'mixture' works on the last axis, but its input is a single number. Give the input the shape (1,).")
        features = sizes(x[-1:], "'mixture'")[0]
        if self.top_k is not None and self.top_k > self.num_experts:
            raise ShapeError(f"'mixture' has top_k={self.top_k} of num_experts={self.num_experts}. Choose no more than there are.")
        if self.num_experts > MOST_EXPERTS:
            raise ShapeError(f"'mixture' has num_experts={self.num_experts:,}, but {MOST_EXPERTS:,} is the most. Choose fewer.")
        graph = nx.DiGraph()
        graph.add_node("x", op="input", shape=x)
        gate = add(graph, "gate", "x", op="dense", units=self.num_experts, bias=False)
        shares = add(graph, "shares", self._best(graph, gate), op="softmax")
        weighed = []
        for i in range(self.num_experts):
            hidden = add(graph, f"expert{i}_hidden", "x", op="dense", units=self.hidden, activation="relu")
            out = add(graph, f"expert{i}", hidden, op="dense", units=features)
            share = add(graph, f"share{i}", shares, op="slice", dim=-1, start=i, stop=i + 1)
            weighed.append(add(graph, f"weighed{i}", out, share, op="mul"))
        add(graph, "mixed", *weighed, op="add")
        return graph

    def _best(self, graph: nx.DiGraph, gate: str) -> str:
        """The scores, out of sight where they are less than the least that counts."""
        if self.top_k is None:
            return gate
        least = add(graph, "least", add(graph, "best", gate, op="topk", k=self.top_k), op="min", dim=-1, keepdim=True)
        kept = add(graph, "kept", gate, add(graph, "is_less", least, gate, op="greater"), op="add")
        graph.edges["is_less", kept]["weight"] = OUT_OF_SIGHT
        return kept
