"""A net comes in; the view of its weights goes out: a heat map of each array, one colour for each sign."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.drawing.composition.cards import caption
from netgraph.drawing.layout.shelves import shelved
from netgraph.drawing.layout.strip import Size
from netgraph.drawing.marks import Area, Bar, Cells, Mark, Words, around_all, centred, ending
from netgraph.drawing.placement import Place
from netgraph.drawing.subject import known_arrays, read_subject
from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.ramp import Ramp, largest
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.drawing.view import View
from netgraph.picture import Box, Picture
from netgraph.shape import shape_text
from netgraph.wording import SEPARATOR

LARGEST_MAP = 240.0      # pixels of a map's longer side
SMALLEST_CELL, LARGEST_CELL = 2.0, 16.0
MOST_CELLS = 120         # of a map's longer side
NAME, SMALL = 11.5, 10.0
HEAD, FOOT = 30.0, 18.0
BELOW = 6.0              # between a table and the vector below it
NARROWEST = 172.0
LOWEST_ROW = 8.0
LEVELS = 32              # shades of each sign
SCALE, STEPS = 168.0, 42


def draw_weights(subject: Any, *, names: Collection[str] | None = None, theme: str = "light") -> View:
    """The view of a net's arrays as heat maps: rows are a layer's outputs, columns its inputs, each map on its own scale about 0.

    `subject` is a compiled net, or a graph that carries weights; `names` chooses among the parameters. Kernels of a convolution stand
    side by side, a row for each output channel. Of arrays with more than 120 rows or columns each cell shows the strongest of several.

    Raises: DrawError where no weight is known, for an unknown name, and for more than 80 arrays.

    >>> import netgraph as ng
    >>> view = ng.draw_weights(ng.compile(ng.chain(3, 4, "tanh", 1)))
    >>> [(box.title, box.lines[0]) for box in view.picture.boxes][0]
    ('dense1.weight', '4 × 3')
    """
    plan, arrays = read_subject(subject)
    chosen = theme_named(theme)
    shown = known_arrays(arrays, names, "draw_weights")
    boxes = tuple(Box(f"m{at}", clean(name), (shape_text(shown[name].shape),), form="panel", members=(name,))
                  for at, name in enumerate(shown))
    picture = Picture(clean(plan.name) or "net", caption(plan), boxes)
    return View(picture, list(_marks([_map(name, array) for name, array in shown.items()], chosen)), chosen)


def laid_out(array: np.ndarray) -> np.ndarray:
    """An array of any rank as a table: a vector as one row, kernels side by side.

    >>> laid_out(np.zeros(5)).shape, laid_out(np.zeros((6, 3, 5, 5))).shape
    ((1, 5), (30, 15))
    """
    if array.ndim < 2:
        return np.reshape(array, (1, -1))
    if array.ndim == 4:
        out, channels, high, wide = array.shape
        return array.transpose(0, 2, 1, 3).reshape(out * high, channels * wide)
    return np.reshape(array, (len(array), -1))


def strongest(table: np.ndarray, most: int) -> np.ndarray:
    """The table with at most `most` rows and columns: each cell the number of its block that is farthest from 0, or NaN if there is one.

    >>> strongest(np.array([[1, -3, 0, 2.0]]), 2)
    array([[-3., 2.]])
    """
    for axis in (0, 1):
        count = table.shape[axis]
        if count > most:
            starts = np.arange(most) * count // most
            low, high = np.minimum.reduceat(table, starts, axis), np.maximum.reduceat(table, starts, axis)
            table = np.where(-low > high, low, high)
    return table


@dataclass(frozen=True)
class _Map:
    """A heat map before it has its place: its table, thinned to what is shown, and the size of its cells."""

    name: str
    array: np.ndarray
    table: np.ndarray
    shown: np.ndarray

    @property
    def cell(self) -> Size:
        """Width and height in pixels; a vector's cells are high enough to be seen."""
        side = min(max(LARGEST_MAP / max(self.shown.shape), SMALLEST_CELL), LARGEST_CELL)
        return side, max(side, LOWEST_ROW) if len(self.shown) == 1 else side

    @property
    def size(self) -> Size:
        """Width and height in pixels, with the lines above and below."""
        (rows, columns), (wide, high) = self.shown.shape, self.cell
        return max(wide * columns, NARROWEST), high * rows + HEAD + FOOT


def _map(name: str, array: np.ndarray) -> _Map:
    table = laid_out(array)
    return _Map(name, array, table, strongest(table, MOST_CELLS))


def _marks(maps: Sequence[_Map], theme: Theme) -> Iterator[Mark]:
    """All maps, each vector below the table before it."""
    columns: list[list[_Map]] = []
    for one in maps:
        if columns and one.array.ndim < 2:
            columns[-1].append(one)
        else:
            columns.append([one])
    places = shelved([(max(one.size[0] for one in column), sum(one.size[1] + BELOW for one in column)) for column in columns])
    for column, place in zip(columns, places, strict=True):
        y = place.y
        for one in column:
            yield from _painted(one, place.x, y, theme)
            y += one.size[1] + BELOW
    body = around_all(places)
    yield from _scale(Ramp(theme, 1.0), body.x, body.bottom + 24)


def _painted(one: _Map, x: float, y: float, theme: Theme) -> Iterator[Mark]:
    most = largest([one.array])
    ramp = Ramp(theme, most)
    (rows, columns), (wide, high) = one.shown.shape, one.cell
    grid = Place(x, y + HEAD, wide * columns, high * rows)
    yield Words(fit(clean(one.name), one.size[0], NAME, "SemiBold"), x, y + 10, NAME, theme.ink, "SemiBold")
    yield Words(fit(_size_text(one), one.size[0], SMALL), x, y + 23, SMALL, theme.quiet)
    yield Bar(grid, theme.frames[0], theme.frame_edge)
    yield Cells(grid, _colours(one.shown, ramp), one.name)
    yield Words(f"±{most:.2g}", x, grid.bottom + 13, SMALL, theme.quiet)


def _colours(table: np.ndarray, ramp: Ramp) -> tuple[tuple[str, ...], ...]:
    """A shade for each number, of a few, so that cells share them; a colour of its own for what is not finite."""
    shades = [*(ramp.shade(level / LEVELS * ramp.most) for level in range(-LEVELS, LEVELS + 1)), ramp.theme.gain]
    is_finite = np.isfinite(table)
    levels = np.rint(np.where(is_finite, table, 0.0) / (ramp.most or 1.0) * LEVELS).astype(int) + LEVELS
    levels[~is_finite] = len(shades) - 1
    return tuple(tuple(shades[level] for level in row) for row in levels.tolist())


def _size_text(one: _Map) -> str:
    lost = int((~np.isfinite(one.array)).sum())
    size = shape_text(one.array.shape) + f"{SEPARATOR}{lost:,} not finite" * bool(lost)
    if one.table.shape == one.shown.shape:
        return size
    rows, columns = (-(-full // part) for full, part in zip(one.table.shape, one.shown.shape, strict=True))
    return f"{size}{SEPARATOR}strongest of {rows} × {columns}"


def _scale(ramp: Ramp, x: float, y: float) -> Iterator[Mark]:
    step = SCALE / STEPS
    for at in range(STEPS):
        left = x + at * step
        colour = ramp.shade(2 * (at + 0.5) / STEPS - 1)
        yield Area(((left, y), (left + step + 0.4, y), (left + step + 0.4, y + 10), (left, y + 10)), colour)
    quiet = ramp.theme.quiet
    yield Words("−", x, y + 24, SMALL, quiet)
    yield centred("0", x + SCALE / 2, y + 24, SMALL, quiet)
    yield ending("+", x + SCALE, y + 24, SMALL, quiet)
    yield Words("each map as far as its largest number, which stands below it", x + SCALE + 18, y + 9, SMALL, quiet)
