"""A measured picture and its boxes by row go in; a strip for each row comes out, with ports where wires go from row to row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netgraph.drawing.layout.strip import Item, Link, Measured, Strip
from netgraph.picture import Cluster, PictureWire

MARK = " (continued)"


@dataclass(frozen=True)
class Row:
    """A strip, and which of its links ends each wire (by the wire's number) or carries it on to a later row (by its port).

    `ports` are those of the wires that end here, by the wire's number.
    """

    strip: Strip
    ends: Mapping[int, int]
    carries: Mapping[str, int]
    ports: Mapping[int, str]


def cut(measured: Measured, ids: Sequence[Sequence[str]], is_down: bool = False) -> list[Row]:
    """The rows. Wires of one source and stream that go on to later rows share a port; a row where none of them ends they pass by."""
    wires = measured.picture.wires
    ports = _ports(wires)
    home = {port: wire.source for port, wire in zip(ports, wires, strict=True)}
    streams = {port: wire.stream for port, wire in zip(ports, wires, strict=True)}
    row_of = {id: number for number, row in enumerate(ids) for id in row}
    stops: dict[str, set[int]] = defaultdict(set)
    arriving: dict[int, list[int]] = defaultdict(list)
    leaving: dict[str, dict[str, None]] = defaultdict(dict)
    for number, (wire, port) in enumerate(zip(wires, ports, strict=True)):
        if row_of[wire.target] > row_of[wire.source]:
            stops[port].add(row_of[wire.target])
            leaving[wire.source][port] = None
        arriving[row_of[wire.target]].append(number)
    rows: list[Row] = []
    begun: set[str] = set()
    going: tuple[str, ...] = ()
    for number, row in enumerate(ids):
        into = tuple(port for port in going if number in stops[port])
        out = tuple(port for port in (*into, *(port for id in row for port in leaving[id])) if max(stops[port]) > number)
        links, ends = _arrivals(measured, arriving[number], set(row), ports)
        carries = {port: len(links) + place for place, port in enumerate(out)}
        links += [Link(home[port] if home[port] in row else f"in_{port}", f"out_{port}", stream=streams[port]) for port in out]
        strip = Strip(_items(measured, row, into, out), tuple(links), _frames(measured.picture.clusters, set(row), begun), is_down)
        rows.append(Row(strip, ends, carries, {wire: ports[wire] for wire in arriving[number]}))
        begun |= set(row)
        going = tuple(dict.fromkeys(port for port in (*going, *out) if max(stops[port]) > number))
    return rows


def continued(title: str) -> str:
    """The title of a frame that began before, which says so once.

    >>> continued(continued("layer1"))
    'layer1 (continued)'
    """
    return title if title.endswith(MARK) else title + MARK


def _ports(wires: Sequence[PictureWire]) -> list[str]:
    """For each wire the name of its port: its source, and a count where the source sends several streams."""
    streams: dict[str, dict[str, int]] = defaultdict(dict)
    places = [streams[wire.source].setdefault(wire.stream, len(streams[wire.source])) for wire in wires]
    return [f"{wire.source}s{place}" if place else wire.source for wire, place in zip(wires, places, strict=True)]


def _items(measured: Measured, row: Sequence[str], into: Sequence[str], out: Sequence[str]) -> tuple[Item, ...]:
    return (*(Item(f"in_{id}", port="in") for id in into), *(Item(id, *measured.sizes[id]) for id in row),
            *(Item(f"out_{id}", port="out") for id in out))


def _arrivals(measured: Measured, wires: Sequence[int], here: set[str], ports: Sequence[str]) -> tuple[list[Link], dict[int, int]]:
    """A link for each wire that ends on the row, and by the wire's number which it is."""
    links = []
    for number in wires:
        wire = measured.picture.wires[number]
        source = wire.source if wire.source in here else f"in_{ports[number]}"
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
