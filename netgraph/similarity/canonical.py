"""A graph in any order goes in; the same graph in the one order that its operations and edges tell comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netgraph.similarity.hashes import stirred, word_hash
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
    colours = _refined(_twins_apart(np.array([word_hash(op) for op in graph.ops], np.uint64), graph.edges), graph.edges)
    while (tied := _smallest_tie(colours)) is not None:
        tried = tied if len(tied) * len(colours) <= MOST_TRIED else tied[:1]
        colours = min((_refined(_marked(colours, node), graph.edges) for node in tried), key=lambda found: np.sort(found).tolist())
    return colours


def _twins_apart(colours: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Nodes of one colour with the same sources and the same targets are interchangeable: any numbering tells them apart alike."""
    sums, names = colours.copy(), stirred(np.arange(len(colours), dtype=np.uint64))
    for near, far, word in ((edges[1], edges[0], _SOURCE), (edges[0], edges[1], _TARGET)):
        np.add.at(sums, near, stirred(names[far] + word))
    return np.asarray(colours + _MARK * times_before(stirred(sums)))


def times_before(colours: np.ndarray) -> np.ndarray:
    """How often each colour stood before.

    >>> times_before(np.array([7, 5, 7, 7], np.uint64)).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(colours, kind="stable")
    kinds = colours[order]
    starts = np.flatnonzero(np.concatenate([kinds[:1] == kinds[:1], kinds[1:] != kinds[:-1]]))
    times = np.empty(len(kinds), np.uint64)
    times[order] = np.arange(len(kinds)) - np.repeat(starts, np.diff(np.append(starts, len(kinds))))
    return times


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
    np.add.at(sums, edges[1], stirred(colours[edges[0]] + _SOURCE))            # uint64 sums wrap, and depend on no order
    np.add.at(sums, edges[0], stirred(colours[edges[1]] + _TARGET))
    return stirred(sums)


def _marked(colours: np.ndarray, node: int) -> np.ndarray:
    marked = colours.copy()
    marked[node] = stirred(marked[node:node + 1] + _MARK)[0]
    return marked


def _smallest_tie(colours: np.ndarray) -> np.ndarray | None:
    """The nodes of the smallest class of equal colours, of equally small ones the lowest."""
    _, places, counts = np.unique(colours, return_inverse=True, return_counts=True)
    tied = np.flatnonzero(counts > 1)
    return np.flatnonzero(places == tied[np.argmin(counts[tied])]) if len(tied) else None
