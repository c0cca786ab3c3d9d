"""A picture goes in; the same picture comes out with each run of equal pieces drawn once and marked with how often it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from netgraph.drawing.composition.listing import BETWEEN, listed_numbers
from netgraph.drawing.composition.runs import Run, find_runs
from netgraph.picture import Box, Cluster, Picture, PictureWire
from netgraph.wording import SEPARATOR

MOST_BOXES = 40      # that are drawn one by one unless folding is asked for


def folded(picture: Picture, by_kind: bool = False) -> Picture:
    """Runs of equal pieces as one piece each. A box or wire of it stands for its likes in every piece: `members` has them all.

    `by_kind` pieces may differ in their sizes, which are listed.

    >>> boxes = tuple(Box(f"b{n}", f"h{n}", members=(n,)) for n in range(5))
    >>> wires = tuple(PictureWire(f"b{n}", f"b{n + 1}", members=((n, n + 1),)) for n in range(4))
    >>> small = folded(Picture("", boxes=boxes, wires=wires))
    >>> [(box.title, box.members) for box in small.boxes]
    [('h0', (0,)), ('h1 … 4', (1, 2, 3, 4))]
    """
    while runs := find_runs(picture, by_kind):       # a piece that is drawn once may have runs in it
        picture = fold_runs(picture, runs)
    return picture


def fold_runs(picture: Picture, runs: list[Run]) -> Picture:
    """The picture with each of those runs as its first piece."""
    stands_for = standing_for(picture, runs)
    boxes = _boxes(picture, runs, stands_for)
    kept = {box.id for box in boxes}
    clusters = tuple(inner for cluster in picture.clusters if (inner := cluster.holding(kept)))
    for run in runs:
        if run.period > 1:
            clusters = _framed(clusters, picture, run)
    return replace(picture, boxes=boxes, wires=_wires(picture, runs, stands_for), clusters=clusters)


def standing_for(picture: Picture, runs: list[Run]) -> dict[str, str]:
    """For each box the one that is drawn in its place: its like in the first piece, or itself."""
    stands_for = {box.id: box.id for box in picture.boxes}
    for run in runs:
        for number in range(run.start, run.end):
            first = run.start + (number - run.start) % run.period
            stands_for[picture.boxes[number].id] = picture.boxes[first].id
    return stands_for


def _boxes(picture: Picture, runs: list[Run], stands_for: Mapping[str, str]) -> tuple[Box, ...]:
    likes: dict[str, list[Box]] = defaultdict(list)
    for box in picture.boxes:
        likes[stands_for[box.id]].append(box)
    alone = {picture.boxes[run.start].id: run for run in runs if run.period == 1}
    return tuple(_merged(group, alone.get(id)) for id, group in likes.items())


def _merged(group: list[Box], alone: Run | None) -> Box:
    """One box for all of a group; `alone` is the run where a piece is just that box."""
    first, last = group[0], group[-1]
    if len(group) == 1:
        return first
    title = last.title if first.form == "glyph" else first.title
    merged = replace(last, id=first.id, title=title, lines=_lines(group), badge=_span(first.badge, last.badge),
                     tip=f"{first.tip} (and {len(group) - 1} like it, to {last.title})",
                     members=tuple(member for box in group for member in box.members),
                     inner=tuple(edge for box in group for edge in box.inner), repeats=first.repeats,
                     alike=first.alike if first.alike == last.alike else first.alike + last.alike)
    if alone is None:
        return merged
    each = (f"{merged.badge} parameters{' each' if first.badge == last.badge else ''}",) if merged.badge else ()
    beside = ("in parallel",) if alone.parallel else ()
    return replace(merged, title=_span(title, last.title), lines=(*merged.lines, *each, *beside), badge=f"×{len(group)}",
                   repeats=len(group))


def _lines(group: list[Box]) -> tuple[str, ...]:
    """The lines of the last, which may say what comes out of the net, with the numbers of all before."""
    count = len(group[0].lines)
    listed = [listed_numbers([box.lines[place] for box in group]) for place in range(count)] if all(
        len(box.lines) >= count for box in group) else []
    return (*listed, *group[-1].lines[len(listed):])


def _span(first: str, last: str) -> str:
    """From the first to the last; of names that end in numbers the last is its number only.

    >>> _span("layer0", "layer47"), _span("conv", "norm"), _span("8k", "9k")
    ('layer0 … 47', 'conv … norm', '8k … 9k')
    """
    stem, end = first.rstrip("0123456789"), last.split(BETWEEN)[-1]
    if stem and end.startswith(stem) and end[len(stem):].isdigit():
        end = end[len(stem):]
    return first if first == last else f"{first.split(BETWEEN)[0]}{BETWEEN}{end}"


def _wires(picture: Picture, runs: list[Run], stands_for: Mapping[str, str]) -> tuple[PictureWire, ...]:
    """Each box keeps the wires it is reached by in the first piece; those of later pieces are members of theirs.

    Wires from parallel pieces into one box are one.
    """
    beside = {box.id: stands_for[box.id] for run in runs if run.parallel for box in picture.boxes[run.start:run.end]}
    likes: dict[tuple[str, int], list[PictureWire]] = defaultdict(list)
    arriving: dict[str, list[PictureWire]] = defaultdict(list)
    for wire in picture.wires:
        arriving[wire.target].append(wire)
    for box in picture.boxes:
        places: dict[str, int] = {}
        for wire in arriving[box.id]:
            place = places.setdefault(beside.get(wire.source, wire.source), len(places))
            likes[stands_for[box.id], place].append(wire)
    return tuple(merged_wire(wires, stands_for) for wires in likes.values())


def merged_wire(wires: list[PictureWire], stands_for: Mapping[str, str]) -> PictureWire:
    """One wire for all of these, from the box that is drawn in place of the first one's source."""
    first = wires[0]
    # What all wires of a source carry is said on the first only, which other pieces may not have.
    said = [wire.label for wire in wires if wire.label and wire.label.count(SEPARATOR) == first.label.count(SEPARATOR)]
    return replace(first, source=stands_for[first.source], label=_label(said) if first.label else "",
                   members=tuple(edge for wire in wires for edge in wire.members), weight=max(wire.weight for wire in wires))


def _label(said: list[str]) -> str:
    """The one number in which labels differ, listed; where it is more, the first label only."""
    listed = listed_numbers(said)
    return listed if BETWEEN not in listed.replace(", …", ",") else f"{said[0]}{BETWEEN}".rstrip()


def _framed(clusters: tuple[Cluster, ...], picture: Picture, run: Run) -> tuple[Cluster, ...]:
    """The frames with one more around the piece of a run; a frame that is the piece already is marked instead."""
    piece = {box.id for box in picture.boxes[run.start:run.start + run.period]}
    around = next((cluster for cluster in clusters if piece <= set(cluster.all_boxes())), None)
    if around is None:
        within = tuple(cluster for cluster in clusters if set(cluster.all_boxes()) <= piece)
        return (*(cluster for cluster in clusters if cluster not in within), _frame(picture, run, piece, within))
    place = clusters.index(around)
    return (*clusters[:place], _marked(around, picture, run, piece), *clusters[place + 1:])


def _marked(cluster: Cluster, picture: Picture, run: Run, piece: set[str]) -> Cluster:
    is_outer = any(piece <= set(inner.all_boxes()) for inner in cluster.clusters)
    if set(cluster.all_boxes()) == piece and not is_outer:
        last = _title_around(picture.clusters, picture.boxes[run.end - 1].id, run.period) or cluster.title
        return replace(cluster, title=_span(cluster.title, last), repeats=run.count, mark=_count(run))
    loose = tuple(id for id in cluster.boxes if id not in piece)
    return replace(cluster, boxes=loose, clusters=_framed(cluster.clusters, picture, run))


def _frame(picture: Picture, run: Run, piece: set[str], within: tuple[Cluster, ...]) -> Cluster:
    framed = {id for cluster in within for id in cluster.all_boxes()}
    loose = tuple(box.id for box in picture.boxes if box.id in piece - framed)
    return Cluster("", loose, within, run.count, _count(run))


def _count(run: Run) -> str:
    return f"×{run.count}{' in parallel' if run.parallel else ''}"


def _title_around(clusters: tuple[Cluster, ...], id: str, size: int) -> str | None:
    """The title of the frame of that many boxes around a box."""
    for cluster in clusters:
        inside = list(cluster.all_boxes())
        if id in inside:
            return cluster.title if len(inside) == size else _title_around(cluster.clusters, id, size)
    return None
