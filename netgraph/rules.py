"""The rules of structure: nodes flow in, what is wrong with the way they hang together comes out, and their running order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from numbers import Integral
from typing import Any

import networkx as nx

from netgraph.block import Block, inlets, optional_inlets
from netgraph.edge import Edge
from netgraph.errors import GraphError, NetgraphError, shorten
from netgraph.graph import Node
from netgraph.op import Op, arguments, input_names, is_variadic
from netgraph.weights import NodeId


def running_order(graph: nx.DiGraph) -> list[NodeId]:
    """The nodes, sources before targets, otherwise as declared; delayed edges do not count.

    Raises: GraphError that prints a cycle without a delayed edge, if there is one.
    """
    index = {name: i for i, name in enumerate(graph)}
    waiting = {name: sum(not is_delayed(words) for words in sources.values()) for name, sources in graph.pred.items()}
    names, order = list(graph), []
    ready = [i for name, i in index.items() if not waiting[name]]
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for target, words in graph.succ[name].items():
            if is_delayed(words):
                continue
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, index[target])
    if len(order) < len(names):
        left = graph.subgraph([name for name in names if waiting[name]])
        raise GraphError(_cycle_sentence(nx.subgraph_view(left, filter_edge=lambda *edge: not is_delayed(graph.edges[edge]))))
    return order


def is_delayed(words: Mapping[str, Any]) -> bool:
    """Whether an edge with these attributes brings a value of an earlier step; a delay that is no number has its own complaint."""
    delay = words.get("delay")
    return delay is not None and not (isinstance(delay, Integral) and delay == 0)


def _cycle_sentence(graph: nx.DiGraph) -> str:
    nodes = [source for source, _ in nx.find_cycle(graph)]
    shown = [shorten(name) for name in nodes[:8]] + [f"... {len(nodes) - 8} more ..."] * (len(nodes) > 8)
    cycle = " -> ".join([*shown, shorten(nodes[0])])
    return (f"The graph has a cycle: {cycle}. A net runs from inputs to outputs: remove one of these edges, "
            f"or give it delay=1, which brings the value of the step before.")


def root_of(node: Node, nodes: Mapping[NodeId, Node]) -> Node:
    """The node whose weights a node uses: itself, or whatever it shares with, directly or by way of others.

    Raises: GraphError for a circle, or another kind of layer.
    """
    seen = {node.id: None}
    root = node
    while root.share in nodes:                           # one that is missing has its own complaint
        if root.share in seen:
            raise GraphError(_circle_sentence([name for name in nodes if name in seen], list(seen)))
        root = nodes[root.share]
        seen[root.id] = None
    if {root.op_name, node.op_name} not in ({node.op_name}, {"dense", "embedding"}):        # a table of rows is a matrix too
        raise GraphError(f"Node {shorten(node.id)} ({node.op_name}) shares the weights of {shorten(root.id)} ({root.op_name}), which is "
                         f"another kind of layer. Share between layers of one op.")
    return root


def _circle_sentence(declared: list[NodeId], followed: list[NodeId]) -> str:
    if len(followed) == 1:
        return f"Node {shorten(followed[0])} shares its own weights. Leave share= out."
    shown = [shorten(name) for name in declared[:8]] + [f"{len(declared) - 8} more"] * (len(declared) > 8)
    return f"Nodes {', '.join(shown)} share each other's weights in a circle. Leave share= out at their owner."


def placed_edges(node: Node) -> list[tuple[Edge, str | int | None]]:
    """The node's in-edges, each with the slot it feeds, in the order of the op's inputs.

    Raises: GraphError when an input is missing, fed twice or unknown, or when the order matters and no slot says it.
    """
    who = f"Node {shorten(node.id)} ({node.op_name})"
    kind = type(node.op)
    if node.op_name == "input":
        if node.edges:
            raise GraphError(f"{who} has an in-edge from {shorten(node.edges[0].source)}, but an input has none. "
                             f"Remove the edge, or give the node another op.")
        return []
    if not node.edges:
        raise GraphError(f"{who} has no in-edge, so nothing flows into it. Add an edge from an input or a layer.")
    if kind.is_weighted:
        return _summed(node, who)
    fed = [(edge, slot) for edge in node.edges for slot in edge.slots or (None,)]
    if kind.is_symmetric:
        return fed
    if issubclass(kind, Block):
        return _fed_block(fed, kind, who)
    names = slot_names(kind)
    return fed if len(fed) == 1 and len(names) < 2 and fed[0][1] is None else _ordered(fed, names, who)


def _fed_block(fed: list[tuple[Edge, str | int | None]], kind: type[Op], who: str) -> list[tuple[Edge, str | int | None]]:
    """The in-edges of a block, each with the name of its input; a single one that does not say feeds the first."""
    names, first = inlets(kind), fed[0][0]
    if len(fed) == 1 and fed[0][1] is None:
        fed = [(first, names[0])]
    placed = _ordered(fed, list(names), who, optional_inlets(kind))
    return [(edge, names[slot] if isinstance(slot, int) else slot) for edge, slot in placed]


def slot_names(kind: type[Op]) -> list[str]:
    """The names of an op's inputs; none for one that takes any number.

    >>> from netgraph.ops import OPS
    >>> slot_names(OPS["matmul"]), slot_names(OPS["attention"]), slot_names(OPS["concat"])
    (['x', 'y'], ['query', 'key', 'value', 'mask', 'added'], [])
    """
    if issubclass(kind, Block):
        return list(inlets(kind))
    if kind.forward is Op.forward:                       # others stand in for it, one for each part or at these shapes
        return list(arguments(kind, "shape" if kind.parts is Op.parts else "parts"))
    return [] if is_variadic(kind) else list(input_names(kind))


def _summed(node: Node, who: str) -> list[tuple[Edge, str | int | None]]:
    for edge in node.edges:
        if edge.slots:
            raise GraphError(f"{who} adds up what its edges bring, so the edge from {shorten(edge.source)} needs no slot. Leave slot= out.")
    return [(edge, None) for edge in node.edges]


def _ordered(fed: list[tuple[Edge, str | int | None]], names: list[str], who: str,
             optional: Collection[str] = ()) -> list[tuple[Edge, str | int | None]]:
    count = len(names) or len(fed)
    places: dict[int, tuple[Edge, str | int | None]] = {}
    wanted = _slot_range(count) + (f" (or {', '.join(map(repr, names))})" if names else "")
    if count == 1 and len(fed) > 1:
        raise GraphError(f"{who} takes one input, but has {len(fed)}: {_sources(fed)}. Merge them before it with op='add' or op='concat'.")
    for edge, slot in fed:
        place = names.index(slot) if slot in names else slot
        if slot is None:
            raise GraphError(f"{who} takes its inputs in order, and the edge from {shorten(edge.source)} does not say which it is. "
                             f"Write slot=0, 1, ... on its in-edges." if len(fed) >= count else
                             f"{who} takes {'up to ' * bool(optional)}{count} inputs, but has only {len(fed)}. "
                             f"Add the missing edge, and write slot=0, 1, ... on each.")
        if not isinstance(place, int) or not 0 <= place < count:
            raise GraphError(f"{who} has {wanted}, but the edge from {shorten(edge.source)} names slot={shorten(slot)}. "
                             f"Write one of these.")
        if place in places:
            raise GraphError(f"{who} is fed twice at slot {shorten(slot)}: by {shorten(places[place][0].source)} and "
                             f"{shorten(edge.source)}. Give each edge a slot of its own.")
        places[place] = edge, slot
    missing = next((i for i in range(count) if i not in places and (not names or names[i] not in optional)), None)
    if missing is not None:
        raise GraphError(f"{who} has {wanted}, but nothing feeds slot {missing}. Add an edge with slot={missing}.")
    return [places[i] for i in range(count) if i in places]


def _slot_range(count: int) -> str:
    return {1: "slot 0", 2: "slots 0 and 1"}.get(count, f"slots 0 to {count - 1}")


def _sources(fed: list[tuple[Edge, str | int | None]]) -> str:
    return " and ".join(shorten(edge.source) for edge, _ in fed[:4])


def declared_outputs(graph: nx.DiGraph, complaints: list[NetgraphError]) -> tuple[NodeId, ...]:
    """The nodes whose values a call gives: `G.graph["outputs"]`, or the sinks in the order of declaration.

    A node that feeds none but delayed edges is a sink.
    """
    named = graph.graph.get("outputs")
    if named is None:
        return tuple(name for name in graph if all(is_delayed(words) for words in graph.succ[name].values()))
    outputs = tuple(named) if isinstance(named, list | tuple) else (named,)
    for name in outputs:
        if type(name) not in (str, int) or name not in graph:
            complaints.append(GraphError(f"G.graph['outputs'] names {shorten(name)}, which is no node. Write a list of ids of nodes."))
    if not outputs:
        complaints.append(GraphError("G.graph['outputs'] is empty. Name the nodes whose values a call shall give, or leave it out."))
    return outputs


def require_size(graph: nx.DiGraph) -> None:
    """Raises GraphError for a graph without nodes."""
    if not len(graph):
        raise GraphError("The graph has no nodes. Add an input and a layer: G.add_node('x', op='input', shape=(3,)), "
                         "G.add_node('y', op='dense', units=1), G.add_edge('x', 'y').")
