"""Attention, declared openly: a source flows in, and dense, matmul and softmax nodes in a group of their own come out."""

from __future__ import annotations

import math

import networkx as nx

from netgraph.errors import ShapeError
from netgraph.weights import NodeId
from netgraph.zoo.asked import count
from netgraph.zoo.scope import Scope

OUT_OF_SIGHT = -1e9   # added to a score, it leaves a share of exactly 0 in float32 and float64


def add_attention(graph: nx.DiGraph, source: NodeId, name: str, *, d_model: int, num_heads: int, memory: NodeId | None = None,
                  mask: NodeId | None = None, dropout: float = 0.0, within: str | None = None) -> str:
    """The id of a new node that gives softmax(q kᵀ / √d) v for each head, joined and projected: x (T, d_model) -> y (T, d_model).

    Queries come from `source`, keys and values from `memory`, or from the source too. Where `mask`, a node of numbers (1, T, T), gives 1,
    nothing is seen; where it gives 0, all. Ids begin with the name, which is also the group unless `within` says another. The nodes are
    added to the graph itself.
    Raises: ShapeError when the heads do not divide d_model; GraphError when the graph already has nodes of this name.
    Source: Vaswani et al. 2017, eq. 1 and section 3.2.2.

    >>> import netgraph as ng
    >>> G = nx.DiGraph()
    >>> G.add_node("x", op="input", shape=(16, 64))
    >>> add_attention(G, "x", "attn", d_model=64, num_heads=4)
    'attn_out'
    >>> G.edges["attn_q_heads", "attn_scores"], ng.infer(G).parameter_count
    ({'slot': 0, 'weight': 0.25}, 16640)
    """
    size = head_size(d_model, num_heads)
    scope = Scope(graph, (name,), tuple((name if within is None else within).split("/")))
    memory = source if memory is None else memory
    query, key, value = (_heads(scope, part, origin, num_heads, size) for part, origin in (("q", source), ("k", memory), ("v", memory)))
    scores = scope.add("scores", query, scope.add("k_turned", key, op="transpose"), op="matmul")
    graph.edges[query, scores]["weight"] = 1 / math.sqrt(size)        # on q, which has fewer numbers than the scores
    if mask is not None:
        scores = scope.add("masked", scores, mask, op="add")
        graph.edges[mask, scores]["weight"] = OUT_OF_SIGHT
    shares = scope.add("softmax", scores, op="softmax")
    if dropout:
        shares = scope.add("dropout", shares, op="dropout", p=dropout)
    seen = scope.add("seen", shares, value, op="matmul")
    seen = scope.add("joined", scope.add("by_place", seen, op="permute", dims=(0, 2, 1, 3)), op="flatten", start_dim=2)
    return scope.add("out", seen, op="dense", units=d_model)


def add_causal_mask(graph: nx.DiGraph, source: NodeId, name: str = "mask", *, within: str | None = None) -> str:
    """The id of a new node (1, T, T) that gives 1 where the place of a key is later than that of the query, and 0 elsewhere.

    The places are counted along a node (T, d) of the net: a one for each row, summed up. No gradient flows through the comparison.
    Ids begin with the name, which is also the group unless `within` says another.
    Raises: GraphError when the graph already has nodes of this name.

    >>> import netgraph as ng
    >>> G = nx.DiGraph()
    >>> G.add_node("x", op="input", shape=(3, 8))
    >>> add_causal_mask(G, "x")
    'mask_is_later'
    >>> ng.compile(G)([[[5] * 8] * 3]).tolist()
    [[[[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]]]
    """
    scope = Scope(graph, (name,), tuple((name if within is None else within).split("/")))
    one = scope.add("one", scope.add("first", source, op="slice", dim=2, stop=1), op="clip", min=1, max=1)
    query = scope.add("query_place", one, op="cumsum", dim=1)
    key = scope.add("key_place", query, op="transpose")
    return scope.add("is_later", scope.add("later", key, query, op="greater"), op="unsqueeze", dim=1)


def head_size(d_model: int, num_heads: int) -> int:
    """The size of one head's queries, keys and values.

    Raises: ShapeError when the heads do not divide d_model.

    >>> head_size(512, 8)
    64
    """
    if count("add_attention", "d_model", d_model) % count("add_attention", "num_heads", num_heads):
        raise ShapeError(f"Attention shares d_model={d_model} among num_heads={num_heads}, which does not divide it. "
                         f"Choose a d_model that is a multiple of num_heads.")
    return d_model // num_heads


def _heads(scope: Scope, part: str, source: NodeId, num_heads: int, size: int) -> str:
    node = scope.add(part, source, op="dense", units=num_heads * size)
    node = scope.add(f"{part}_split", node, op="reshape", shape=(-1, num_heads, size))
    return scope.add(f"{part}_heads", node, op="permute", dims=(0, 2, 1, 3))
