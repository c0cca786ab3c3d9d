"""Nets that foretell the next token: sizes flow in, a DiGraph of layers that see only what came before comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count, variant
from netgraph.zoo.attention import head_size
from netgraph.zoo.scope import begin
from netgraph.zoo.transformer_layer import Recipe, add_norm, add_transformer_layer

# Radford et al. 2019, table 2: layers and d_model; a head has 64 numbers.
GPT2 = {"small": (12, 768), "medium": (24, 1024), "large": (36, 1280), "xl": (48, 1600)}


def gpt(layers: int = 12, d_model: int = 768, num_heads: int = 12, *, context: int = 1024, vocabulary: int = 50257,
        dropout: float = 0.1, name: str = "gpt") -> nx.DiGraph:
    """A decoder of tokens (context,) in the manner of GPT-2: logits (context, vocabulary), whose weights are those of the embedding.

    Raises: ShapeError when the heads do not divide d_model.
    Source: Radford et al. 2019, section 2.3.

    >>> import netgraph as ng
    >>> ng.infer(gpt(2, 64, 4, context=32, vocabulary=256)).parameter_count
    118528
    """
    head_size(d_model, num_heads)
    recipe = Recipe(d_model, num_heads, 4 * d_model, is_tanh_gelu=True, dropout=dropout, is_norm_first=True)
    scope, tokens = begin(name, (context,), "tokens", dtype="int")
    embedding = scope.framed("embedding")
    wte = embedding.add("wte", tokens, op="embedding", num_embeddings=vocabulary, embedding_dim=d_model)
    positions = embedding.add("positions", tokens, op="positions")
    wpe = embedding.add("wpe", positions, op="embedding", num_embeddings=context, embedding_dim=d_model)
    node = embedding.add("embedded", wte, wpe, op="add")
    if dropout:
        node = embedding.add("dropout", node, op="dropout", p=dropout)
    for i in range(count("gpt", "layers", layers)):
        node = add_transformer_layer(scope.inside(f"layer{i}"), node, recipe, causal=True)
    scope.add("logits", add_norm(scope, "norm", node, recipe), op="dense", units=vocabulary, bias=False, share=wte)
    return scope.graph


def gpt2(size: str = "small", *, context: int = 1024, vocabulary: int = 50257, dropout: float = 0.1) -> nx.DiGraph:
    """GPT-2 "small", "medium", "large" or "xl".

    Raises: OpError for another size.
    Source: Radford, Wu, Child, Luan, Amodei & Sutskever 2019, table 2; the counts are those of the published weights.

    >>> import netgraph as ng
    >>> ng.infer(gpt2("small")).parameter_count
    124439808
    """
    layers, d_model = variant("gpt2", size, GPT2)
    return gpt(layers, d_model, d_model // 64, context=context, vocabulary=vocabulary, dropout=dropout, name=f"gpt2_{size}")
