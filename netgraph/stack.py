"""The terse way to declare a stack: sizes, words and field dicts in a row become a DiGraph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import networkx as nx

from netgraph.errors import OpError, shorten, suggestion
from netgraph.ops import ACTIVATIONS, OPS
from netgraph.synonyms import word_for


def chain(shape: int | tuple[int | str, ...], *layers: int | str | Mapping[str, Any], name: str = "") -> nx.DiGraph:
    """A net of layers one behind the other, as a plain DiGraph.

    Each layer is an int (a dense layer of so many units), a word of the vocabulary, or a dict of a node's attributes, in which
    `id` may name the node. An activation's word behind a dense or conv layer becomes that layer's activation. Other ids are
    the op and a count: "x", "dense1", "conv2d1", ...

    Raises: OpError for a word that is not in the vocabulary.

    >>> G = chain(784, 128, "relu", {"op": "dropout", "p": 0.2}, 10, name="digits")
    >>> list(G.edges)
    [('x', 'dense1'), ('dense1', 'dropout1'), ('dropout1', 'dense2')]
    >>> G.nodes["dense1"]
    {'op': 'dense', 'units': 128, 'activation': 'relu'}
    """
    graph = nx.DiGraph(name=name) if name else nx.DiGraph()
    graph.add_node("x", op="input", shape=tuple(shape) if isinstance(shape, tuple | list) else (shape,))
    counts: Counter[str] = Counter()
    last = "x"
    for layer in layers:
        attributes = _attributes(layer)
        if _joins(layer, graph.nodes[last]):
            graph.nodes[last]["activation"] = layer
            continue
        counts[attributes["op"]] += 1
        node = attributes.pop("id", f"{attributes['op']}{counts[attributes['op']]}")
        if node in graph:
            raise OpError(f"The chain names two layers {shorten(node)}. Give each an id of its own.")
        graph.add_node(node, **attributes)
        graph.add_edge(last, node)
        last = node
    return graph


def _attributes(layer: object) -> dict[str, Any]:
    if isinstance(layer, Mapping):
        attributes = {"op": "dense" if "units" in layer else None, **layer} if all(isinstance(word, str) for word in layer) else {}
        if not isinstance(attributes.get("op"), str | None) or type(attributes.get("id", "")) not in (str, int) or not attributes:
            raise OpError(f"A chain was given the layer {shorten(layer)}. Name its op and its fields by words, and give it a str or an int "
                          "as id.")
        return attributes
    if isinstance(layer, int) and not isinstance(layer, bool):
        return {"op": "dense", "units": layer}
    if not isinstance(layer, str) or layer not in OPS:
        known = word_for(layer, OPS)
        raise OpError(f"A layer of a chain is a number of units, a word or a dict of attributes, but got {shorten(layer)}. "
                      + (f"Write '{known}'." if known else suggestion(layer, OPS)))
    return {"op": layer}


def _joins(layer: object, before: Mapping[str, Any]) -> bool:
    op = OPS.get(before["op"])
    return isinstance(layer, str) and layer in ACTIVATIONS and "activation" not in before and op is not None and op.is_weighted
