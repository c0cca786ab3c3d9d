"""Attention, declared openly: a source flows in, and dense, matmul and softmax nodes in a group of their own come out."""

from __future__ import annotations

import math

import networkx as nx

from netgraph.block import OUT_OF_SIGHT
from netgraph.errors import ShapeError
from netgraph.weights import NodeId
from netgraph.zoo.asked import count
from netgraph.zoo.scope import Scope


def add_attention(graph: nx.DiGraph, source: NodeId, name: str, *, d_model: int, num_heads: int, memory: NodeId | None = None,
                  mask: NodeId | None = None, causal: bool = False, dropout: float = 0.0, within: str | None = None) -> str:
    """The id of a new node that gives softmax(q kᵀ / √d) v for each head, joined and projected: x (T, d_model) -> y (T, d_model).

    Queries come from `source`, keys and values from `memory`, or from the source too. Where `mask`, a node of numbers (1, T, T), gives 1,
    nothing is seen; where it gives 0, all. With `causal` no later place is seen. Ids begin with the name, which is also the group unless
    `within` says another. The nodes are added to the graph itself.
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
    if causal:
        scores = scope.add("causal", scores, op="causal")
    shares = scope.add("softmax", scores, op="softmax")
    if dropout:
        shares = scope.add("dropout", shares, op="dropout", p=dropout)
    seen = scope.add("seen", shares, value, op="matmul")
    seen = scope.add("joined", scope.add("by_place", seen, op="permute", dims=(0, 2, 1, 3)), op="flatten", start_dim=2)
    return scope.add("out", seen, op="dense", units=d_model)


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
    node = scope.add(f"{part}_split", node, op="unflatten", dim=2, unflattened_size=(num_heads, size))
    return scope.add(f"{part}_heads", node, op="permute", dims=(0, 2, 1, 3))
