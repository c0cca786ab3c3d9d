"""Labelled wirings go in; the patterns of each graph come out: a node's label with the sets of labels before and behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netgraph.similarity.families.wiring import Wiring, distinct_pairs, grouped
from netgraph.similarity.hashes import stirred, word_hash

_ODD, _BEFORE, _BEHIND = (np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@dataclass(frozen=True, eq=False)
class Patterns:
    """The different patterns of a batch, and which graph has which, each once however often it occurs.

    Shapes: keys (P,) uint64 that tell patterns apart, center (P,) places in the labels, sources and targets (2, .) pairs of a pattern and
    a place in the labels, graphs and members (M,) pairs of a graph and a pattern, sorted.
    """

    labels: tuple[str, ...]
    keys: np.ndarray
    center: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    graphs: np.ndarray
    members: np.ndarray


def label_keys(labels: Sequence[str]) -> np.ndarray:
    """64 bits for each label, the same for the same text everywhere."""
    return np.array([word_hash(label) for label in labels], np.uint64)


def patterns_of(wiring: Wiring, owners: np.ndarray, label: np.ndarray, labels: Sequence[str]) -> Patterns:
    """The patterns of one step around each node that stays.

    Shapes: owners and label (size,), the graph of each node and the place of its label.
    """
    keys = stirred(label_keys(labels) + _ODD)
    before = distinct_pairs(wiring.targets, label[wiring.sources], len(labels))
    behind = distinct_pairs(wiring.sources, label[wiring.targets], len(labels))
    around = stirred(_summed(before, keys, wiring.size) + _BEFORE) + stirred(_summed(behind, keys, wiring.size) + _BEHIND)
    node_keys = stirred(keys[label] + around)
    stays = np.flatnonzero(wiring.stays)
    found, example, member = grouped(node_keys[stays])
    graphs, members = distinct_pairs(owners[stays], member, len(found))
    place = np.full(wiring.size, -1)
    place[stays[example]] = np.arange(len(found))
    return Patterns(tuple(labels), found, label[stays[example]], _of_examples(before, place), _of_examples(behind, place),
                    graphs, members)


def _summed(pairs: tuple[np.ndarray, np.ndarray], keys: np.ndarray, size: int) -> np.ndarray:
    """The sum of the keys next to each node, modulo 2**64: no order matters."""
    sums = np.zeros(size, np.uint64)
    np.add.at(sums, pairs[0], keys[pairs[1]])
    return sums


def _of_examples(pairs: tuple[np.ndarray, np.ndarray], place: np.ndarray) -> np.ndarray:
    node = place[pairs[0]]
    return np.stack([node[node >= 0], pairs[1][node >= 0]])
