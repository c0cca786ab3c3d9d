"""Attention as one node: queries, keys and values flow in; what each query attends to comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import networkx as nx

from netgraph.block import OUT_OF_SIGHT, Block, add
from netgraph.errors import ShapeError
from netgraph.fields import Limit, OptionalSize, Positive, Probability, Size, Switch
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes


@word("attention")
@dataclass(frozen=True)
class Attention(Block):
    """softmax(q kᵀ · scale) v in several heads, joined and projected: query (T, D) -> (T, D) (Vaswani et al. 2017, eq. 1 and 3.2.2).

    Keys and values come from the slots `key` and `value`, or from the query's source too. Where `mask`, numbers (T, S) or (1 or heads,
    T, S), is 1, nothing is seen; where it is 0, all. What comes from `added`, of such a shape too, is added to the scores. With `causal`
    a query sees no later place, with `rotary` queries and keys are turned by their places, to the base `rotary_base`, with `num_kv_heads`
    several heads of queries share one of keys and values (Ainslie et al. 2023). Without `scale` it is 1 / √d, for heads of d numbers.
    """

    num_heads: Size
    num_kv_heads: OptionalSize = None
    causal: Switch = False
    rotary: Switch = False
    dropout: Probability = 0.0
    bias: Switch = True
    scale: Limit = None
    rotary_base: Positive = 10000.0

    examples = (({"num_heads": 2}, ((3, 4),)), ({"num_heads": 2, "bias": False}, ((3, 4), (5, 6), (5, 6))),
                ({"num_heads": 2, "rotary": True, "causal": True, "rotary_base": 500.0}, ((3, 8),)),
                ({"num_heads": 4, "num_kv_heads": 2}, ((3, 8),)),
                ({"num_heads": 1, "scale": 1.0}, ((3, 4), (5, 4), (5, 4), (3, 5), (1, 3, 5))))

    def unfold(self, query: Shape, key: Shape | None = None, value: Shape | None = None, mask: Shape | None = None,
               added: Shape | None = None) -> nx.DiGraph:
        width, head = self._sizes(query)
        graph = nx.DiGraph()
        graph.add_node("query", op="input", shape=query)
        k, v = "query" if key is None else "key", "value" if value is not None else "query" if key is None else "key"
        graph.add_nodes_from((name, {"op": "input", "shape": shape})
                             for name, shape in (("key", key), ("value", value), ("mask", mask), ("added", added)) if shape is not None)
        queries = self._placed(graph, "q", self._heads(graph, "q", "query", self.num_heads, head))
        keys = self._shared(graph, "k", self._placed(graph, "k", self._heads(graph, "k", k, self._kv_heads, head)))
        values = self._shared(graph, "v", self._heads(graph, "v", v, self._kv_heads, head))
        scores = add(graph, "scores", queries, add(graph, "k_turned", keys, op="transpose"), op="matmul")
        scale = 1 / math.sqrt(head) if self.scale is None else self.scale
        graph.edges[queries, scores]["weight"] = scale                    # on q, which has fewer numbers than the scores
        shares = add(graph, "softmax", self._masked(graph, scores, mask, added), op="softmax")
        if self.dropout:
            shares = add(graph, "dropout", shares, op="dropout", p=self.dropout)
        seen = add(graph, "by_place", add(graph, "seen", shares, values, op="matmul"), op="permute", dims=(0, 2, 1, 3))
        add(graph, "out", add(graph, "joined", seen, op="flatten", start_dim=2), op="dense", units=width, bias=self.bias)
        return graph

    @property
    def _kv_heads(self) -> int:
        return self.num_kv_heads or self.num_heads

    def _sizes(self, query: Shape) -> tuple[int, int]:
        """The sizes of a query and of one head's."""
        if len(query) != 2:
            raise ShapeError(f"'attention' takes sequences (T, features), but got {query}. Put a 'reshape' before it.")
        width = sizes(query[1:], "'attention'")[0]
        if width % self.num_heads or self.num_heads % self._kv_heads:
            raise ShapeError(f"'attention' shares {width} features among num_heads={self.num_heads}"
                             + (f", and these among num_kv_heads={self.num_kv_heads}" if self.num_kv_heads else "")
                             + ", which does not come out even. Choose numbers that divide one another.")
        return width, width // self.num_heads

    def _heads(self, graph: nx.DiGraph, part: str, source: str, count: int, head: int) -> str:
        node = add(graph, part, source, op="dense", units=count * head, bias=self.bias)
        node = add(graph, f"{part}_split", node, op="unflatten", dim=2, unflattened_size=(count, head))
        return add(graph, f"{part}_heads", node, op="permute", dims=(0, 2, 1, 3))

    def _placed(self, graph: nx.DiGraph, part: str, node: str) -> str:
        return add(graph, f"{part}_rotary", node, op="rotary", base=self.rotary_base) if self.rotary else node

    def _shared(self, graph: nx.DiGraph, part: str, node: str) -> str:
        """Each head of keys or values as often as heads of queries look at it, one after the other."""
        times = self.num_heads // self._kv_heads
        if times == 1:
            return node
        single = add(graph, f"{part}_single", node, op="unsqueeze", dim=2)
        copies = add(graph, f"{part}_copies", single, op="tile", repeats=(1, times, 1, 1))
        return add(graph, f"{part}_shared", copies, op="flatten", start_dim=1, end_dim=2)

    def _masked(self, graph: nx.DiGraph, scores: str, mask: Shape | None, added: Shape | None) -> str:
        if added is not None:
            scores = add(graph, "with_added", scores, self._by_head(graph, "added", added), op="add")
        if mask is not None:
            heads = self._by_head(graph, "mask", mask)
            scores = add(graph, "masked", scores, heads, op="add")
            graph.edges[heads, scores]["weight"] = OUT_OF_SIGHT
        return add(graph, "causal", scores, op="causal") if self.causal else scores

    def _by_head(self, graph: nx.DiGraph, name: str, shape: Shape) -> str:
        return add(graph, f"{name}_heads", name, op="unsqueeze", dim=1) if len(shape) == 2 else name
