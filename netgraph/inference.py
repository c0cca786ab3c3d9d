"""Understanding a net: a DiGraph flows in, its Plan comes out, or every complaint about it at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import networkx as nx

from netgraph.block import Block
from netgraph.errors import GraphError, NetgraphError, ShapeError, WeightError, raise_all, shorten
from netgraph.graph import Node, read_nodes, require_digraph
from netgraph.indices import mark_integers
from netgraph.layers import block_layer, fed_by, layer_of, wires_of
from netgraph.plan import Layer, Plan
from netgraph.rules import declared_outputs, require_size, root_of, running_order
from netgraph.unfolding import parts_of
from netgraph.weights import NodeId


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
    is_recurrent = any(wire.delay for layer in layers.values() for wire in layer.wires)
    return Plan(name if isinstance(name, str) else shorten(name), layers, inputs, outputs, parameters, is_recurrent)


def _layers(order: list[NodeId], nodes: dict[NodeId, Node], complaints: list[NetgraphError]) -> dict[NodeId, Layer]:
    layers: dict[NodeId, Layer] = {}
    early = _early_layers(order, nodes) if any(edge.delay for node in nodes.values() for edge in node.edges) else {}
    for name in order:
        if name not in nodes or any(edge.source not in (early if edge.delay else layers) for edge in nodes[name].edges):
            continue                                    # its own complaint, or its source's, is already on the list
        try:
            _lay(nodes[name], nodes, layers, early)
        except NetgraphError as error:
            complaints.extend(error.complaints)
    if early and not complaints:
        complaints.extend(_loop_complaints(order, layers, early))
    if not complaints:
        complaints.extend(_tie(layers))
        complaints.extend(mark_integers(layers))
    return layers


def _lay(node: Node, nodes: dict[NodeId, Node], layers: dict[NodeId, Layer], early: Mapping[NodeId, Layer]) -> None:
    """Add the layer of a node; of a block, those of its parts first."""
    known = {**early, **layers} if early else layers
    if not isinstance(node.op, Block):
        layers[node.id] = layer_of(node, nodes, known)
        return
    if root_of(node, nodes) is not node and node.share not in layers:
        raise GraphError(f"Node {shorten(node.id)} shares the weights of {shorten(node.share)}, a block that runs after it. "
                         f"Turn it round: let the later one share those of the earlier.")
    inlets = wires_of(node, known)
    try:
        parts, last = parts_of(node, inlets)
    except ShapeError as error:
        raise ShapeError(f"{fed_by(node, inlets)}: {error}") from None
    for part in parts:
        nodes[part.id] = part
        _lay(part, nodes, layers, early)
    inner = tuple(name for part in parts for name in (*layers[part.id].parts, part.id))
    layers[node.id] = block_layer(node, inlets, inner, layers[last])


def _early_layers(order: list[NodeId], nodes: Mapping[NodeId, Node]) -> dict[NodeId, Layer]:
    """Layers as far as their shapes can be told before all that delayed edges bring is known: enough to know what these bring."""
    known: dict[NodeId, Layer] = {}
    waiting = [name for name in order if name in nodes]
    while waiting:
        left = [name for name in waiting if not _settled(nodes[name], nodes, known)]
        if len(left) == len(waiting) and not _guessed(left, nodes, known):
            break
        waiting = left
    return known


def _settled(node: Node, nodes: Mapping[NodeId, Node], known: dict[NodeId, Layer]) -> bool:
    """Whether the node's shape can be told from the in-edges that are known; those of a sum all bring one shape."""
    edges = tuple(edge for edge in node.edges if edge.source in known)
    is_sum = node.op.is_weighted or node.op.is_symmetric
    if any(not edge.delay for edge in node.edges if edge not in edges) or (len(edges) < len(node.edges) and not (is_sum and edges)):
        return False
    with suppress(NetgraphError):                         # which is complained of when the whole layer is made
        _lay(replace(node, edges=edges, share=None), dict(nodes), known, {})
    return True


def _guessed(left: list[NodeId], nodes: Mapping[NodeId, Node], known: dict[NodeId, Layer]) -> bool:
    """Whether a dense layer that a delayed edge comes from was taken to give samples of its units; whole layers tell if that is right."""
    for edge in (edge for name in left for edge in nodes[name].edges if edge.delay and edge.source in nodes):
        source = nodes[edge.source]
        if edge.source not in known and isinstance(units := getattr(source.op, "units", None), int):
            known[edge.source] = Layer(source.id, source.op, source.op_name, (), ((units,),))
            return True
    return False


def _loop_complaints(order: list[NodeId], layers: Mapping[NodeId, Layer], early: Mapping[NodeId, Layer]) -> list[NetgraphError]:
    lost = [name for name in order if name not in layers]
    if lost:
        return [ShapeError(f"Node {shorten(lost[0])} stands in a loop whose shapes cannot be told: all that flows into it comes by way of "
                           f"delayed edges. Feed the loop from an input too, or put a dense layer into it.")]
    return [ShapeError(f"The delayed edge {shorten(wire.source)} -> {shorten(layer.id)} brings {layers[wire.source].shapes[wire.output]} "
                       f"where {wire.shape} is wanted. Give the layers of the loop one shape.")
            for layer in layers.values() for wire in layer.wires
            if wire.delay and layers[wire.source].shapes[wire.output] != wire.shape]


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
        wires = tuple(replace(wire, weight=wire.weight and own.get(wire.weight.name), mask=wire.mask and own.get(wire.mask.name))
                      for wire in layer.wires)
        layers[name] = replace(layer, wires=wires, owned=tuple(own.get(p.name, p) for p in layer.owned))
    return complaints
