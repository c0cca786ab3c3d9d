"""A match goes in; the same match comes out with single nodes matched otherwise wherever that is cheaper."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from netgraph.comparison.price import COUNTED, LOST, NONE, WIRE, Match, Prices

MOST_TRIED = 400     # nodes a round
ROUNDS = 6


def mended(prices: Prices, match: Match) -> Match:
    """The match after every change of one node, or exchange of two, that makes it cheaper; names without any support are let go."""
    draft = _Draft(prices, match)
    for _ in range(ROUNDS):
        if not sum(map(draft.improve, draft.suspects())):
            break
    draft.let_go()
    return draft.match


class _Draft:
    """A match that is being changed."""

    def __init__(self, prices: Prices, match: Match) -> None:
        self.prices, self.match = prices, list(match)
        self.back = [NONE] * len(prices.new)
        for a, b in enumerate(match):
            if b != NONE:
                self.back[b] = a
        self.places = {name: b for b, name in enumerate(prices.new.ids)}

    def suspects(self) -> list[int]:
        """The nodes of the old side for which something is paid, the nearest to the start first."""
        old, new = self.prices.old, self.prices.new
        found = [a for a, b in enumerate(self.match)
                 if b == NONE or self.prices.pair(a, b) > 2 * COUNTED
                 or self.prices.kept(a, b, self.match) < max(len(old.sources[a]) + len(old.targets[a]),
                                                             len(new.sources[b]) + len(new.targets[b]))]
        return found[:MOST_TRIED]

    def gain(self, a: int, b: int) -> float:
        """What is saved by a pair, against a node lost and one added."""
        return 2 * LOST - self.prices.pair(a, b) + 2 * WIRE * self.prices.kept(a, b, self.match)

    def improve(self, a: int) -> bool:
        """Whether another likeness for the node was found, and taken."""
        was = self.match[a]
        self.match[a] = NONE
        before = self.gain(a, was) if was != NONE else 0.0
        best, choice = 1e-9, was
        for b in self._options(a):
            if b != was and (more := self._gain_of(a, b, was) - before) > best:
                best, choice = more, b
        if was != NONE and -before > best:
            choice = NONE
        self._set(a, was, choice)
        return choice != was

    def _gain_of(self, a: int, b: int, was: int) -> float:
        """With what becomes of the node that had the likeness: it gets the one that is given up."""
        other = self.back[b]
        if other == NONE:
            return self.gain(a, b)
        self.match[other] = NONE
        lost = self.gain(other, b)
        self.match[a] = b
        won = self.gain(other, was) if was != NONE else -inf
        self.match[a] = NONE
        first = self.gain(a, b)
        self.match[other] = b
        return first - lost + max(won, 0.0)

    def _set(self, a: int, was: int, choice: int) -> None:
        self.match[a] = choice
        if choice == was:
            return
        if was != NONE:
            self.back[was] = NONE
        if choice == NONE:
            return
        other, self.back[choice] = self.back[choice], a
        if other != NONE:
            self.match[other] = NONE
            if was != NONE and self.gain(other, was) > 0:
                self.match[other], self.back[was] = was, other

    def _options(self, a: int) -> Iterator[int]:
        old, new = self.prices.old, self.prices.new
        found = {self.places[old.ids[a]]} if old.ids[a] in self.places else set()
        for source in old.sources[a]:
            if (b := self.match[source]) != NONE:
                found |= set(new.targets[b][:20])
        for target in old.targets[a][:20]:
            if (b := self.match[target]) != NONE:
                found |= set(list(new.sources[b])[:20])
        return iter(sorted(found))

    def let_go(self) -> None:
        """Part pairs of two names that have no edge in common, but for inputs and outputs of one content."""
        is_settled = False
        while not is_settled:
            is_settled = True
            for a, b in enumerate(self.match):
                if b != NONE and self.prices.name(a, b) > 0 and not self.prices.kept(a, b, self.match) and not self._are_ends(a, b):
                    self.match[a] = self.back[b] = NONE
                    is_settled = False

    def _are_ends(self, a: int, b: int) -> bool:
        old, new = self.prices.old, self.prices.new
        is_same_end = not (old.sources[a] or new.sources[b]) or not (old.targets[a] or new.targets[b])
        return is_same_end and old.contents[a] == new.contents[b]
