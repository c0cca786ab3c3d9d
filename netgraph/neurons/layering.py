"""A graph of neurons flows in; an ordinary declaration comes out, whose dense nodes are groups of neurons and whose masks are its edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import networkx as nx
import numpy as np

from netgraph.neurons.declaration import NEURONS, declaration
from netgraph.neurons.grouping import Group, groups_of
from netgraph.neurons.reading import Neurons, read_neurons
from netgraph.weights import NodeId

NARROW = 64                            # so many numbers are multiplied by zeros sooner than sorted out
LABELLED, LONGEST_LABEL = 4, 20        # so many neurons, and letters, stand as a node's label
FEW = 4                                # so many groups feed another by edges of their own; more are joined first
SEVERAL = 32                           # so many groups are joined by themselves; beyond, all that lie below a level


def from_neurons(graph: nx.DiGraph) -> nx.DiGraph:
    """A net of layers that computes what a graph of single neurons does: activation(bias + Σ weight · source) for each.

    A node is a neuron with `bias` (0) and `activation` (none), an edge has a number as its `weight`, and any shape will do; every loop
    holds an edge with a `delay`, which brings what its source gave so many steps before. Inputs are the nodes with op="input" or without
    in-edges, in the order of declaration or of G.graph["inputs"]; outputs are G.graph["outputs"], or the neurons without out-edges.
    Neurons of one level and one activation become a dense node, the edges into them one weight with a mask, so that training never
    invents an edge. `to_neurons` gives the neurons back.

    Shapes: x (N, inputs) -> y (N, outputs); with delays sequences, x (N, T, inputs) -> y (N, T, outputs).
    Raises: NetgraphError naming each neuron and edge that cannot be understood; GraphError for a cycle.

    >>> import netgraph as ng, networkx as nx, numpy as np
    >>> G = nx.DiGraph()
    >>> G.add_node("h", bias=-0.5, activation="relu")
    >>> G.add_weighted_edges_from([("a", "h", 1.0), ("b", "h", 1.0), ("h", "y", 2.0), ("a", "y", -1.0)])
    >>> net = ng.compile(ng.from_neurons(G))
    >>> net(np.array([[1, 1], [0, 0]])).tolist()
    [[2.0], [0.0]]
    """
    neurons = read_neurons(graph)
    layers = nx.DiGraph()
    layers.graph.update({word: value for word, value in graph.graph.items() if word not in ("inputs", "outputs")})
    layers.graph[NEURONS] = declaration(graph)
    wiring = Wiring(layers, neurons)
    groups = groups_of(neurons)
    for group in groups:
        wiring.add(group)
    for group in groups:
        wiring.add_past(group)
    layers.graph["outputs"] = [wiring.outputs(neurons.outputs)]
    return layers


class Wiring:
    """The net as it grows: a dense node for each group, and where needed nodes that join groups or pick some of their numbers."""

    def __init__(self, layers: nx.DiGraph, neurons: Neurons) -> None:
        self.layers = layers
        self.members: dict[str, list[NodeId]] = {}                # of each node, in order
        self.home: dict[NodeId, str] = {}                         # the node of each neuron
        self.at: dict[NodeId, int] = {}                           # its place there
        self.starts: dict[str, dict[str, int]] = {}               # for each node that joins groups, where each of them begins
        self.rank: dict[str, tuple[int, int]] = {}                # of each group its level and its place there
        self.groups: dict[int, list[str]] = {}                    # the nodes of each level
        self.joined: dict[int, str] = {0: "x"}                    # for each level the node that holds it and all below
        self.from_inputs: dict[str, int] = {}                     # where each group begins in all of these: later ones only go on
        self.joint: dict[tuple[str, ...], str] = {}               # the node that holds these groups
        layers.add_node("x", op="input", shape=(len(neurons.inputs),), **_names(neurons.inputs))
        self._settle("x", neurons.inputs, 0)

    def add(self, group: Group) -> None:
        """Add a group's dense node, and its weights on edges from the groups of its sources, or from a node that joins them."""
        count = len(self.groups.get(group.level, []))
        node = f"level{group.level}" + (f"_{count}" if count else "")
        sources = {source for neuron in group.neurons for source in neuron.sources}
        homes, counts = self._homes(sources), Counter(self.home[source] for source in sources)
        is_plain = 0 < len(homes) <= FEW and all(self._is_used(home, counts[home]) for home in homes)
        activation = {} if group.activation == "identity" else {"activation": group.activation}
        names = [neuron.id for neuron in group.neurons]
        self.layers.add_node(node, op="dense", units=len(names), **activation, bias=np.array([n.bias for n in group.neurons]),
                             **_names(names))
        for base in homes if is_plain else [self._base(sources, f"{node}_in")]:
            self.layers.add_edge(base, node, **_matrix([neuron.sources for neuron in group.neurons], self.members[base]))
        self._settle(node, names, group.level)

    def add_past(self, group: Group) -> None:
        """Add the delayed edges into a group, for each delay one; all groups are there by now."""
        node = self.home[group.neurons[0].id]
        for steps in sorted({delay for neuron in group.neurons for _, delay in neuron.past.values()}):
            rows = [{source: weight for source, (weight, delay) in neuron.past.items() if delay == steps} for neuron in group.neurons]
            base = self._base({source for row in rows for source in row}, f"{node}_past{steps}")
            if self.layers.has_edge(base, node):             # which brings what is now
                base = self._pass(base, f"{node}_before{steps}")
            self.layers.add_edge(base, node, delay=steps, **_matrix(rows, self.members[base]))

    def outputs(self, names: Sequence[NodeId]) -> str:
        """The node whose value is these neurons in this order."""
        base = self._holder(names, "ends")
        if self.members[base] == list(names):
            return base
        place = {name: i for i, name in enumerate(self.members[base])}
        return self._pick(base, "y", [place[name] for name in names])

    def _settle(self, node: str, names: Iterable[NodeId], level: int) -> None:
        self.members[node], self.starts[node] = list(names), {node: 0}
        self.home.update(dict.fromkeys(names, node))
        self.at.update((name, i) for i, name in enumerate(names))
        self.rank[node] = level, len(self.groups.get(level, []))
        self.groups.setdefault(level, []).append(node)

    def _base(self, sources: set[NodeId], name: str) -> str:
        """A node that holds the sources, and not many others."""
        base = self._holder(sources, f"{name}_all")
        if self._is_used(base, len(sources)):
            return base
        starts = self.starts[base]
        return self._pick(base, name, sorted(starts[self.home[source]] + self.at[source] for source in sources) or [0])

    def _is_used(self, node: str, count: int) -> bool:
        """Whether so many of the node's neurons are enough that the others do no harm."""
        members = self.members[node]
        return len(members) <= NARROW or len(members) <= 2 * count

    def _homes(self, names: Iterable[NodeId]) -> list[str]:
        return sorted({self.home[name] for name in names}, key=self.rank.__getitem__)

    def _holder(self, names: Iterable[NodeId], node: str) -> str:
        """The node that holds all of these: that of their group, one that joins their groups, or one that joins all levels up to theirs."""
        homes = self._homes(names)
        if len(homes) <= 1:
            return homes[0] if homes else "x"
        if len(homes) > SEVERAL:
            return self._join_levels(self.rank[homes[-1]][0])
        if tuple(homes) not in self.joint:
            self.joint[tuple(homes)] = self._join(homes, node, {})
        return self.joint[tuple(homes)]

    def _join_levels(self, level: int) -> str:
        start = max(there for there in self.joined if there <= level)
        for i in range(start + 1, level + 1):
            self.joined[i] = self._join([self.joined[i - 1], *self.groups[i]], f"upto{i}", self.from_inputs)
        return self.joined[level]

    def _join(self, parts: Sequence[str], node: str, starts: dict[str, int]) -> str:
        self.layers.add_node(node, op="concat")
        self.layers.add_edges_from((part, node, {"slot": slot}) for slot, part in enumerate(parts))
        self.members[node] = [name for part in parts for name in self.members[part]]
        ends = accumulate(len(self.members[part]) for part in parts)
        starts.update(zip(parts, (0, *ends), strict=False))
        self.starts[node] = starts
        return node

    def _pass(self, base: str, node: str) -> str:
        self.layers.add_node(node, op="identity")
        self.layers.add_edge(base, node)
        self.members[node] = self.members[base]
        return node

    def _pick(self, base: str, node: str, places: list[int]) -> str:
        self.layers.add_node(node, op="index_select", index=tuple(places))
        self.layers.add_edge(base, node)
        self.members[node] = [self.members[base][i] for i in places]
        return node


def _names(names: Sequence[NodeId]) -> dict[str, Any]:
    """What a node keeps of its neurons: their ids, and where these are few and short also a label."""
    label = ", ".join(map(str, names)) if len(names) <= LABELLED else ""
    return {NEURONS: list(names), **({"label": label} if 0 < len(label) <= LONGEST_LABEL else {})}


def _matrix(rows: Sequence[Mapping[NodeId, float]], columns: Sequence[NodeId]) -> dict[str, np.ndarray]:
    """The attributes of an edge: the weights (rows, columns) from these columns, and a mask of the edges where some are missing."""
    place = {name: i for i, name in enumerate(columns)}
    entries = [(i, place[source], weight) for i, row in enumerate(rows) for source, weight in row.items() if source in place]
    weight, mask = np.zeros((len(rows), len(columns))), np.zeros((len(rows), len(columns)), bool)
    if entries:
        at, places, values = zip(*entries, strict=True)
        weight[at, places] = values
        mask[at, places] = True
    return {"weight": weight} if mask.all() else {"weight": weight, "mask": mask}
