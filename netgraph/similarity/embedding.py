"""Graphs go in; one vector for each comes out, by the encoder for the task that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx
import numpy as np

from netgraph.errors import OpError, suggestion
from netgraph.similarity.directed_gin import distance_vectors
from netgraph.similarity.labelled import LabelledGraph, read_all

ENCODERS = {"distance": distance_vectors}


def embed(graphs: Iterable[nx.DiGraph | LabelledGraph], task: str = "distance") -> np.ndarray:
    """A vector for each graph. With task="distance" Euclidean distances between them foretell edit distances.

    A vector depends on operations and edges alone: not on names, on the order of anything, or on the other graphs.

    Shapes: (graphs, D), float64.
    Raises: OpError for a task that there is no encoder for; GraphError, OpError or ShapeError for what is no graph of operations.

    >>> import netgraph as ng
    >>> a, b, c = ng.embed([ng.chain(3, 4, "relu", 1), ng.chain(3, 4, "tanh", 1), ng.zoo.lenet()], task="distance")
    >>> bool(((a - b) ** 2).sum() < ((a - c) ** 2).sum())
    True
    """
    if task not in ENCODERS:
        raise OpError(f"There is no encoder for {task!r}. {suggestion(task, ENCODERS)}")
    return ENCODERS[task](read_all(graphs))
