"""A difference of two nets goes in; one picture of both comes out: what was added, what was removed, what changed, and the rest in grey."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from netgraph.comparison import Difference
from netgraph.comparison.sentences import change_text
from netgraph.drawing.composition.cards import picture_of
from netgraph.drawing.composition.nesting import nested
from netgraph.drawing.composition.stretches import Piece, shortened
from netgraph.drawing.composition.words import lines, short_name_of
from netgraph.drawing.text import count_text
from netgraph.picture import Box, Picture, PictureWire, WireKind
from netgraph.plan import Layer, Plan
from netgraph.weights import NodeId, PartId
from netgraph.wording import SEPARATOR

SIGNS = {"added": "+", "removed": "−", "changed": "~", "same": ""}       # so that nothing is told by colour alone
LEGEND = {"added": "+ added", "removed": "− removed", "changed": "~ changed", "same": "unchanged"}
MOST_CHANGES = 4     # that a card lists
Ends = tuple[str, str]


def picture_of_difference(difference: Difference, plans: tuple[Plan, Plan], show: Collection[str], is_short: bool) -> Picture:
    """The picture; `is_short` draws a row of layers far from every change as one box."""
    pieces, wires = _Union(difference, plans, show).parts()
    if is_short:
        pieces, wires = shortened(pieces, wires)
    told = {*(piece.mark for piece in pieces), *(wire.kind for wire in wires)}
    marks = [mark for mark in SIGNS if mark in told]
    legend = tuple((mark, LEGEND[mark]) for mark in marks) if "legend" in show and len(marks) > 1 else ()
    old, new = plans
    names = dict.fromkeys(plan.name for plan in plans if plan.name)
    return Picture(" → ".join(names) or "difference", _caption(difference, old, new), tuple(piece.box for piece in pieces), tuple(wires),
                   nested((piece.box.id, [(word, word) for word in piece.group]) for piece in pieces), legend)


def _caption(difference: Difference, old: Plan, new: Plan) -> str:
    counts = [count_text(plan.parameter_count) for plan in (old, new)]
    return SEPARATOR.join((_counts(difference), f"{' → '.join(dict.fromkeys(counts))} parameters"))


def _counts(difference: Difference) -> str:
    """How many layers, or else edges, have which sign: "+3 −1 layers"."""
    own = [key for key, change in difference.changed.items() if change.keys() != {"shape"}]
    edges = sum(isinstance(key, tuple) for key in own)
    for noun, *counts in (("layers", len(difference.added), len(difference.removed), len(own) - edges),
                          ("edges", len(difference.added_edges), len(difference.removed_edges), edges)):
        if any(counts):
            return " ".join(f"{sign}{count}" for sign, count in zip("+−~", counts, strict=True) if count) + f" {noun}"
    return "no difference"


class _Union:
    """The layers and edges of both nets, those that both have once."""

    def __init__(self, difference: Difference, plans: tuple[Plan, Plan], show: Collection[str]) -> None:
        self.difference, self.show = difference, show
        self.old, self.new = plans
        self.old_picture, self.new_picture = (_closed(plan, picture_of(plan, show), show) for plan in plans)
        self.is_gone = set(difference.removed)
        self.is_fresh = set(difference.added)

    def parts(self) -> tuple[list[Piece], list[PictureWire]]:
        """All boxes in an order that suits both nets, and all wires."""
        fresh = {box.members[0]: box.id for box in self.new_picture.boxes}
        gone = {box.members[0]: f"r{box.id}" for box in self.old_picture.boxes}
        pieces = {piece.box.id: piece for piece in (*self._new_pieces(), *self._old_pieces(gone))}
        places = {name: fresh[self.difference.matches[name]] if name in self.difference.matches else id for name, id in gone.items()}
        wires = [*self._new_wires(), *self._old_wires(places)]
        order = _ordered(list(pieces), [(wire.source, wire.target) for wire in wires], self._keys(places, fresh))
        return [pieces[id] for id in order], wires

    def _new_pieces(self) -> Iterator[Piece]:
        for box in self.new_picture.boxes:
            layer = self.new[box.members[0]]
            mark = "added" if layer.id in self.is_fresh else "changed" if self._told(layer.id) else "same"
            yield Piece(_marked(box, layer, mark, self._told(layer.id)), layer.group, mark)

    def _old_pieces(self, ids: Mapping[Hashable, str]) -> Iterator[Piece]:
        for box in self.old_picture.boxes:
            layer = self.old[box.members[0]]
            if layer.id in self.is_gone:
                yield Piece(replace(_marked(box, layer, "removed", ()), id=ids[layer.id]), layer.group, "removed")

    def _told(self, name: Hashable) -> tuple[str, ...]:
        """The changes of a layer that are its own, in words; a shape that follows from another layer's is told on the wire."""
        change = self.difference.changed.get(name, {})
        return tuple(change_text(field, *values) for field, values in change.items()) if change.keys() - {"shape"} else ()

    def _new_wires(self) -> Iterator[PictureWire]:
        added = set(self.difference.added_edges)
        for wire in self.new_picture.wires:
            pair = wire.members[0]
            changes = [change_text(field, *values) for field, values in self.difference.changed.get(pair, {}).items()]
            kind: WireKind = "added" if pair in added else "changed" if changes else "data" if wire.kind == "gain" else wire.kind
            label = SEPARATOR.join((*changes, *filter(None, (self._reshaped(wire),))))
            yield replace(wire, kind=kind, label=label, label_of_source=wire.label_of_source and not changes)

    def _reshaped(self, wire: PictureWire) -> str:
        """The label of a wire, with the shape that was there before."""
        change = self.difference.changed.get(wire.members[0][0], {})
        old = change_text("shape", *change["shape"]).removeprefix("shape ") if "shape" in change else ""
        return old if wire.label and wire.label == old.partition(" → ")[2] else wire.label

    def _old_wires(self, places: Mapping[Hashable, str]) -> Iterator[PictureWire]:
        for source, target in self.difference.removed_edges:
            yield PictureWire(places[source], places[target], kind="removed", members=((source, target),))

    def _keys(self, places: Mapping[Hashable, str], fresh: Mapping[Hashable, str]) -> dict[str, tuple[int, int]]:
        """Where a box stands in the new net; what is gone stands behind the last layer before it that is left."""
        keys = {id: (number, -1) for number, id in enumerate(fresh.values())}
        last = 0
        for number, box in enumerate(self.old_picture.boxes):
            id = places[box.members[0]]
            if id in keys:
                last = keys[id][0]
            else:
                keys[id] = last, number
        return keys


def _closed(plan: Plan, picture: Picture, show: Collection[str]) -> Picture:
    """The picture with each block as the one layer that was declared; what it is made of is left out, its parameters are counted."""
    counts: Counter[NodeId] = Counter()
    for layer in plan:
        counts[_declared(layer.id)] += layer.parameter_count
    boxes = {name: replace(box, badge=count_text(counts[name])) if "parameters" in show and counts[name] else box
             for box in picture.boxes if not isinstance(name := box.members[0], PartId)}
    ids = {box.id: boxes[_declared(box.members[0])].id for box in picture.boxes}
    wires: dict[Ends, PictureWire] = {}
    for wire in picture.wires:
        source, target = ids[wire.source], ids[wire.target]
        pair = (_declared(wire.members[0][0]), _declared(wire.members[0][1]))
        if source != target or pair == wire.members[0]:
            wires.setdefault((source, target), replace(wire, source=source, target=target, members=(pair,)))
    return replace(picture, boxes=tuple(boxes.values()), wires=tuple(wires.values()))


def _declared(name: NodeId) -> NodeId:
    """The node that a part of a block was declared by, or else the node itself."""
    return name[0] if isinstance(name, PartId) else name


def _marked(box: Box, layer: Layer, mark: str, changes: Sequence[str]) -> Box:
    """The box with its sign and its changes; a sum or product that is marked becomes a card, on which the sign can stand."""
    if mark == "same":
        return replace(box, family="same", alike=box.alike and f"{box.alike} same")
    if box.form == "glyph":
        words = lines(layer, False, False) or (layer.op_name,)
        box = Box(box.id, short_name_of(layer), words, box.family, "card", box.badge, box.tip, box.members)
    renamed = [text for text in changes if text.startswith("renamed")]
    shown = [*renamed, *(text for text in changes if text not in renamed)]
    told = (*shown[:MOST_CHANGES], *([f"{len(shown) - MOST_CHANGES} more changes"] if len(shown) > MOST_CHANGES else []))
    said = (*(box.lines if mark != "changed" else box.lines[:1]), *told)
    tip = f"{mark}: {SEPARATOR.join((box.tip, *changes))}"
    return replace(box, title=f"{SIGNS[mark]} {box.title}", lines=said, family=mark, tip=tip, alike=f"{mark} {said!r} {box.alike}")


def _ordered(ids: Sequence[str], links: Sequence[Ends], keys: Mapping[str, tuple[int, int]]) -> list[str]:
    """Sources before targets as far as the two nets agree on that, otherwise by key."""
    targets: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(ids, 0)
    for source, target in links:
        targets[source].append(target)
        waiting[target] += 1
    ready = [(keys[id], id) for id in ids if not waiting[id]]
    left = dict.fromkeys(sorted(ids, key=keys.__getitem__))
    order = []
    heapq.heapify(ready)
    while left:
        id = heapq.heappop(ready)[1] if ready else next(iter(left))       # on a circle of both nets: whatever comes next
        if id not in left:
            continue
        del left[id]
        order.append(id)
        for target in targets[id]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (keys[target], target))
    return order
