"""Boxes in running order, their sizes and wires go in; rows that fill a page like lines of text come out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from netgraph.drawing.layout.layers import BOX_GAP, RANK_GAP, layers_of
from netgraph.drawing.layout.strip import Size
from netgraph.picture import Cluster, Picture

ROW_GAP = 34
SHORTEST_HALF = 0.25     # of the whole length
WIDEST_ROW = 1.6         # of the wanted width
SHORT_LAST_ROW = 0.2     # what it costs when the last row is short, compared with another
ALONE = 0.5              # what it costs when that is a single box, or boxes above each other
WANTED_RATIO = 1.75
CROSSING_COST = 0.25     # of a row's width, for each wire beyond one that has to be led to the next row
BREAK_COST = 1.0         # the same for a frame that is drawn once for many
UNCUT = 1000.0           # the same where a wire runs back
SPLIT_COST = 0.35        # of a row's width, for each frame that is cut in two


def ranks(picture: Picture) -> dict[str, int]:
    """The layer of each box, with inputs, and what leads on from one alone, drawn near to those who first hear from them.

    >>> from netgraph.picture import Box, PictureWire
    >>> boxes = tuple(Box(id, id) for id in ("x", "mask", "h", "y"))
    >>> ranks(Picture("", boxes=boxes, wires=(PictureWire("x", "h"), PictureWire("h", "y"), PictureWire("mask", "y"))))
    {'x': 0, 'mask': 1, 'h': 1, 'y': 2}
    """
    links = [(wire.source, wire.target) for wire in picture.wires]
    ids = [box.id for box in picture.boxes]
    layers = layers_of(ids, links)
    readers: dict[str, list[str]] = defaultdict(list)
    for source, target in links:
        readers[source].append(target)
    feeders = _feeders(ids, links)
    for id in reversed(ids):
        if id in feeders and readers[id]:
            layers[id] = max(layers[id], min(layers[target] for target in readers[id]) - 1)
    return layers


def _feeders(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> set[str]:
    """The boxes that hear from nothing, and those behind each other that lead on from one of them alone, as from a parameter."""
    sources: dict[str, list[str]] = defaultdict(list)
    for source, target in links:
        sources[target].append(source)
    leaving = Counter(source for source, _ in links)
    found: set[str] = set()
    for id in ids:
        heard = sources[id]
        if not heard or (len(heard) == 1 and heard[0] in found and leaving[heard[0]] == leaving[id] == 1):
            found.add(id)
    return found


def rows(picture: Picture, sizes: Mapping[str, Size], count: int) -> list[list[str]]:
    """The boxes cut into about `count` rows of like width, where few wires cross and no frame is cut if it can be helped."""
    rank = ranks(picture)
    depth = max(rank.values(), default=0) + 1
    columns: list[list[str]] = [[] for _ in range(depth)]
    for box in picture.boxes:
        columns[rank[box.id]].append(box.id)
    widths = _widths(picture, sizes, columns)
    costs = _costs(picture, rank, depth)
    edges = [0, *_cuts(widths, costs, sum(widths) / count), depth]
    return [[id for column in columns[start:end] for id in column] for start, end in pairwise(edges)]


def halves(picture: Picture, sizes: Mapping[str, Size]) -> list[list[str]]:
    """The boxes in two rows, as like in width as they can be with no frame cut; none where that leaves one of them short.

    >>> from netgraph.picture import Box, PictureWire
    >>> boxes = tuple(Box(id, id) for id in "abcd")
    >>> picture = Picture("", boxes=boxes, wires=tuple(PictureWire(*pair) for pair in pairwise("abcd")))
    >>> halves(picture, dict.fromkeys("abcd", (80, 48)))
    [['a', 'b'], ['c', 'd']]
    """
    rank = ranks(picture)
    depth = max(rank.values(), default=0) + 1
    columns: list[list[str]] = [[] for _ in range(depth)]
    for box in picture.boxes:
        columns[rank[box.id]].append(box.id)
    loops = ((rank[wire.target], rank[wire.source]) for wire in picture.wires)
    whole = [_cluster_spans(picture.clusters, rank, repeated) for repeated in (False, True)]
    through = _spans([*whole[0], *whole[1], *loops], depth)
    reached = list(accumulate(_widths(picture, sizes, columns)))
    free = [at for at in range(depth - 1) if not through[at]]
    cut = min(free, key=lambda at: abs(2 * reached[at] - reached[-1]), default=0) + 1
    if not free or min(reached[cut - 1], reached[-1] - reached[cut - 1]) < SHORTEST_HALF * reached[-1]:
        return []
    return [[id for column in part for id in column] for part in (columns[:cut], columns[cut:])]


def rows_within(picture: Picture, sizes: Mapping[str, Size], room: float) -> list[list[str]]:
    """The boxes cut into as few rows as are each within the room, as far as can be told before they are laid out."""
    total = extent(picture, sizes)[0]
    count = max(1, math.ceil(total / room))
    found = rows(picture, sizes, count)
    while count < len(ranks_used := set(ranks(picture).values())) and any(extent(picture.part(row), sizes)[0] > room for row in found):
        count = min(len(ranks_used), count + max(1, count // 10))
        found = rows(picture, sizes, count)
    return found


def row_count(length: float, height: float) -> int:
    """How many rows make one long row of that size a page of good proportions.

    >>> row_count(6000, 50)
    6
    """
    return max(1, round(math.sqrt(length / (WANTED_RATIO * (height + ROW_GAP)))))


def extent(picture: Picture, sizes: Mapping[str, Size]) -> Size:
    """About how long and high one single row would be."""
    rank = ranks(picture)
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for id, layer in rank.items():
        columns[layer].append(id)
    heights = sorted(sum(sizes[id][1] for id in column) + BOX_GAP * (len(column) - 1) for column in columns)
    # Nine layers of ten are no higher; the highest would speak for one row only.
    return sum(_widths(picture, sizes, columns)), heights[9 * (len(heights) - 1) // 10]


def _widths(picture: Picture, sizes: Mapping[str, Size], columns: Sequence[Sequence[str]]) -> list[float]:
    labelled = {wire.source: 11 + 6.0 * len(wire.label) for wire in picture.wires if wire.label}
    return [max(sizes[id][0] for id in column) + RANK_GAP + max(labelled.get(id, 0) for id in column) for column in columns]


def _costs(picture: Picture, rank: Mapping[str, int], depth: int) -> list[float]:
    """What a cut after each rank costs, in widths of a row."""
    reach: dict[str, int] = defaultdict(int)
    for wire in picture.wires:
        reach[wire.source] = max(reach[wire.source], rank[wire.target])
    crossings = _spans(((rank[source], last) for source, last in reach.items()), depth)
    splits = _spans(_cluster_spans(picture.clusters, rank, repeated=False), depth)
    breaks = _spans(_cluster_spans(picture.clusters, rank, repeated=True), depth)
    loops = _spans(((rank[wire.target], rank[wire.source]) for wire in picture.wires if rank[wire.target] < rank[wire.source]), depth)
    return [UNCUT * bool(loop) + CROSSING_COST * max(0, wires - 1) + SPLIT_COST * frames + BREAK_COST * repeats
            for wires, frames, repeats, loop in zip(crossings, splits, breaks, loops, strict=True)]


def _cluster_spans(clusters: Sequence[Cluster], rank: Mapping[str, int], repeated: bool) -> Iterator[tuple[int, int]]:
    for cluster in clusters:
        inside = [rank[id] for id in cluster.all_boxes()]
        if inside and (cluster.repeats > 1) == repeated:
            yield min(inside), max(inside)
        yield from _cluster_spans(cluster.clusters, rank, repeated)


def _spans(spans: Iterable[tuple[int, int]], depth: int) -> list[int]:
    """How many of the spans reach from each rank to the next."""
    steps: Counter[int] = Counter()
    for start, end in spans:
        if end > start:
            steps[start] += 1
            steps[end] -= 1
    return list(accumulate(steps[at] for at in range(depth)))


def _cuts(widths: Sequence[float], costs: Sequence[float], target: float) -> list[int]:
    """After which ranks to cut: the cuts whose rows come nearest to the wanted width at the least cost.

    Source: the optimum line breaks of Knuth & Plass 1981, without hyphens; a short last row costs little there too.
    """
    depth = len(widths)
    best, back = [0.0] + [math.inf] * depth, [0] * (depth + 1)
    for end in range(1, depth + 1):
        filled, may_start = 0.0, False
        for start in range(end - 1, -1, -1):
            filled += widths[start] / target
            if filled > WIDEST_ROW and may_start:
                break
            may_start |= start == 0 or costs[start - 1] < UNCUT
            looseness = (filled - 1) ** 2 * (SHORT_LAST_ROW if end == depth and filled < 1 else 1)
            looseness += ALONE if end == depth and 0 < start == end - 1 else 0
            cost = best[start] + looseness + (costs[end - 1] if end < depth else 0)
            if cost < best[end]:
                best[end], back[end] = cost, start
    cuts = []
    while depth := back[depth]:
        cuts.append(depth)
    return cuts[::-1]
