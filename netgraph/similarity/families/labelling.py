"""A batch goes in; what the family encoder sees of it comes out: its operations twice, named finely and by kin, and its outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netgraph.similarity.families.condensing import Condensed, condense, siblings_merged
from netgraph.similarity.families.outlining import outline
from netgraph.similarity.families.patterns import Patterns, patterns_of
from netgraph.similarity.families.wiring import Wiring
from netgraph.similarity.labelled import Batch

SUFFIXES = ("", " of 1", " of 1 learned", " of 2", " of 2 learned", " of many", " of many learned")
MANY = 3


@dataclass(frozen=True, eq=False)
class Views:
    """The patterns of a batch as the family encoder looks at it."""

    fine: Patterns
    kin: Patterns
    outline: Patterns

    def __iter__(self) -> Iterator[Patterns]:
        return iter((self.fine, self.kin, self.outline))


def views_of(batch: Batch) -> Views:
    """The three views of the graphs of a batch.

    >>> import netgraph as ng
    >>> from netgraph.similarity.labelled import batch_of, read_labelled
    >>> views = views_of(batch_of([read_labelled(ng.chain(3, 4, "relu", 4, "relu", 1))]))
    >>> len(views.fine.keys), len(views.outline.keys)
    (6, 2)
    """
    graph = condense(batch)
    is_linear = np.array([word.name == "linear" for word in graph.words])[graph.word]
    wiring, node = siblings_merged(graph.wiring, np.where(is_linear, 0, -1)).compacted()
    owners, suffix = batch.owners[node], _suffixes(graph, wiring, node)
    label = graph.word[node] * len(SUFFIXES) + suffix
    fine, kin = ([name + end for name in names for end in SUFFIXES] for names in zip(*((w.name, w.kin) for w in graph.words), strict=True))
    return Views(patterns_of(wiring, owners, label, fine), patterns_of(wiring, owners, label, kin), patterns_of(*outline(graph)))


def _suffixes(graph: Condensed, wiring: Wiring, node: np.ndarray) -> np.ndarray:
    """The place in SUFFIXES for each node: how many flow into it and whether it has weights, where its word is counted."""
    inputs = np.clip(wiring.fan_in, 1, MANY) - 1
    return np.where(graph.flags("is_counted")[node], 1 + 2 * inputs + graph.has_params[node], 0)
