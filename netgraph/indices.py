"""Indices: planned layers flow in; which of them carry indices in place of numbers comes out, and what is wrong about it."""

from __future__ import annotations

from dataclasses import replace

from netgraph.errors import NetgraphError, ShapeError, shorten
from netgraph.op import input_names
from netgraph.plan import Layer, Wire
from netgraph.weights import NodeId


def mark_integers(layers: dict[NodeId, Layer]) -> list[NetgraphError]:
    """Mark the layers that carry indices: inputs by declaration or because they feed some, and what is arranged from them."""
    feeds: dict[tuple[NodeId, int], Layer] = {}           # the outputs that somebody takes for indices, and who
    for layer in reversed(layers.values()):
        taker = feeds.get((layer.id, 0), layer) if layer.op.family == "arrange" else layer
        is_passed_on = taker is not layer
        feeds.update(((wire.source, wire.output), taker) for wire in layer.wires if is_passed_on or _takes_indices(layer, wire))
    carriers: set[tuple[NodeId, int]] = set()
    complaints: list[NetgraphError] = []
    for name, layer in layers.items():
        carried = [wire for wire in layer.wires if (wire.source, wire.output) in carriers and not _takes_indices(layer, wire)]
        made = _index_outputs(layer, bool(carried), {i for i in range(len(layer.shapes)) if (name, i) in feeds})
        if carried and layer.op.family not in ("arrange", "source", "foreign"):
            complaints.append(ShapeError(f"Node {shorten(name)} ({layer.op_name}) computes with numbers, but "
                                         f"{shorten(carried[0].source)} carries indices. Put an embedding between them."))
        complaints.extend(ShapeError(_numbers_sentence(layer, feeds[name, i]))
                          for i in range(len(layer.shapes)) if (name, i) in feeds and i not in made)
        carriers.update((name, i) for i in made)
        if 0 in made:
            layers[name] = replace(layer, is_integer=True)
    return complaints


def _takes_indices(layer: Layer, wire: Wire) -> bool:
    names = layer.op.integer_inputs and input_names(type(layer.op))
    return bool(names) and names[0 if layer.op.is_weighted else wire.place] in layer.op.integer_inputs


def _index_outputs(layer: Layer, is_fed_by_indices: bool, wanted: set[int]) -> set[int]:
    """Which outputs of a layer are indices; of another library's op those that are wanted as such."""
    if layer.op.family == "foreign":
        return wanted
    if layer.op_name == "input":
        return {0} if wanted or layer.op.constants().get("dtype") == "int" else set()
    if layer.op.family == "arrange" and is_fed_by_indices:
        return set(range(len(layer.shapes)))
    parts = (layer.op,) if layer.op.is_weighted or layer.op.is_symmetric else layer.op.parts(*(wire.shape for wire in layer.wires))
    return {i for i, part in enumerate(parts) if part.gives_integers}


def _numbers_sentence(layer: Layer, taker: Layer) -> str:
    thing, it = ("an embedding", "the embedding") if taker.op_name == "embedding" else (f"{shorten(taker.id)} ({taker.op_name})", "it")
    return (f"Node {shorten(layer.id)} ({layer.op_name}) gives numbers, but feeds {thing}, which takes indices. "
            f"Feed {it} from an input.")
