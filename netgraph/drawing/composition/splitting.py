"""A picture in rows goes in; parts of it that each fit on a page come out, with stubs where wires are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from netgraph.drawing.composition.stubs import stub
from netgraph.drawing.layout.cutting import continued
from netgraph.picture import WIRES, Box, Cluster, Picture, PictureWire

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Part:
    """What of a picture stands on one page, and its rows of boxes."""

    picture: Picture
    rows: tuple[tuple[str, ...], ...]


Fits = Callable[[Part], bool]


def split(picture: Picture, rows: Rows, fits: Fits) -> list[Part]:
    """The parts, each of as many rows as fit. A part of a single row is given even where it does not fit.

    >>> boxes = tuple(Box(f"b{n}", f"h{n}", members=(n,)) for n in range(4))
    >>> wires = tuple(PictureWire(f"b{n}", f"b{n + 1}", members=((n, n + 1),)) for n in range(3))
    >>> parts = split(Picture("net", boxes=boxes, wires=wires), [["b0"], ["b1"], ["b2"], ["b3"]], lambda part: len(part.rows) <= 2)
    >>> [[box.title for box in part.picture.boxes] for part in parts]
    [['h0', 'h1', 'to page 2'], ['h1', 'h2', 'h3']]
    """
    page_of: dict[str, int] = {}
    starts = [0]
    while starts[-1] < len(rows):
        start, end = starts[-1], _end(picture, rows, starts[-1], page_of, fits)
        page_of |= {id: len(starts) for row in rows[start:end] for id in row}
        starts.append(end)
    return [part_of(picture, rows[start:end], page_of) for start, end in pairwise(starts)]


def _end(picture: Picture, rows: Rows, start: int, page_of: Mapping[str, int], fits: Fits) -> int:
    end = start + 1
    while end < len(rows) and fits(part_of(picture, rows[start:end + 1], page_of)):
        end += 1
    return end


def part_of(picture: Picture, rows: Rows, page_of: Mapping[str, int]) -> Part:
    """The boxes of those rows, their frames and wires; a stub beside them stands for each source or target on other pages."""
    here = {id for row in rows for id in row}
    box_of = {box.id: box for box in picture.boxes}
    wires = [wire for wire in picture.wires if wire.source in here or wire.target in here]
    before: dict[str, str] = {}                 # the first box here that hears from a box elsewhere
    after: dict[str, list[str]] = defaultdict(list)
    for wire in wires:
        if wire.source not in here:
            before.setdefault(wire.source, wire.target)
        elif wire.target not in here:
            after[wire.source].append(wire.target)
    stubs_in = {id: stub(box_of[id], f"{id}i", box_of[id].name, f"from {_pages([id], page_of)}") for id in before}
    stubs_out = {id: stub(box_of[id], f"{id}o", f"to {_pages(targets, page_of)}") for id, targets in after.items()}
    boxes = (*stubs_in.values(), *(box for box in picture.boxes if box.id in here), *stubs_out.values())
    lines = tuple((*(stubs_in[id].id for id, target in before.items() if target in row), *row,
                   *(stubs_out[id].id for id in after if id in row)) for row in rows)
    clusters = tuple(_continued(inner, cluster, page_of, here) for cluster in picture.clusters if (inner := cluster.holding(here)))
    return Part(replace(picture, boxes=boxes, wires=tuple(_ends(wires, here)), clusters=clusters, legend=_legend(picture, boxes)), lines)


def _legend(picture: Picture, boxes: Sequence[Box]) -> tuple[tuple[str, str], ...]:
    families = {box.family for box in boxes if box.members}
    return tuple(entry for entry in picture.legend if entry[0] in (*families, WIRES))


def _ends(wires: Sequence[PictureWire], here: Set[str]) -> list[PictureWire]:
    """The wires that end here, from a stub where they come from elsewhere, and one to the stub of each source that goes on."""
    ending = [wire if wire.source in here else replace(wire, source=f"{wire.source}i") for wire in wires if wire.target in here]
    leaving = {wire.source: PictureWire(wire.source, f"{wire.source}o", kind=wire.kind, outputs=wire.outputs)
               for wire in reversed(wires) if wire.target not in here}
    return [*ending, *leaving.values()]


def _pages(ids: Sequence[str], page_of: Mapping[str, int]) -> str:
    numbers = sorted({page_of[id] for id in ids if id in page_of})
    if not numbers:
        return "page 99"       # not known yet: as wide as it may become
    return f"page{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:4]))}{', …' * (len(numbers) > 4)}"


def _continued(part: Cluster, whole: Cluster, page_of: Mapping[str, int], here: Set[str]) -> Cluster:
    """The frame's part on this page, its title marked where it began on a page before."""
    first = min((page_of[id] for id in part.all_boxes() if id in page_of), default=None)
    begun = any(id in page_of and (first is None or page_of[id] < first) for id in whole.all_boxes() if id not in here)
    wholes = [cluster for cluster in whole.clusters if not here.isdisjoint(cluster.all_boxes())]
    inner = tuple(_continued(child, origin, page_of, here) for child, origin in zip(part.clusters, wholes, strict=True))
    return replace(part, title=continued(part.title) if begun else part.title, clusters=inner)
