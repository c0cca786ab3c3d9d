"""A graph and a small place come in; marks that show the graph in it go out: its drawing, or the row of its ops as a band of colours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import networkx as nx

from netgraph.drawing.drawing import draw
from netgraph.drawing.marks import Cells, Inset, Mark, centred
from netgraph.drawing.placement import Place
from netgraph.drawing.text import count_text
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.errors import DrawWarning, NetgraphError
from netgraph.inference import infer
from netgraph.ops import OPS
from netgraph.similarity.traced import traced_name

MOST_CELLS = 75
BAND = 44.0
LARGEST = 0.8            # of the size of a whole drawing
SIZE = 9.5
FAMILIES = (("conv", "conv"), ("linear", "dense"), ("matmul", "attention"), ("attention", "attention"), ("softmax", "attention"),
            ("norm", "norm"), ("pool", "pool"), ("mean", "reduce"), ("sum", "reduce"), ("embedding", "embedding"), ("add", "merge"),
            ("mul", "gate"), ("concat", "merge"), ("input", "input"), ("output", "input"))


def thumbnail(graph: Any, place: Place, theme: str) -> Iterator[Mark]:
    """The graph, small: of a net that netgraph can run its drawing, of any other a band with a stripe for each op, in running order."""
    try:
        plan = infer(graph)
    except NetgraphError:
        yield from _band(graph, place, theme_named(theme))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrawWarning)        # that its print is small is what a thumbnail is
        drawing = draw(plan, theme=theme, show=())
        content = drawing.svg()
    shown = drawing.sheet.layout.bounds        # without the heading, which could not be read
    scale = min(place.width / shown.width, place.height / shown.height, LARGEST)
    wide, high = shown.width * scale, shown.height * scale
    yield Inset(Place(place.x + (place.width - wide) / 2, place.y + (place.height - high) / 2, wide, high), content, shown)


def _band(graph: nx.DiGraph, place: Place, theme: Theme) -> Iterator[Mark]:
    order = list(nx.topological_sort(graph)) if nx.is_directed_acyclic_graph(graph) else list(graph)
    families = [family_of(str(graph.nodes[node].get("op", ""))) for node in order]
    colours = tuple(theme.paint(family).edge for family in _thinned(families))
    middle = place.centre[1]
    yield Cells(Place(place.x, middle - BAND / 2 - 8, place.width, BAND), (colours,))
    yield centred(f"{count_text(len(graph))} operations", place.centre[0], middle + BAND / 2 + 8, SIZE, theme.quiet)


def family_of(op: str) -> str:
    """The family of ops that lends its colour to any op, known to netgraph or only alike in name.

    >>> family_of("conv2d_1x1"), family_of("relu"), family_of("batch_norm"), family_of("warp")
    ('conv', 'activation', 'norm', 'arrange')
    """
    for word, kind in OPS.items():
        if traced_name(word) == op:
            return kind.family
    return next((family for part, family in FAMILIES if part in op), "arrange")


def _thinned(families: Sequence[str]) -> list[str]:
    if len(families) <= MOST_CELLS:
        return list(families)
    return [families[at * len(families) // MOST_CELLS] for at in range(MOST_CELLS)]
