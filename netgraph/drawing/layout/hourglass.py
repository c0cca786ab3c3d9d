"""A measured picture goes in; where it is one line with skips within skips, its layout as a U comes out: down, and up again beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from netgraph.drawing.layout.bends import rounded
from netgraph.drawing.layout.graphviz_engine import FRAME_MARGIN
from netgraph.drawing.layout.strip import Measured, Size
from netgraph.drawing.placement import Frame, Layout, Place, Route
from netgraph.picture import Cluster, Picture

FEWEST_SKIPS = 2
GAP = 20             # pixels between boxes of a column
BETWEEN_FRAMES = 4
TITLE = 24           # pixels from the top of a frame to its first box
SKIP = 72            # pixels of a skip beside its label, at least
AIR = 1
NONE = 0.0, 0.0
ASIDE = 24           # pixels, besides the label, of the wire from where a skip joins to the next box


def hourglass(measured: Measured) -> Layout | None:
    """The layout of an encoder and decoder with a skip at each level, level beside level; None for any other net.

    Source: the figure of Ronneberger, Fischer & Brox 2015.
    """
    skips = _skips(measured.picture)
    turn = _turn(measured.picture, skips) if skips else None
    if turn is None:
        return None
    places = _places(measured, _Plan(skips, turn, _joins_aside(skips, turn, len(measured.picture.boxes))))
    boxes = {box.id: place for box, place in zip(measured.picture.boxes, places, strict=True)}
    routes = tuple(_route(boxes[wire.source], boxes[wire.target], label)
                   for wire, label in zip(measured.picture.wires, measured.labels, strict=True))
    frames = tuple(frame for cluster in measured.picture.clusters for frame in _frames(cluster, boxes, 0))
    return Layout(max(place.right for place in places), max(place.bottom for place in places), boxes, routes, frames)


@dataclass(frozen=True)
class _Plan:
    """The skips from the outermost in, the first box of the right column, and whether skips join beside that column."""

    skips: Sequence[tuple[int, int]]
    turn: int
    is_aside: bool

    @property
    def joins(self) -> set[int]:
        """The boxes in which skips end, where they stand beside their column: each level with the box after it."""
        return {end for _, end in self.skips} if self.is_aside else set()

    @property
    def ends(self) -> list[tuple[int, int]]:
        """The boxes that stand level with each other, from the top down."""
        return [*((start, end + self.is_aside) for start, end in self.skips), (self.turn - 1, self.turn)]


def _joins_aside(skips: Sequence[tuple[int, int]], turn: int, count: int) -> bool:
    """Whether before and after each box in which a skip ends another one stands in the right column, that is no such box itself."""
    ends = {end for _, end in skips}
    return all(end > turn and end + 1 < count and end + 1 not in ends for end in ends)


def _places(measured: Measured, plan: _Plan) -> list[Place]:
    sizes = [measured.sizes[box.id] for box in measured.picture.boxes]
    labels = {ends: wide for ends, (wide, _) in _labels(measured).items()}
    widths = [max((sizes[number][0] for number in part), default=0.0)
              for part in (range(plan.turn), plan.joins, set(range(plan.turn, len(sizes))) - plan.joins)]
    skip = SKIP + (max(labels[ends] for ends in plan.skips) if plan.is_aside else max(labels.values()))
    aside = ASIDE + max(labels[join, join + 1] for join in plan.joins) if plan.is_aside else 0.0
    left, join, right = widths[0] / 2, widths[0] + skip + widths[1] / 2, widths[0] + skip + widths[1] + aside + widths[2] / 2
    xs = [left if number < plan.turn else join if number in plan.joins else right for number in range(len(sizes))]
    return [Place(x - width / 2, y - height / 2, width, height)
            for x, y, (width, height) in zip(xs, _heights(measured, plan), sizes, strict=True)]


def _labels(measured: Measured) -> dict[tuple[int, int], Size]:
    """The size of each wire's label by the numbers of its ends."""
    numbers = {box.id: number for number, box in enumerate(measured.picture.boxes)}
    return {(numbers[wire.source], numbers[wire.target]): size
            for size, wire in zip(measured.labels, measured.picture.wires, strict=True)}


def _skips(picture: Picture) -> list[tuple[int, int]]:
    """The skips from the outermost to the innermost, if all other wires make one line, and each skip is within the one before."""
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    ends = [(place[wire.source], place[wire.target]) for wire in picture.wires]
    skips = sorted(end for end in ends if end[1] != end[0] + 1)
    is_line = sorted(end for end in ends if end[1] == end[0] + 1) == list(pairwise(range(len(picture.boxes))))
    is_nested = all(a < c < d < b for (a, b), (c, d) in pairwise(skips))
    return skips if is_line and is_nested and len(skips) >= FEWEST_SKIPS and skips[-1][1] - skips[-1][0] > 2 else []


def _turn(picture: Picture, skips: Sequence[tuple[int, int]]) -> int | None:
    """The first box of the right column: near the middle of what is within all skips, where no frame goes on."""
    numbers = {box.id: number for number, box in enumerate(picture.boxes)}
    spans = [[numbers[id] for id in cluster.all_boxes()] for cluster in picture.clusters]
    first, last = skips[-1]
    free = [at for at in range(first + 1, last + 1) if not any(min(span) < at <= max(span) for span in spans)]
    return min(free, key=lambda at: abs(at - (first + last + 2) / 2), default=None)


def _heights(measured: Measured, plan: _Plan) -> list[float]:
    """The middle of each box: the ends of each skip level with each other, what is between them evenly spread."""
    boxes = measured.picture.boxes
    frames = _paths(measured.picture.clusters, ())
    tall = [measured.sizes[box.id][1] for box in boxes]
    labels = _labels(measured)

    def step(upper: int, lower: int) -> float:
        """From the middle of a box to that of the one below."""
        above, below = frames.get(boxes[upper].id, ()), frames.get(boxes[lower].id, ())
        shared = sum(a == b for a, b in zip(above, below, strict=False))
        shut, opened = len(above) - shared, len(below) - shared
        borders = shut * FRAME_MARGIN + opened * TITLE + BETWEEN_FRAMES * bool(shut + opened)
        # Where a wire enters its first frame, its label stands before that.
        beside = labels.get((upper, lower) if opened else (lower, upper), NONE)[1] if bool(shut) != bool(opened) else 0.0
        return (tall[upper] + tall[lower]) / 2 + max(GAP, borders + beside)

    ends = plan.ends
    columns = [list(range(plan.turn)), [at for at in reversed(range(plan.turn, len(boxes))) if at not in plan.joins]]  # from the top down
    steps = [[0.0, *(step(*pair) for pair in pairwise(column))] for column in columns]
    depths = [dict(zip(column, accumulate(part), strict=True)) for column, part in zip(columns, steps, strict=True)]
    levels = [0.0]
    for (a, b), (c, d) in pairwise(ends):
        levels.append(levels[-1] + max(depths[0][c] - depths[0][a], depths[1][d] - depths[1][b]))
    middle = depths[0] | depths[1]
    for column, depth, fixed in zip(columns, depths, zip(*ends, strict=True), strict=True):
        for number in column:
            middle[number] = _at(column.index(number), [column.index(end) for end in fixed], levels, [depth[n] for n in column])
    middle |= {number: middle[number + 1] for number in plan.joins}
    top = min(middle[number] - tall[number] / 2 for number in middle)
    return [middle[number] - top for number in range(len(boxes))]


def _at(place: int, fixed: Sequence[int], levels: Sequence[float], depths: Sequence[float]) -> float:
    """How low the box at that place of a column stands: above the first fixed one as near as can be, else between two."""
    after = bisect_left(fixed, place)
    if fixed[min(after, len(fixed) - 1)] == place:
        return levels[after]
    if after == 0:
        return levels[0] - depths[fixed[0]] + depths[place]
    above, below = fixed[after - 1], fixed[after]
    spare = (levels[after] - levels[after - 1] - depths[below] + depths[above]) / (below - above)
    return levels[after - 1] + depths[place] - depths[above] + spare * (place - above)


def _paths(clusters: Sequence[Cluster], around: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The frames around each box, numbered, from the outside in."""
    found: dict[str, tuple[int, ...]] = {}
    for number, cluster in enumerate(clusters):
        found |= dict.fromkeys(cluster.boxes, (*around, number)) | _paths(cluster.clusters, (*around, number))
    return found


def _frames(cluster: Cluster, boxes: Mapping[str, Place], depth: int) -> Iterator[Frame]:
    inner = [list(_frames(child, boxes, depth + 1)) for child in cluster.clusters]
    places = [*(boxes[id] for id in cluster.boxes), *(frames[0].place for frames in inner)]
    x, y = min(place.x for place in places) - FRAME_MARGIN, min(place.y for place in places) - TITLE
    right, bottom = (max(getattr(place, side) for place in places) + FRAME_MARGIN for side in ("right", "bottom"))
    yield Frame(cluster.title, Place(x, y, right - x, bottom - y), depth, cluster.mark)
    for frames in inner:
        yield from frames


def _route(source: Place, target: Place, label: Size) -> Route:
    """Straight down, up or across; or to where a skip joins, up, aside and up. Its label is beside where it sets out."""
    (x, y), (end_x, end_y), (wide, high) = source.centre, target.centre, label
    if abs(x - end_x) < 1:
        is_down = end_y > y
        points = [(x, source.bottom if is_down else source.y), (x, target.y if is_down else target.bottom)]
        place = Place(x + AIR, points[0][1] + AIR if is_down else points[0][1] - AIR - high, wide, high)
    elif abs(y - end_y) < 1:
        points = [(source.right, y), (target.x, end_y)]
        place = Place((source.right + target.x - wide) / 2, y - high - 1, wide, high)
    else:
        level = source.y - GAP / 2
        points = [(x, source.y), (x, level), (end_x, level), (end_x, target.bottom)]
        place = Place(end_x + AIR, level + AIR, wide, high)
    return Route(tuple(rounded(points)), place if wide else None)
