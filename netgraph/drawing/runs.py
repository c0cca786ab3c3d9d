"""A picture goes in; the runs of equal pieces in it come out: where each begins, how many boxes a piece has, how often it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from netgraph.picture import Box, Cluster, Picture, PictureWire

LONGEST_PIECE = 64
FEWEST = 3        # pieces that are worth folding
MOST_COMPARED = 2_000_000      # pairs of boxes; bounds the time in nets of 100,000 layers


@dataclass(frozen=True)
class Run:
    """`count` pieces of `period` boxes each, one after the other in running order, from the box numbered `start`."""

    start: int
    period: int
    count: int

    @property
    def end(self) -> int:
        """The number of the first box after it."""
        return self.start + self.period * self.count


def find_runs(picture: Picture) -> list[Run]:
    """The runs that save most boxes, none overlapping, in running order.

    >>> boxes = tuple(Box(f"b{n}", f"h{n}", lines=("dense 8",)) for n in range(5))
    >>> wires = tuple(PictureWire(f"b{n}", f"b{n + 1}") for n in range(4))
    >>> find_runs(Picture("", boxes=boxes, wires=wires))
    [Run(start=1, period=1, count=4)]
    """
    same, readers = _comparer(picture), _readers(picture)
    frames = [frozenset(cluster.all_boxes()) for cluster in _all(picture.clusters)]
    taken: set[int] = set()
    found = []
    size = len(picture.boxes)
    longest = min(LONGEST_PIECE, size // FEWEST, max(8, MOST_COMPARED // max(size, 1)))
    spans = _spans(picture)
    candidates = [part for period in range(1, longest + 1) for stretch in _stretches(same, period, size)
                  for part in _parts(stretch, spans)]
    for stretch in sorted(candidates, key=lambda stretch: (stretch[0] - stretch[1] + 2 * stretch[2], stretch[2])):
        run = _aligned(picture, stretch, same, frames, readers)
        if run is not None and taken.isdisjoint(range(run.start, run.end)):
            taken |= set(range(run.start, run.end))
            found.append(run)
    return sorted(found, key=lambda run: run.start)


def _comparer(picture: Picture) -> Callable[..., bool]:
    """Whether two boxes say the same, and hear alike: from so many boxes before, or from the very same one.

    The first piece of a run, which begins at `before`, may hear from outside what the second hears from the first.
    """
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    heard: dict[int, list[PictureWire]] = defaultdict(list)
    for wire in picture.wires:
        heard[place[wire.target]].append(wire)
    depth = _depths(picture.clusters)
    looks: dict[Hashable, int] = {}
    heeded = {wire.source for wire in picture.wires}
    # Boxes that are `alike` hear the same; a label says a shape on the first wire only, which is no difference.
    seen = [looks.setdefault((_look(box), box.is_output and box.id in heeded, depth.get(box.id, 0),
                              tuple(("" if box.alike else wire.label, wire.kind) for wire in heard[number])), number)
            for number, box in enumerate(picture.boxes)]
    sources = [[place[wire.source] for wire in heard[number]] for number in range(len(picture.boxes))]
    steps = [tuple(number - source for source in sources[number]) for number in range(len(picture.boxes))]

    def same(first: int, second: int, before: int = 0) -> bool:
        return seen[first] == seen[second] and (steps[first] == steps[second] or all(
            a == b or first - a == second - b or a < before <= b < before + second - first
            for a, b in zip(sources[first], sources[second], strict=True)))
    return same


def _look(box: Box) -> Hashable:
    """What of a box must be equal; that the last of a run is the output of the net makes no difference."""
    if box.alike:
        return box.alike, box.family, box.repeats
    return box.repeats, box.lines, box.family, box.form, box.badge, box.is_output, box.title if box.form == "glyph" else ""


def _depths(clusters: tuple[Cluster, ...], depth: int = 1) -> dict[str, int]:
    depths: dict[str, int] = {}
    for cluster in clusters:
        depths |= dict.fromkeys(cluster.boxes, depth) | _depths(cluster.clusters, depth + 1)
    return depths


def _all(clusters: tuple[Cluster, ...]) -> Iterator[Cluster]:
    for cluster in clusters:
        yield cluster
        yield from _all(cluster.clusters)


def _spans(picture: Picture) -> list[tuple[int, int]]:
    """Where each frame that holds one row of boxes begins and ends."""
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    found = ([place[id] for id in cluster.all_boxes()] for cluster in _all(picture.clusters))
    return sorted({(min(inside), max(inside) + 1) for inside in found if inside and max(inside) - min(inside) + 1 == len(inside)})


def _parts(stretch: tuple[int, int, int], spans: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The stretch, and what of it lies within one frame."""
    yield stretch
    start, end, period = stretch
    for first, last in spans:
        inside = max(start, first), min(end, last)
        if inside[1] - inside[0] >= FEWEST * period and inside != (start, end):
            yield (*inside, period)


def _readers(picture: Picture) -> dict[int, list[int]]:
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    readers: dict[int, list[int]] = defaultdict(list)
    for wire in picture.wires:
        readers[place[wire.source]].append(place[wire.target])
    return readers


def _stretches(same: Callable[..., bool], period: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and period of the longest stretches in which each box is the same as the one a period on.

    The last piece may be broken off. The first piece begins before the boxes are wholly the same, if it may hear from outside.
    """
    start = 0
    for number in range(size - period + 1):
        if number < size - period and same(number, number + period):
            continue
        end = number + period
        if end - start >= (FEWEST - 1) * period:
            begin = next((at for at in range(max(start - period, 0), start) if _begins(same, at, start, period)), start)
            if end - begin >= FEWEST * period:
                yield begin, end, period
        start = number + 1


def _begins(same: Callable[..., bool], begin: int, end: int, period: int) -> bool:
    return all(same(at, at + period, begin) for at in range(begin, end))


def _aligned(picture: Picture, stretch: tuple[int, int, int], same: Callable[..., bool],
             frames: list[frozenset[str]], readers: dict[int, list[int]]) -> Run | None:
    """The run shifted within its stretch so that its pieces are frames if they can be, and can be folded at all."""
    begin, end, period = stretch
    whole = [Run(at, period, (end - at) // period) for at in range(begin, begin + period) if end - at >= FEWEST * period]
    fitting = [run for run in whole
               if _begins(same, run.start, run.start + period, period) and _is_foldable(picture, run, frames, readers)]

    def is_frame(run: Run) -> bool:
        return frozenset(box.id for box in picture.boxes[run.start:run.start + run.period]) in frames
    return max(fitting, key=lambda run: (is_frame(run), run.count, -run.start), default=None)


def _is_foldable(picture: Picture, run: Run, frames: list[frozenset[str]], readers: dict[int, list[int]]) -> bool:
    """Whether only the last piece is heard by boxes outside, and no frame holds some pieces only."""
    if any(not run.start <= reader < run.end for number in range(run.start, run.end - run.period) for reader in readers[number]):
        return False
    if run.period == 1 and picture.boxes[run.start].repeats > 1:
        return False
    whole = frozenset(box.id for box in picture.boxes[run.start:run.end])
    pieces = [frozenset(box.id for box in picture.boxes[at:at + run.period]) for at in (run.start, run.end - run.period)]
    return all(frame <= piece or frame >= whole or frame.isdisjoint(piece) for frame in frames for piece in pieces)
