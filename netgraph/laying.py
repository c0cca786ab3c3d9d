"""Laying: a node whose sources have their layers flows in; its own joins them, and of a block those of its parts."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping

from netgraph.block import Block
from netgraph.errors import GraphError, ShapeError, shorten
from netgraph.graph import Node
from netgraph.layers import block_layer, fed_by, layer_of, wires_of
from netgraph.plan import Layer
from netgraph.rules import root_of
from netgraph.unfolding import parts_of
from netgraph.weights import NodeId

Layers = MutableMapping[NodeId, Layer]


def lay(node: Node, nodes: MutableMapping[NodeId, Node], layers: Layers, early: Layers) -> None:
    """Add the layer of a node to `layers`; of a block, those of its parts first, which join `nodes` too.

    A source that has no layer yet is looked up in `early`.
    Raises: NetgraphError when slots, shapes or arrays do not fit.
    """
    known = ChainMap(layers, early) if early else layers
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
        lay(part, nodes, layers, early)
        if node.share is not None and part.share not in nodes and layers[part.id].parameter_count:
            raise GraphError(f"Node {shorten(node.id)} shares the weights of {shorten(node.share)}, but its part {shorten(part.id)} finds "
                             f"none there. Give both blocks the same constants.")
    inner = tuple(name for part in parts for name in (*layers[part.id].parts, part.id))
    layers[node.id] = block_layer(node, inlets, inner, layers[last])
