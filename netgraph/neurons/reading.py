"""The grammar of neurons: a DiGraph of single neurons flows in; its neurons as frozen records come out, or every complaint about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import networkx as nx

from netgraph.edge import EDGE_WORDS, read_delay
from netgraph.errors import GraphError, NetgraphError, OpError, WeightError, raise_all, shorten, suggestion
from netgraph.fields import real
from netgraph.graph import correction, require_digraph
from netgraph.ops import ACTIVATIONS, OPS
from netgraph.ops.elementwise import ElementWise
from netgraph.rules import running_order
from netgraph.weights import NodeId

NEURON_WORDS = frozenset({"bias", "activation", "op", "input", "label"})


@dataclass(frozen=True, slots=True)
class Neuron:
    """activation(bias + Σ weight · source + Σ weight · what a source gave `delay` steps before).

    `past` holds (weight, delay) by source. An input gives what it is given.
    """

    id: NodeId
    bias: float = 0.0
    activation: str = "identity"
    sources: Mapping[NodeId, float] = field(default_factory=dict)
    past: Mapping[NodeId, tuple[float, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Neurons:
    """A graph of neurons, understood: sources before targets; inputs and outputs in the order of the columns of the data."""

    by_id: Mapping[NodeId, Neuron]
    inputs: tuple[NodeId, ...]
    outputs: tuple[NodeId, ...]


def is_by_number(activation: str) -> bool:
    """Whether an activation takes one number and gives one, so that a single neuron can have it.

    >>> is_by_number("tanh"), is_by_number("softmax")
    (True, False)
    """
    return issubclass(OPS[activation], ElementWise)


def read_neurons(graph: nx.DiGraph) -> Neurons:
    """The neurons of a graph, sources before targets.

    Raises: NetgraphError for what is wrong; several complaints come together, one a line.

    >>> G = nx.DiGraph(); G.add_edge("a", "y", weight=2.0)
    >>> read_neurons(G).by_id["y"]
    Neuron(id='y', bias=0.0, activation='identity', sources={'a': 2.0}, past={})
    """
    complaints: list[NetgraphError] = []
    if not len(require_digraph(graph)):
        raise GraphError("The graph has no neurons. Add an input and a neuron: G.add_edge('a', 'y', weight=0.5).")
    if wrong := [GraphError(f"A neuron's id is a str or an int, but {shorten(name)} is of type {type(name).__name__}. "
                            "Rename it, for example with nx.relabel_nodes.") for name in graph if type(name) not in (str, int)]:
        raise_all(wrong)
    inputs, outputs = ends(graph, complaints)
    columns = set(inputs)
    neurons = {name: _neuron(graph, name, _edges(graph, name, complaints), name in columns, complaints) for name in graph}
    raise_all(complaints)
    order = running_order(graph)
    if not inputs or not outputs:
        raise GraphError(f"The graph of neurons has no {'outputs' if inputs else 'inputs'}. "
                         + ("Add a neuron with edges from the inputs." if inputs else "A neuron without in-edges is one: add it."))
    return Neurons({name: neurons[name] for name in order}, inputs, outputs)


def ends(graph: nx.DiGraph, complaints: list[NetgraphError]) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
    """The inputs and the outputs in order: those that G.graph lists; or the nodes that are marked or have no in-edges, and the sinks."""
    inputs, outputs = _inputs(graph, complaints), _listed(graph, "outputs", complaints)
    if outputs is None:
        columns = set(inputs)
        outputs = tuple(name for name in graph if name not in columns and all(map(_is_delayed, graph.succ[name].values())))
    return inputs, outputs


def _is_delayed(words: Mapping[str, Any]) -> bool:
    delay = words.get("delay")
    return isinstance(delay, Integral) and int(delay) > 0


def _inputs(graph: nx.DiGraph, complaints: list[NetgraphError]) -> tuple[NodeId, ...]:
    marked = {name: None for name, words in graph.nodes(data=True) if words.get("op") == "input" or words.get("input") is True}
    listed = _listed(graph, "inputs", complaints)
    if listed is None:
        return tuple(name for name in graph if name in marked or not graph.pred[name])
    if len(set(listed)) < len(listed):
        complaints.append(GraphError("G.graph['inputs'] names a neuron twice. Name each once."))
    complaints.extend(GraphError(f"Neuron {shorten(name)} is marked as an input, but G.graph['inputs'] leaves it out. Add it there.")
                      for name in marked if name not in listed)
    return listed


def _listed(graph: nx.DiGraph, word: str, complaints: list[NetgraphError]) -> tuple[NodeId, ...] | None:
    named = graph.graph.get(word)
    if named is None:
        return None
    names = tuple(named) if isinstance(named, list | tuple) else (named,)
    missing = [name for name in names if type(name) not in (str, int) or name not in graph]
    complaints.extend(GraphError(f"G.graph['{word}'] names {shorten(name)}, which is no neuron. Write a list of ids of neurons.")
                      for name in missing)
    return tuple(name for name in names if name not in missing)


def _neuron(graph: nx.DiGraph, name: NodeId, edges: Mapping[NodeId, tuple[float, int]], is_input: bool,
            complaints: list[NetgraphError]) -> Neuron:
    who, words = f"Neuron {shorten(name)}", graph.nodes[name]
    try:
        _require_known(words, who)
        bias, activation = _bias(words.get("bias", 0.0), who), _activation(words.get("activation"), who)
        if not is_input:
            return Neuron(name, bias, activation, {source: weight for source, (weight, delay) in edges.items() if not delay},
                          {source: edge for source, edge in edges.items() if edge[1]})
        if graph.pred[name]:
            raise GraphError(f"{who} is an input, but has an in-edge from {shorten(next(iter(graph.pred[name])))}. "
                             "Remove the edge, or do not make it an input.")
        if bias or activation != "identity":
            raise GraphError(f"{who} has no in-edge, so it is an input, which has no bias and no activation. Leave them out, or name the "
                             "inputs in G.graph['inputs']: a neuron that is not among them needs no in-edge.")
    except NetgraphError as error:
        complaints.append(error)
    return Neuron(name)


def _require_known(words: Mapping[str, Any], who: str) -> None:
    for word, value in words.items():
        if word not in NEURON_WORDS and not (isinstance(word, str) and word.startswith("_")):
            raise OpError(f"{who} has an unknown field {shorten(word)}. {suggestion(word, NEURON_WORDS)} "
                          "Notes of your own begin with an underscore.")
        if word == "op" and value not in (None, "input"):
            raise OpError(f"{who} has op={shorten(value)}, but a single neuron has an activation. Write activation=..., or compile the "
                          "graph as it is, if its nodes are layers.")


def _bias(value: object, who: str) -> float:
    try:
        return real(value)
    except ValueError:
        raise WeightError(f"{who} has bias={shorten(value)}, but wants a finite number. Correct it.") from None


def _activation(word: object, who: str) -> str:
    if word is None:
        return "identity"
    if not isinstance(word, str) or word not in ACTIVATIONS:
        raise OpError(f"{who} has activation={shorten(word)}, which is not in the vocabulary. "
                      f"{correction(word, ACTIVATIONS, 'activation')}")
    if not is_by_number(word):
        raise OpError(f"{who} has activation='{word}', which takes the numbers of a whole layer. Put it behind the net.")
    return word


def _edges(graph: nx.DiGraph, name: NodeId, complaints: list[NetgraphError]) -> dict[NodeId, tuple[float, int]]:
    """The weight and the delay of each in-edge."""
    edges = {}
    for source, words in graph.pred[name].items():
        who = f"The edge {shorten(source)} -> {shorten(name)}"
        try:
            edges[source] = _weight(words, who), read_delay(words.get("delay"), who)
        except NetgraphError as error:
            complaints.append(error)
    return edges


def _weight(words: Mapping[str, Any], who: str) -> float:
    for word in EDGE_WORDS - {"weight", "delay"}:
        if word in words:
            raise OpError(f"{who} has {word}={shorten(words[word])}, but between neurons an edge has only a weight and a delay. "
                          f"Leave {word}= out.")
    if "weight" not in words:
        raise WeightError(f"{who} has no weight, and between neurons each edge has one. Write weight=..., a number.")
    try:
        return real(words["weight"])
    except ValueError:
        raise WeightError(f"{who} has weight={shorten(words['weight'])}, but wants a finite number. Correct it.") from None
