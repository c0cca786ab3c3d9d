"""Two sides go in; the cheapest way to lay one running order along the other comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from math import inf

import numpy as np

from netgraph.comparison.numbering import Stem
from netgraph.comparison.price import COUNTED, LOST, NONE, RENAMED, Match, Prices
from netgraph.comparison.side import Side
from netgraph.weights import NodeId

MOST_CELLS = 25_000_000        # of the table: 25 MB, and some two seconds
MOST_KINDS = 250_000           # pairs of contents that are compared field by field
DIAGONAL, UP, LEFT = 0, 1, 2


def align(prices: Prices) -> Match | None:
    """The cheapest match that keeps the running order, equal ends taken as they are; None where the middle is too long.

    Source: the table of Needleman & Wunsch 1970, a row at a time.
    """
    old, new = prices.old, prices.new
    head = _common(old, new, range(min(len(old), len(new))), lambda mine, yours: mine == yours)
    rest = min(len(old), len(new)) - head
    mine_named, yours_named = prices.numberings
    tail = _common(old, new, range(-1, -1 - rest, -1), lambda mine, yours: mine_named.stem(mine) == yours_named.stem(yours))
    match = [*range(head), *[NONE] * (len(old) - head - tail), *range(len(new) - tail, len(new))]
    middle = (head, len(old) - tail), (head, len(new) - tail)
    if (middle[0][1] - head) * (middle[1][1] - head) > MOST_CELLS:
        return None
    for a, b in _aligned(prices, *middle):
        match[a] = b
    return match


def _common(old: Side, new: Side, places: range, is_same: Callable[[NodeId, NodeId], bool]) -> int:
    """How many of the nodes at these places, one after the other, are alike in name and content."""
    for count, place in enumerate(places):
        if old.contents[place] != new.contents[place] or not is_same(old.ids[place], new.ids[place]):
            return count
    return len(places)


def _aligned(prices: Prices, mine: tuple[int, int], yours: tuple[int, int]) -> list[tuple[int, int]]:
    height, width = mine[1] - mine[0], yours[1] - yours[0]
    if not height or not width:
        return []
    row_prices = _RowPrices(prices, mine, yours)
    steps = np.arange(width + 1) * LOST
    best = steps.copy()
    moves = np.empty((height, width + 1), np.uint8)
    for row in range(height):
        across = best[:-1] + row_prices[row]
        down = best + LOST
        fresh = down.copy()
        np.minimum(fresh[1:], across, out=fresh[1:])
        moved = np.minimum.accumulate(fresh - steps) + steps          # then any number of steps to the right
        moves[row] = np.where(moved < fresh - 1e-9, LEFT, UP)
        moves[row, 1:][(moved[1:] >= across - 1e-9)] = DIAGONAL
        best = moved
    return _traced(moves, mine[0], yours[0])


def _traced(moves: np.ndarray, top: int, left: int) -> list[tuple[int, int]]:
    row, column = moves.shape[0] - 1, moves.shape[1] - 1
    pairs = []
    while row >= 0:
        move = moves[row, column] if column else UP
        if move == DIAGONAL:
            pairs.append((top + row, left + column - 1))
        row -= move != LEFT
        column -= move != UP
    return pairs[::-1]


class _RowPrices:
    """For a node of the old side the price of each node of the new one."""

    def __init__(self, prices: Prices, mine: tuple[int, int], yours: tuple[int, int]) -> None:
        self.prices, self.mine, self.yours = prices, mine, yours
        new, numbering = prices.new, prices.numberings[1]
        self.examples: dict[Hashable, int] = {}              # a node of each kind of content
        stems: dict[Stem, list[int]] = defaultdict(list)
        for b in range(*yours):
            self.examples.setdefault(new.contents[b], b)
            stems[numbering.stem(new.ids[b])].append(b - yours[0])
        kinds = {content: kind for kind, content in enumerate(self.examples)}
        self.kinds = np.array([kinds[new.contents[b]] for b in range(*yours)])
        self.places = {new.ids[b]: b - yours[0] for b in range(*yours)}
        self.stems = {stem: np.array(places) for stem, places in stems.items()}
        self.is_small = len(kinds) * len(set(prices.old.contents[mine[0]:mine[1]])) <= MOST_KINDS
        self.by_content: dict[Hashable, tuple[np.ndarray, np.ndarray]] = {}

    def __getitem__(self, row: int) -> np.ndarray:
        a = self.mine[0] + row
        name, content = self.prices.old.ids[a], self.prices.old.contents[a]
        if content not in self.by_content:
            self.by_content[content] = (np.array([self._content(a, b) for b in self.examples.values()]),
                                        np.array([self._rename(a, b) for b in self.examples.values()]))
        prices, renames = (table[self.kinds] for table in self.by_content[content])
        found: np.ndarray = prices + renames
        if (places := self.stems.get(self.prices.numberings[0].stem(name))) is not None:
            found[places] = prices[places] + COUNTED
        if name in self.places:
            found[self.places[name]] = self.prices.pair(a, self.yours[0] + self.places[name])
        return found

    def _content(self, a: int, b: int) -> float:
        if self.is_small:
            return self.prices.content(a, b)
        return 0.0 if self.prices.old.contents[a] == self.prices.new.contents[b] else inf

    def _rename(self, a: int, b: int) -> float:
        return RENAMED if not self.is_small or self.prices.is_like(a, b) else inf
