"""A convolutional net comes in; the view of its feature maps as blocks to scale goes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netgraph.drawing.composition.cards import caption
from netgraph.drawing.composition.words import name_of
from netgraph.drawing.marks import Mark
from netgraph.drawing.subject import read_subject
from netgraph.drawing.text import clean
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.drawing.view import View
from netgraph.drawing.volumes.blocks import Block, Flow, blocks_of
from netgraph.drawing.volumes.labels import op_words, tip_of
from netgraph.drawing.volumes.painting import paint_volumes
from netgraph.drawing.volumes.rows import runs_of
from netgraph.drawing.volumes.scale import Scale
from netgraph.picture import Box, Picture, PictureWire
from netgraph.shape import shape_text

ZOOMS = 1.0, 1.25, 1.5, 1.8, 2.1      # times as high as else blocks are drawn where the page would be too long
LONGEST = 2.5
LEVEL = 84.0             # pixels by which a block within a shortcut stands lower


def draw_volumes(subject: Any, *, theme: str = "light") -> View:
    """The view of a net by the sizes of its feature maps: a block for each, as high and deep as the map and as wide as it has channels.

    `subject` is a graph, a plan or a compiled net. Lengths grow as the square root of the sizes. Layers that keep the size, such as
    activations and norms, belong to the block before; vectors are thin bars; shortcuts run as arcs above, and what is
    within several of them stands lower. Equal blocks behind each other share a label, and more than 4 of them one block, marked ×N.
    In nets of more than 40 blocks each group is one block.

    Raises: DrawError for a layer whose output is neither a feature map nor a vector, and for too many blocks.

    >>> import netgraph as ng
    >>> view = ng.draw_volumes(ng.zoo.lenet())
    >>> [box.lines[0] for box in view.picture.boxes][:3]
    ['1 × 32 × 32', '6 × 28 × 28', '6 × 14 × 14']
    """
    plan, _ = read_subject(subject)
    chosen = theme_named(theme)
    blocks, flows = blocks_of(plan)
    boxes = tuple(_box(block, f"b{at}") for at, block in enumerate(blocks))
    asides = tuple(_aside(flow, at) for at, flow in enumerate(flows) if flow.aside)
    wires = tuple(wire for at, flow in enumerate(flows) for wire in _wires(flow, at))
    picture = Picture(clean(plan.name) or "net", caption(plan), (*boxes, *asides), wires)
    tried: list[View] = []
    for zoom in ZOOMS:
        tried.append(View(picture, _marks(blocks, flows, zoom, chosen), chosen))
        if tried[-1].width <= LONGEST * tried[-1].height:
            return tried[-1]
    return min(tried, key=lambda view: view.width / view.height)


def _marks(blocks: Sequence[Block], flows: Sequence[Flow], zoom: float, theme: Theme) -> Sequence[Mark]:
    scale = Scale.of((block.shape for block in blocks), zoom)
    return paint_volumes(runs_of(blocks, scale, _sunk(len(blocks), flows)), flows, scale, theme)


def _sunk(count: int, flows: Sequence[Flow]) -> list[float]:
    """How far each block is sunk: by a level for each shortcut above it, where there are shortcuts within shortcuts."""
    levels = [sum(flow.source < at < flow.target for flow in flows) for at in range(count)]
    return [LEVEL * level if max(levels) > 1 else 0.0 for level in levels]


def _box(block: Block, id: str) -> Box:
    title = clean(block.title) if block.title else name_of(block.op_layer)
    return Box(id, title, (shape_text(block.shape),), block.op_layer.op.family, "block", tip=tip_of(block),
               members=tuple(layer.id for layer in block.layers), repeats=block.repeats)


def _aside(flow: Flow, at: int) -> Box:
    first = flow.aside[0]
    return Box(f"a{at}", name_of(first), (op_words(first),), first.op.family, "pill", members=tuple(layer.id for layer in flow.aside))


def _wires(flow: Flow, at: int) -> Iterator[PictureWire]:
    """One wire, or where a shortcut's layers stand on it, the wire to them and the wire from them."""
    source, target = f"b{flow.source}", f"b{flow.target}"
    if not flow.aside:
        yield PictureWire(source, target, members=flow.edges)
        return
    inner = {layer.id for layer in flow.aside}
    into = tuple((wire.source, layer.id) for layer in flow.aside for wire in layer.wires if wire.source not in inner)
    yield PictureWire(source, f"a{at}", members=into)
    yield PictureWire(f"a{at}", target, members=_without(flow.edges, into))


def _without(edges: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(edge for edge in edges if edge not in others)
