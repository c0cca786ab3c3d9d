"""Frames and the wires that run into them go in; their titles and marks come out, where no wire strikes them if it can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netgraph.drawing.card import SMALL_SIZE, Text
from netgraph.drawing.placement import Frame, Place, Route
from netgraph.drawing.text import clean, fit, width_of

SIDE = 10            # pixels from the side of a frame to its title
BASELINE = 16        # and from its top to the line the title stands on
HEIGHT = 20
AIR = 4              # between a title and a wire
CHIP_SIDE = 6        # between a mark and the ends of its plate
CHIP_GAP = 7         # between a title and the plate
CHIP_HEIGHT = 16
CELL = 64            # pixels of height that are looked at together


Titles = tuple[Text | None, ...]


def frame_titles(frames: Sequence[Frame], routes: Sequence[Route]) -> tuple[Titles, Titles]:
    """The title and the mark of each frame, None where it has none or no room; at the left, or else at the right, or beside a wire.

    >>> frame = Frame("block", Place(0, 0, 200, 80), mark="×6")
    >>> down = Route(((20, -9), (20, -9), (20, 60), (20, 60)))
    >>> [frame_titles([frame], routes)[0][0].x < 20 for routes in ((), (down,))]
    [True, False]
    """
    near: dict[int, list[Place]] = defaultdict(list)
    for piece in (piece for route in routes for piece in _pieces(route)) if frames else ():
        for cell in range(int(piece.y // CELL), int(piece.bottom // CELL) + 1):
            near[cell].append(piece)
    pairs = [_title(frame, near[int(frame.place.y // CELL)] + near[int((frame.place.y + HEIGHT) // CELL)]) for frame in frames]
    return tuple(title for title, _ in pairs), tuple(mark for _, mark in pairs)


def chip_place(mark: Text) -> Place:
    """The rounded plate below the mark of a frame.

    >>> chip_place(Text("×6", 20, 16, 11, "SemiBold", "badge")).height
    16
    """
    return Place(mark.x - CHIP_SIDE, mark.y - 12, mark.width + 2 * CHIP_SIDE, CHIP_HEIGHT)


def _pieces(route: Route) -> Iterator[Place]:
    """The boxes around the curves of a route."""
    for start in range(0, len(route.points) - 1, 3):
        xs, ys = zip(*route.points[start:start + 4], strict=True)
        yield Place(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _title(frame: Frame, pieces: Sequence[Place]) -> tuple[Text | None, Text | None]:
    mark = clean(frame.mark)
    plate = width_of(mark, SMALL_SIZE, "SemiBold") + 2 * CHIP_SIDE if mark else 0.0
    word = fit(clean(frame.title), frame.place.width - 2 * SIDE + 4 - plate - CHIP_GAP * bool(mark), SMALL_SIZE, "Medium")
    if not word and not mark:
        return None, None
    wide = width_of(word, SMALL_SIZE, "Medium")
    along = wide + CHIP_GAP if word and mark else wide
    x = _free(frame.place, along + plate, pieces)
    left = x if x is not None else _free(frame.place, wide, pieces)      # a mark may stand apart where both have no room together
    start = frame.place.x + SIDE if left is None else left
    beside = Place(start, frame.place.y, wide, HEIGHT)
    apart = _free(frame.place, plate, [*pieces, beside], from_right=True) if x is None else None
    y = frame.place.y + BASELINE
    return (Text(word, start, y, SMALL_SIZE, "Medium", "line") if word else None,
            Text(mark, CHIP_SIDE + (start + along if apart is None else apart), y, SMALL_SIZE, "SemiBold", "badge") if mark else None)


def _free(place: Place, width: float, pieces: Sequence[Place], from_right: bool = False) -> float | None:
    """Where something of that width begins on the line of the title so that no wire strikes it; None where there is no such place."""
    first, last = place.x + SIDE, place.right - SIDE - width
    struck = [piece for piece in pieces if piece.overlaps(Place(place.x, place.y + 2, place.width, HEIGHT - 2))]
    ends = [last, first] if from_right else [first, last]
    wanted = [*ends, *(piece.right + AIR + 2 for piece in struck)]
    return next((x for x in wanted if first <= x <= last + 1
                 and not any(piece.overlaps(Place(x - AIR, place.y, width + 2 * AIR, HEIGHT)) for piece in struck)), None)
