"""Graphs come in, with labels; a map goes out: a point for each, near those that are like it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from netgraph.atlas.gallery import gallery
from netgraph.atlas.labelling import free_places
from netgraph.atlas.map_view import MapView, Spot
from netgraph.atlas.projection import Projection, projected
from netgraph.atlas.subjects import Subjects, middle_of, read_subjects
from netgraph.atlas.symbols import Symbol, symbols
from netgraph.drawing.marks import ASCENT, Bar, Line, Mark, Words, around_all
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.text import fit, width_of
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.picture import Box, Picture
from netgraph.wording import SEPARATOR

WIDTH = 860.0
LOWEST, HIGHEST = 430.0, 620.0       # pixels that the map is high
PAD = 26.0
MOST_NAMED = 40          # points that are named one by one; of more, the groups are named
RADII = ((60, 5.5), (250, 4.5), (1000, 3.4), (4000, 2.4), (10**9, 1.5))
NAME, SMALL = 11.0, 10.5
LONGEST_NAME = 170.0
LEADER = 22.0            # a word farther from its point than this is led there by a line
MOST_IN_LEGEND = 60


def draw_map(graphs: Any, labels: Iterable[Any] | None = None, *, names: Iterable[Any] | None = None, method: Projection = "pca",
             thumbnails: bool = False, theme: str = "light") -> MapView:
    """The map of many graphs: a point for each, coloured by its label, near those that are like it.

    `graphs` are graphs, or vectors (n, d), or an `ng.Index`. Up to 40 points are named one by one, in a larger map their groups are.
    `method` is "pca", or "umap" where umap-learn is installed. `thumbnails` sets small pictures of the nets below the map: of all,
    or of the one in the middle of each group. Saved as .html it tells the name of the point that is pointed at.

    Raises: DrawError for nothing to draw, an unknown method or theme; DataError for words that are not as many as graphs.

    >>> import netgraph as ng
    >>> view = ng.draw_map([ng.zoo.lenet(), ng.zoo.alexnet(), ng.zoo.mlp([4, 8, 2])], ["conv", "conv", "dense"])
    >>> [box.title for box in view.picture.boxes], list(view.WRITERS)
    (['lenet5', 'alexnet', 'mlp'], ['.png', '.svg', '.pdf', '.html'])
    """
    chosen = theme_named(theme)
    subjects = read_subjects(graphs, labels, names)
    points, how = projected(subjects.vectors.astype(np.float64), method)
    frame, places = _set(points)
    painted = symbols(subjects.groups, chosen)
    radius = next(radius for most, radius in RADII if len(subjects) <= most)
    marks: list[Mark] = [Bar(frame, chosen.frames[0], chosen.frame_edge, 4)]
    marks += _points(subjects, places, painted, radius, chosen)
    marks += _named(subjects, places, frame, chosen) if len(subjects) <= MOST_NAMED else _grouped(subjects, places, frame, painted, chosen)
    marks += _legend(subjects, painted, around_all(mark.place for mark in marks), chosen)
    if thumbnails:
        marks += gallery(subjects, places, painted, around_all(mark.place for mark in marks), theme)
    boxes = tuple(Box(f"p{at}", name, family=label, form="unit", members=(at,))
                  for at, (name, label) in enumerate(zip(subjects.names, subjects.labels, strict=True)))
    spots = [Spot(x, y, name, label) for (x, y), name, label in zip(places.tolist(), subjects.names, subjects.labels, strict=True)]
    return MapView(Picture("map", _caption(subjects, how), boxes), marks, chosen, spots)


def _set(points: np.ndarray) -> tuple[Place, np.ndarray]:
    """The frame of the map, and the points in its pixels, both directions on one scale."""
    low, high = points.min(axis=0), points.max(axis=0)
    wide, tall = np.maximum(high - low, 1e-12)
    height = float(np.clip(WIDTH * tall / wide, LOWEST, HIGHEST))
    scale = min((WIDTH - 2 * PAD) / wide, (height - 2 * PAD) / tall)
    middle = np.array([WIDTH / 2, height / 2])
    if (high - low).max() <= 1e-12:
        return Place(0, 0, WIDTH, height), np.tile(middle, (len(points), 1))
    return Place(0, 0, WIDTH, height), middle + (points - (low + high) / 2) * scale * np.array([1.0, -1.0])


def _points(subjects: Subjects, places: np.ndarray, painted: Mapping[str, Symbol], radius: float, theme: Theme) -> Iterator[Mark]:
    """All points; those of large groups first, so that rare ones are seen."""
    rank = {group: at for at, group in enumerate(subjects.groups)} | {"": -1}
    for at in sorted(range(len(subjects)), key=lambda at: rank[subjects.labels[at]]):
        name, label = subjects.names[at], subjects.labels[at]
        x, y = places[at].tolist()
        yield painted[label].at(x, y, radius, theme.paper, SEPARATOR.join(filter(None, (name, label))))


def _named(subjects: Subjects, places: np.ndarray, frame: Place, theme: Theme) -> Iterator[Mark]:
    """The name of each point that has room for it."""
    words = [(fit(name, LONGEST_NAME, NAME), (x, y)) for name, (x, y) in zip(subjects.names, places.tolist(), strict=True)]
    found = free_places(words, places, frame, NAME)
    yield from _leaders(words, found, theme)
    for (text, _), place in zip(words, found, strict=True):
        if place is not None:
            yield Words(text, place.x, place.y + ASCENT * NAME, NAME, theme.ink, halo=theme.frames[0])


def _grouped(subjects: Subjects, places: np.ndarray, frame: Place, painted: Mapping[str, Symbol], theme: Theme) -> Iterator[Mark]:
    """The name of each group that has room for it, beside the point in its middle."""
    groups = [(group, tuple(places[middle_of(subjects, group, places)].tolist())) for group in subjects.groups]
    words = [(fit(group, LONGEST_NAME, NAME, "SemiBold"), (point[0], point[1])) for group, point in groups]
    found = free_places(words, places, frame, NAME, "SemiBold")
    yield from _leaders(words, found, theme)
    for (text, _), (group, _), place in zip(words, groups, found, strict=True):
        if place is not None:
            yield Words(text, place.x, place.y + ASCENT * NAME, NAME, painted[group].colour, "SemiBold", halo=theme.frames[0])


def _leaders(words: Iterable[tuple[str, Point]], found: Iterable[Place | None], theme: Theme) -> Iterator[Line]:
    """A line to each word that stands far from its point, below all words."""
    for (_, (x, y)), place in zip(words, found, strict=True):
        if place is None:
            continue
        near = min(max(x, place.x), place.right), min(max(y, place.y), place.bottom)
        if np.hypot(near[0] - x, near[1] - y) > LEADER:
            yield Line(((x, y), near), theme.wire, 0.7)


def _legend(subjects: Subjects, painted: Mapping[str, Symbol], body: Place, theme: Theme) -> Iterator[Mark]:
    """Each group with its symbol and how many it has, wrapped to the width of the map."""
    counts = {group: subjects.labels.count(group) for group in subjects.groups}
    shown = list(counts)[:MOST_IN_LEGEND]
    items = [(painted[group], f"{group} {counts[group]:,}") for group in shown]
    if len(counts) > len(shown):
        items.append((painted[""], f"and {len(counts) - len(shown):,} more"))
    widest = max((width_of(text, SMALL) for _, text in items), default=0.0) + 30
    columns = max(1, int(body.width // widest))
    for at, (symbol, text) in enumerate(items):
        x, y = body.x + at % columns * widest, body.bottom + 26 + at // columns * 18
        yield symbol.at(x + 5, y - 0.33 * SMALL, 4.5, theme.paper)
        yield Words(fit(text, body.width - 20, SMALL), x + 15, y, SMALL, theme.quiet)


def _caption(subjects: Subjects, how: str) -> str:
    count = len(subjects)
    groups = len(subjects.groups)
    return SEPARATOR.join([f"{count:,} graph{'s' * (count != 1)}", *([f"{groups:,} label{'s' * (groups != 1)}"] if groups else []), how])
