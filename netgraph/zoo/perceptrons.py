"""Nets of dense layers only: sizes flow in, a DiGraph comes out."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from netgraph.errors import OpError, shorten
from netgraph.zoo.asked import count
from netgraph.zoo.scope import begin


def mlp(sizes: Sequence[int] = (784, 256, 128, 10), activation: str = "relu") -> nx.DiGraph:
    """A multi-layer perceptron: the first size is the input's, the last the output's, which has no activation.

    Raises: OpError for fewer than two sizes, or one that is no whole number.
    Source: Rumelhart, Hinton & Williams, Nature 1986.

    >>> import netgraph as ng
    >>> G = mlp((784, 256, 128, 10))
    >>> list(G), ng.infer(G).parameter_count
    (['x', 'h1', 'h2', 'y'], 235146)
    """
    first, *hidden, last = _sizes("mlp", sizes)
    scope, node = begin("mlp", (first,))
    for i, units in enumerate(hidden, 1):
        node = scope.add(f"h{i}", node, op="dense", units=units, activation=activation)
    scope.add("y", node, op="dense", units=last)
    return scope.graph


def autoencoder(sizes: Sequence[int] = (784, 1000, 500, 250, 30), activation: str = "sigmoid", output: str = "sigmoid") -> nx.DiGraph:
    """An encoder of the given sizes down to a linear code, and its mirror image back up, ending in the activation `output`.

    Raises: OpError for fewer than two sizes, or one that is no whole number.
    Source: Hinton & Salakhutdinov, Science 2006, figure 1; the sizes are those for MNIST.

    >>> import netgraph as ng
    >>> ng.infer(autoencoder()).parameter_count
    2837314
    """
    first, *hidden, code = _sizes("autoencoder", sizes)
    scope, node = begin("autoencoder", (first,))
    encoder, decoder = scope.inside("encoder"), scope.inside("decoder")
    for i, units in enumerate(hidden, 1):
        node = encoder.add(f"h{i}", node, op="dense", units=units, activation=activation)
    node = encoder.add("code", node, op="dense", units=code)
    for i, units in enumerate(reversed(hidden), 1):
        node = decoder.add(f"h{i}", node, op="dense", units=units, activation=activation)
    decoder.add("y", node, op="dense", units=first, activation=output)
    return scope.graph


def _sizes(net: str, sizes: Sequence[int]) -> list[int]:
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or len(sizes) < 2:
        raise OpError(f"ng.zoo.{net} was given sizes={shorten(sizes)}, but wants at least two, the first the input's. "
                      f"Write {net}((784, 128, 10)).")
    return [count(net, "sizes", size) for size in sizes]
