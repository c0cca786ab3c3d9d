"""A condensed batch goes in; its outline comes out: where resolution changes and where ways meet, with all plain stretches gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netgraph.similarity.families.condensing import Condensed, siblings_merged
from netgraph.similarity.families.resampling import FEWER, MORE, ONE, SAME, changes_of_places
from netgraph.similarity.families.wiring import Wiring, side_by_side
from netgraph.similarity.families.words import ENDS

CHANGES = {FEWER: "fewer", MORE: "more", ONE: "one"}
ROUNDS = 100
FIXED = -1


def outline(graph: Condensed) -> tuple[Wiring, np.ndarray, np.ndarray, tuple[str, ...]]:
    """The outline's wiring, the graph of each of its nodes, the place of each one's label, and the labels.

    A stretch of operations one behind the other, and a residual block whose ways meet where they parted, is a plain stretch.
    """
    change = changes_of_places(graph)
    is_end = np.array([word.name in ENDS for word in graph.words], bool)[graph.word]
    wiring, node = _shrunk(*graph.wiring.compacted(), np.where(is_end, FIXED, change), graph.batch.owners)
    return wiring, graph.batch.owners[node], *_labels(graph, wiring, node, change, is_end)


def _shrunk(wiring: Wiring, node: np.ndarray, kind: np.ndarray, owners: np.ndarray) -> tuple[Wiring, np.ndarray]:
    """The wiring with plain stretches bridged and siblings merged until nothing changes; graphs that are done are set aside."""
    done: list[tuple[Wiring, np.ndarray]] = []
    for _ in range(ROUNDS):
        kinds, before = kind[node], np.bincount(owners[node])
        wiring = siblings_merged(wiring.bridged((wiring.fan_in == 1) & (kinds == SAME)), kinds)
        wiring, old = wiring.compacted()
        node = node[old]
        is_done = (np.bincount(owners[node], minlength=len(before)) == before)[owners[node]]
        if is_done.all():
            break
        if is_done.any():
            rest, aside = (replace(wiring, stays=stays).without_nodes(~stays).compacted() for stays in (~is_done, is_done))
            done.append((aside[0], node[aside[1]]))
            wiring, node = rest[0], node[rest[1]]
    done.append((wiring, node))
    return side_by_side([wiring for wiring, _ in done]), np.concatenate([node for _, node in done])


def _labels(graph: Condensed, wiring: Wiring, node: np.ndarray, change: np.ndarray,
            is_end: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    ends = tuple(word.name if word.name in ENDS else "source" for word in graph.words)
    merges = tuple("merge " + word.name for word in graph.words)
    count = len(graph.words)
    word, change = graph.word[node], change[node]
    label = np.where(is_end[node] | (wiring.fan_in == 0), word, np.where(wiring.fan_in > 1, word + count, 2 * count + change))
    return label, (*ends, *merges, "plain", *CHANGES.values())
