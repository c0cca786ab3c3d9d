"""A net of dense layers flows in; a graph of its single neurons comes out, each weight a number on an edge."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np

from netgraph.errors import GraphError, shorten
from netgraph.graph import require_digraph
from netgraph.inference import infer
from netgraph.neurons.declaration import NEURONS, as_declared
from netgraph.neurons.reading import is_by_number
from netgraph.ops import ACTIVATIONS
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import element_count, sizes
from netgraph.weights import NodeId, initial_values

# Ops that only pass numbers on, each to one place or several.
WIRING = frozenset({"concat", "expand", "flatten", "flip", "identity", "index_select", "permute", "reshape", "roll", "select", "slice",
                    "split", "squeeze", "stack", "tile", "transpose", "unflatten", "unsqueeze"})


def to_neurons(net: Any) -> nx.DiGraph:
    """The single neurons of a net of dense layers: a graph as `from_neurons` takes it, with the net's present weights.

    `net` is a graph or what `compile` made of it for NumPy. Dense layers on flat data, also with delayed edges, element-wise activations,
    gains, sums and all that only passes numbers on are understood. What `from_neurons` made gives its own neurons back, by their ids and
    in their order, trained or not; other neurons are called by their layer and a number. Weights that the graph does not carry begin as
    `compile` draws them.

    Raises: GraphError naming a node that is no sum of single numbers, such as a convolution.

    >>> import netgraph as ng
    >>> neurons = ng.to_neurons(ng.chain(2, 3, "tanh", 1))
    >>> list(neurons)
    ['x.0', 'x.1', 'dense1.0', 'dense1.1', 'dense1.2', 'dense2']
    >>> neurons.number_of_edges(), neurons.nodes["dense1.0"]["activation"]
    (9, 'tanh')
    """
    graph = require_digraph(net if isinstance(net, nx.DiGraph) else getattr(net, "graph", net))
    plan = infer(graph)
    unfolding = Unfolding(plan, {layer.id: graph.nodes[layer.id].get(NEURONS) for layer in plan})
    for layer in plan:
        unfolding.add(layer)
    for layer in plan:
        unfolding.add_past(layer)
    neurons = unfolding.neurons
    neurons.graph["inputs"] = unfolding.names_of(plan.inputs)
    neurons.graph["outputs"] = unfolding.names_of(plan.outputs)
    return as_declared(neurons, graph.graph.get(NEURONS), plan.name)


class Unfolding:
    """The graph of neurons as it grows. A signal is an array of places in a list of terms; a term is a neuron's value times a factor."""

    def __init__(self, plan: Plan, ids: Mapping[NodeId, Any]) -> None:
        self.neurons = nx.DiGraph()
        self.ids = ids
        self.values = initial_values(plan.parameters.values(), seed=0, dtype=np.dtype("float64"))
        self.terms: list[tuple[NodeId, float]] = []
        self.stand_ins: dict[tuple[NodeId, int], NodeId] = {}
        self.signals: dict[NodeId, list[np.ndarray]] = {}         # the outputs of each layer, shapes (1, ...)

    def add(self, layer: Layer) -> None:
        """Add a layer's neurons, or pass on what it is given."""
        wires = [wire for wire in layer.wires if not wire.delay]
        if len(wires) < len(layer.wires) and layer.op_name != "dense":
            raise _refusal(layer, "a delayed in-edge")
        shapes = [wire.shape for wire in wires]
        given = [self._given(wire) for wire in wires]
        if layer.op_name == "input":
            signals = [self._inputs(layer)]
        elif layer.op_name == "dense":
            signals = [self._dense(layer)]
        elif layer.op_name == "add":
            signals = [self._sum(layer, given)]
        elif layer.op_name in ACTIVATIONS - WIRING:
            signals = [self._each(layer, given[0], _word(layer))]
        elif layer.op_name in WIRING:
            signals = [part.at(*shapes).forward(*given) for part in layer.op.parts(*shapes)]
            signals = signals if layer.activation is None else [self._each(layer, signals[0], _word(layer))]
        else:
            raise _refusal(layer, f"op='{layer.op_name}'")
        self.signals[layer.id] = signals

    def add_past(self, layer: Layer) -> None:
        """Add the delayed edges into a dense layer, whose neurons are all there by now."""
        sums: dict[tuple[int, NodeId, int], float] = {}
        for wire in layer.wires:
            if wire.delay:
                for row, name, weight in self._entries(wire):
                    sums[row, name, wire.delay] = sums.get((row, name, wire.delay), 0.0) + weight
        for (row, name, delay), weight in sums.items():
            target = self.terms[self.signals[layer.id][0].flat[row]][0]
            source = self._stand_in(name, delay) if self.neurons.has_edge(name, target) else name
            self.neurons.add_edge(source, target, weight=weight, delay=delay)

    def _stand_in(self, name: NodeId, delay: int) -> NodeId:
        """A neuron that gives what another does, for the edges of this delay: a DiGraph keeps one edge from one node to another."""
        if (name, delay) not in self.stand_ins:
            self.stand_ins[name, delay] = self._neuron(self._fresh([f"{name}.before{delay}"])[0], {name: 1.0})
        return self.stand_ins[name, delay]

    def names_of(self, layers: Sequence[NodeId]) -> list[NodeId]:
        """The neurons whose values these layers give, one after the other; a new one for a value that is a multiple of another's."""
        names: list[NodeId] = []
        for layer in layers:
            for place in np.concatenate([signal.ravel() for signal in self.signals[layer]]):
                name, factor = self.terms[place]
                names.append(name if factor == 1 else self._neuron(self._fresh([f"{layer}.out{len(names)}"])[0], {name: factor}))
        return names

    def _inputs(self, layer: Layer) -> np.ndarray:
        if any(isinstance(dim, str) for dim in layer.shape):
            raise _refusal(layer, f"the shape {layer.shape}")
        names = self._names(layer, element_count(layer.shape))
        self.neurons.add_nodes_from(names, op="input")
        return self._signal(names, layer)

    def _dense(self, layer: Layer) -> np.ndarray:
        if len(layer.shape) > 1:
            raise _refusal(layer, f"samples of shape {layer.shape}")
        sums: list[dict[NodeId, float]] = [{} for _ in range(int(layer.shape[0]))]
        for wire in layer.wires:
            if not wire.delay:
                for row, name, weight in self._entries(wire):
                    sums[row][name] = sums[row].get(name, 0.0) + weight
        biases = self.values[layer.owned[0].name].tolist() if layer.owned else [0.0] * len(sums)
        return self._layer(layer, sums, biases, _word(layer))

    def _entries(self, wire: Wire) -> Iterator[tuple[int, NodeId, float]]:
        """What an edge into a dense layer holds: (row, neuron, weight); of a gain the diagonal."""
        terms = [self.terms[place] for place in self._given(wire)[0]]
        if wire.weight is None:
            yield from ((row, name, factor) for row, (name, factor) in enumerate(terms))
            return
        weights, mask = self.values[wire.weight.name], wire.weight.mask
        rows, columns = np.nonzero(np.ones(weights.shape) if mask is None else mask)
        for row, column, weight in zip(rows.tolist(), columns.tolist(), weights[rows, columns].tolist(), strict=True):
            name, factor = terms[column]
            yield row, name, weight * factor

    def _given(self, wire: Wire) -> np.ndarray:
        return self._scaled(self.signals[wire.source][wire.output], wire.gain)

    def _sum(self, layer: Layer, given: list[np.ndarray]) -> np.ndarray:
        shape = sizes(layer.shape, "'add'")
        sums: list[dict[NodeId, float]] = [{} for _ in range(math.prod(shape))]
        for signal in given:
            for row, place in enumerate(np.broadcast_to(signal[0], shape).ravel()):
                name, factor = self.terms[place]
                sums[row][name] = sums[row].get(name, 0.0) + factor
        return self._layer(layer, sums, [0.0] * len(sums), _word(layer))

    def _each(self, layer: Layer, signal: np.ndarray, activation: str) -> np.ndarray:
        sums = [dict([self.terms[place]]) for place in signal.ravel()]
        return self._layer(layer, sums, [0.0] * len(sums), activation)

    def _layer(self, layer: Layer, sums: list[dict[NodeId, float]], biases: list[float], activation: str) -> np.ndarray:
        names = self._names(layer, len(sums))
        for name, weights, bias in zip(names, sums, biases, strict=True):
            self._neuron(name, weights, bias, activation)
        return self._signal(names, layer)

    def _neuron(self, name: NodeId, weights: Mapping[NodeId, float], bias: float = 0.0, activation: str = "identity") -> NodeId:
        self.neurons.add_node(name, bias=bias, activation=activation)
        self.neurons.add_weighted_edges_from((source, name, weight) for source, weight in weights.items())
        return name

    def _signal(self, names: list[NodeId], layer: Layer) -> np.ndarray:
        start = len(self.terms)
        self.terms.extend((name, 1.0) for name in names)
        return np.arange(start, len(self.terms)).reshape(1, *layer.shape)

    def _scaled(self, signal: np.ndarray, gain: float | None) -> np.ndarray:
        if gain in (None, 1):
            return signal
        start = len(self.terms)
        self.terms.extend((name, factor * gain) for name, factor in (self.terms[place] for place in signal.ravel()))
        return np.arange(start, len(self.terms)).reshape(signal.shape)

    def _names(self, layer: Layer, count: int) -> list[NodeId]:
        """The ids that the layer brings for its neurons, or its own id and a number, made different from all others."""
        own = self.ids[layer.id]
        is_known = isinstance(own, list | tuple) and all(type(name) in (str, int) and name not in self.neurons for name in own)
        if is_known and len(own) == count == len(set(own)):
            return list(own)
        return self._fresh([layer.id] if count == 1 else [f"{layer.id}.{i}" for i in range(count)])

    def _fresh(self, names: list[NodeId]) -> list[NodeId]:
        while any(name in self.neurons for name in names):
            names = [f"{name}'" for name in names]
        return names


def _word(layer: Layer) -> str:
    """The layer's activation, as a neuron has it."""
    op = layer.op if layer.op_name in ACTIVATIONS - WIRING else layer.activation
    if op is None:
        return "identity"
    if op is layer.op and layer.activation is not None:
        raise _refusal(layer, f"an activation behind another, '{layer.activation.word}'")
    if not is_by_number(op.word):
        raise _refusal(layer, f"the activation '{op.word}'")
    if op.constants():
        raise _refusal(layer, f"the activation '{op.word}' with constants of its own, {op.constants()}")
    return op.word


def _refusal(layer: Layer, what: str) -> GraphError:
    return GraphError(f"Node {shorten(layer.id)} has {what}, which single neurons cannot compute. Dense layers, element-wise activations, "
                      "sums and what only passes numbers on can be unfolded: remove the others.")
