"""Understanding a net: a DiGraph flows in, its Plan comes out, or every complaint about it at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import networkx as nx

from netgraph.errors import NetgraphError, WeightError, raise_all, shorten
from netgraph.graph import Node, read_nodes, require_digraph
from netgraph.indices import mark_integers
from netgraph.laying import lay
from netgraph.loops import early_layers, loop_complaints
from netgraph.plan import Layer, Plan
from netgraph.rules import declared_outputs, require_size, running_order
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
    outputs = declared_outputs(graph, complaints)
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


def plan_of(subject: Any) -> Plan:
    """The plan of whatever has one: a graph, which is inferred, a net that was compiled for NumPy, or a plan itself.

    Raises: NetgraphError, as `check` does.

    >>> import netgraph as ng
    >>> G = ng.chain(3, 4, 1)
    >>> len(plan_of(G)), len(plan_of(ng.compile(G)))
    (3, 3)
    """
    plan = subject if isinstance(subject, Plan) else getattr(subject, "layers", None)
    return plan if isinstance(plan, Plan) else infer(subject)


def _layers(order: list[NodeId], nodes: dict[NodeId, Node], complaints: list[NetgraphError]) -> dict[NodeId, Layer]:
    layers: dict[NodeId, Layer] = {}
    is_recurrent = any(edge.delay for node in nodes.values() for edge in node.edges)
    early, refusals = early_layers(order, nodes) if is_recurrent else ({}, [])
    for name in order:
        if name not in nodes or any(edge.source not in (early if edge.delay else layers) for edge in nodes[name].edges):
            continue                                    # its own complaint, or its source's, is already on the list
        try:
            lay(nodes[name], nodes, layers, early)
        except NetgraphError as error:
            complaints.extend(error.complaints)
    if is_recurrent and not complaints:
        complaints.extend((len(layers) < len(nodes) and refusals) or loop_complaints(order, layers))
    if not complaints:
        complaints.extend(_tie(layers))
        complaints.extend(mark_integers(layers))
    return layers


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
