"""Graphs go in; one vector for each comes out, by the encoder for the task that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import networkx as nx
import numpy as np

from netgraph.errors import OpError, suggestion
from netgraph.similarity.directed_gin import distance_vectors
from netgraph.similarity.family import family_vectors
from netgraph.similarity.labelled import LabelledGraph, read_in_batches

ENCODERS: dict[str, Callable[[Sequence[LabelledGraph]], np.ndarray]] = {"family": family_vectors, "distance": distance_vectors}


def embed(graphs: Iterable[nx.DiGraph | LabelledGraph], task: str = "family") -> np.ndarray:
    """A vector for each graph.

    With task="family" vectors have length 1, and nets of one family lie close by the cosine. With task="distance" Euclidean distances
    between vectors foretell edit distances. A vector does not depend on names, on the order of anything, or on the other graphs. An
    iterator is gone through some graphs at a time, so that a million of them need not be held at once.

    Shapes: (graphs, 384) float32 for families, (graphs, 128) float64 for distances.
    Raises: OpError for a task that there is no encoder for; GraphError, OpError or ShapeError for what is no graph of operations.

    >>> import netgraph as ng
    >>> vectors = ng.embed([ng.zoo.resnet(18), ng.zoo.resnet(50), ng.zoo.vgg(11)])
    >>> vectors.shape, bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    ((3, 384), True)
    >>> a, b, c = ng.embed([ng.chain(3, 4, "relu", 1), ng.chain(3, 4, "tanh", 1), ng.zoo.lenet()], task="distance")
    >>> bool(((a - b) ** 2).sum() < ((a - c) ** 2).sum())
    True
    """
    if task not in ENCODERS:
        raise OpError(f"There is no encoder for {task!r}. {suggestion(task, ENCODERS)}")
    encoded = ENCODERS[task]
    return np.concatenate([encoded([]), *map(encoded, read_in_batches(graphs))])
