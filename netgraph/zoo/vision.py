"""Transformers that see: a size flows in, a DiGraph that reads an image as a sequence of patches comes out."""

from __future__ import annotations

import networkx as nx

from netgraph.errors import ShapeError
from netgraph.zoo.asked import count, image_sides, variant
from netgraph.zoo.scope import Scope, begin
from netgraph.zoo.transformer_layer import Recipe, add_norm, add_transformer_layer

# Dosovitskiy et al. 2021, table 1, and Touvron et al. 2021, table 1 (ti, s): patch, layers, d_model, d_ff and heads.
VITS = {"ti16": (16, 12, 192, 768, 3), "s16": (16, 12, 384, 1536, 6), "b16": (16, 12, 768, 3072, 12), "b32": (32, 12, 768, 3072, 12),
        "l16": (16, 24, 1024, 4096, 16), "l32": (32, 24, 1024, 4096, 16), "h14": (14, 32, 1280, 5120, 16)}


def vit(size: str = "b16", *, classes: int = 1000, shape: tuple[int, int, int] = (3, 224, 224), layers: int | None = None,
        dropout: float = 0.0) -> nx.DiGraph:
    """A vision transformer: its size is a letter and the side of a patch, such as "b16", "l32" or "h14".

    Raises: OpError for another size; ShapeError for an image whose sides are no multiples of the patch.
    Source: Dosovitskiy et al., ICLR 2021, table 1.

    >>> import netgraph as ng
    >>> ng.infer(vit("b16")).parameter_count
    86567656
    """
    patch, usual, d_model, d_ff, num_heads = variant("vit", size, VITS)
    height, width = image_sides("vit", shape)
    if height % patch or width % patch:
        raise ShapeError(f"ng.zoo.vit cuts its image into patches of {patch}×{patch}, but shape={shape} has sides that {patch} does not "
                         f"divide. Choose sides that are multiples of {patch}.")
    recipe = Recipe(d_model, num_heads, d_ff, "gelu", dropout=dropout, eps=1e-6, is_norm_first=True)
    scope, x = begin(f"vit_{size}", shape)
    node = _embedded(scope.framed("embedding"), x, patch, d_model, height // patch * (width // patch))
    for i in range(usual if layers is None else count("vit", "layers", layers)):
        node = add_transformer_layer(scope.inside(f"layer{i}"), node, recipe)
    head = scope.framed("head")
    node = add_norm(head, "norm", head.add("token", node, op="select", dim=1, index=0), recipe)
    head.add("y", node, op="dense", units=classes)
    return scope.graph


def _embedded(scope: Scope, x: str, patch: int, d_model: int, patches: int) -> str:
    node = scope.add("patches", x, op="conv2d", channels=d_model, kernel_size=patch, stride=patch)
    node = scope.add("by_patch", scope.add("flat", node, op="flatten", start_dim=2), op="transpose")
    token = scope.add("class_token", node, op="parameter", shape=(1, d_model), init="zeros")
    node = scope.add("sequence", token, node, op="concat")
    places = scope.add("places", node, op="parameter", shape=(patches + 1, d_model), init="normal")
    return scope.add("embedded", node, places, op="add")
