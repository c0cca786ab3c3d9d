"""A measured picture and its boxes by row go in; a strip for each row comes out, with ports where wires go from row to row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netgraph.drawing.strip import Item, Link, Measured, Strip
from netgraph.picture import Cluster

MARK = " (continued)"


@dataclass(frozen=True)
class Row:
    """A strip, and which of its links ends each wire (by the wire's number) or carries it on to the next row (by its source)."""

    strip: Strip
    ends: Mapping[int, int]
    carries: Mapping[str, int]


def cut(measured: Measured, ids: Sequence[Sequence[str]], is_down: bool = False) -> list[Row]:
    """The rows. Wires of one source that go on to later rows share a port; a row where none of them ends they pass by."""
    row_of = {id: number for number, row in enumerate(ids) for id in row}
    stops: dict[str, set[int]] = defaultdict(set)
    arriving: dict[int, list[int]] = defaultdict(list)
    for number, wire in enumerate(measured.picture.wires):
        if row_of[wire.target] > row_of[wire.source]:
            stops[wire.source].add(row_of[wire.target])
        arriving[row_of[wire.target]].append(number)
    streams = {wire.source: wire.stream for wire in reversed(measured.picture.wires) if row_of[wire.target] > row_of[wire.source]}
    rows: list[Row] = []
    begun: set[str] = set()
    going: tuple[str, ...] = ()
    for number, row in enumerate(ids):
        into = tuple(id for id in going if number in stops[id])
        out = tuple(id for id in (*into, *row) if max(stops[id], default=0) > number)
        links, ends = _arrivals(measured, arriving[number], set(row))
        carries = {id: len(links) + place for place, id in enumerate(out)}
        links += [Link(id if id in row else f"in_{id}", f"out_{id}", stream=streams[id]) for id in out]
        strip = Strip(_items(measured, row, into, out), tuple(links), _frames(measured.picture.clusters, set(row), begun), is_down)
        rows.append(Row(strip, ends, carries))
        begun |= set(row)
        going = tuple(dict.fromkeys(id for id in (*going, *out) if max(stops[id]) > number))
    return rows


def continued(title: str) -> str:
    """The title of a frame that began before, which says so once.

    >>> continued(continued("layer1"))
    'layer1 (continued)'
    """
    return title if title.endswith(MARK) else title + MARK


def _items(measured: Measured, row: Sequence[str], into: Sequence[str], out: Sequence[str]) -> tuple[Item, ...]:
    return (*(Item(f"in_{id}", port="in") for id in into), *(Item(id, *measured.sizes[id]) for id in row),
            *(Item(f"out_{id}", port="out") for id in out))


def _arrivals(measured: Measured, wires: Sequence[int], here: set[str]) -> tuple[list[Link], dict[int, int]]:
    """A link for each wire that ends on the row, and by the wire's number which it is."""
    links = []
    for number in wires:
        wire = measured.picture.wires[number]
        source = wire.source if wire.source in here else f"in_{wire.source}"
        links.append(Link(source, wire.target, measured.labels[number], wire.label_of_source, wire.stream))
    return links, {number: place for place, number in enumerate(wires)}


def _frames(clusters: Sequence[Cluster], here: set[str], begun: set[str]) -> tuple[Cluster, ...]:
    """What of the frames stands on this row, their titles marked where they go on from a row before."""
    kept = []
    for cluster in clusters:
        boxes = tuple(id for id in cluster.boxes if id in here)
        inner = _frames(cluster.clusters, here, begun)
        if boxes or inner:
            title = cluster.title if begun.isdisjoint(cluster.all_boxes()) else continued(cluster.title)
            kept.append(replace(cluster, title=title, boxes=boxes, clusters=inner))
    return tuple(kept)
