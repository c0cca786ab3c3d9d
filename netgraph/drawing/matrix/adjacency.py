"""A graph comes in; the view of its adjacency matrix goes out: layers on the diagonal in running order, a cell for each edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from netgraph.closing import closed
from netgraph.drawing.composition.cards import caption
from netgraph.drawing.composition.families import told_apart
from netgraph.drawing.composition.words import name_of, tip
from netgraph.drawing.marks import Area, Bar, Mark, Words, around_all, ending, moved
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.subject import read_subject
from netgraph.drawing.text import clean, fit, width_of
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.drawing.view import View
from netgraph.errors import DrawError
from netgraph.picture import Box, Picture, PictureWire
from netgraph.plan import Layer, Plan
from netgraph.weights import NodeId

PAGE = 680.0             # pixels that the matrix fills if its cells may be so large
LARGEST, SMALLEST = 20.0, 2.0
READABLE = 8.0           # the smallest cell whose row has room for a name
MOST_LAYERS = 2000
WIDEST_NAME = 150.0
SIZE = 10.5
SWATCH = 12.0
ROLES = {"weight": "a weight", "data": "a plain wire", "gain": "a fixed gain", "delay": "of the step before"}


def draw_matrix(subject: Any, *, theme: str = "light") -> View:
    """The view of a graph as a matrix: the layers stand on the diagonal in running order, a cell in row i and column j is the edge i → j.

    `subject` is a graph, a plan or a compiled net. Cells tell weights from plain wires and gains; frames stand around groups.

    Raises: DrawError for more than 2,000 layers, and whatever `infer` finds wrong with the graph.

    >>> import netgraph as ng
    >>> view = ng.draw_matrix(ng.chain(3, 4, "tanh", 1))
    >>> [wire.members[0] for wire in view.picture.wires]
    [('x', 'dense1'), ('dense1', 'dense2')]
    """
    plan = closed(read_subject(subject)[0])
    if len(plan) > MOST_LAYERS:
        raise DrawError(f"The graph has {len(plan):,} layers, and a matrix shows at most {MOST_LAYERS:,}. Draw it folded with ng.draw(G).")
    chosen = theme_named(theme)
    order = {layer.id: at for at, layer in enumerate(plan)}
    boxes = tuple(Box(f"b{at}", name_of(layer), family=layer.op.family, form="cell", tip=tip(layer), members=(layer.id,))
                  for at, layer in enumerate(plan))
    wires = tuple(PictureWire(f"b{order[source]}", f"b{order[target]}", kind="gain" if role == "gain" else "data",
                              members=((source, target),)) for (source, target), role in _roles(plan).items())
    picture = Picture(clean(plan.name) or "net", caption(plan), boxes, wires)
    return View(picture, _marks(plan, order, chosen), chosen)


def _roles(plan: Plan) -> dict[tuple[NodeId, NodeId], str]:
    """What each edge is: a weight, a plain wire or a gain."""
    roles: dict[tuple[NodeId, NodeId], str] = {}
    for layer in plan:
        for wire in layer.wires:
            role = "delay" if wire.delay else "weight" if wire.weight is not None else "gain" if wire.gain not in (None, 1) else "data"
            roles[wire.source, layer.id] = role
    return roles


def _marks(plan: Plan, order: Mapping[NodeId, int], theme: Theme) -> list[Mark]:
    side = min(max(PAGE / len(plan), SMALLEST), LARGEST)
    marks: list[Mark] = [Bar(Place(0, 0, side * len(plan), side * len(plan)), theme.paper, theme.frame_edge)]
    marks += _frames(plan, side, theme)
    gap = min(1.0, side / 8)
    for at, layer in enumerate(plan):
        marks += _diagonal(at, layer, side, gap, theme)
    for (source, target), role in _roles(plan).items():
        inner = side / 4 if source == target else gap       # a layer's loop stands within its own cell
        tip = f"{name_of(plan[source])} → {name_of(plan[target])}: {ROLES[role]}"
        marks.append(_edge(_cell(order[source], order[target], side, inner), role, theme, tip))
    if side >= READABLE:
        marks += _names(plan, side, theme)
    body = around_all(mark.place for mark in marks)
    return [*marks, *_legend(plan, body, theme)]


def _cell(row: int, column: int, side: float, gap: float) -> Place:
    return Place(column * side + gap, row * side + gap, side - 2 * gap, side - 2 * gap)


def _edge(place: Place, role: str, theme: Theme, tip: str = "") -> Bar | Area:
    """An edge's mark, told by its form as well as by its colour: full, small, hollow or a diamond."""
    (x, y), side = place.centre, place.width
    if role == "delay":
        corners = (x, y - side / 2), (x + side / 2, y), (x, y + side / 2), (x - side / 2, y)
        return Area(corners, theme.paint("recurrent").edge, tip=tip)
    if role == "gain":
        line = side / 6
        return Bar(_around((x, y), side - line), theme.paper, theme.gain, min(2, side / 6), line, tip)
    if role == "data":
        return Bar(_around((x, y), 0.55 * side), theme.wire, radius=min(2, side / 6), tip=tip)
    return Bar(place, theme.ink, radius=min(2, side / 6), tip=tip)


def _around(centre: Point, side: float) -> Place:
    return Place(centre[0] - side / 2, centre[1] - side / 2, side, side)


def _diagonal(at: int, layer: Layer, side: float, gap: float, theme: Theme) -> Iterator[Mark]:
    """The layer's own cell."""
    paint = theme.paint(layer.op.family)
    yield Bar(_cell(at, at, side, gap), paint.fill if side > READABLE else paint.edge, paint.edge if side > READABLE else "none",
              min(2, side / 6), tip=tip(layer))


def _names(plan: Plan, side: float, theme: Theme) -> Iterator[Words]:
    """Each name to the left of its layer's cell, where no edge can be; of a net with loops to the left of the matrix."""
    size = min(SIZE, side * 0.72)
    for at, layer in enumerate(plan):
        end = 0.0 if plan.is_recurrent else at * side
        words = ending(fit(name_of(layer) or "·", WIDEST_NAME, size), end - 5, (at + 0.5) * side + 0.36 * size, size, theme.ink)
        yield replace(words, halo=theme.frames[0])


def _frames(plan: Plan, side: float, theme: Theme) -> Iterator[Bar]:
    """A square around each run of layers of one group, outer ones first."""
    runs: dict[tuple[str, ...], list[list[int]]] = {}
    for at, layer in enumerate(plan):
        for depth in range(1, len(layer.group) + 1):
            spans = runs.setdefault(layer.group[:depth], [])
            if spans and spans[-1][1] == at:
                spans[-1][1] = at + 1
            else:
                spans.append([at, at + 1])
    for group, spans in sorted(runs.items(), key=lambda item: len(item[0])):
        for first, end in spans:
            yield Bar(Place(first * side, first * side, (end - first) * side, (end - first) * side),
                      theme.frames[(len(group) - 1) % 2], theme.frame_edge, tip=clean("/".join(group)))


def _legend(plan: Plan, body: Place, theme: Theme) -> Iterator[Mark]:
    """What the cells are, then the families on the diagonal, wrapped to the width of the matrix."""
    roles = set(_roles(plan).values())
    swatch = Place(0, 0, SWATCH, SWATCH)
    items: list[tuple[str, Bar | Area]] = [(ROLES[role], _edge(swatch, role, theme)) for role in ROLES if role in roles]
    families = told_apart((layer.op.family for layer in plan), theme)
    items += [(word, Bar(swatch, paint.fill, paint.edge, 3)) for word, paint in families]
    x, y = body.x, body.bottom + 20
    for word, mark in items:
        width = width_of(word, SIZE) + SWATCH + 6
        if x > body.x and x + width > max(body.right, body.x + 320):
            x, y = body.x, y + 20
        yield moved(mark, x, y)
        yield Words(word, x + SWATCH + 6, y + 10, SIZE, theme.quiet)
        x += width + 18
