"""A convolution, batch norm and an activation in a row, as most nets since 2015 have them: a source flows in, the last node comes out."""

from __future__ import annotations

from netgraph.zoo.scope import Scope


def add_normalised(scope: Scope, source: str, names: tuple[str, str], channels: int, kernel_size: int, *, stride: int = 1,
                   groups: int = 1, eps: float = 1e-5, activation: str | None = "relu") -> str:
    """The id of a batch norm behind a convolution without bias, which keeps the size of its image but for the stride.

    >>> from netgraph.zoo.scope import begin
    >>> scope, x = begin("net", (3, 8, 8))
    >>> add_normalised(scope, x, ("conv", "bn"), 4, kernel_size=3)
    'bn'
    >>> scope.graph.nodes["conv"]
    {'op': 'conv2d', 'channels': 4, 'kernel_size': 3, 'padding': 1, 'bias': False}
    """
    conv, norm = names
    words = {"stride": stride, "padding": kernel_size // 2, "groups": groups}
    usual = {"stride": 1, "padding": 0, "groups": 1}
    node = scope.add(conv, source, op="conv2d", channels=channels, kernel_size=kernel_size,
                     **{word: value for word, value in words.items() if value != usual[word]}, bias=False)
    return scope.add(norm, node, op="batchnorm", **({"eps": eps} if eps != 1e-5 else {}),
                     **({"activation": activation} if activation else {}))
