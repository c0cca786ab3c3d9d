"""A picture goes in; the same comes out with each row of frames that hold the same drawn once and marked with how often it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from netgraph.drawing.composition.folding import fold_runs, merged_wire, standing_for
from netgraph.drawing.composition.runs import Run, find_runs
from netgraph.picture import Box, Cluster, Picture, PictureWire

FEWEST = 2           # frames that are worth folding
ONWARD = "next"      # what is read on a wire from one of them to the next, where it runs back to the first


def with_frames_folded(picture: Picture, of_one_name: bool = False) -> Picture:
    """The picture with frames that hold the same, each hearing from the one before, as one; or those `of_one_name` alone, which are
    the calls of one thing, such as the steps of a recurrent net.

    Backward they are told by what they hold and not by what they hear: the first hears from the loss alone, where the others hear
    from all that read what they made; and the last hands nothing to an input that wants no gradient.
    """
    while runs := _runs(picture, of_one_name):
        wires = _wires(picture, runs)
        small = fold_runs(replace(picture, wires=()), runs)
        ends = {wire.target for wire in wires} - {box.id for box in picture.boxes}
        picture = replace(small, boxes=(*small.boxes, *(end for run in runs if (end := _end(run, picture)).id in ends)), wires=wires)
    return picture


def _end(run: Run, picture: Picture) -> Box:
    """Where gradients leave a piece for the next, if the last piece, having none, hands nothing on."""
    return Box(f"{picture.boxes[run.start].id}n", f"{ONWARD} of {run.count}", form="pill", tip=f"{ONWARD}: the next of {run.count} alike")


def with_calls_folded(picture: Picture) -> Picture:
    """The picture with a row of calls of the same layers, such as a cell that is called for every time step, as one."""
    def is_same(run: Run) -> bool:
        pieces = [picture.boxes[at:at + run.period] for at in range(run.start, run.end, run.period)]
        return any(box.badge for box in pieces[0]) and len({tuple(box.title for box in piece) for piece in pieces}) == 1

    picture = with_frames_folded(picture, of_one_name=True)
    while runs := [run for run in find_runs(picture) if is_same(run)]:
        picture = fold_runs(picture, runs)
    return picture


def _runs(picture: Picture, of_one_name: bool) -> list[Run]:
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    targets: dict[int, set[int]] = defaultdict(set)
    for wire in picture.wires:
        targets[place[wire.source]].add(place[wire.target])
    for siblings in _siblings(picture):
        spans = sorted((span, cluster.title) for cluster in siblings if (span := _span(cluster, place)))
        looks = [((_look(picture, span, targets), title if of_one_name else ""), span) for span, title in spans]
        for row in _rows(looks):
            if runs := [run for run in _series(row, targets) if run.count >= FEWEST]:
                return runs
    return []


def _siblings(picture: Picture) -> Iterator[Sequence[Cluster]]:
    yield picture.clusters
    for cluster in picture.all_clusters():
        yield cluster.clusters


def _span(cluster: Cluster, place: Mapping[str, int]) -> tuple[int, int] | None:
    """Where its boxes begin and end in running order; nothing, where others stand between them, or it is folded already."""
    numbers = [place[id] for id in cluster.all_boxes()]
    first, end = min(numbers), max(numbers) + 1
    return (first, end) if end - first == len(numbers) and cluster.repeats == 1 else None


def _look(picture: Picture, span: tuple[int, int], targets: Mapping[int, set[int]]) -> Hashable:
    """What its boxes say, and how they hang together."""
    first, end = span
    return tuple((box.title, box.family, box.badge, box.repeats,
                  tuple(sorted(target - first for target in targets[number] if target < end)))
                 for number, box in enumerate(picture.boxes[first:end], start=first))


def _rows(looks: Sequence[tuple[Hashable, tuple[int, int]]]) -> Iterator[list[tuple[int, int]]]:
    """Spans that look alike, each beginning where the one before ends."""
    for _, row in groupby(enumerate(looks), key=lambda item: (item[1][0], item[1][1][0] - item[0] * (item[1][1][1] - item[1][1][0]))):
        yield [span for _, (_, span) in row]


def _series(row: Sequence[tuple[int, int]], targets: Mapping[int, set[int]]) -> Iterator[Run]:
    """The longest runs in which each is heard by the next and by nobody else."""
    (start, end), *_ = row
    period, count = end - start, 1
    for (first, last), (_, next_end) in pairwise(row):
        beyond = {target for number in range(first, last) for target in targets[number] if target >= last}
        if beyond and max(beyond) < next_end:
            count += 1
            continue
        yield Run(start, period, count)
        start, count = last, 1
    yield Run(start, period, count)


def _wires(picture: Picture, runs: list[Run]) -> tuple[PictureWire, ...]:
    """The wires of the first pieces, those of the others being members of their likes.

    What one piece hands the next stands with what the first is handed from outside; where the first is handed nothing there, it is
    a wire back; and where the last hands nothing on from there, a wire to a box that says so.
    """
    stands_for = standing_for(picture, runs)
    piece = {picture.boxes[number].id: (run.start, (number - run.start) // run.period)
             for run in runs for number in range(run.start, run.end)}
    ends = {run.start: _end(run, picture).id for run in runs}
    entries: dict[str, Hashable] = {}
    exits = set[str]()
    likes: dict[Hashable, list[PictureWire]] = {}
    onward = []
    for wire in picture.wires:
        source, target = piece.get(wire.source), piece.get(wire.target)
        if source and target and source[0] == target[0] and source[1] < target[1]:
            onward.append(wire)
            continue
        key = stands_for[wire.source], stands_for[wire.target], wire.kind
        if target and source != target:
            entries.setdefault(stands_for[wire.target], key)
        if source and source != target:
            exits.add(stands_for[wire.source])
        likes.setdefault(key, []).append(replace(wire, target=stands_for[wire.target]))
    for wire in onward:
        first, end = stands_for[wire.target], ends[piece[wire.source][0]]
        if first in entries and stands_for[wire.source] not in exits:
            likes.setdefault((end, stands_for[wire.source]), []).append(replace(wire, target=end, label="", label_of_source=False))
        elif first in entries:
            likes[entries[first]].append(replace(wire, target=first))
        else:
            back = replace(wire, target=first, kind="delay", label=ONWARD, label_of_source=False)
            likes.setdefault(("back", stands_for[wire.source], first), []).append(back)
    return tuple(merged_wire(wires, stands_for) for wires in likes.values())
