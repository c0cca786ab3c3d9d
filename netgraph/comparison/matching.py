"""Prices between two sides go in; the cheapest match of their nodes that several ways to look for it find comes out."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import product

from netgraph.comparison.alignment import align
from netgraph.comparison.colours import Colours, downstream, nearby, upstream
from netgraph.comparison.mending import mended
from netgraph.comparison.price import LOST, NONE, WIRE, Match, Prices

MOST_COMPARED = 10_000       # pairs of neighbours of two nodes
STEPS = 3                    # edges around a node that tell it from its likes


def match_sides(prices: Prices) -> Match:
    """For each node of the old side its node of the new one, or NONE.

    Three ways are tried and the cheapest match is kept: by ids alone; by colours, which see a whole net renamed; by alignment of
    the running orders, which sees a layer put into a row of counted ones. None of them costs more than ids alone.
    """
    ids = _by_ids(prices)
    if prices.total(ids) == 0:
        return ids
    ways = (ids, _by_colours(prices, is_named=True), _by_colours(prices, is_named=False), align(prices))
    candidates = [mended(prices, _completed(prices, way)) for way in ways if way is not None]
    return min(candidates, key=prices.total)


def _by_ids(prices: Prices) -> Match:
    number = {name: place for place, name in enumerate(prices.new.ids)}
    return [number.get(name, NONE) for name in prices.old.ids]


def _by_colours(prices: Prices, is_named: bool) -> Match:
    """Nodes of one colour, what is upstream and downstream first; with `is_named` those first whose ids agree too."""
    old, new = prices.old, prices.new
    match = [NONE] * len(old)
    rings = nearby(old, new, STEPS)
    above, below = upstream(old, new), downstream(old, new)
    if is_named:
        _pair_likes(prices, match, _joined(rings[1], (_names(old.ids), _names(new.ids))))
    for colours in (_joined(above, below), above, below, *rings[:0:-1], _ends(prices, rings[0])):
        _pair_likes(prices, match, colours)
    return match


def _ends(prices: Prices, contents: Colours) -> Colours:
    """The contents of inputs and outputs; every other node has a colour of its own."""
    old, new = ([content if side.is_end(node) else -node - 1 - shift for node, content in enumerate(colours)]
                for side, colours, shift in ((prices.old, contents[0], 0), (prices.new, contents[1], len(prices.old))))
    return old, new


def _names(ids: Sequence[Hashable]) -> list[int]:
    return [hash((type(name), name)) for name in ids]


def _joined(first: Colours, second: Colours) -> Colours:
    numbers: dict[tuple[int, int], int] = {}
    a, b = ([numbers.setdefault(pair, len(numbers)) for pair in zip(first[side], second[side], strict=True)] for side in (0, 1))
    return a, b


def _pair_likes(prices: Prices, match: Match, colours: Colours) -> None:
    """Pair free nodes of one colour: those of one id, and where as many are left on both sides, the others in running order."""
    taken = set(match)
    free_old, free_new = defaultdict(list), defaultdict(list)
    for a, colour in enumerate(colours[0]):
        if match[a] == NONE:
            free_old[colour].append(a)
    for b, colour in enumerate(colours[1]):
        if b not in taken:
            free_new[colour].append(b)
    for colour in free_old.keys() & free_new.keys():
        for a, b in _paired(prices, free_old[colour], free_new[colour]):
            match[a] = b


def _paired(prices: Prices, mine: list[int], yours: list[int]) -> Iterator[tuple[int, int]]:
    named = {prices.new.ids[b]: b for b in yours}
    same = {a: named[name] for a in mine if (name := prices.old.ids[a]) in named}
    yield from same.items()
    mine, taken = [a for a in mine if a not in same], set(same.values())
    yours = [b for b in yours if b not in taken]
    if len(mine) == len(yours):
        yield from zip(mine, yours, strict=True)


def _completed(prices: Prices, match: Match) -> Match:
    """The match, and what is left matched by id, and then along edges from what is matched, the cheapest first."""
    match = list(match)
    back = inverse(match, len(prices.new))
    for a, b in enumerate(_by_ids(prices)):
        if match[a] == NONE and b != NONE and back[b] == NONE:
            match[a], back[b] = b, a
    waiting = [entry for a, b in enumerate(match) if b != NONE for entry in _neighbours(prices, a, b, match, back)]
    heapq.heapify(waiting)
    while waiting:
        _, a, b = heapq.heappop(waiting)
        if match[a] == NONE and back[b] == NONE:
            match[a], back[b] = b, a
            for entry in _neighbours(prices, a, b, match, back):
                heapq.heappush(waiting, entry)
    return match


def _neighbours(prices: Prices, a: int, b: int, match: Match, back: Match) -> Iterator[tuple[float, int, int]]:
    old, new = prices.old, prices.new
    for mine, yours in ((list(old.sources[a]), list(new.sources[b])), (old.targets[a], new.targets[b])):
        free = [node for node in mine if match[node] == NONE], [node for node in yours if back[node] == NONE]
        for first, second in _likely(prices, *free):
            price = prices.pair(first, second) - 2 * WIRE * prices.kept(first, second, match)
            if price < 2 * LOST:
                yield price, first, second


def _likely(prices: Prices, mine: list[int], yours: list[int]) -> Iterator[tuple[int, int]]:
    """The pairs to compare: all, or in a wide fan those of one content in running order."""
    if len(mine) * len(yours) <= MOST_COMPARED:
        yield from product(mine, yours)
        return
    likes = defaultdict(list)
    for node in reversed(yours):
        likes[prices.new.contents[node]].append(node)
    for node in mine:
        if rest := likes[prices.old.contents[node]]:
            yield node, rest.pop()


def inverse(match: Match, size: int) -> Match:
    """For each node of the new side its node of the old one."""
    back = [NONE] * size
    for a, b in enumerate(match):
        if b != NONE:
            back[b] = a
    return back


