"""Nets as records go in; vectors that lie close for nets of one family come out, and the similarity of two nets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
from safetensors.numpy import load_file

from netgraph.similarity.families.encoder import FamilyEncoder
from netgraph.similarity.labelled import LabelledGraph, batch_of, read_all

WEIGHTS = Path(__file__).parent / "models" / "family.safetensors"
NODES = 16384                          # of a batch: its arrays stay in the cache


def similarity(first: nx.DiGraph, second: nx.DiGraph) -> float:
    """How alike two nets are by family: the cosine of their vectors, 0 where that is negative, 1 for a net and itself.

    Raises: as `ng.embed` does.

    >>> import netgraph as ng
    >>> G, H = ng.zoo.resnet(18), ng.zoo.resnet(34)
    >>> ng.similarity(G, G), ng.similarity(G, H) == ng.similarity(H, G)
    (1.0, True)
    """
    one, other = family_vectors(read_all([first, second])).astype(np.float64)
    if np.array_equal(one, other):
        return 1.0
    return float(np.clip(np.sum(one * other), 0.0, 1.0))


def family_vectors(records: Sequence[LabelledGraph]) -> np.ndarray:
    """The vectors of the encoder that ships with the package, some 16,384 nodes at a time.

    Shapes: (records, 384) float32, of length 1.
    """
    encoder = family_encoder()
    if not records:
        return np.zeros((0, encoder.dimensions), np.float32)
    piece_of = np.cumsum([len(record) for record in records]) // NODES
    pieces = [records[start:end] for start, end in pairwise((0, *(np.flatnonzero(np.diff(piece_of)) + 1), len(records)))]
    return np.concatenate([encoder.embed(batch_of(piece)) for piece in pieces])


@cache
def family_encoder() -> FamilyEncoder:
    """The encoder that ships with the package."""
    return FamilyEncoder.from_arrays(load_file(WEIGHTS))
