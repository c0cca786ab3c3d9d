"""Two sides go in; what it costs to call a node of one the node of the other comes out: the measure by which a diff is small."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

from netgraph.comparison.numbering import Numbering
from netgraph.comparison.side import PLACES, Side

LOST = 1.0           # a node that is added or removed
RETOLD = 1.0         # a node whose op is another: only its id says that it is the same
FIELD = 0.6          # a field that changed: more than two edges, so that a count that moved on is seen; of one node at most RETOLD
PLACE = 0.1          # another group or label
RENAMED = 0.5
COUNTED = 1e-6       # an id whose count has only moved on
WIRE = 0.25          # an edge that is added, removed or changed

Match = list[int]    # for each node of the old side its node of the new one, or NONE
NONE = -1


@dataclass(frozen=True)
class Prices:
    """The prices between two sides."""

    old: Side
    new: Side

    @cached_property
    def numberings(self) -> tuple[Numbering, Numbering]:
        """The counts in the ids of both sides."""
        return Numbering(self.old.ids), Numbering(self.new.ids)

    @cached_property
    def _known(self) -> dict[tuple[object, object], tuple[float, bool]]:
        return {}

    def name(self, a: int, b: int) -> float:
        """Of the ids."""
        old, new = self.old.ids[a], self.new.ids[b]
        if old == new:
            return 0.0
        mine, yours = self.numberings
        return COUNTED if mine.stem(old) == yours.stem(new) else RENAMED

    def content(self, a: int, b: int) -> float:
        """Of the fields that say what a node computes; infinite for nodes of two ops."""
        return self._compared(a, b)[0]

    def is_like(self, a: int, b: int) -> bool:
        """Whether two nodes have enough in common to be one under two names: all fields but one, or half of them."""
        return self._compared(a, b)[1]

    def _compared(self, a: int, b: int) -> tuple[float, bool]:
        old, new = self.old.contents[a], self.new.contents[b]
        if old == new:
            return 0.0, True
        if (old, new) not in self._known:
            mine, yours = self.old.keys[a], self.new.keys[b]
            words = {*mine, *yours} - PLACES - {"op"}
            count = sum(mine.get(word) != yours.get(word) for word in words)
            is_other = mine.get("op") != yours.get("op")
            self._known[old, new] = inf if is_other else min(FIELD * count, RETOLD), count <= max(1, len(words) / 2)
        return self._known[old, new]

    def pair(self, a: int, b: int) -> float:
        """Of a node and its likeness, edges aside; infinite where nothing says that they are one."""
        name, content = self.name(a, b), self.content(a, b)
        if content == inf and name == 0:
            content = RETOLD
        if name == RENAMED and not self.is_like(a, b):
            return inf
        mine, yours = self.old.keys[a], self.new.keys[b]
        return name + content + (0.0 if name == COUNTED else PLACE * sum(mine.get(word) != yours.get(word) for word in PLACES))

    def kept(self, a: int, b: int, match: Match) -> float:
        """How many edges of a node and its likeness are the same, given the matches of their neighbours; a changed one counts half."""
        mine, yours = self.old.sources[a], self.new.sources[b]
        found = 0.0
        for source, key in mine.items():
            other = match[source]
            if other in yours:
                found += 1.0 if yours[other] == key else 0.5
        for target in self.old.targets[a]:
            other = match[target]
            if other != NONE and b in self.new.sources[other]:
                found += 1.0 if self.new.sources[other][b] == self.old.sources[target][a] else 0.5
        return found

    def total(self, match: Match) -> float:
        """Of a whole match: nodes and edges added and removed, and all that changed."""
        matched = [(a, b) for a, b in enumerate(match) if b != NONE]
        edges = sum(map(len, self.old.sources)) + sum(map(len, self.new.sources))
        kept = sum((1.0 if yours[match[source]] == key else 0.5)
                   for a, b in matched if (yours := self.new.sources[b]) is not None
                   for source, key in self.old.sources[a].items() if match[source] in yours)
        lost = len(self.old) + len(self.new) - 2 * len(matched)
        return LOST * lost + sum(self.pair(a, b) for a, b in matched) + WIRE * (edges - 2 * kept)
