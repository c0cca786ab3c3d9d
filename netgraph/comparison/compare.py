"""Two graphs go in; the difference between them comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx
import numpy as np

from netgraph.comparison.difference import Change, Difference, Pair
from netgraph.comparison.matching import match_sides
from netgraph.comparison.numbering import out_of_order
from netgraph.comparison.price import COUNTED, NONE, Match, Prices
from netgraph.comparison.side import Key, Side, is_array, read_side
from netgraph.rules import declared_outputs
from netgraph.weights import NodeId


def compare(old: nx.DiGraph, new: nx.DiGraph, *, weights: bool = False) -> Difference:
    """What has to be done to the old net to get the new one, in as few edits as are found.

    Raises: GraphError for what is no DiGraph.

    >>> import netgraph as ng
    >>> found = compare(ng.chain(8, 16, "relu", 4), ng.chain(8, 16, "relu", 32, 4))
    >>> found.added, found.renumbered
    (('dense2',), {'dense2': 'dense3'})
    """
    prices = Prices(read_side(old), read_side(new))
    return _Reading(prices, match_sides(prices), weights).difference()


class _Reading:
    """What a match of two sides says."""

    def __init__(self, prices: Prices, match: Match, weights: bool) -> None:
        self.prices, self.old, self.new, self.match, self.weights = prices, prices.old, prices.new, match, weights
        self.pairs = [(a, b) for a, b in enumerate(match) if b != NONE]
        self.matches = {self.old.ids[a]: self.new.ids[b] for a, b in self.pairs}
        self.renumbered = self._renumbered()

    def difference(self) -> Difference:
        old, new = self.old, self.new
        kept = {b for _, b in self.pairs}
        mine = {(self.match[source], self.match[target]): (old.ids[source], old.ids[target])
                for target, sources in enumerate(old.sources) for source in sources}
        yours = {(source, target): (new.ids[source], new.ids[target]) for target, sources in enumerate(new.sources) for source in sources}
        return Difference(
            old.graph.copy(), new.graph.copy(),
            tuple(name for b, name in enumerate(new.ids) if b not in kept),
            tuple(name for a, name in enumerate(old.ids) if self.match[a] == NONE),
            tuple(pair for ends, pair in yours.items() if ends not in mine),
            tuple((old.ids[source], old.ids[target]) for target, sources in enumerate(old.sources) for source in sources
                  if (self.match[source], self.match[target]) not in yours),
            dict(self._changes()), self.matches, self.renumbered, (old.plan, new.plan))

    def _renumbered(self) -> dict[NodeId, NodeId]:
        counted = {old: new for a, b in self.pairs if (old := self.old.ids[a]) != (new := self.new.ids[b])
                   and self.prices.name(a, b) == COUNTED}
        exchanged = out_of_order((old, new) for old, new in self.matches.items() if old in counted or old == new) if counted else set()
        return {old: new for old, new in counted.items() if old not in exchanged}

    def _changes(self) -> Iterator[tuple[NodeId | Pair, Change]]:
        places = _outputs((self.old, self.new))
        for a, b in sorted(self.pairs, key=lambda pair: pair[1]):
            if change := dict(self._node_change(a, b, places)):
                yield self.new.ids[b], change
            for source, key in self.old.sources[a].items():
                other = self.match[source]
                now = self.new.sources[b].get(other)
                if now is not None and (change := dict(self._edge_change((source, a), (other, b), key, now))):
                    yield (self.new.ids[other], self.new.ids[b]), change

    def _node_change(self, a: int, b: int, places: tuple[Mapping[NodeId, int], ...]) -> Iterator[tuple[str, tuple[Any, Any]]]:
        old, new = self.old, self.new
        mine, yours = old.ids[a], new.ids[b]
        if mine != yours and mine not in self.renumbered:
            yield "id", (mine, yours)
        for word in dict.fromkeys((*old.keys[a], *new.keys[b])):
            if old.keys[a].get(word) != new.keys[b].get(word) and not (word in ("within", "label") and mine in self.renumbered):
                yield word, (old.fields[a].get(word), new.fields[b].get(word))
        if (share := self._share(a, b)) is not None:
            yield "share", share
        if places[0].get(mine) != places[1].get(yours):
            yield "output", (places[0].get(mine), places[1].get(yours))
        if old.shapes and new.shapes and old.shapes[a] != new.shapes[b]:
            yield "shape", (old.shapes[a], new.shapes[b])
        if self.weights:
            yield from _array_changes(old.graph.nodes[mine], new.graph.nodes[yours])

    def _share(self, a: int, b: int) -> tuple[Any, Any] | None:
        mine, yours = (side.graph.nodes[side.ids[node]].get("share") for side, node in ((self.old, a), (self.new, b)))
        named = self.matches.get(mine, mine) if isinstance(mine, str | int) else mine
        return None if named == yours else (mine, yours)

    def _edge_change(self, mine: tuple[int, int], yours: tuple[int, int], was: Key, now: Key) -> Iterator[tuple[str, tuple[Any, Any]]]:
        before, after = _words(self.old, mine), _words(self.new, yours)
        if was != now:
            for word in dict.fromkeys((*dict(was), *dict(now))):
                if dict(was).get(word) != dict(now).get(word):
                    yield word, (before.get(word), after.get(word))
        if self.weights:
            yield from _array_changes(before, after)


def _words(side: Side, edge: tuple[int, int]) -> Mapping[str, Any]:
    words: Mapping[str, Any] = side.graph.edges[side.ids[edge[0]], side.ids[edge[1]]]
    return words


def _array_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for word in dict.fromkeys((*before, *after)):
        mine, yours = before.get(word), after.get(word)
        if (is_array(mine) or is_array(yours)) and not (
                mine is not None and yours is not None and np.array_equal(np.asarray(mine), np.asarray(yours), equal_nan=True)):
            yield word, (mine, yours)


def _outputs(sides: tuple[Side, Side]) -> tuple[dict[NodeId, int], dict[NodeId, int]]:
    """The places of the outputs of both sides, where one of them declares its outputs; sinks, which follow from the edges, are not told."""
    if all(side.graph.graph.get("outputs") is None for side in sides):
        return {}, {}
    old, new = ({name: place for place, name in enumerate(declared_outputs(side.graph, []))} for side in sides)
    return old, new
