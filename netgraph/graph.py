"""The grammar: a networkx.DiGraph as the user wrote it flows in, its nodes as frozen records come out, with every complaint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from netgraph.block import Block
from netgraph.edge import EDGE_WORDS, Edge, read_edge, read_switch
from netgraph.errors import GraphError, NetgraphError, OpError, shorten, suggestion
from netgraph.fields import converters, read_field, required
from netgraph.op import Op
from netgraph.ops import ACTIVATIONS, OPS
from netgraph.synonyms import word_for
from netgraph.weights import NodeId, read_array

NODE_WORDS = frozenset({"op", "activation", "within", "label", "share", "trainable"})
LONGEST_INT = 3000                     # bits of an id: names, tables and files write it in decimals
DEEPEST_GROUP = 64
INFERRED = frozenset({"in_features", "in_channels", "input_size", "input_dim", "num_features", "normalized_shape"})


@dataclass(frozen=True, slots=True)
class Node:
    """A node, understood: its op with all constants, the arrays it was given, its in-edges in the order of their declaration."""

    id: NodeId
    op: Op
    op_name: str
    edges: tuple[Edge, ...]
    activation: Op | None = None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    label: str | None = None
    share: NodeId | None = None
    trainable: bool = True


def require_digraph(graph: object) -> nx.DiGraph:
    """The graph itself.

    Raises: GraphError for anything but a plain networkx.DiGraph, with the way to make one.
    """
    if isinstance(graph, nx.MultiDiGraph):
        raise GraphError("A net is a networkx.DiGraph, but got a MultiDiGraph, which may hold several edges between two nodes. "
                         "Write nx.DiGraph(graph), and give an edge that feeds several inputs slot=(0, 1).")
    if isinstance(graph, nx.Graph) and not graph.is_directed():
        raise GraphError(f"A net is a networkx.DiGraph, but got a {type(graph).__name__}, whose edges have no direction. "
                         f"Write nx.DiGraph() and add each edge from its source to its target.")
    if not isinstance(graph, nx.DiGraph):
        if hasattr(graph, "named_parameters") and not isinstance(graph, type):
            raise GraphError(f"A net is a networkx.DiGraph, but got a torch module, {shorten(type(graph).__name__)}. "
                             "Import it: G = ng.from_torch(module, x), with an example input x.")
        carried = "Give its graph: net.graph." if isinstance(getattr(graph, "graph", None), nx.DiGraph) else \
            "Declare one with nx.DiGraph() or ng.chain(...), or read one with ng.load(path)."
        raise GraphError(f"A net is a networkx.DiGraph, but got {shorten(graph)} of type {type(graph).__name__}. {carried}")
    return graph


def read_nodes(graph: nx.DiGraph, complaints: list[NetgraphError]) -> Iterator[Node]:
    """Every node that can be understood, in the order of declaration; what is wrong with the others goes to `complaints`."""
    for name, attributes in graph.nodes(data=True):
        if type(name) not in (str, int):
            complaints.append(GraphError(f"A node's id is a str or an int, but {shorten(name)} is of type {type(name).__name__}. "
                                         f"Rename it, for example with nx.relabel_nodes."))
            continue
        if isinstance(name, int) and name.bit_length() > LONGEST_INT:
            complaints.append(GraphError(f"A node's id is {shorten(name)}, too long to be written. Number the nodes from 0."))
            continue
        before = len(complaints)
        edges = tuple(edge for source, words in graph.pred[name].items() if (edge := read_edge(source, name, words, complaints)))
        node = _read_node(name, attributes, edges, complaints)
        if node is not None and node.share is not None and (type(node.share) not in (str, int) or node.share not in graph):
            complaints.append(GraphError(f"Node {shorten(name)} has share={shorten(node.share)}, which is no node of the graph. "
                                         f"Name the node whose weights it shall use."))
        if node is not None and len(complaints) == before:
            yield node


def _op_name(name: NodeId, attributes: Mapping[str, Any], has_sources: bool) -> str:
    word = attributes.get("op")
    if word is None:
        if not has_sources and "shape" in attributes:
            return "input"
        if "units" in attributes:
            return "dense"
        if not attributes:
            raise GraphError(f"Node {shorten(name)} was never declared: an edge names it, and networkx then adds it empty. "
                             f"Add it with G.add_node({shorten(name)}, op=...), or correct the edge.")
        if "shape" in attributes:
            raise OpError(f"Node {shorten(name)} has a shape and an in-edge, but no op: only a node without in-edges is an input by its "
                          "shape. Remove the edge, or write op='reshape' to give what comes in this shape.")
        raise OpError(f"Node {shorten(name)} has no op. Write op=..., or shape=... for an input, or units=... for a dense layer.")
    if not isinstance(word, str) or word not in OPS:
        raise OpError(f"Node {shorten(name)} has op={shorten(word)}, which is not in the vocabulary. {correction(word, OPS, 'op')}")
    return word


def correction(word: object, known: Collection[str], field: str) -> str:
    """What to write in place of a word that is not in the vocabulary.

    >>> correction("LeakyReLU", ACTIVATIONS, "activation"), correction("swish", OPS, "op"), correction("rleu", ACTIVATIONS, "activation")
    ("Write activation='leaky_relu'.", "Write op='silu'.", "Did you mean 'relu'?")
    """
    right = word_for(word, known)
    return f"Write {field}='{right}'." if right else suggestion(word, known)


def _read_node(name: NodeId, attributes: Mapping[str, Any], edges: tuple[Edge, ...], complaints: list[NetgraphError]) -> Node | None:
    who = f"Node {shorten(name)}"
    try:
        op_name = _op_name(name, attributes, bool(edges))
        kind = OPS[op_name]
        op, arrays = _read_op(kind, op_name, attributes, who, complaints)
        return Node(name, op, op_name, edges, _activation(attributes, who), arrays, _group(attributes, who), _label(attributes, who),
                    attributes.get("share"), read_switch(attributes, "trainable", who))
    except NetgraphError as error:
        complaints.extend(error.complaints)
        return None


def _read_op(kind: type[Op], op_name: str, attributes: Mapping[str, Any], who: str,
             complaints: list[NetgraphError]) -> tuple[Op, dict[str, np.ndarray]]:
    fields = converters(kind)
    constants: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for word, value in attributes.items():
        is_array = isinstance(word, str) and kind.owns(word)
        if word == "arrays" and issubclass(kind, Block):
            arrays.update({name: read_array(array, f"The array '{name}' of node {who[5:]}") for name, array in _by_name(value, who)})
        elif is_array and (word not in fields or isinstance(value, np.ndarray | list | tuple)):
            arrays[word] = read_array(value, f"The {word} of node {who[5:]}")
        elif is_array and not isinstance(value, bool):
            raise OpError(f"{who} was given {word}={shorten(value)}, but wants an array, True or False. Correct it.")
        elif word in fields:
            constants[f"{word}_" if hasattr(Op, word) else word] = read_field(kind, word, value, who)
        elif word not in NODE_WORDS and not (isinstance(word, str) and word.startswith("_")):
            cure = ("Sizes of inputs are inferred: leave it out." if word in INFERRED else
                    f"It belongs to an edge: G.add_edge(source, {who.removeprefix('Node ')}, {word}=...)." if word in EDGE_WORDS else
                    f"{suggestion(word, {*fields, *NODE_WORDS - {'op'}})} Notes of your own begin with an underscore.")
            complaints.append(OpError(f"{who} ({op_name}) has an unknown field {shorten(word)}. {cure}"))
    missing = sorted(required(kind) - attributes.keys())
    if missing:
        raise OpError(f"{who} ({op_name}) lacks {' and '.join(missing)}. Add {', '.join(f'{word}=...' for word in missing)} to it.")
    return kind(**constants), arrays


def _by_name(value: object, who: str) -> list[tuple[str, object]]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise OpError(f"{who} has arrays={shorten(value)}, but wants arrays by name. Write arrays={{'part.weight': ...}}.")
    return list(value.items())


def _activation(attributes: Mapping[str, Any], who: str) -> Op | None:
    word = attributes.get("activation")
    if word is None:
        return None
    if not isinstance(word, str) or word not in ACTIVATIONS:
        raise OpError(f"{who} has activation={shorten(word)}, which is not in the vocabulary. "
                      f"{correction(word, ACTIVATIONS, 'activation')}")
    if attributes.get("op") == "input":
        raise OpError(f"{who} is an input and has activation='{word}'. Put a node with op='{word}' behind it.")
    return OPS[word]()


def _group(attributes: Mapping[str, Any], who: str) -> tuple[str, ...]:
    path = attributes.get("within", "")
    if not isinstance(path, str):
        raise OpError(f"{who} has within={shorten(path)}, but wants a path such as 'encoder/block3'. Write a str.")
    parts = tuple(part for part in path.split("/") if part)
    if len(parts) > DEEPEST_GROUP:
        raise OpError(f"{who} stands within {len(parts):,} nested groups, but {DEEPEST_GROUP} is the most. Write a shorter path.")
    return parts


def _label(attributes: Mapping[str, Any], who: str) -> str | None:
    label = attributes.get("label")
    if label is not None and not isinstance(label, str):
        raise OpError(f"{who} has label={shorten(label)}, but wants text. Write a str.")
    return label
