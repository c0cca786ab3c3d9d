"""A strip is the part of a picture that stands on one row: measured items, links between them, frames around them. Data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netgraph.drawing.layers import RANK_GAP
from netgraph.picture import Cluster, Picture

Size = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """A picture with the size of each card by box id, and of each wire's label in order (0 × 0 without one).

    `margins` is what the sheet adds to the width and height of a layout, `narrowest` the least width it makes of one.
    """

    picture: Picture
    sizes: Mapping[str, Size]
    labels: Sequence[Size]
    margins: Size = (0, 0)
    narrowest: float = 0


@dataclass(frozen=True)
class Item:
    """A box, or a port (of no size) where wires come in from the row before or leave for the next."""

    id: str
    width: float = 0
    height: float = 0
    port: str = ""      # "in", "out", or "" for a box


@dataclass(frozen=True)
class Link:
    """A piece of a wire within one row, with the size that its label needs (0 × 0 without one), and whether it is the source's.

    Links of one source and one `stream` carry the same thing, and may run as one line that branches.
    """

    source: str
    target: str
    label: Size = (0, 0)
    label_of_source: bool = False
    stream: str = ""


@dataclass(frozen=True)
class Strip:
    """What one row holds. Wires run from left to right unless `is_down`; routes of its layout come in the order of `links`.

    `gap` is the pixels between one layer and the next; boxes of one layer stand apart in proportion.
    """

    items: tuple[Item, ...]
    links: tuple[Link, ...]
    clusters: tuple[Cluster, ...] = ()
    is_down: bool = False
    gap: int = RANK_GAP

    @property
    def is_chain(self) -> bool:
        """Whether every item has at most one link in and one out, in order, with no frame around any."""
        places = {item.id: place for place, item in enumerate(self.items)}
        return (not self.clusters and len(self.links) == len(self.items) - 1
                and all(places[link.source] == place and places[link.target] == place + 1 for place, link in enumerate(self.links)))
