"""A measured picture goes in; where it is one line with skips within skips, its layout as a U comes out: down, and up again beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from netgraph.drawing.bends import line
from netgraph.drawing.graphviz_engine import FRAME_MARGIN, FRAME_TITLE
from netgraph.drawing.placement import Frame, Layout, Place, Route
from netgraph.drawing.strip import Measured, Size
from netgraph.picture import Cluster, Picture

FEWEST_SKIPS = 2
GAP = 28             # pixels between boxes of a column
BETWEEN_FRAMES = 6
SKIP = 72            # pixels of a skip beside its label, at least
AIR = 1


def hourglass(measured: Measured) -> Layout | None:
    """The layout of an encoder and decoder with a skip at each level, level beside level; None for any other net.

    Source: the figure of Ronneberger, Fischer & Brox 2015.
    """
    skips = _skips(measured.picture)
    turn = _turn(measured.picture, skips) if skips else None
    if turn is None:
        return None
    sizes = [measured.sizes[box.id] for box in measured.picture.boxes]
    heights = _heights(measured, skips, turn)
    left_width, right_width = (max(width for width, _ in part) for part in (sizes[:turn], sizes[turn:]))
    labels = [size[0] for size, wire in zip(measured.labels, measured.picture.wires, strict=True)]
    left = left_width / 2
    right = left_width + right_width / 2 + SKIP + max(labels)
    places = [Place((left if at < turn else right) - width / 2, y - height / 2, width, height)
              for at, ((width, height), y) in enumerate(zip(sizes, heights, strict=True))]
    boxes = {box.id: place for box, place in zip(measured.picture.boxes, places, strict=True)}
    routes = tuple(_route(boxes[wire.source], boxes[wire.target], label)
                   for wire, label in zip(measured.picture.wires, measured.labels, strict=True))
    frames = tuple(frame for cluster in measured.picture.clusters for frame in _frames(cluster, boxes, 0))
    return Layout(right + right_width / 2, max(place.bottom for place in places), boxes, routes, frames)


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


def _heights(measured: Measured, skips: Sequence[tuple[int, int]], turn: int) -> list[float]:
    """The middle of each box: the ends of each skip level with each other, what is between them evenly spread."""
    boxes = measured.picture.boxes
    frames = _paths(measured.picture.clusters, ())
    tall = [measured.sizes[box.id][1] for box in boxes]

    def step(upper: int, lower: int) -> float:
        """From the middle of a box to that of the one below."""
        above, below = frames.get(boxes[upper].id, ()), frames.get(boxes[lower].id, ())
        shared = sum(a == b for a, b in zip(above, below, strict=False))
        shut, opened = len(above) - shared, len(below) - shared
        borders = shut * FRAME_MARGIN + opened * (FRAME_MARGIN + FRAME_TITLE) + BETWEEN_FRAMES * bool(shut + opened)
        return (tall[upper] + tall[lower]) / 2 + max(GAP, borders)

    ends = [*skips, (turn - 1, turn)]
    columns = [list(range(turn)), list(range(len(boxes) - 1, turn - 1, -1))]      # both from the top down
    steps = [[0.0, *(step(*pair) for pair in pairwise(column))] for column in columns]
    depths = [dict(zip(column, accumulate(part), strict=True)) for column, part in zip(columns, steps, strict=True)]
    levels = [0.0]
    for (a, b), (c, d) in pairwise(ends):
        levels.append(levels[-1] + max(depths[0][c] - depths[0][a], depths[1][d] - depths[1][b]))
    middle = depths[0] | depths[1]
    for column, depth, fixed in zip(columns, depths, zip(*ends, strict=True), strict=True):
        for number in column:
            middle[number] = _at(column.index(number), [column.index(end) for end in fixed], levels, [depth[n] for n in column])
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
    x, y = min(place.x for place in places) - FRAME_MARGIN, min(place.y for place in places) - FRAME_MARGIN - FRAME_TITLE
    right, bottom = (max(getattr(place, side) for place in places) + FRAME_MARGIN for side in ("right", "bottom"))
    yield Frame(cluster.title, Place(x, y, right - x, bottom - y), depth, cluster.mark)
    for frames in inner:
        yield from frames


def _route(source: Place, target: Place, label: Size) -> Route:
    """Straight down, up or across, with its label beside where it sets out."""
    (x, y), (end_x, end_y), (wide, high) = source.centre, target.centre, label
    if abs(x - end_x) < 1:
        is_down = end_y > y
        points = [(x, source.bottom if is_down else source.y), (x, target.y if is_down else target.bottom)]
        place = Place(x + AIR, points[0][1] + AIR if is_down else points[0][1] - AIR - high, wide, high)
    else:
        points = [(source.right, y), (target.x, end_y)]
        place = Place((source.right + target.x - wide) / 2, y - high - 1, wide, high)
    return Route((points[0], *line(*points)), place if wide else None)
