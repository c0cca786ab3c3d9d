"""The place of a box goes in; the points where wires may leave or enter it come out, best first."""

from __future__ import annotations

from dataclasses import dataclass

from netgraph.drawing.placement import Place, Point

LEAVE = 10           # pixels that a wire runs straight when it leaves
ARRIVE = 16          # and before it enters, its arrowhead included
BESIDE = 12          # between wires that enter one side
BLOCK = 300          # pixels of a side; what is longer is no card, and entered ahead only
HIGH = 44            # pixels of a side with room for three


@dataclass(frozen=True)
class Socket:
    """A point on the edge of a box, and the stub: where its wire first may turn."""

    side: str
    end: Point
    stub: Point
    cost: float = 0.0

    @property
    def is_upright(self) -> bool:
        """Whether the wire enters from above or below."""
        return self.end[0] == self.stub[0]


def outlets(place: Place, every_side: bool = False) -> list[Socket]:
    """Where wires leave: at the right; where a box sends several things, or its right is walled up, also above or below.

    >>> [socket.side for socket in outlets(Place(0, 0, 60, 48))], len(outlets(Place(0, 0, 60, 48), every_side=True))
    (['right'], 5)
    """
    x, y = place.centre
    right = Socket("right", (place.right, y), (place.right + LEAVE, y))
    if not every_side or not place.width:
        return [right]
    shifted = [Socket(f"right{dy:+}", (place.right, y + dy), (place.right + LEAVE, y + dy), 10.0)
               for dy in (-BESIDE, BESIDE) if place.height >= HIGH]
    return [right, *shifted, Socket("out above", (x, place.y), (x, place.y - LEAVE)),
            Socket("out below", (x, place.bottom), (x, place.bottom + LEAVE))]


def inlets(place: Place) -> list[Socket]:
    """Where wires enter: at the left, above and below.

    >>> [socket.side for socket in inlets(Place(0, 0, 28, 28))]
    ['left', 'above', 'below']
    """
    x, y = place.centre
    left = Socket("left", (place.x, y), (place.x - ARRIVE, y))
    if not place.width or max(place.width, place.height) > BLOCK:
        return [left]
    shifted = [Socket(f"left{dy:+}", (place.x, y + dy), (place.x - ARRIVE, y + dy), 40.0)
               for dy in (-BESIDE, BESIDE) if place.height >= HIGH]
    return [left, Socket("above", (x, place.y), (x, place.y - ARRIVE), 4.0),
            Socket("below", (x, place.bottom), (x, place.bottom + ARRIVE)), *shifted]
