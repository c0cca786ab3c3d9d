"""A picture goes in; the same comes out with what many far boxes hear from, such as a mask, drawn again beside each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from netgraph.drawing.layout.layers import layers_of
from netgraph.picture import Box, Cluster, Picture

FEWEST_READERS = 4   # far from each other that are worth it
FAR = 2              # layers from one reader to the next, if they do not share a twin
REACH = 18           # layers from the first reader to the last, at least
MOST_HUBS = 4        # boxes that are drawn again; where there are more, they are the net itself


def with_twins(picture: Picture) -> Picture:
    """Each box that is heard far and wide keeps its first reader; every other far one has a twin of it, which stands for nothing.

    >>> from netgraph.picture import PictureWire
    >>> boxes = tuple(Box(f"b{n}", f"h{n}", members=(n,)) for n in range(30))
    >>> line = [PictureWire(f"b{n}", f"b{n + 1}") for n in range(1, 29)]
    >>> fan = [PictureWire("b0", f"b{n}", members=((0, n),)) for n in range(5, 30, 6)]
    >>> [box.id for box in with_twins(Picture("", boxes=boxes, wires=(*line, *fan))).boxes if box.twin]
    ['b11t0', 'b17t0', 'b23t0', 'b29t0']
    """
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    layers = layers_of(list(place), [(wire.source, wire.target) for wire in picture.wires])
    hubs = _hubs(picture, layers)
    if not 0 < len(hubs) <= MOST_HUBS:
        return picture
    twins: dict[tuple[str, str], str] = {}       # by hub and reader
    for number, (hub, groups) in enumerate(hubs.items()):
        twins |= {(hub, reader): f"{group[0]}t{number}" for group in groups[1:] for reader in group}
    before: dict[str, list[Box]] = defaultdict(list)
    for (hub, reader), id in twins.items():
        if id.startswith(f"{reader}t"):
            box = picture.boxes[place[hub]]
            before[reader].append(Box(id, box.title, (), box.family, "pill", tip=f"{box.title}, drawn again", twin=hub, look=box.look))
    boxes = tuple(drawn for box in picture.boxes for drawn in (*before[box.id], box))
    wires = tuple(replace(wire, source=twins[wire.source, wire.target], label="" if wire.label_of_source else wire.label)
                  if (wire.source, wire.target) in twins else wire for wire in picture.wires)
    return replace(picture, boxes=boxes, wires=wires, clusters=tuple(_joined(cluster, before) for cluster in picture.clusters))


def _hubs(picture: Picture, layers: Mapping[str, int]) -> dict[str, list[list[str]]]:
    """The boxes that are heard far and wide, each with its readers, those near each other together."""
    readers: dict[str, list[str]] = defaultdict(list)
    for wire in picture.wires:
        if wire.kind != "delay":
            readers[wire.source].append(wire.target)
    found = {}
    for hub, heard in readers.items():
        if len(heard) >= FEWEST_READERS:
            groups = _groups(sorted(dict.fromkeys(heard), key=layers.__getitem__), layers)
            if len(groups) >= FEWEST_READERS and layers[groups[-1][-1]] - layers[groups[0][0]] >= REACH:
                found[hub] = groups
    return found


def _groups(readers: Sequence[str], layers: Mapping[str, int]) -> list[list[str]]:
    groups = [[readers[0]]]
    for before, reader in pairwise(readers):
        if layers[reader] - layers[before] > FAR:
            groups.append([])
        groups[-1].append(reader)
    return groups


def _joined(cluster: Cluster, before: Mapping[str, Sequence[Box]]) -> Cluster:
    boxes = tuple(id for reader in cluster.boxes for id in (*(box.id for box in before.get(reader, ())), reader))
    return replace(cluster, boxes=boxes, clusters=tuple(_joined(inner, before) for inner in cluster.clusters))
