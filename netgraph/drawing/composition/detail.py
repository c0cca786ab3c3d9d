"""A plan goes in; its picture comes out in as much detail as is read well: of many layers, repeats once and groups shut."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Literal

from netgraph.drawing.composition.cards import picture_of
from netgraph.drawing.composition.folding import folded
from netgraph.drawing.composition.twins import with_twins
from netgraph.drawing.composition.units import attention_groups, depth_of, weightless_groups
from netgraph.picture import Picture
from netgraph.plan import Plan

MOST_LAYERS = 40     # that are drawn one by one unless something else is asked for
MOST_BOXES = 24      # of a net of more layers, if its groups allow that: so many are read on one page of A4; attentions
                     # of fewer layers stay open

Fold = bool | Literal["auto"]
Depth = int | None | Literal["auto"]
Dress = Callable[[Picture], Picture]


def detailed(plan: Plan, show: Collection[str], fold: Fold = "auto", depth: Depth = "auto",
             dressed: Dress = lambda picture: picture) -> Picture:
    """The picture with groups deeper than `depth` shut and runs of equal pieces folded, or as many as are needed.

    `dressed` gives a picture its looks before anything in it is folded. Where both `fold` and `depth` are left open, groups are shut in
    large nets, and there are no looks to give.

    >>> import netgraph as ng
    >>> len(detailed(ng.infer(ng.zoo.transformer_encoder(48)), ()).boxes)
    10
    """
    return with_twins(_detailed(plan, show, fold, depth, dressed))


def _detailed(plan: Plan, show: Collection[str], fold: Fold, depth: Depth, dressed: Dress) -> Picture:
    if depth != "auto" or fold != "auto" or len(plan) <= MOST_LAYERS:
        shut = attention_groups(plan) if depth == fold == "auto" and len(plan) > MOST_BOXES else ()
        picture = dressed(picture_of(plan, show, None if depth == "auto" else depth, shut))
        return folded(picture) if fold is True or (fold == "auto" and len(picture.boxes) > MOST_LAYERS) else picture
    tried = []
    for picture in _attempts(plan, show):
        if len(picture.boxes) <= MOST_BOXES:
            return picture
        tried.append(picture)
    return tried[0]


def _attempts(plan: Plan, show: Collection[str]) -> Iterator[Picture]:
    """Pictures with less and less in them: equal pieces folded, then those that differ in sizes only, then a depth less."""
    shut = weightless_groups(plan)
    for depth in range(depth_of(plan), -1, -1):
        picture = picture_of(plan, show, depth, shut)
        yield folded(picture)
        yield folded(picture, by_kind=True)
