"""A graph or net of dense layers comes in; the view of its units and weights goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.drawing.cards import caption
from netgraph.drawing.neurons.columns import Stack, stacks_of
from netgraph.drawing.neurons.links import Link, Unit, links_of, require_units
from netgraph.drawing.neurons.painting import paint_neurons
from netgraph.drawing.neurons.wrapping import wrapped
from netgraph.drawing.ramp import Ramp, largest
from netgraph.drawing.subject import read_subject
from netgraph.drawing.text import clean
from netgraph.drawing.theme import theme as theme_named
from netgraph.drawing.view import View
from netgraph.drawing.words import name_of
from netgraph.errors import DrawError
from netgraph.fields import whole_number
from netgraph.picture import Box, Picture, PictureWire
from netgraph.plan import Plan
from netgraph.weights import NodeId

MOST_LINES = 20_000


def draw_neurons(subject: Any, *, most: int = 12, weights: bool = True, theme: str = "light") -> View:
    """The view of a net unit by unit: a circle for each, a line for each weight, coloured by its sign and wide by its size.

    `subject` is a graph or plan, or a compiled net, whose weights are all known; lines of unknown weights are neutral, weights that
    are 0 have none. Of a layer of more than `most` units the first and last are drawn. `weights=False` leaves all lines neutral.
    A deep net is drawn in rows, each of which begins with the column that ended the one before.
    Layers without weights have lines where an output depends on an input; those that look at all units at once stand in a frame.

    Raises: DrawError for nets with layers that are not made of single units, such as convolutions, and for too many lines.

    >>> import netgraph as ng
    >>> view = ng.draw_neurons(ng.compile(ng.chain(3, 4, "tanh", 1)))
    >>> len(view.picture.boxes), len(view.picture.wires)       # 3 + 4 + 1 units and 2 biases; 12 + 4 weights and 4 + 1 lines of biases
    (10, 21)
    """
    most = whole_number("most", most, 2)
    plan, arrays = read_subject(subject)
    require_units(plan)
    chosen = theme_named(theme)
    stacks = stacks_of(plan, most)
    links = _links(plan, arrays, stacks, most)
    if not weights:     # a weight that is 0 has no line all the same
        links = [link if link.kind == "gain" else replace(link, value=None) for link in links]
    ramp = Ramp(chosen, largest([np.array([link.value for link in links if link.kind in ("weight", "bias") and link.value is not None])]))
    return View(_picture(plan, stacks, links), paint_neurons(plan, wrapped(stacks, links), ramp), chosen)


def _links(plan: Plan, arrays: Mapping[str, np.ndarray], stacks: Mapping[NodeId, Stack], most: int) -> list[Link]:
    shown = {node: stack.units for node, stack in stacks.items()}
    links: list[Link] = []
    for layer in plan:
        links += links_of(plan, layer, arrays, shown)
        if len(links) > MOST_LINES:
            raise DrawError(f"With {most} units of each layer this picture has more than {MOST_LINES:,} lines, which nobody could tell "
                            f"apart. Give a lower most, such as most={max(2, most // 3)}.")
    return links


def _picture(plan: Plan, stacks: Mapping[NodeId, Stack], links: list[Link]) -> Picture:
    ids: dict[Unit | NodeId, str] = {}
    boxes = []
    for stack in stacks.values():
        name = name_of(stack.layer)
        for unit in stack.units:
            ids[stack.layer.id, unit] = f"u{len(ids)}"
            boxes.append(Box(f"u{len(ids) - 1}", f"{name} {unit + 1}", family=stack.layer.op.family, form="unit",
                             members=((stack.layer.id, unit),), is_output=stack.layer.id in plan.outputs))
        for node in stack.biases:
            ids["bias", node] = f"u{len(ids)}"
            boxes.append(Box(f"u{len(ids) - 1}", f"bias of {name_of(plan[node])}", form="unit", members=((node, "bias"),)))
    wires = tuple(_wire(link, ids) for link in links)
    return Picture(clean(plan.name) or "net", caption(plan), tuple(boxes), wires)


def _wire(link: Link, ids: Mapping[Any, str]) -> PictureWire:
    source = link.source or ("bias", link.target[0])
    ends = ((link.target[0], "bias") if link.source is None else link.source, link.target)
    return PictureWire(ids[source], ids[link.target], "" if link.value is None else f"{link.value:.3g}",
                       "gain" if link.kind == "gain" else "data", members=(ends,))
