"""Understanding a net: a DiGraph flows in, its Plan comes out, or every complaint about it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import networkx as nx
import numpy as np

from netgraph.errors import NetgraphError, ShapeError, WeightError, raise_all, shorten
from netgraph.graph import Edge, Node, read_nodes, require_digraph
from netgraph.indices import mark_integers
from netgraph.plan import Layer, Plan, Wire
from netgraph.rules import declared_outputs, placed_edges, require_size, root_of, running_order
from netgraph.shape import Shape
from netgraph.weights import Array, NodeId, Parameter, escaped


def check(graph: nx.DiGraph) -> None:
    """Nothing, if the graph is a net that netgraph can run.

    Raises: the NetgraphError that is wrong with it; when there are several, all together, one a line.

    >>> import networkx as nx, netgraph as ng
    >>> G = nx.DiGraph([("x", "h")])
    >>> G.add_node("x", shape=(3,)); G.add_node("h", units=2, activation="rleu")
    >>> ng.check(G)
    Traceback (most recent call last):
    netgraph.errors.OpError: Node 'h' has activation='rleu', which is not in the vocabulary. Did you mean 'relu'?
    """
    infer(graph)


def infer(graph: nx.DiGraph) -> Plan:
    """The plan of a net: every layer in running order with shapes, parameters and costs.

    Shapes: those of one sample, the batch left out.
    Units: FLOPs of one sample's forward pass, a multiply-add being 2.
    Raises: NetgraphError, as `check` does.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(1000, 100, "relu", 10))
    >>> plan.parameter_count, plan.flops, plan["dense1"].shape
    (101110, 202000, (100,))
    >>> [layer.id for layer in plan]
    ['x', 'dense1', 'dense2']
    """
    require_size(require_digraph(graph))
    complaints: list[NetgraphError] = []
    nodes = {node.id: node for node in read_nodes(graph, complaints)}
    outputs = declared_outputs(graph, nodes, complaints)
    try:
        order = running_order(graph)
    except NetgraphError as error:
        raise_all([*complaints, error])
        raise
    layers = _layers(order, nodes, complaints)
    raise_all(list({str(complaint): complaint for complaint in complaints}.values()))      # a circle is found at each of its nodes
    parameters = {p.name: p for layer in layers.values() for p in layer.parameters}
    inputs = tuple(name for name in graph if layers[name].op_name == "input")
    name = graph.graph.get("name", "")
    return Plan(name if isinstance(name, str) else shorten(name), layers, inputs, outputs, parameters)


def _layers(order: list[NodeId], nodes: Mapping[NodeId, Node], complaints: list[NetgraphError]) -> dict[NodeId, Layer]:
    layers: dict[NodeId, Layer] = {}
    for name in order:
        if name not in nodes or any(edge.source not in layers for edge in nodes[name].edges):
            continue                                    # its own complaint, or its source's, is already on the list
        try:
            layers[name] = _layer(nodes[name], nodes, layers)
        except NetgraphError as error:
            complaints.extend(error.complaints)
    if not complaints:
        complaints.extend(_tie(layers))
        complaints.extend(mark_integers(layers))
    return layers


def _layer(node: Node, nodes: Mapping[NodeId, Node], layers: Mapping[NodeId, Layer]) -> Layer:
    wires = tuple(Wire(edge.source, place, _source_shape(edge, layers[edge.source], node), edge.output, edge.gain, slot=slot)
                  for place, (edge, slot) in enumerate(placed_edges(node)))
    root = root_of(node, nodes)
    try:
        if type(node.op).is_weighted:
            return _weighted_layer(node, root, wires)
        return _plain_layer(node, root, wires)
    except ShapeError as error:
        given = [f"{shorten(wire.source)} {wire.shape}" for wire in wires[:4]] + [f"{len(wires) - 4} more"] * (len(wires) > 4)
        raise ShapeError(f"Node {shorten(node.id)}, fed by {' and '.join(given)}: {error}") from None


def _source_shape(edge: Edge, source: Layer, node: Node) -> Shape:
    if edge.output >= len(source.shapes):
        last, name = len(source.shapes) - 1, shorten(edge.source)
        raise ShapeError(f"The edge {name} -> {shorten(node.id)} takes output {edge.output}, but {name} has "
                         + (f"outputs 0 to {last}. Correct output=." if last else "a single output. Leave output= out."))
    return source.shapes[edge.output]


def _plain_layer(node: Node, root: Node, wires: tuple[Wire, ...]) -> Layer:
    inputs = tuple(wire.shape for wire in wires)
    for edge in node.edges:
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
    if len(root_edges) != len(learned):
        raise WeightError(f"Node {shorten(node.id)}, with weights on {len(learned)} of its in-edges, shares those of {shorten(root.id)}, "
                          f"which has them on {len(root_edges)}. Give both the same number.")
    op, whole = node.op, {wire.place: wire for wire in wires}
    shape = op.shape(learned[0][0].shape) if learned else op.shape(wires[0].shape)
    for (wire, edge), root_edge in zip(learned, root_edges, strict=True):
        whole[wire.place] = replace(wire, weight=_edge_parameter(edge, node, root, root_edge, op.weight(wire.shape), len(learned)))
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


def _edge_parameter(edge: Edge, node: Node, root: Node, root_edge: Edge, array: Array, count: int) -> Parameter:
    who = f"weight of the edge {shorten(edge.source)} -> {shorten(node.id)}"
    if root is not node and edge.weight is not None:
        raise WeightError(f"The {who} is given, but {shorten(node.id)} uses the weights of {shorten(root.id)}. Leave one of them out.")
    name = f"{escaped(root.id)}.weight" + (f".{escaped(root_edge.source)}" if count > 1 else "")
    return Parameter(name, array.shape, root.id, "weight", root_edge.source, edge.init or array.init, array.fan_in,
                     edge.trainable and node.trainable, value=_fitting(edge.weight, array, who), zero_row=array.zero_row)


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


def _tie(layers: dict[NodeId, Layer]) -> list[NetgraphError]:
    complaints: list[NetgraphError] = []
    for name, layer in layers.items():
        if layer.shared_with is None:
            continue
        own = {p.name: p for p in layers[layer.shared_with].parameters}
        for p in layer.parameters:
            if p.name not in own or own[p.name].shape != p.shape:
                complaints.append(WeightError(
                    f"Node {shorten(name)} wants a {p.field} of shape {p.shape}, but {shorten(layer.shared_with)}, whose weights it uses, "
                    f"has {own[p.name].shape if p.name in own else 'none'}. Give both layers the same sizes."))
        layers[name] = replace(layer, wires=tuple(replace(wire, weight=wire.weight and own.get(wire.weight.name)) for wire in layer.wires),
                               owned=tuple(own.get(p.name, p) for p in layer.owned))
    return complaints
