"""A box that hears from itself goes in; the loop on its side comes out: its room, its way and the place of its label."""

from __future__ import annotations

from netgraph.drawing.layout.bends import rounded
from netgraph.drawing.layout.strip import Link, Size, Strip
from netgraph.drawing.placement import Place, Route

HEIGHT = 16          # pixels from the box to where the loop turns back
PART = 0.28          # of the side, from its ends to the loop's
AIR = 2


def is_loop(link: Link) -> bool:
    """Whether it ends where it begins."""
    return link.source == link.target


def loop_height(strip: Strip) -> dict[str, float]:
    """By how much each box with a loop is higher than without; wires run to the right."""
    return {link.source: HEIGHT + AIR + link.label[1] for link in strip.links if is_loop(link)}


def loop_route(box: Place, label: Size) -> Route:
    """Out at the top and in again, the label above.

    >>> loop_route(Place(0, 0, 100, 48), (20, 10)).label
    Place(x=40.0, y=-28, width=20, height=10)
    """
    left, right, top = box.x + box.width * PART, box.right - box.width * PART, box.y - HEIGHT
    points = rounded([(right, box.y), (right, top), (left, top), (left, box.y)])
    wide, high = label
    return Route(tuple(points), Place(box.centre[0] - wide / 2, top - high - AIR, wide, high) if wide else None)


def loop_wall(box: Place, label: Size) -> Place:
    """What other wires keep out of."""
    height = HEIGHT + AIR + label[1]
    return Place(box.x, box.y - height, box.width, height)
