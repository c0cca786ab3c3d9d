"""Frames and the wires that run into them go in; their titles come out, each where no wire strikes it if the frame has such a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netgraph.drawing.card import SMALL_SIZE, Text
from netgraph.drawing.placement import Frame, Place, Route
from netgraph.drawing.text import Weight, clean, fit, width_of

SIDE = 10            # pixels from the side of a frame to its title
BASELINE = 16        # and from its top to the line the title stands on
HEIGHT = 20
AIR = 4              # between a title and a wire
CELL = 64            # pixels of height that are looked at together


def frame_titles(frames: Sequence[Frame], routes: Sequence[Route]) -> tuple[Text | None, ...]:
    """The title of each frame, None where it has no room; at the left, or else at the right, or beside a wire.

    >>> frame = Frame("block", Place(0, 0, 200, 80))
    >>> down = Route(((20, -9), (20, -9), (20, 60), (20, 60)))
    >>> [frame_titles([frame], routes)[0].x < 20 for routes in ((), (down,))]
    [True, False]
    """
    near: dict[int, list[Place]] = defaultdict(list)
    for piece in (piece for route in routes for piece in _pieces(route)) if frames else ():
        for cell in range(int(piece.y // CELL), int(piece.bottom // CELL) + 1):
            near[cell].append(piece)
    return tuple(_title(frame, near[int(frame.place.y // CELL)] + near[int((frame.place.y + HEIGHT) // CELL)]) for frame in frames)


def _pieces(route: Route) -> Iterator[Place]:
    """The boxes around the curves of a route."""
    for start in range(0, len(route.points) - 1, 3):
        xs, ys = zip(*route.points[start:start + 4], strict=True)
        yield Place(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _title(frame: Frame, pieces: Sequence[Place]) -> Text | None:
    word = fit(clean(frame.title), frame.place.width - 2 * SIDE + 4, SMALL_SIZE, "SemiBold")
    if not word:
        return None
    weight: Weight = "SemiBold" if frame.repeats > 1 else "Medium"
    width = width_of(word, SMALL_SIZE, weight)
    first, last = frame.place.x + SIDE, frame.place.right - SIDE - width
    struck = [piece for piece in pieces if piece.overlaps(Place(frame.place.x, frame.place.y + 2, frame.place.width, HEIGHT - 2))]
    wanted = [first, last, *(piece.right + AIR + 2 for piece in struck)]
    free = (x for x in wanted if first <= x <= last + 1
            and not any(piece.overlaps(Place(x - AIR, frame.place.y, width + 2 * AIR, HEIGHT)) for piece in struck))
    return Text(word, next(free, first), frame.place.y + BASELINE, SMALL_SIZE, weight, "line")
