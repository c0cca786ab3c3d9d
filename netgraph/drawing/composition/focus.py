"""A picture and the nodes to look at go in; it comes out with all else faded, or cut off with a stub for each wire that is cut."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from dataclasses import replace
from typing import Literal

from netgraph.drawing.composition.stubs import stub
from netgraph.drawing.composition.styles import with_looks
from netgraph.errors import DrawError, shorten, suggestion
from netgraph.picture import Box, Picture
from netgraph.plan import Plan
from netgraph.query import select

Rest = Literal["fade", "cut"]
RESTS = ("fade", "cut")
Focus = str | Collection[Hashable]


def focused(picture: Picture, plan: Plan, focus: Focus, rest: Rest = "fade") -> Picture:
    """The picture with only the nodes in focus in full colour. `focus` is a query or the nodes' ids; the rest fades or is cut off.

    Raises: DrawError when nothing is in focus, or an id is none of this net; GraphError for a query that cannot be read.

    >>> import netgraph as ng
    >>> [box.title for box in ng.draw(ng.chain(3, 4, "tanh", 1), focus="units=4", rest="cut").picture.boxes]
    ['x …', 'dense1', '… dense2']
    """
    ids = _chosen(plan, focus)
    if rest == "cut":
        return _cut(picture, {box.id for box in picture.boxes if ids.intersection(box.members)})
    looks = {node: replace(box.look, faded=True) for box in picture.boxes if ids.isdisjoint(box.members) for node in box.members}
    return with_looks(picture, looks)


def _chosen(plan: Plan, focus: Focus) -> set[Hashable]:
    if isinstance(focus, str):
        found = set(select(plan, focus))
        if not found:
            raise DrawError(f"No layer of this net is found by {shorten(focus)}, so nothing is in focus. "
                            "`netgraph summary` lists the layers; * stands for any text.")
        return found
    if not isinstance(focus, Collection) or not focus:
        raise DrawError(f"focus is {shorten(focus)}, but takes a query or ids of nodes. Write focus='within=block3'.")
    for id in focus:
        if not isinstance(id, Hashable) or id not in plan.layers:
            raise DrawError(f"There is no node {shorten(id)} to focus on. {suggestion(id, map(str, plan.layers))}")
    return set(focus)


def _cut(picture: Picture, kept: set[str]) -> Picture:
    """Only the kept boxes, and a stub for each box that a wire of theirs is cut off from."""
    wires = [wire for wire in picture.wires if wire.source in kept or wire.target in kept]
    before = {wire.source for wire in wires} - kept
    after = {wire.target for wire in wires} - kept
    boxes = tuple(stub for box in picture.boxes for stub in _stubs(box, box.id in kept, box.id in before, box.id in after))
    ends = tuple(replace(wire, source=f"{wire.source}i" if wire.source in before else wire.source,
                         target=f"{wire.target}o" if wire.target in after else wire.target) for wire in wires)
    clusters = tuple(cluster for whole in picture.clusters if (cluster := whole.holding(kept)))
    families = {box.family for box in boxes if box.id in kept}
    legend = tuple(entry for entry in picture.legend if entry[0] in families)
    return replace(picture, boxes=boxes, wires=ends, clusters=clusters, legend=legend if len(legend) > 2 else ())


def _stubs(box: Box, is_kept: bool, is_before: bool, is_after: bool) -> Iterator[Box]:
    if is_kept:
        yield box
    if is_before:
        yield stub(box, f"{box.id}i", f"{box.name} …")
    if is_after:
        yield stub(box, f"{box.id}o", f"… {box.name}")
