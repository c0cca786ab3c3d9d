"""A measured picture goes in; the same with many parallel boxes gathered into blocks comes out, and their places once it is laid out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netgraph.drawing.layout.bends import line, rounded, turns
from netgraph.drawing.layout.sockets import ARRIVE
from netgraph.drawing.layout.strip import Measured, Size
from netgraph.drawing.placement import Layout, Place, Route
from netgraph.picture import Box, Cluster, PictureWire

WANTED_RATIO = 1.6
SIDE = 20            # pixels of a block beside its boxes, for the wire that runs along all rows
LANE = 10            # from the edge of a block to that wire, and to the wire above a row
BELOW = 12           # from a row to the wire below it
BETWEEN = 20         # from box to box, and from the wire below a row to the wire above the next
LABEL_AIR = 3


@dataclass(frozen=True)
class Bank:
    """Boxes that all hear from one source, or none, and are heard by one target, or none; in rows of `columns`."""

    id: str
    members: tuple[str, ...]
    source: str | None
    target: str | None
    cell: Size
    label_height: float

    @property
    def columns(self) -> int:
        """Boxes to a row, so that the block has good proportions."""
        return max(2, round(math.sqrt(len(self.members) * WANTED_RATIO * self.pitch[1] / self.pitch[0])))

    @property
    def pitch(self) -> Size:
        """From box to box."""
        above, below = (LANE + ARRIVE if self.source else 0), (BELOW + self.label_height if self.target else self.label_height)
        return self.cell[0] + BETWEEN, self.cell[1] + above + below + BETWEEN / 2

    @property
    def size(self) -> Size:
        """Width and height of the block."""
        rows = -(-len(self.members) // self.columns)
        wide, high = self.columns * self.pitch[0] - BETWEEN + 2 * SIDE, rows * self.pitch[1]
        return wide, high + (LANE if self.target else 0)


def gathered(measured: Measured, fewest: int) -> tuple[Measured, list[Bank]]:
    """The picture with each set of at least `fewest` parallel boxes as one box, and those sets."""
    banks = [_bank(measured, f"bank{number}", ids) for number, ids in enumerate(_parallel(measured, fewest))]
    of = {id: bank for bank in banks for id in bank.members}
    picture = measured.picture
    boxes = tuple(box if box.id not in of else Box(of[box.id].id, "") for box in picture.boxes
                  if box.id not in of or of[box.id].members[0] == box.id)
    kept = list(_kept_wires(measured, of))
    wires = tuple(wire for _, wire in kept)
    sizes = {**measured.sizes, **{bank.id: bank.size for bank in banks}}
    labels = [(0, 0) if picture.wires[number].source in of else measured.labels[number] for number, _ in kept]
    clusters = tuple(_without(cluster, of) for cluster in picture.clusters)
    small = replace(picture, boxes=boxes, wires=wires, clusters=clusters)
    return replace(measured, picture=small, sizes=sizes, labels=labels), banks


def _parallel(measured: Measured, fewest: int) -> list[list[str]]:
    """Sets of boxes with the same one wire in and the same one wire out, in the same frame."""
    reached: dict[str, list[PictureWire]] = defaultdict(list)
    left: dict[str, list[PictureWire]] = defaultdict(list)
    for wire in measured.picture.wires:
        reached[wire.target].append(wire)
        left[wire.source].append(wire)
    frame = {id: number for number, cluster in enumerate(measured.picture.all_clusters()) for id in cluster.boxes}
    alike: dict[object, list[str]] = defaultdict(list)
    for box in measured.picture.boxes:
        into, out = reached[box.id], left[box.id]
        is_plain = all(wire.kind == "data" for wire in (*into, *out)) and not any(wire.label and not wire.label_of_source for wire in into)
        if len(into) <= 1 and len(out) <= 1 and (into or out) and is_plain:
            ends = [wire.source + wire.stream for wire in into], [wire.target for wire in out]
            alike[str(ends), frame.get(box.id)].append(box.id)
    return [ids for ids in alike.values() if len(ids) >= fewest]


def _bank(measured: Measured, id: str, members: Sequence[str]) -> Bank:
    source = next((wire.source for wire in measured.picture.wires if wire.target == members[0]), None)
    target = next((wire.target for wire in measured.picture.wires if wire.source == members[0]), None)
    wide, high = (max(measured.sizes[member][axis] for member in members) for axis in (0, 1))
    inside = set(members)
    labels = [measured.labels[number] for number, wire in enumerate(measured.picture.wires) if wire.source in inside]
    label_width, label_height = (max((size[axis] for size in labels), default=0.0) for axis in (0, 1))
    return Bank(id, tuple(members), source, target, (max(wide, 2 * (label_width + LABEL_AIR)), high), label_height)


def _kept_wires(measured: Measured, of: Mapping[str, Bank]) -> Iterator[tuple[int, PictureWire]]:
    """One wire for all that run between a bank and its neighbour: that with the label, if one has it."""
    ends: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, wire in enumerate(measured.picture.wires):
        source, target = (of[id].id if id in of else id for id in (wire.source, wire.target))
        ends[source, target].append(number)
    for (source, target), numbers in ends.items():
        is_banked = measured.picture.wires[numbers[0]].source != source or measured.picture.wires[numbers[0]].target != target
        best = max(numbers, key=lambda number: measured.labels[number][0])
        for number in [best] if is_banked else numbers:
            yield number, replace(measured.picture.wires[number], source=source, target=target)


def _without(cluster: Cluster, of: Mapping[str, Bank]) -> Cluster:
    boxes = dict.fromkeys(of[id].id if id in of else id for id in cluster.boxes)
    return replace(cluster, boxes=tuple(boxes), clusters=tuple(_without(inner, of) for inner in cluster.clusters))


def spread(measured: Measured, small: Measured, banks: Sequence[Bank], layout: Layout) -> Layout:
    """The layout of the whole picture from that of the one with its boxes gathered."""
    boxes = dict(layout.boxes)
    where = {bank.id: boxes.pop(bank.id) for bank in banks}
    of = {id: bank for bank in banks for id in bank.members}
    for bank in banks:
        boxes |= _places(bank, where[bank.id], measured)
    routes = {(wire.source, wire.target): route for wire, route in zip(small.picture.wires, layout.routes, strict=True)}
    found = []
    for number, wire in enumerate(measured.picture.wires):
        into, out = of.get(wire.target), of.get(wire.source)       # never both: a box that many wires reach is in no bank
        if out:
            found.append(_leaving(boxes[wire.source], out, where[out.id], routes[out.id, wire.target], measured.labels[number]))
        elif into:
            found.append(_entering(boxes[wire.target], where[into.id], routes[wire.source, into.id], wire))
        else:
            found.append(routes[wire.source, wire.target])
    return replace(layout, boxes=boxes, routes=tuple(found))


def _places(bank: Bank, place: Place, measured: Measured) -> dict[str, Place]:
    above = LANE + ARRIVE if bank.source else 0
    found = {}
    for number, id in enumerate(bank.members):
        row, column = divmod(number, bank.columns)
        wide, high = measured.sizes[id]
        x = place.x + SIDE + column * bank.pitch[0] + (bank.cell[0] - wide) / 2
        found[id] = Place(x, place.y + row * bank.pitch[1] + above, wide, high)
    return found


def _entering(box: Place, place: Place, outer: Route, wire: PictureWire) -> Route:
    (x, y), lane = outer.points[-1], box.y - ARRIVE
    trunk, middle = place.x + LANE, box.centre[0]
    if abs(x - place.x) < 1:
        corners = [(x, y), (trunk, y), (trunk, lane)]
    else:
        first = place.y + LANE
        corners = [(x, y), (x, first)] if lane - first < 1 else [(x, y), (x, first), (trunk, first), (trunk, lane)]
    inner = rounded(turns([*corners, (middle, lane), (middle, box.y)]))
    return Route((*outer.points, *line(outer.points[-1], inner[0]), *inner[1:]), outer.label if wire.label else None)


def _leaving(box: Place, bank: Bank, place: Place, outer: Route, label: Size) -> Route:
    (x, y), lane = outer.points[0], box.y + bank.cell[1] + bank.label_height + BELOW
    trunk, middle, last = place.right - LANE, box.centre[0], place.bottom - LANE - BETWEEN / 2
    if abs(x - place.right) < 1:
        corners = [(trunk, lane), (trunk, y), (x, y)]
    else:
        corners = [(x, lane), (x, y)] if last - lane < 1 else [(trunk, lane), (trunk, last), (x, last), (x, y)]
    inner = rounded(turns([(middle, box.bottom), (middle, lane), *corners]))
    place_of_label = Place(middle + LABEL_AIR, box.bottom + LABEL_AIR, *label) if label[0] else None
    return Route((*inner, *line(inner[-1], outer.points[0]), *outer.points[1:]), place_of_label)
