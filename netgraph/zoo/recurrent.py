"""Nets that read a text and judge it: sizes flow in, a DiGraph of an embedding, recurrent layers and a dense layer comes out."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from netgraph.zoo.asked import count
from netgraph.zoo.scope import begin


@dataclass(frozen=True)
class _Sizes:
    """What the three nets have in common."""

    vocabulary: int
    classes: int
    embedding_dim: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    length: int | str


def rnn_classifier(vocabulary: int = 10_000, classes: int = 2, *, embedding_dim: int = 128, hidden_size: int = 128, num_layers: int = 1,
                   bidirectional: bool = False, length: int | str = "T") -> nx.DiGraph:
    """Logits for the classes of a text: tokens (T,) -> embedding -> Elman's recurrent layers -> their final state -> dense.

    Texts of one batch have one length, which `length` may fix. Raises: OpError for sizes that are none.
    Source: Elman 1990, figure 2.

    >>> import netgraph as ng
    >>> ng.infer(rnn_classifier()).parameter_count
    1313282
    """
    return _classifier("rnn", _Sizes(vocabulary, classes, embedding_dim, hidden_size, num_layers, bidirectional, length))


def lstm_classifier(vocabulary: int = 10_000, classes: int = 2, *, embedding_dim: int = 128, hidden_size: int = 128, num_layers: int = 1,
                    bidirectional: bool = False, length: int | str = "T") -> nx.DiGraph:
    """The same with long short-term memory, in several layers or read both ways if asked.

    Raises: OpError for sizes that are none.
    Source: Hochreiter & Schmidhuber 1997.

    >>> import netgraph as ng
    >>> ng.infer(lstm_classifier(bidirectional=True, num_layers=2)).parameter_count
    1939970
    """
    return _classifier("lstm", _Sizes(vocabulary, classes, embedding_dim, hidden_size, num_layers, bidirectional, length))


def gru_classifier(vocabulary: int = 10_000, classes: int = 2, *, embedding_dim: int = 128, hidden_size: int = 128, num_layers: int = 1,
                   bidirectional: bool = False, length: int | str = "T") -> nx.DiGraph:
    """The same with gated recurrent units.

    Raises: OpError for sizes that are none.
    Source: Cho et al. 2014, section 2.3.

    >>> import netgraph as ng
    >>> G = gru_classifier(classes=5, length=80)
    >>> G.nodes["gru"]["hidden_size"], ng.infer(G)["logits"].shape
    (128, (5,))
    """
    return _classifier("gru", _Sizes(vocabulary, classes, embedding_dim, hidden_size, num_layers, bidirectional, length))


def _classifier(cell: str, asked: _Sizes) -> nx.DiGraph:
    net = f"{cell}_classifier"
    for word in ("vocabulary", "classes", "embedding_dim", "hidden_size", "num_layers"):
        count(net, word, getattr(asked, word))
    both_ways = {"bidirectional": True} if asked.bidirectional else {}
    layers = {"num_layers": asked.num_layers} if asked.num_layers > 1 else {}
    scope, node = begin(net, (asked.length,), "tokens", dtype="int")
    node = scope.add("embedding", node, op="embedding", num_embeddings=asked.vocabulary, embedding_dim=asked.embedding_dim)
    node = scope.add(cell, node, op=cell, hidden_size=asked.hidden_size, **layers, **both_ways)
    scope.add("logits", scope.add("last", node, op="last", **both_ways), op="dense", units=asked.classes)
    return scope.graph
