"""Random nets: hypothesis draws choices, a valid DiGraph of the whole grammar comes out; or one that was spoilt by a single change."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

import netgraph as ng
from netgraph.ops import OPS

Draw = Callable[[Any], Any]
Shape = tuple[int, ...]
SMOOTH = ["tanh", "sigmoid", "silu", "gelu", "softplus", "elu", "selu", "identity"]
KINKED = ["relu", "leaky_relu"]
SIZE, SIDE = st.integers(1, 5), st.integers(3, 7)


class Growing:
    """A net that grows node by node; `shapes` are those of the nodes whose values can be used."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.graph = draw, nx.DiGraph()
        self.shapes: dict[Any, Shape] = {}
        for i in range(draw(st.integers(1, 3))):
            image = st.tuples(st.integers(1, 4), SIDE, SIDE)
            shape = draw(st.one_of(image, image, st.tuples(SIZE), st.tuples(SIZE, SIZE)))
            self.graph.add_node(f"in{i}", op="input", shape=shape)
            self.shapes[f"in{i}"] = shape

    def any_node(self, rank: int | None = None, like: Shape | None = None) -> Any:
        """One node of that rank or of that very shape; None if there is none."""
        names = [name for name, shape in self.shapes.items() if rank in (None, len(shape)) and like in (None, shape)]
        return self.draw(st.sampled_from(names)) if names else None

    def add(self, sources: list[tuple[Any, dict[str, Any]]], **attributes: Any) -> Any:
        """A new node with these in-edges."""
        name = f"n{len(self.graph)}"
        self.graph.add_node(name, **attributes)
        self.graph.add_edges_from((source, name, words) for source, words in sources)
        self.shapes[name] = ng.infer(self.graph)[name].shape
        return name

    def activation(self) -> dict[str, Any]:
        word = self.draw(st.sampled_from([None, *SMOOTH, *KINKED]))
        return {"activation": word} if word else {}

    def gain(self) -> dict[str, Any]:
        value = self.draw(st.sampled_from([None, None, 1, -0.5, 2.0]))
        return {} if value is None else {"weight": value}

    def grow_activation(self) -> None:
        self.add([(self.any_node(), self.gain())], op=self.draw(st.sampled_from([*SMOOTH, *KINKED, "softmax", "log_softmax"])))

    def grow_dense(self) -> None:
        first = self.any_node()
        others = [name for name, shape in self.shapes.items() if name != first and shape[:-1] == self.shapes[first][:-1]]
        more = self.draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
        units = self.draw(SIZE)
        edges = [(name, {}) for name in (first, *more)]
        skips = [name for name in others if name not in more and self.shapes[name][-1] == units]
        if skips and self.draw(st.booleans()):
            edges.append((self.draw(st.sampled_from(skips)), {"weight": self.draw(st.sampled_from([1, 0.5]))}))
        if self.draw(st.booleans()):
            edges[0][1]["weight"] = np.linspace(-1, 1, units * self.shapes[first][-1]).reshape(units, -1)
        self.add(edges, op="dense", units=units, bias=self.draw(st.booleans()), **self.activation())

    def grow_shared_dense(self) -> None:
        owners = [(name, source) for name, words in self.graph.nodes(data=True) if words["op"] == "dense" and "share" not in words
                  for source in self.graph.pred[name] if len(self.graph.pred[name]) == 1]
        if owners:
            owner, source = self.draw(st.sampled_from(owners))
            words = {key: self.graph.nodes[owner][key] for key in ("units", "bias")}
            twin = self.draw(st.sampled_from([name for name, shape in self.shapes.items() if shape[-1] == self.shapes[source][-1]]))
            self.add([(twin, {})], op="dense", share=owner, **words, **self.activation())

    def grow_conv(self) -> None:
        source = self.any_node(rank=3)
        if source is None:
            return
        c, h, w = self.shapes[source]
        groups = self.draw(st.sampled_from([g for g in (1, 2, 3, 4) if c % g == 0]))
        kernel = (self.draw(st.integers(1, min(h, 4))), self.draw(st.integers(1, min(w, 4))))
        padding = self.draw(st.sampled_from(["same", "valid", 0, 1, (0, 2)]))
        stride = 1 if padding == "same" else self.draw(st.sampled_from([1, 2, (1, 3)]))
        odd = (1, 1) if padding == "same" and not (kernel[0] % 2 and kernel[1] % 2) else kernel     # torch warns of even ones
        dilation = self.draw(st.sampled_from([1, 2])) if padding == "same" else 1
        channels = groups * self.draw(st.integers(1, 2))
        self.add([(source, {})], op="conv2d", channels=channels, kernel_size=odd, stride=stride, padding=padding, dilation=dilation,
                 groups=groups, bias=self.draw(st.booleans()), **self.activation())

    def grow_pool(self) -> None:
        source = self.any_node(rank=3)
        if source is None:
            return
        kernel = self.draw(st.integers(1, min(3, *self.shapes[source][1:])))
        self.add([(source, self.gain())], op=self.draw(st.sampled_from(["maxpool2d", "avgpool2d"])), kernel_size=kernel,
                 stride=self.draw(st.sampled_from([None, 1, 2])), padding=self.draw(st.integers(0, kernel // 2)))

    def grow_global_pool(self) -> None:
        source = self.any_node(rank=3)
        if source is not None:
            self.add([(source, {})], op=self.draw(st.sampled_from(["globalavgpool2d", "globalmaxpool2d"])))

    def grow_norm(self) -> None:
        self.add([(self.any_node(), {})], op=self.draw(st.sampled_from(["layernorm", "batchnorm"])), eps=0.1)

    def grow_dropout(self) -> None:
        self.add([(self.any_node(), {})], op="dropout", p=0)

    def grow_sum(self) -> None:
        first = self.any_node()
        likes = [name for name, shape in self.shapes.items() if shape == self.shapes[first] and name != first]
        others = self.draw(st.lists(st.sampled_from(likes), max_size=2, unique=True)) if likes else []
        self.add([(name, self.gain()) for name in (first, *others)], op=self.draw(st.sampled_from(["add", "mul"])), **self.activation())

    def grow_square(self) -> None:
        self.add([(self.any_node(), {"slot": (0, 1)})], op="mul")

    def grow_difference(self) -> None:
        first = self.any_node()
        second = self.draw(st.sampled_from([name for name, shape in self.shapes.items() if shape == self.shapes[first]]))
        self.add([(first, {"slot": (0, 1)})] if first == second else [(first, {"slot": 1}), (second, {"slot": "x"})], op="sub")

    def grow_concat(self) -> None:
        first = self.any_node()
        likes = [name for name, shape in self.shapes.items() if shape[1:] == self.shapes[first][1:] and name != first]
        others = self.draw(st.lists(st.sampled_from(likes), max_size=2, unique=True)) if likes else []
        self.add([(name, {"slot": i, **self.gain()}) for i, name in enumerate((*others, first))], op="concat")

    def grow_matmul(self) -> None:
        source = self.any_node(rank=2)
        if source is not None:
            turned = self.add([(source, {})], op="transpose")
            self.add([(turned, {"slot": "y"}), (source, {"slot": "x"})], op="matmul")

    def grow_split(self) -> None:
        source = self.any_node()
        size = self.shapes[source][0]
        whole = self.add([(source, {})], op="split", split_size=self.draw(st.integers(1, size)))
        parts = len(ng.infer(self.graph)[whole].shapes)
        del self.shapes[whole]                             # as an output it would give several values
        for part in {0, self.draw(st.integers(0, parts - 1))}:
            self.add([(whole, {"output": part})], op="tanh")

    def grow_mask(self) -> None:
        """A mask on the weight of an edge that has one of its own."""
        edges = [edge for edge, p in self.learned_weights() if "mask" not in self.graph.edges[edge]]
        if edges:
            edge = self.draw(st.sampled_from(edges))
            shape = dict(self.learned_weights())[edge].shape
            self.graph.edges[edge]["mask"] = np.arange(math.prod(shape)).reshape(shape) % self.draw(st.integers(1, 3)) == 0

    def learned_weights(self) -> list[tuple[tuple[Any, Any], Any]]:
        """The edges that carry weights which their target does not share with another, each with its parameter."""
        return [((wire.source, layer.id), wire.weight) for layer in ng.infer(self.graph) if layer.id in self.graph
                and layer.shared_with is None for wire in layer.wires if wire.weight is not None]

    def grow_attention(self) -> None:
        query = self.any_node(rank=2)
        if query is None:
            return
        width = self.shapes[query][-1]
        heads = self.draw(st.sampled_from([n for n in (1, 2, 3) if width % n == 0]))
        likes = [name for name, shape in self.shapes.items() if len(shape) == 2 and shape[-1] == width and name != query]
        rotary = {"rotary": True} if width // heads % 2 == 0 and self.draw(st.booleans()) else {}
        edges = [(query, {})]
        if likes and self.draw(st.booleans()):
            edges = [(query, {"slot": "query", **self.gain()}), (self.draw(st.sampled_from(likes)), {"slot": ("key", "value")})]
        name = self.add(edges, op="attention", num_heads=heads, causal=len(edges) == 1 and self.draw(st.booleans()), **rotary)
        if len(edges) == 1 and self.draw(st.booleans()):
            self.add([(name, {})], **{**self.graph.nodes[name], "share": name})

    def grow_recurrent(self) -> None:
        source = self.any_node(rank=2)
        if source is None:
            return
        ways = {"bidirectional": self.draw(st.booleans())}
        states = self.add([(source, self.gain())], op=self.draw(st.sampled_from(["rnn", "lstm", "gru"])), hidden_size=self.draw(SIZE),
                          num_layers=self.draw(st.integers(1, 2)), bias=self.draw(st.booleans()), **ways)
        if self.draw(st.booleans()):
            self.add([(states, {})], op="last", **ways)

    def grow_block(self) -> None:
        """A block for images, sequences, or anything."""
        source = self.any_node()
        shape, activation = self.shapes[source], self.activation()
        if len(shape) == 3 and self.draw(st.booleans()):
            words = self.draw(st.sampled_from([{"op": "squeeze_excite", "reduction": 1}, {"op": "residual", "channels": shape[0]},
                                               {"op": "residual", "channels": 1, "stride": 2}]))
        elif len(shape) == 2 and self.draw(st.booleans()):
            words = {"op": "transformer_layer", "num_heads": 1, "dim_feedforward": 2, "norm_first": self.draw(st.booleans()),
                     "hidden_activation": "gelu"}
        else:
            words = {"op": "mixture", "num_experts": self.draw(st.integers(1, 3)), "hidden": 2}
        self.add([(source, self.gain())], **words, **activation)

    def close_loop(self) -> None:
        """A delayed edge from any node to one that adds up what it is given, or multiplies it."""
        pairs = [(source, target) for target, words in self.graph.nodes(data=True) for source in self.shapes
                 if not self.graph.has_edge(source, target) and self.may_feed(source, target, words)]
        if pairs:
            source, target = self.draw(st.sampled_from(pairs))
            words = self.gain() if self.graph.nodes[target]["op"] != "dense" or self.shapes[source] == self.shapes[target] else {}
            self.graph.add_edge(source, target, delay=self.draw(st.sampled_from([1, 1, 2, 3])), **words)

    def may_feed(self, source: Any, target: Any, words: dict[str, Any]) -> bool:
        if words["op"] == "dense" and "share" not in words and target not in {other.get("share") for other in self.graph.nodes.values()}:
            return self.shapes[source][:-1] == self.shapes[target][:-1]
        slots = [edge.get("slot") for edge in self.graph.pred[target].values()]
        return words["op"] in ("add", "mul") and slots == [None] * len(slots) and self.shapes[source] == self.shapes[target]

    def grow_arrangement(self) -> None:
        word = self.draw(st.sampled_from(["flatten", "mean", "max", "sum", "reshape"]))
        source = self.any_node()
        keep = {"dim": -1, "keepdim": True} if word in ("mean", "max", "sum") else {}
        self.add([(source, {})], op=word, **({"shape": (1, -1)} if word == "reshape" else keep))


@st.composite
def valid_graphs(draw: Draw) -> nx.DiGraph:
    """A net that `check` accepts: one to three inputs, up to nine layers and blocks of every family, its sinks as outputs."""
    return grown(draw).graph


@st.composite
def recurrent_graphs(draw: Draw) -> nx.DiGraph:
    """The same with one to three delayed edges, back or forth."""
    net = grown(draw)
    net.add([(net.any_node(), {})], op="add")              # which takes another edge in any case
    for _ in range(draw(st.integers(1, 3))):
        net.close_loop()
    return net.graph


def grown(draw: Draw) -> Growing:
    net = Growing(draw)
    moves = sorted(name for name in dir(Growing) if name.startswith("grow_"))
    often = ["grow_dense", "grow_shared_dense", "grow_conv", "grow_pool"]
    for move in draw(st.lists(st.sampled_from([*moves, *often * 2]), min_size=3, max_size=9)):
        getattr(net, move)()
    return net


JUNK = [None, 0, -1, 1, 2, 7, True, 1.5, float("nan"), 10**400, "", "relu", "same", "x", (), (0,), (1, 2), ("T", 2), [], {}, {"a": 1}, b"x",
        np.zeros(2), np.zeros((2, 2)), np.array("a"), np.array([None]), np.float32("inf"), object(), max, ["in0"], "in0", "n1", "n2", 2**62]
WORDS = ["op", "units", "shape", "channels", "kernel_size", "stride", "padding", "groups", "bias", "weight", "activation", "share", "slot",
         "output", "dim", "within", "label", "trainable", "init", "eps", "split_size", "nonsense", "_note", "delay", "mask", "p", "keepdim"]


@st.composite
def spoilt_graphs(draw: Draw) -> nx.DiGraph:
    """A valid net after one change, for better or worse."""
    graph = draw(valid_graphs())
    nodes, edges = list(graph), list(graph.edges)
    change = draw(st.sampled_from(["set", "set", "set on edge", "set on edge", "remove", "cut", "join", "rename", "outputs", "op"]))
    name = draw(st.sampled_from(nodes))
    if change == "set":
        graph.nodes[name][draw(st.sampled_from(WORDS))] = draw(st.sampled_from(JUNK))
    elif change == "op":
        graph.nodes[name]["op"] = draw(st.sampled_from(sorted(OPS)))
    elif change == "set on edge" and edges:
        graph.edges[draw(st.sampled_from(edges))][draw(st.sampled_from(WORDS))] = draw(st.sampled_from(JUNK))
    elif change == "remove" and graph.nodes[name]:
        graph.nodes[name].pop(draw(st.sampled_from(sorted(graph.nodes[name]))))
    elif change == "cut" and edges:
        graph.remove_edge(*draw(st.sampled_from(edges)))
    elif change == "join":
        graph.add_edge(name, draw(st.sampled_from([*nodes, "new", 5])))
    elif change == "rename":
        nx.relabel_nodes(graph, {name: draw(st.sampled_from([0, True, 1.5, (1, 2), "", "a.b", "class", object, frozenset()]))}, copy=False)
    elif change == "outputs":
        graph.graph["outputs"] = draw(st.sampled_from(JUNK))
    return graph
