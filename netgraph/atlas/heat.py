"""Graphs come in; the table of how alike each pair is goes out, those that are alike side by side, with the tree that joins them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

import numpy as np

from netgraph.atlas.clustering import Join, joined, leaves
from netgraph.atlas.subjects import Subjects, read_subjects
from netgraph.atlas.symbols import Symbol, symbols
from netgraph.atlas.table_view import Speech, TableView
from netgraph.drawing.charts.axis import tick_text
from netgraph.drawing.marks import Area, Bar, Cells, Line, Mark, Words, ending
from netgraph.drawing.placement import Place
from netgraph.drawing.text import fit, width_of
from netgraph.drawing.themes.ramp import mixed
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.errors import DrawError
from netgraph.picture import Box, Picture
from netgraph.wording import SEPARATOR

MOST = 600
PAGE = 640.0             # pixels that the table fills if its cells may be so large
LARGEST = 30.0
READABLE = 8.0           # the smallest cell whose row has room for a name
TREE, STRIP, GAP = 90.0, 9.0, 4.0
NAME, SMALL = 11.0, 10.5
LONGEST_NAME = 170.0
LEVELS = 64              # shades, so that cells share them
SCALE, STEPS = 160.0, 40


def draw_similarity(graphs: Any, labels: Iterable[Any] | None = None, *, names: Iterable[Any] | None = None,
                    theme: str = "light") -> TableView:
    """The heat map of how alike all pairs of graphs are, with the tree of average linkage, which also orders the rows.

    `graphs` are graphs, or vectors (n, d), or an `ng.Index`; a cell is the cosine of two vectors. `labels` are shown as a strip of
    colours beside the rows. Saved as .html it tells the names and the cosine of the cell that is pointed at.

    Raises: DrawError for nothing to draw, more than 600 graphs, an unknown theme; DataError for words that are not as many as graphs.

    >>> import netgraph as ng
    >>> view = ng.draw_similarity([ng.zoo.resnet(18), ng.zoo.mlp([4, 8, 2]), ng.zoo.resnet(34)])
    >>> sorted(box.title for box in view.picture.boxes)
    ['mlp', 'resnet18', 'resnet34']
    """
    chosen = theme_named(theme)
    subjects = read_subjects(graphs, labels, names)
    if len(subjects) > MOST:
        raise DrawError(f"There are {len(subjects):,} graphs, and a table shows at most {MOST}. Draw them with ng.draw_map.")
    alike = cosines(subjects.vectors)
    tree = joined(1 - alike)
    order = leaves(tree, len(subjects))
    boxes = tuple(Box(f"g{at}", subjects.names[at], family=subjects.labels[at], form="cell", members=(at,)) for at in order)
    mean = alike[~np.eye(len(alike), dtype=bool)].mean() if len(alike) > 1 else 1.0
    caption = SEPARATOR.join([f"{len(subjects):,} graphs", f"cosine of their vectors, {tick_text(float(f'{mean:.2f}'))} on average",
                              "ordered by average linkage"])
    marks = list(_marks(subjects, alike, tree, order, chosen))
    return TableView(Picture("similarity", caption, boxes), marks, chosen, _speech(subjects, alike, order))


def _speech(subjects: Subjects, alike: np.ndarray, order: Sequence[int]) -> Speech:
    """What a cell says: both names, with their labels, and the cosine."""
    rows = [f"{subjects.names[at]} ({subjects.labels[at]})" if subjects.labels[at] else subjects.names[at] for at in order]
    table = alike[np.ix_(order, order)].round(3).tolist()
    side = cell_side(len(subjects))
    return Speech(Place(0, 0, side, side), rows, [row[:at] for at, row in enumerate(table, start=1)])


def cosines(vectors: np.ndarray) -> np.ndarray:
    """The cosine of each pair, 1 on the diagonal.

    Shapes: (n, d) -> (n, n).

    >>> cosines(np.array([[1.0, 0.0], [0.0, 2.0]]))
    array([[1., 0.],
           [0., 1.]])
    """
    table = vectors.astype(np.float64)
    table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-300)
    alike = np.clip(table @ table.T, -1, 1)
    np.fill_diagonal(alike, 1.0)
    both: np.ndarray = (alike + alike.T) / 2
    return both


def _marks(subjects: Subjects, alike: np.ndarray, tree: Sequence[Join], order: Sequence[int], theme: Theme) -> Iterator[Mark]:
    side = cell_side(len(subjects))
    width = side * len(subjects)
    low = float(np.floor(alike.min() * 10) / 10)
    low = min(low, 0.9)
    table = alike[np.ix_(order, order)]
    levels = np.rint((table - low) / (1 - low) * LEVELS).astype(int)
    shades = [_shade(level / LEVELS, theme) for level in range(LEVELS + 1)]
    yield Cells(Place(0, 0, width, width), tuple(tuple(shades[level] for level in row) for row in levels.tolist()))
    yield Bar(Place(0, 0, width, width), "none", theme.frame_edge)
    painted = symbols(subjects.groups, theme)
    start = -GAP
    if subjects.groups:
        start -= STRIP
        runs = [(label, len(list(rows))) for label, rows in groupby(subjects.labels[at] for at in order)]
        for (label, rows), row in zip(runs, accumulate((rows for _, rows in runs), initial=0), strict=False):
            yield Bar(Place(start, row * side, STRIP, rows * side), painted[label].colour, tip=label)
    yield from _branches(tree, order, side, start - GAP, theme)
    if side >= READABLE:
        size = min(NAME, 0.8 * side)
        for row, at in enumerate(order):
            yield Words(fit(subjects.names[at], LONGEST_NAME, size), width + 7, (row + 0.5) * side + 0.36 * size, size, theme.ink)
    yield from _scale(low, width, theme)
    yield from _legend(subjects, painted, Place(0, 0, width, width + 46), theme)


def cell_side(count: int) -> float:
    """Pixels of a cell: where there is room an even number, so that edges meet pixels at one and a half times the size too.

    >>> cell_side(3), cell_side(50), cell_side(600)
    (30.0, 12.0, 1.0)
    """
    side = int(min(PAGE / count, LARGEST))
    return float(side - side % 2 if side > 2 else side)


def _shade(share: float, theme: Theme) -> str:
    """From the paper through the full colour to the ink, in steps that the eye takes as equal."""
    full = theme.paint("dense").edge
    return mixed(theme.paper, full, share / 0.7) if share < 0.7 else mixed(full, theme.ink, (share - 0.7) / 0.3)


def _branches(tree: Sequence[Join], order: Sequence[int], side: float, right: float, theme: Theme) -> Iterator[Line]:
    """The tree to the left of the rows, joins farther left the farther apart their branches are."""
    count = len(order)
    most = max((join.height for join in tree), default=0.0) or 1.0
    places = {leaf: (right, (row + 0.5) * side) for row, leaf in enumerate(order)}
    for at, join in enumerate(tree):
        (x1, y1), (x2, y2) = places[join.left], places[join.right]
        x = right - TREE * join.height / most
        yield Line(((x1, y1), (x, y1), (x, y2), (x2, y2)), theme.wire, 1.0, tip=f"{join.size} graphs")
        places[count + at] = (x, (y1 + y2) / 2)


def _scale(low: float, width: float, theme: Theme) -> Iterator[Mark]:
    y, step = width + 16, SCALE / STEPS
    for at in range(STEPS):
        left = at * step
        yield Area(((left, y), (left + step + 0.4, y), (left + step + 0.4, y + 10), (left, y + 10)), _shade((at + 0.5) / STEPS, theme))
    yield Words(tick_text(low), 0, y + 24, SMALL, theme.quiet)
    yield ending("1", SCALE, y + 24, SMALL, theme.quiet)


def _legend(subjects: Subjects, painted: Mapping[str, Symbol], body: Place, theme: Theme) -> Iterator[Mark]:
    groups = subjects.groups
    widest = max((width_of(group, SMALL) for group in groups), default=0.0) + 32
    columns = max(1, int(max(body.width, 320.0) // widest))
    for at, group in enumerate(groups):
        x, y = body.x + at % columns * widest, body.bottom + 14 + at // columns * 18
        yield Bar(Place(x, y - 9, 11, 11), painted[group].colour, radius=2)
        yield Words(group, x + 17, y, SMALL, theme.quiet)
