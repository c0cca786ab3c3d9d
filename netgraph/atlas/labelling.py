"""Places on a map and the words that belong to them come in; where each word is written goes out, so that no two collide."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, pi, sin

import numpy as np

from netgraph.drawing.marks import ASCENT, DESCENT
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.text import Weight, width_of

ANGLES = tuple(step * pi / 6 for step in (0, 6, 3, 9, 1, 5, 7, 11, 2, 4, 8, 10))      # right, left, below, above, between
RINGS = (8.0, 16.0, 28.0, 44.0)
AIR = 2.0
COVERED = 6.0            # a point that a word covers weighs as much as so many pixels of distance


def free_places(words: Iterable[tuple[str, Point]], points: np.ndarray, frame: Place, size: float,
                weight: Weight = "Regular") -> list[Place | None]:
    """A place within the frame for each word, near its own point, over few others and no other word; None where there is none.

    Words that come first choose first. Shapes: points (n, 2), all that are painted.

    >>> places = free_places([("a", (50, 50)), ("b", (50, 50))], np.array([[50, 50.0]]), Place(0, 0, 100, 100), 10)
    >>> places[0].overlaps(places[1])
    False
    """
    taken: list[Place] = []
    found: list[Place | None] = []
    for word, point in words:
        wide, high = width_of(word, size, weight), (ASCENT + DESCENT) * size
        options = [(_covered(place, points) * COVERED + ring, at, place)
                   for at, (ring, place) in enumerate(_around(point, wide, high)) if _fits(place, frame, taken)]
        best = min(options, default=None, key=lambda option: option[:2])
        found.append(best[2] if best else None)
        taken += [best[2]] if best else []
    return found


def _around(point: Point, wide: float, high: float) -> Iterable[tuple[float, Place]]:
    """Places round a point, nearer ones first; a word to the left ends there, one to the right begins there."""
    x, y = point
    for ring in RINGS:
        for angle in ANGLES:
            across, down = cos(angle), sin(angle)
            yield ring, Place(x + across * ring + (across - 1) / 2 * wide, y + down * ring + (down - 1) / 2 * high, wide, high)


def _fits(place: Place, frame: Place, taken: Iterable[Place]) -> bool:
    is_within = (frame.x + AIR <= place.x and place.right <= frame.right - AIR
                 and frame.y + AIR <= place.y and place.bottom <= frame.bottom - AIR)
    return is_within and not any(place.overlaps(other, AIR) for other in taken)


def _covered(place: Place, points: np.ndarray) -> int:
    x, y = points.T
    return int(np.count_nonzero((x > place.x - AIR) & (x < place.right + AIR) & (y > place.y - AIR) & (y < place.bottom + AIR)))
