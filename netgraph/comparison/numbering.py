"""The ids of a net go in; what is left of each when its counts are taken away comes out, so that `dense2` and `dense3` can be one layer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

from netgraph.weights import NodeId

NUMBER = re.compile(r"\d{1,9}")
Stem = tuple[str, ...]
Token = tuple[str, int]          # what stands before a number of an id, and the number


class Numbering:
    """The counts in the ids of a net: of `dense1`, `dense2`, `dense3` the count "dense", from 1 to 3 without a gap.

    >>> numbering = Numbering(["x", "dense1", "dense2", "block7"])
    >>> numbering.stem("dense1") == numbering.stem("dense2"), numbering.stem("block7")
    (True, ('str', 'block7'))
    """

    def __init__(self, ids: Iterable[NodeId]) -> None:
        self.ids = list(ids)
        self._stems: dict[NodeId, Stem] = {}

    @cached_property
    def _firsts(self) -> dict[str, int | None]:
        """Where each count begins: at 0 or 1; None where it leaves numbers out."""
        counts: dict[str, set[int]] = defaultdict(set)
        for name in self.ids:
            for before, number in tokens(name):
                counts[before].add(number)
        return {before: first if (first := min(numbers)) <= 1 and max(numbers) - first + 1 == len(numbers) else None
                for before, numbers in counts.items()}

    def stem(self, name: NodeId) -> Stem:
        """An id without its counts; the id itself where a number in it is none."""
        if name not in self._stems:
            text = str(name)
            firsts = [self._firsts[before] for before, _ in tokens(name)]
            is_counted = bool(firsts) and None not in firsts
            self._stems[name] = (type(name).__name__, *((NUMBER.sub("#", text), *map(str, firsts)) if is_counted else (text,)))
        return self._stems[name]


def tokens(name: NodeId) -> list[Token]:
    """The numbers of an id, each with all that stands before it.

    >>> tokens("layer2_0_conv1"), tokens(7)
    ([('layer', 2), ('layer2_', 0), ('layer2_0_conv', 1)], [('', 7)])
    """
    text = str(name)
    return [(text[:found.start()], int(found.group())) for found in NUMBER.finditer(text)]


def out_of_order(renamed: Iterable[tuple[NodeId, NodeId]]) -> set[NodeId]:
    """The old ids whose counts did not all move on the way of their neighbours: they were exchanged by hand.

    >>> sorted(out_of_order([("fc1", "fc1"), ("fc2", "fc3"), ("fc3", "fc4")])), sorted(out_of_order([("a1", "a2"), ("a2", "a1")]))
    ([], ['a1', 'a2'])
    """
    counts: dict[tuple[str, int], list[tuple[list[int], list[int], NodeId]]] = defaultdict(list)
    for old, new in renamed:
        mine, yours = tokens(old), tokens(new)
        counts[NUMBER.sub("#", str(old)), len(mine)].append(([n for _, n in mine], [n for _, n in yours], old))
    found: set[NodeId] = set()
    for family in counts.values():
        family.sort(key=lambda member: member[0])
        for (_, before, first), (_, after, second) in pairwise(family):
            if before >= after:
                found |= {first, second}
    return found
