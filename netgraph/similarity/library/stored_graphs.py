"""Records of graphs go in, a few arrays that a file can hold come out; and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from netgraph.similarity.labelled import LabelledGraph, batch_of
from netgraph.similarity.record_file import as_bytes, plain_of
from netgraph.similarity.sizes import shapes_of

NAMES = ("graph.words", "graph.ops", "graph.params", "graph.edges", "graph.offsets", "graph.shapes")


def packed(graphs: Sequence[LabelledGraph]) -> dict[str, np.ndarray]:
    """The graphs as arrays: each op by its number in a list of words."""
    batch = batch_of(graphs)
    words = sorted(set(batch.ops))
    number = {word: at for at, word in enumerate(words)}
    ops = np.array([number[word] for word in batch.ops], np.int32)
    return dict(zip(NAMES, (as_bytes(words), ops, batch.params, batch.edges, batch.offsets, as_bytes(list(batch.shapes))), strict=True))


def unpacked(arrays: Mapping[str, np.ndarray]) -> list[LabelledGraph]:
    """The graphs that `packed` was given.

    Raises: KeyError, ValueError or IndexError where the arrays do not go together.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> [graph.ops for graph in unpacked(packed([read_labelled(ng.chain(3, 2)), read_labelled(ng.chain(3, "relu"))]))]
    [('input', 'linear', 'output'), ('input', 'relu', 'output')]
    """
    words, ops, params, edges, offsets, shapes = (arrays[name] for name in NAMES)
    known, sizes = plain_of(words), plain_of(shapes)
    if not len(ops) == len(params) == len(sizes) == offsets[-1]:
        raise ValueError("its graphs have not as many ops as nodes")
    owners = np.searchsorted(offsets, edges[0], side="right") - 1
    order = np.argsort(owners, kind="stable")
    cuts = np.searchsorted(owners[order], np.arange(len(offsets)))
    graphs = []
    for at, (start, end) in enumerate(pairwise(offsets)):
        graphs.append(LabelledGraph(tuple(known[op] for op in ops[start:end]), params[start:end], shapes_of(sizes[start:end]),
                                    edges[:, order[cuts[at]:cuts[at + 1]]] - start))
    return graphs
