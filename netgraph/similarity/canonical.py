"""A graph in any order goes in; the same graph in the one order that its operations and edges tell comes out."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import numpy as np

from netgraph.cache import cached
from netgraph.similarity.labelled import LabelledGraph
from netgraph.similarity.sizes import shapes_of

MOST_TRIED = 4096                      # nodes refined for one tie: beyond, nodes that colours cannot tell apart count as equal
_SOURCE, _TARGET, _MARK = (np.uint64(word) for word in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


def canonical(graph: LabelledGraph) -> LabelledGraph:
    """The graph with its nodes in an order that does not depend on the one they came in, and its edges sorted.

    Each node has a colour, which says what stands upstream and downstream of it. Where nodes share one, a node is marked and the
    colours are made anew, until all differ.

    Source: Weisfeiler & Leman 1968 (colours); McKay 1981 (marks).

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import read_labelled
    >>> a, b = read_labelled(ng.chain(3, 4, "relu", 1)), read_labelled(ng.chain(3, 4, "relu", 1))
    >>> bool((canonical(a).edges == canonical(b).edges).all())
    True
    """
    order = np.argsort(colours_of(graph), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    edges = place[graph.edges]
    return replace(graph, ops=tuple(graph.ops[node] for node in order), params=graph.params[order],
                   shapes=shapes_of(graph.shapes).take(order), edges=edges[:, np.lexsort(edges[::-1])])


def colours_of(graph: LabelledGraph) -> np.ndarray:
    """A number for each node, all different, which neither names nor order change."""
    colours = _refined(np.array([word_hash(op) for op in graph.ops], np.uint64), graph.edges)
    while (tied := _smallest_tie(colours)) is not None:
        tried = tied if len(tied) * len(colours) <= MOST_TRIED else tied[:1]
        colours = min((_refined(_marked(colours, node), graph.edges) for node in tried), key=lambda found: np.sort(found).tolist())
    return colours


@cached
def word_hash(word: str) -> int:
    """64 bits that stand for a word, the same in every process."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _refined(colours: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The colours with those of the neighbours mixed in, as often as that tells more nodes apart."""
    found = 0
    while found < (seen := len(np.unique(colours))):
        found, kept = seen, colours
        colours = mixed(colours, edges)
    return kept


def mixed(colours: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Each colour with those of its sources and of its targets: equal where all of these are."""
    sums = colours.copy()
    np.add.at(sums, edges[1], _stirred(colours[edges[0]] + _SOURCE))           # uint64 sums wrap, and depend on no order
    np.add.at(sums, edges[0], _stirred(colours[edges[1]] + _TARGET))
    return _stirred(sums)


def _marked(colours: np.ndarray, node: int) -> np.ndarray:
    marked = colours.copy()
    marked[node] = _stirred(marked[node:node + 1] + _MARK)[0]
    return marked


def _stirred(words: np.ndarray) -> np.ndarray:
    """Source: splitmix64 (Steele, Lea & Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


def _smallest_tie(colours: np.ndarray) -> np.ndarray | None:
    """The nodes of the smallest class of equal colours, of equally small ones the lowest."""
    _, places, counts = np.unique(colours, return_inverse=True, return_counts=True)
    tied = np.flatnonzero(counts > 1)
    return np.flatnonzero(places == tied[np.argmin(counts[tied])]) if len(tied) else None
