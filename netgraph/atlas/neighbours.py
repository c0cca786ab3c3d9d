"""A graph and an index come in; a page of its nearest neighbours goes out, each with a bar as long as it is alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import networkx as nx

from netgraph.atlas.symbols import Symbol, symbols
from netgraph.atlas.table_view import Speech, TableView
from netgraph.atlas.thumbnail import thumbnail
from netgraph.drawing.marks import Bar, Mark, Words, ending
from netgraph.drawing.placement import Place
from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.errors import DrawError, shorten
from netgraph.picture import Box, Picture
from netgraph.similarity.library import Index, Match
from netgraph.wording import SEPARATOR

FRAME, INNER = Place(0, 0, 300, 190), Place(10, 10, 280, 170)      # of the picture of the graph that is asked for
ROW = 26.0
RANK, NAMES, BAR, GROUP = 24.0, 200.0, 180.0, 150.0
SIZE = 12.0


def draw_neighbours(graph: nx.DiGraph, index: Index, k: int = 10, *, theme: str = "light") -> TableView:
    """The page of the k graphs of an index that are nearest to a graph: rank, name, likeness and label, beside a picture of the graph.

    Saved as .html it tells the whole name of the row that is pointed at, and all that its metadata says.

    Raises: DrawError for what is no index, or an empty one, and whatever `index.query` refuses.

    >>> import netgraph as ng
    >>> index = ng.Index()
    >>> index.add([ng.zoo.resnet(18), ng.zoo.lenet()], ["resnet18", "lenet"], [{"family": "resnet"}, {"family": "lenet"}])
    >>> [box.title for box in ng.draw_neighbours(ng.zoo.resnet(34), index).picture.boxes]
    ['resnet34', 'resnet18', 'lenet']
    """
    chosen = theme_named(theme)
    if not isinstance(index, Index):
        raise DrawError(f"Neighbours are those of an index, but got {shorten(index)}. "
                        "Make one: index = ng.Index(), index.add(graphs, ids).")
    matches = index.query(graph, k)
    if not matches:
        raise DrawError("The index is empty, so nothing is near. Add graphs to it.")
    name = clean(graph.graph.get("name") or "net")
    found = [Box(f"b{at}", clean(match.id), family=_label(match), form="panel", members=(match.id,))
             for at, match in enumerate(matches, start=1)]
    boxes = (Box("b0", name, form="panel", members=(name,)), *found)
    caption = SEPARATOR.join([f"nearest to {name}: {clean(matches[0].id)}", f"of {len(index):,} graphs"])
    marks = [*thumbnail(graph, INNER, theme), *_marks(matches, index, chosen)]
    return TableView(Picture("neighbours", caption, boxes), marks, chosen, _speech(matches))


def _speech(matches: Sequence[Match]) -> Speech:
    """What a row says: the whole name, the score and the metadata."""
    words = [[SEPARATOR.join([f"{match.score:.4f}", *(clean(f"{name} {value}") for name, value in match.metadata.items())])]
             for match in matches]
    return Speech(Place(FRAME.right + 32, 0, RANK + NAMES + BAR + 62 + GROUP, ROW), [clean(match.id) for match in matches], words)


def _label(match: Match) -> str:
    return clean(match.metadata.get("label", match.metadata.get("family", "")))


def _marks(matches: Sequence[Match], index: Index, theme: Theme) -> Iterator[Mark]:
    yield Bar(FRAME, "none", theme.frame_edge, 4)
    groups = list(dict.fromkeys(filter(None, map(_label, matches))))
    painted = symbols(groups, theme)
    for row, match in enumerate(matches):
        yield from _row(row, match, _share(match, matches, index), painted, theme)


def _share(match: Match, matches: Sequence[Match], index: Index) -> float:
    """How long the bar of a match is: its cosine, or by how much it is nearer than twice the farthest."""
    if index.measure == "cosine":
        return max(match.score, 0.0)
    return 1 - match.score / (2 * matches[-1].score) if matches[-1].score else 1.0


def _row(row: int, match: Match, share: float, painted: Mapping[str, Symbol], theme: Theme) -> Iterator[Mark]:
    x, y = FRAME.right + 32, row * ROW
    line = y + 0.5 * ROW + 0.36 * SIZE
    label = _label(match)
    yield ending(f"{row + 1}", x + RANK - 8, line, SIZE, theme.quiet)
    yield Words(fit(clean(match.id), NAMES - 12, SIZE, "Medium"), x + RANK, line, SIZE, theme.ink, "Medium")
    start = x + RANK + NAMES
    yield Bar(Place(start, y + 6, BAR, ROW - 12), theme.frames[1], radius=3)
    if share > 0:
        yield Bar(Place(start, y + 6, max(BAR * share, 4.0), ROW - 12), painted[label].colour, radius=3)
    yield Words(f"{match.score:.3f}".replace("-", "−"), start + BAR + 10, line, SIZE, theme.ink)
    yield Words(fit(label, GROUP, SIZE), start + BAR + 62, line, SIZE, theme.quiet)
