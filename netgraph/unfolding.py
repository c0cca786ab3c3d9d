"""Unfolding: a block's node and what feeds it flow in; the nodes that it is made of come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netgraph.block import Block, inlets
from netgraph.edge import Edge
from netgraph.errors import NetgraphError, WeightError, raise_all, shorten, suggestion
from netgraph.graph import Node, read_nodes
from netgraph.ops.merge import Add
from netgraph.plan import Wire
from netgraph.rules import declared_outputs, running_order
from netgraph.weights import NodeId, PartId, escaped


def parts_of(node: Node, wires: Iterable[Wire]) -> tuple[list[Node], NodeId]:
    """The nodes of a block in running order, and the one whose value is the block's.

    Their in-edges come from one another, and from where those of the block come.

    Raises: NetgraphError for a block that the shapes of its inputs do not allow, or an array that none of its parts has.
    """
    block, fed = node.op, {str(wire.slot): wire for wire in wires}
    assert isinstance(block, Block)
    graph = block.unfold(*(fed[name].shape if name in fed else None for name in inlets(type(block))))
    complaints: list[NetgraphError] = []
    read = {part.id: part for part in read_nodes(graph, complaints)}
    raise_all(complaints)
    gates = {name: _gate(node, name, wire) for name, wire in fed.items() if wire.gain not in (None, 1)}
    sources: dict[NodeId, Edge] = {name: Edge(gates[name].id if name in gates else wire.source, output=0 if name in gates else wire.output,
                          delay=0 if name in gates else wire.delay) for name, wire in fed.items()}
    arrays = _arrays_by_part(node, [part for part in read.values() if part.op_name != "input"])
    (last,) = declared_outputs(graph, complaints)
    order = [read[name] for name in running_order(graph) if read[name].op_name != "input"]
    return [*gates.values(), *(_placed(part, node, sources, arrays.get(part.id, {})) for part in order)], part_id(node.id, last)


def part_id(node: NodeId, name: object) -> PartId:
    """The id of a block's part."""
    return PartId((*(node if isinstance(node, PartId) else (node,)), name))


def _gate(node: Node, name: str, wire: Wire) -> Node:
    """What scales an input by the number on its edge, before the parts take it."""
    edge = Edge(wire.source, output=wire.output, gain=wire.gain, delay=wire.delay)
    return Node(part_id(node.id, f"{name}_scaled"), Add(), "add", (edge,), group=_group(node))


def _group(node: Node) -> tuple[str, ...]:
    return (*node.group, str(node.id[-1] if isinstance(node.id, PartId) else node.id))


def _placed(part: Node, node: Node, sources: Mapping[NodeId, Edge], arrays: Mapping[str, np.ndarray]) -> Node:
    """A part as a node of the net: under its full id, in the block's group, fed from outside where an input fed it."""
    edges = []
    for edge in part.edges:
        outer = sources.get(edge.source)
        edge = replace(edge, source=part_id(node.id, edge.source)) if outer is None else \
            replace(edge, source=outer.source, output=outer.output, delay=outer.delay)
        given: dict[str, Any] = {word: arrays[name] for word, name in _names_on_edge(edge, part) if name in arrays}
        edges.append(replace(edge, **given, trainable=edge.trainable and node.trainable))
    placed = {name for edge in part.edges for _, name in _names_on_edge(edge, part)}
    own = {name: array for name, array in arrays.items() if name not in placed}
    share = part.share if node.share is None else part.id
    owner = node.id if node.share is None else node.share
    return replace(part, id=part_id(node.id, part.id), edges=tuple(edges), arrays={**part.arrays, **own},
                   group=(*_group(node), *part.group), share=None if share is None else part_id(owner, share),
                   trainable=part.trainable and node.trainable)


def _names_on_edge(edge: Edge, part: Node) -> list[tuple[str, str]]:
    """The arrays that belong on an in-edge of a weighted part: the edge's word for each, and its name among those of the part."""
    if not part.op.is_weighted or edge.gain is not None:
        return []
    several = sum(other.gain is None for other in part.edges) > 1
    end = f".{escaped(edge.source)}" if several else ""
    return [(word, word + end) for word in ("weight", "mask")]


def _arrays_by_part(node: Node, parts: list[Node]) -> dict[NodeId, dict[str, np.ndarray]]:
    """The arrays that the block was given, by the part that each belongs to."""
    of: dict[NodeId, dict[str, np.ndarray]] = {}
    names = {escaped(part.id): part.id for part in parts}
    for name, array in node.arrays.items():
        first, _, field = name.partition(".")
        if first in names and not field:
            raise WeightError(f"Node {shorten(node.id)} ({node.op_name}) was given an array {shorten(name)}, which is one of its parts. "
                              f"Say which of the part's arrays it is, as in {shorten(f'{name}.weight')}.")
        if first not in names:
            raise WeightError(f"Node {shorten(node.id)} ({node.op_name}) was given an array {shorten(name)}, but none of its parts has it. "
                              f"{suggestion(first, names)}")
        of.setdefault(names[first], {})[field] = array
    return of
