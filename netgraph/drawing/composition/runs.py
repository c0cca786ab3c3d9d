"""A picture goes in; the runs of equal pieces in it come out: where each begins, how many boxes a piece has, how often it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from netgraph.picture import Box, Cluster, Picture, PictureWire

LONGEST_PIECE = 64
FEWEST = 3        # pieces that are worth folding
FEWEST_GROUPS = 2 # the same where each is a group
GROUP = 3         # layers that a group has at least, to be worth it
MOST_COMPARED = 2_000_000      # pairs of boxes; bounds the time in nets of 100,000 layers


@dataclass(frozen=True)
class Run:
    """`count` pieces of `period` boxes each, one after the other in running order, from the box numbered `start`.

    Each hears from the one before, or all are `parallel`: they hear from the same boxes, and are heard by the same.
    """

    start: int
    period: int
    count: int
    parallel: bool = False

    @property
    def end(self) -> int:
        """The number of the first box after it."""
        return self.start + self.period * self.count


def find_runs(picture: Picture, by_kind: bool = False) -> list[Run]:
    """The runs that save most boxes, none overlapping, in running order; `by_kind` boxes may differ in their sizes.

    >>> boxes = tuple(Box(f"b{n}", f"h{n}", lines=("dense 8",)) for n in range(5))
    >>> wires = tuple(PictureWire(f"b{n}", f"b{n + 1}") for n in range(4))
    >>> find_runs(Picture("", boxes=boxes, wires=wires))
    [Run(start=1, period=1, count=4, parallel=False)]
    """
    like, readers = _likeness(picture, by_kind), _readers(picture)
    frames = {frozenset(cluster.all_boxes()) for cluster in picture.all_clusters()}
    taken: set[int] = set()
    found = []
    size = len(picture.boxes)
    longest = min(LONGEST_PIECE, size // FEWEST_GROUPS, max(8, MOST_COMPARED // max(size, 1)))
    spans = _spans(picture)
    candidates = [part for period in range(1, longest + 1) for stretch in _stretches(like, period, size)
                  for part in _parts(stretch, spans)]
    for stretch in sorted(candidates, key=lambda stretch: (stretch[0] - stretch[1] + 2 * stretch[2], stretch[2])):
        if (stretch[0] + stretch[1]) // 2 in taken:       # every run of the stretch holds its middle
            continue
        run = _aligned(picture, stretch, like, frames, readers)
        if run is not None and taken.isdisjoint(range(run.start, run.end)):
            taken |= set(range(run.start, run.end))
            found.append(run)
    return sorted(found, key=lambda run: run.start)


@dataclass(frozen=True)
class _Likeness:
    """What each box says and hears, `seen`, numbered by what is equal; and from which boxes, and how far before."""

    seen: list[int]
    sources: list[list[int]]
    steps: list[tuple[int, ...]]

    def same(self, first: int, second: int, before: int = 0) -> bool:
        """Whether two boxes say the same, and hear alike: from so many boxes before, or from the very same one.

        The first piece of a run, which begins at `before`, may hear from outside what the second hears from the first.
        """
        return self.seen[first] == self.seen[second] and (self.steps[first] == self.steps[second] or all(
            a == b or first - a == second - b or a < before <= b < before + second - first
            for a, b in zip(self.sources[first], self.sources[second], strict=True)))

    def begins(self, begin: int, end: int, period: int) -> bool:
        """Whether the piece from `begin` to `end` may be the first of a run."""
        return all(self.same(at, at + period, begin) for at in range(begin, end))


def _likeness(picture: Picture, by_kind: bool) -> _Likeness:
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    heard: dict[int, list[PictureWire]] = defaultdict(list)
    for wire in picture.wires:
        heard[place[wire.target]].append(wire)
    depth = _depths(picture.clusters)
    looks: dict[Hashable, int] = {}
    heeded = {wire.source for wire in picture.wires}
    # Boxes that are `alike` hear the same; a label says a shape on the first wire only, which is no difference.
    seen = [looks.setdefault((_look(box, by_kind), box.is_output and box.id in heeded, depth.get(box.id, 0),
                              tuple(("" if box.alike else wire.label, wire.kind) for wire in heard[number])), number)
            for number, box in enumerate(picture.boxes)]
    sources = [[place[wire.source] for wire in heard[number]] for number in range(len(picture.boxes))]
    return _Likeness(seen, sources, [tuple(number - source for source in given) for number, given in enumerate(sources)])


def _look(box: Box, by_kind: bool) -> Hashable:
    """What of a box must be equal; that the last of a run is the output of the net makes no difference."""
    if by_kind and box.kind:
        return box.kind, box.repeats, len(box.members)
    if box.alike:
        return box.alike, box.family, box.repeats, len(box.members)
    return box.repeats, box.lines, box.family, box.form, box.badge, box.is_output, box.title if box.form == "glyph" else ""


def _depths(clusters: tuple[Cluster, ...], depth: int = 1) -> dict[str, int]:
    depths: dict[str, int] = {}
    for cluster in clusters:
        depths |= dict.fromkeys(cluster.boxes, depth) | _depths(cluster.clusters, depth + 1)
    return depths


def _spans(picture: Picture) -> list[tuple[int, int]]:
    """Where each frame that holds one row of boxes begins and ends."""
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    found = ([place[id] for id in cluster.all_boxes()] for cluster in picture.all_clusters())
    return sorted({(min(inside), max(inside) + 1) for inside in found if inside and max(inside) - min(inside) + 1 == len(inside)})


def _parts(stretch: tuple[int, int, int], spans: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The stretch, and what of it lies within one frame."""
    yield stretch
    start, end, period = stretch
    for first, last in spans:
        inside = max(start, first), min(end, last)
        if inside[1] - inside[0] >= FEWEST_GROUPS * period and inside != (start, end):
            yield (*inside, period)


def _readers(picture: Picture) -> list[list[int]]:
    """The boxes that hear from each."""
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    readers: list[list[int]] = [[] for _ in picture.boxes]
    for wire in picture.wires:
        readers[place[wire.source]].append(place[wire.target])
    return readers


def _stretches(like: _Likeness, period: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and period of the longest stretches in which each box is the same as the one a period on.

    The last piece may be broken off. The first piece begins before the boxes are wholly the same, if it may hear from outside.
    """
    start = 0
    for number in range(size - period + 1):
        if number < size - period and like.same(number, number + period):
            continue
        end, lowest = number + period, start
        while lowest > max(start - period, 0) and like.seen[lowest - 1] == like.seen[lowest - 1 + period]:
            lowest -= 1
        if end - lowest >= FEWEST_GROUPS * period:
            begin = next((at for at in range(lowest, start) if like.begins(at, start, period)), start)
            if end - begin >= FEWEST_GROUPS * period:
                yield begin, end, period
        start = number + 1


def _aligned(picture: Picture, stretch: tuple[int, int, int], like: _Likeness,
             frames: set[frozenset[str]], readers: list[list[int]]) -> Run | None:
    """The run shifted within its stretch so that its pieces are frames if they can be, and can be folded at all."""
    begin, end, period = stretch

    def is_group(run: Run) -> bool:
        piece = picture.boxes[run.start:run.start + run.period]
        is_frame = frozenset(box.id for box in piece) in frames
        return sum(len(box.members) for box in piece) >= GROUP and (is_frame or bool(run.period == 1 and piece[0].inner))

    whole = [Run(at, period, (end - at) // period) for at in range(begin, begin + period)]
    wanted = [run for run in whole if run.count >= FEWEST or (run.count >= FEWEST_GROUPS and is_group(run))]
    fitting = (replace(run, parallel=not is_series) for run in sorted(
        wanted, key=lambda run: (is_group(run), run.count, -run.start), reverse=True)
        if like.begins(run.start, run.start + run.period, run.period) and _keeps_frames(picture, run, frames)
        and ((is_series := _is_series(run, readers)) or _is_parallel(run, readers)))
    return next(fitting, None)


def _is_series(run: Run, readers: list[list[int]]) -> bool:
    """Whether only the last piece is heard by boxes outside."""
    return all(run.start <= reader < run.end for heard in readers[run.start:run.end - run.period] for reader in heard)


def _is_parallel(run: Run, readers: list[list[int]]) -> bool:
    """Whether no piece is heard by another, and all by the same boxes outside."""
    outside: dict[int, list[int]] = {}
    for number in range(run.start, run.end):
        piece, place = divmod(number - run.start, run.period)
        first = run.start + piece * run.period
        beyond = [reader for reader in readers[number] if not first <= reader < first + run.period]
        if any(run.start <= reader < run.end for reader in beyond) or outside.setdefault(place, beyond) != beyond:
            return False
    return any(outside.values())


def _keeps_frames(picture: Picture, run: Run, frames: set[frozenset[str]]) -> bool:
    """Whether no frame holds some pieces only, and a folded box is not folded again."""
    if run.period == 1 and picture.boxes[run.start].repeats > 1:
        return False
    whole = frozenset(box.id for box in picture.boxes[run.start:run.end])
    pieces = [frozenset(box.id for box in picture.boxes[at:at + run.period]) for at in (run.start, run.end - run.period)]
    return all(frame <= piece or frame >= whole or frame.isdisjoint(piece) for frame in frames for piece in pieces)
