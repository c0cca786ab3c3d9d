"""Sizes of things come in; their places go out, set from left to right on shelves, one shelf below the other."""

from __future__ import annotations

from collections.abc import Sequence

from netgraph.drawing.layout.strip import Size
from netgraph.drawing.placement import Place

GAP = 28.0
RATIO = 1.5              # width to height that the whole is set for
NARROWEST = 560.0


def shelved(sizes: Sequence[Size], gap: float = GAP) -> list[Place]:
    """A place for each size, the top edges of one shelf level, about as wide as makes a good page.

    >>> [(place.x, place.y) for place in shelved([(400, 100), (300, 80), (200, 50)])]
    [(0.0, 0.0), (0.0, 128.0), (328.0, 128.0)]
    """
    area = sum((width + gap) * (height + gap) for width, height in sizes)
    room = max((RATIO * area) ** 0.5, NARROWEST)
    places: list[Place] = []
    x = y = tallest = 0.0
    for width, height in sizes:
        if x and x + width > room:
            x, y, tallest = 0.0, y + tallest + gap, 0.0
        places.append(Place(x, y, width, height))
        x, tallest = x + width + gap, max(tallest, height)
    return places
