"""The graphs of a map come in; a row of small pictures below it goes out: of all, or of the one in the middle of each group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netgraph.atlas.subjects import Subjects, middle_of
from netgraph.atlas.symbols import Symbol
from netgraph.atlas.thumbnail import thumbnail
from netgraph.drawing.marks import Bar, Mark, Words
from netgraph.drawing.placement import Place
from netgraph.drawing.text import fit
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.errors import DrawError

MOST = 24
WIDE, HIGH, GAP, HEAD = 204.0, 136.0, 14.0, 20.0
SIZE = 10.5


def gallery(subjects: Subjects, places: np.ndarray, painted: Mapping[str, Symbol], body: Place, theme: str) -> Iterator[Mark]:
    """Small pictures of at most 24 graphs.

    Raises: DrawError where vectors came in place of graphs.
    """
    if not subjects.graphs:
        raise DrawError("Thumbnails are pictures of graphs, but only their vectors are there. Give the graphs.")
    chosen = theme_named(theme)
    columns = max(1, int((body.width + GAP) // (WIDE + GAP)))
    for at, member in enumerate(_shown(subjects, places)):
        x, y = body.x + at % columns * (WIDE + GAP), body.bottom + 28 + at // columns * (HIGH + HEAD + GAP)
        yield painted[subjects.labels[member]].at(x + 5, y + 8, 4.5, chosen.paper)
        yield Words(fit(subjects.names[member], WIDE - 16, SIZE), x + 15, y + 12, SIZE, chosen.ink)
        frame = Place(x, y + HEAD, WIDE, HIGH)
        yield Bar(frame, chosen.paper, chosen.frame_edge, 3)
        yield from thumbnail(subjects.graphs[member], Place(frame.x + 5, frame.y + 5, WIDE - 10, HIGH - 10), theme)


def _shown(subjects: Subjects, places: np.ndarray) -> list[int]:
    if len(subjects) <= MOST or not subjects.groups:
        return list(range(min(len(subjects), MOST)))
    return [middle_of(subjects, group, places) for group in subjects.groups[:MOST]]

