"""The transformer for sequences: sizes flow in, a DiGraph of attending layers comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.zoo.asked import count
from netgraph.zoo.attention import head_size
from netgraph.zoo.scope import Scope, begin
from netgraph.zoo.transformer_layer import Recipe, add_norm, add_transformer_layer


def transformer_encoder(layers: int = 6, d_model: int = 512, num_heads: int = 8, d_ff: int = 2048, *, length: int | str = 64,
                        activation: str = "relu", dropout: float = 0.1, norm_first: bool = False) -> nx.DiGraph:
    """An encoder of sequences of `length` vectors (length, d_model); `norm_first` puts layer norm before attention, and one at the end.
    A name in place of the length, such as "T", leaves it open.

    Raises: ShapeError when the heads do not divide d_model.
    Source: Vaswani et al. 2017, figure 1; table 3, row "base".

    >>> import netgraph as ng
    >>> ng.infer(transformer_encoder()).parameter_count
    18914304
    """
    head_size(d_model, num_heads)
    recipe = Recipe(d_model, num_heads, d_ff, activation, dropout=dropout, is_norm_first=norm_first)
    scope, node = begin("transformer_encoder", (length, d_model))
    for i in range(count("transformer_encoder", "layers", layers)):
        node = add_transformer_layer(scope.inside(f"layer{i}"), node, recipe)
    if norm_first:
        add_norm(scope, "norm", node, recipe)
    return scope.graph


def transformer(layers: int = 6, d_model: int = 512, num_heads: int = 8, d_ff: int = 2048, *, length: int | str = 64,
                target_length: int | str = 64, activation: str = "relu", dropout: float = 0.1) -> nx.DiGraph:
    """Encoder and decoder of sequences of vectors: inputs "source" (length, d_model) and "target" (target_length, d_model).

    The decoder sees all of what the encoder gives, and of the target only what came before; a layer norm ends both, as in torch.nn.
    Raises: ShapeError when the heads do not divide d_model.
    Source: Vaswani et al. 2017, figure 1; torch.nn.Transformer.

    >>> import netgraph as ng
    >>> ng.infer(transformer()).parameter_count
    44140544
    """
    head_size(d_model, num_heads)
    layers = count("transformer", "layers", layers)
    recipe = Recipe(d_model, num_heads, d_ff, activation, dropout=dropout)
    scope = Scope(nx.DiGraph(name="transformer"))
    memory = scope.add("source", op="input", shape=(length, d_model))
    node = scope.add("target", op="input", shape=(target_length, d_model))
    encoder, decoder = scope.inside("encoder"), scope.inside("decoder")
    for i in range(layers):
        memory = add_transformer_layer(encoder.inside(f"layer{i}"), memory, recipe)
    memory = add_norm(encoder, "norm", memory, recipe)
    for i in range(layers):
        node = add_transformer_layer(decoder.inside(f"layer{i}"), node, recipe, causal=True, memory=memory)
    add_norm(decoder, "norm", node, recipe)
    return scope.graph
