"""A ramp and what else needs a word come in; the marks of the legend go out."""

from __future__ import annotations

from collections.abc import Iterator

from netgraph.drawing.marks import Area, Bar, Disc, Mark, Words, centred, ending
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.themes.ramp import Ramp

SIZE = 10.5
SCALE = 168.0            # pixels from the most negative to the most positive weight
STEPS = 42
LEAST, MOST = 1.2, 9.0   # pixels of the scale's height
GAP = 26


def legend(ramp: Ramp, start: Point, has_biases: bool, has_frames: bool) -> Iterator[Mark]:
    """From the left: the scale of weights if any are known, the sign of a bias, the frame of units computed together."""
    x, y = start
    quiet = ramp.theme.quiet
    if ramp.most:
        yield from scale(ramp, x, y)
        x += SCALE + GAP + 14
    if has_biases:
        yield Disc(x + 8, y, 8, ramp.theme.paper, quiet, 1.0)
        yield centred("+1", x + 8, y + 0.364 * 8, 8, quiet, "Medium")
        words = Words("bias", x + 22, y + 4, SIZE, quiet)
        yield words
        x = words.place.right + GAP
    if has_frames:
        yield Bar(Place(x, y - 8, 22, 16), ramp.theme.frames[0], ramp.theme.frame_edge, 8)
        yield Words("computed together", x + 28, y + 4, SIZE, quiet)


def scale(ramp: Ramp, x: float, y: float) -> Iterator[Mark]:
    """The weights from the most negative to the most positive, as wide and as deep as their lines; the numbers stand below."""
    step = SCALE / STEPS
    for at in range(STEPS):
        value = ramp.most * (2 * (at + 0.5) / STEPS - 1)
        if ramp.dashes(value) and at % 3 == 0:
            continue
        half = (LEAST + (MOST - LEAST) * ramp.strength(value)) / 2
        left = x + at * step
        # Each slice reaches a little into the next, so that no seam shows.
        yield Area(((left, y - half), (left + step + 0.4, y - half), (left + step + 0.4, y + half), (left, y + half)),
                   ramp.colour(value, 0.22))
    quiet = ramp.theme.quiet
    number = f"{ramp.most:.2g}"
    yield Words(f"−{number}", x, y + 19, SIZE - 1, quiet)
    yield centred("weight", x + SCALE / 2, y + 19, SIZE - 1, quiet)
    yield ending(f"+{number}", x + SCALE, y + 19, SIZE - 1, quiet)
