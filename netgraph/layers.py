"""Layers: a node as it was read and the layers that feed it flow in; its own layer comes out, with shapes, arrays and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from netgraph.edge import Edge
from netgraph.errors import ShapeError, WeightError, shorten
from netgraph.graph import Node
from netgraph.plan import Layer, Wire
from netgraph.rules import placed_edges, root_of
from netgraph.shape import Shape
from netgraph.weights import Array, NodeId, Parameter, escaped


def layer_of(node: Node, nodes: Mapping[NodeId, Node], layers: Mapping[NodeId, Layer]) -> Layer:
    """The layer of a node whose sources have theirs.

    Raises: NetgraphError when slots, shapes or arrays do not fit.
    """
    wires, root = wires_of(node, layers), root_of(node, nodes)
    try:
        if type(node.op).is_weighted:
            return _weighted_layer(node, root, wires)
        return _plain_layer(node, root, wires)
    except ShapeError as error:
        raise ShapeError(f"{fed_by(node, wires)}: {error}") from None


def fed_by(node: Node, wires: tuple[Wire, ...]) -> str:
    """A node and what feeds it, as a complaint about its shapes begins."""
    given = [f"{shorten(wire.source)} {wire.shape}" for wire in wires[:4]] + [f"{len(wires) - 4} more"] * (len(wires) > 4)
    return f"Node {shorten(node.id)}, fed by {' and '.join(given)}"


def wires_of(node: Node, layers: Mapping[NodeId, Layer]) -> tuple[Wire, ...]:
    """What each in-edge brings, before weights are put on it.

    Raises: GraphError when a slot is missing or fed twice, ShapeError for an output that a source does not have.
    """
    return tuple(Wire(edge.source, place, _source_shape(edge, layers[edge.source], node), edge.output, edge.gain, slot=slot,
                      delay=edge.delay)
                 for place, (edge, slot) in enumerate(placed_edges(node)))


def block_layer(node: Node, inlets: tuple[Wire, ...], parts: tuple[NodeId, ...], last: Layer) -> Layer:
    """The layer of a block, whose work its parts do.

    Raises: WeightError for an array on one of its in-edges, ShapeError when it has several outputs.
    """
    for edge in node.edges:
        if edge.weight is not None or edge.mask is not None:
            raise WeightError(f"The edge {shorten(edge.source)} -> {shorten(node.id)} carries an array, but '{node.op_name}' has no "
                              f"weights on its edges. Give its arrays by name: "
                              f"G.nodes[{shorten(node.id)}]['arrays'] = {{'part.weight': ...}}.")
    if len(last.shapes) > 1:
        raise ShapeError(f"Node {shorten(node.id)} ({node.op_name}) unfolds into several outputs, but a block has one. Name it.")
    wire = Wire(last.id, 0, last.shape)
    return Layer(node.id, node.op, node.op_name, (wire,), last.shapes, (), node.activation, 0, node.group, node.label,
                 is_integer=last.is_integer, parts=parts, inlets=inlets)


def _source_shape(edge: Edge, source: Layer, node: Node) -> Shape:
    if edge.output >= len(source.shapes):
        last, name = len(source.shapes) - 1, shorten(edge.source)
        raise ShapeError(f"The edge {name} -> {shorten(node.id)} takes output {edge.output}, but {name} has "
                         + (f"outputs 0 to {last}. Correct output=." if last else "a single output. Leave output= out."))
    return source.shapes[edge.output]


def _plain_layer(node: Node, root: Node, wires: tuple[Wire, ...]) -> Layer:
    inputs = tuple(wire.shape for wire in wires)
    for edge in node.edges:
        _require_no_mask(edge, node)
        if edge.weight is not None:
            raise WeightError(f"The edge {shorten(edge.source)} -> {shorten(node.id)} carries an array, but '{node.op_name}' has "
                              f"no weights on its edges. Put a dense or conv2d node there, or give the edge a number.")
    parts = node.op.parts(*inputs)
    if node.activation is not None and len(parts) > 1:
        raise ShapeError(f"'{node.op_name}' has {len(parts)} outputs, so it takes no activation. Put the activation behind it.")
    owned = _owned(node, root, node.op.arrays(*inputs))
    return Layer(node.id, node.op, node.op_name, wires, tuple(part.shape(*inputs) for part in parts), owned, node.activation,
                 node.op.flops(*inputs), node.group, node.label, None if root is node else root.id)


def _weighted_layer(node: Node, root: Node, wires: tuple[Wire, ...]) -> Layer:
    learned = [(wire, edge) for wire, edge in zip(wires, node.edges, strict=True) if edge.gain is None]
    root_edges = [edge for edge in root.edges if edge.gain is None]
    for edge in node.edges:
        if edge.gain is not None:
            _require_no_mask(edge, node)
    if len(root_edges) != len(learned):
        raise WeightError(f"Node {shorten(node.id)}, with weights on {len(learned)} of its in-edges, shares those of {shorten(root.id)}, "
                          f"which has them on {len(root_edges)}. Give both the same number.")
    op, whole = node.op, {wire.place: wire for wire in wires}
    shape = op.shape(learned[0][0].shape) if learned else op.shape(wires[0].shape)
    for (wire, edge), root_edge in zip(learned, root_edges, strict=True):
        weight = _edge_parameter(edge, node, root, root_edge, op.weight(wire.shape), len(learned))
        whole[wire.place] = replace(wire, weight=weight, mask=_mask_of(weight))
    for wire in wires:
        brought = wire.shape if wire.gain is not None else op.shape(wire.shape)
        if brought != shape:
            raise ShapeError(f"it adds up what its edges bring, but the one from {shorten(wire.source)} brings {brought} where {shape} "
                             "is wanted. " + ("An edge with a number passes its source on as it is: leave weight= out to learn a matrix."
                                if wire.gain is not None else "Bring the sources to one size."))
    first = (learned[0][0] if learned else wires[0]).shape
    owned = _owned(node, root, {"bias": op.add_bias(first)[1]} if getattr(op, "bias", False) else {})
    return Layer(node.id, op, node.op_name, tuple(whole[place] for place in sorted(whole)), (shape,), owned, node.activation,
                 sum(op.flops(wire.shape) for wire, _ in learned), node.group, node.label, None if root is node else root.id)


def _require_no_mask(edge: Edge, node: Node) -> None:
    if edge.mask is not None:
        raise WeightError(f"The edge {shorten(edge.source)} -> {shorten(node.id)} has a mask, but no weight that it could hold at zero. "
                          f"Leave mask= out.")


def _edge_parameter(edge: Edge, node: Node, root: Node, root_edge: Edge, array: Array, count: int) -> Parameter:
    who = f"weight of the edge {shorten(edge.source)} -> {shorten(node.id)}"
    if root is not node and (edge.weight is not None or edge.mask is not None):
        raise WeightError(f"The {who} is given, but {shorten(node.id)} uses the weights of {shorten(root.id)}. Leave one of them out.")
    name = f"{escaped(root.id)}.weight" + (f".{escaped(root_edge.source)}" if count > 1 else "")
    return Parameter(name, array.shape, root.id, "weight", root_edge.source, edge.init or array.init, array.fan_in,
                     edge.trainable and node.trainable, value=_fitting(edge.weight, array, who), zero_row=array.zero_row,
                     mask=_fitting(root_edge.mask, array, f"mask{who[6:]}"))


def _mask_of(weight: Parameter) -> Parameter | None:
    """The buffer of a weight's mask."""
    if weight.mask is None:
        return None
    owner = escaped(weight.node)
    return Parameter(f"{owner}.mask{weight.name.removeprefix(f'{owner}.weight')}", weight.shape, weight.node, "mask", weight.source,
                     trainable=False, is_buffer=True, value=weight.mask)


def _owned(node: Node, root: Node, arrays: Mapping[str, Array]) -> tuple[Parameter, ...]:
    for word in [word for word in node.arrays if word not in arrays]:
        raise WeightError(f"Node {shorten(node.id)} ({node.op_name}) was given an array '{word}', but "
                          + ("its weights stand on its in-edges. Write G.add_edge(source, target, weight=...)." if word == "weight"
                             and type(node.op).is_weighted else f"has no such array. Leave {word}= out."))
    if root is not node and node.arrays:
        raise WeightError(f"Node {shorten(node.id)} was given arrays, but uses the weights of {shorten(root.id)}. Leave one of them out.")
    return tuple(Parameter(f"{escaped(root.id)}.{word}", array.shape, root.id, word, None, array.init, array.fan_in,
                           node.trainable and not array.is_buffer, array.is_buffer,
                           _fitting(node.arrays.get(word, array.value), array, f"{word} of node {shorten(node.id)}"))
                 for word, array in arrays.items())


def _fitting(value: np.ndarray | None, array: Array, who: str) -> np.ndarray | None:
    if value is None or value.shape == array.shape:
        return value
    turned = value.ndim == 2 and value.T.shape == array.shape
    raise WeightError(f"The {who} has shape {value.shape}, but wants {array.shape}. "
                      + ("PyTorch's order is (out, in): give its transpose, w.T." if turned
                         else "Give an array of that shape, or leave it out."))
