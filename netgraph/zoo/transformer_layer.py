"""The layer of every transformer: attention and a feed-forward net, each added to what it was given, with layer norm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netgraph.zoo.attention import add_attention
from netgraph.zoo.scope import Scope


@dataclass(frozen=True)
class Recipe:
    """What all layers of a transformer have in common. `is_norm_first` puts layer norm before attention, else it is behind the sum."""

    d_model: int
    num_heads: int
    d_ff: int
    activation: str = "relu"
    is_tanh_gelu: bool = False
    dropout: float = 0.0
    eps: float = 1e-5
    is_norm_first: bool = False


def add_transformer_layer(scope: Scope, source: str, recipe: Recipe, *, causal: bool = False, memory: str | None = None) -> str:
    """The id of a layer's last node; with a `memory`, the layer also attends to that, as a decoder's does.

    >>> from netgraph.zoo.scope import begin
    >>> scope, x = begin("net", (16, 64))
    >>> add_transformer_layer(scope.inside("layer0"), x, Recipe(64, 4, 256))
    'layer0_norm2'
    """
    node = _residual(scope, source, 1, recipe, lambda x: _attention(scope, x, "attn", recipe, causal=causal))
    if memory is not None:
        node = _residual(scope, node, 2, recipe, lambda x: _attention(scope, x, "cross_attn", recipe, memory=memory))
    return _residual(scope, node, 2 if memory is None else 3, recipe, lambda x: _feed_forward(scope, x, recipe))


def add_norm(scope: Scope, name: str, source: str, recipe: Recipe) -> str:
    """The id of a layer norm.

    >>> from netgraph.zoo.scope import begin
    >>> scope, x = begin("net", (16, 64))
    >>> add_norm(scope, "norm", x, Recipe(64, 4, 256, eps=1e-6))
    'norm'
    """
    return scope.add(name, source, op="layernorm", **({"eps": recipe.eps} if recipe.eps != 1e-5 else {}))


def _residual(scope: Scope, source: str, i: int, recipe: Recipe, sublayer: Callable[[str], str]) -> str:
    found = sublayer(add_norm(scope, f"norm{i}", source, recipe) if recipe.is_norm_first else source)
    if recipe.dropout:
        found = scope.add(f"dropout{i}", found, op="dropout", p=recipe.dropout)
    node = scope.add(f"add{i}", source, found, op="add")
    return node if recipe.is_norm_first else add_norm(scope, f"norm{i}", node, recipe)


def _attention(scope: Scope, source: str, name: str, recipe: Recipe, *, causal: bool = False, memory: str | None = None) -> str:
    return add_attention(scope.graph, source, "_".join((*scope.path, name)), d_model=recipe.d_model, num_heads=recipe.num_heads,
                         memory=memory, causal=causal, dropout=recipe.dropout, within="/".join((*scope.group, name)))


def _feed_forward(scope: Scope, node: str, recipe: Recipe) -> str:
    if recipe.is_tanh_gelu:
        node = scope.add("gelu", scope.add("linear1", node, op="dense", units=recipe.d_ff), op="gelu", approximate="tanh")
    else:
        node = scope.add("linear1", node, op="dense", units=recipe.d_ff, activation=recipe.activation)
    return scope.add("linear2", node, op="dense", units=recipe.d_model)
