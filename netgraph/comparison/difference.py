"""What became of one net in another: data only, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from netgraph.comparison.sentences import sentences
from netgraph.plan import Plan
from netgraph.weights import NodeId

Pair = tuple[NodeId, NodeId]
Change = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, eq=False)
class Difference:
    """What has to be done to a net `old` to get a net `new`.

    `added` and `removed` are nodes, `added_edges` and `removed_edges` pairs of nodes. `changed` has for a node or an edge that both
    nets have what is not the same: {field: (old value, new value)}, None where a value is absent; "shape" is the shape that is
    inferred, "id" the name, "output" the place among the outputs. Ids are those of the new net, for what is removed those of the
    old one. `matches` pairs the old id of every node that both nets have with its new one; `renumbered` holds those of them whose
    id has only counted on, since layers were put in or taken out before: that alone is no change.

    `plans` are those of the two nets, None for one that netgraph cannot run.

    A difference of equal nets is false; as text it is told line by line.
    """

    old: nx.DiGraph = field(repr=False)
    new: nx.DiGraph = field(repr=False)
    added: tuple[NodeId, ...] = ()
    removed: tuple[NodeId, ...] = ()
    added_edges: tuple[Pair, ...] = ()
    removed_edges: tuple[Pair, ...] = ()
    changed: Mapping[NodeId | Pair, Change] = field(default_factory=dict)
    matches: Mapping[NodeId, NodeId] = field(default_factory=dict, repr=False)
    renumbered: Mapping[NodeId, NodeId] = field(default_factory=dict, repr=False)
    plans: tuple[Plan | None, Plan | None] = field(default=(None, None), repr=False)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.added_edges or self.removed_edges or self.changed)

    def __str__(self) -> str:
        return "\n".join(sentences(self))
