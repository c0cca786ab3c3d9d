"""Graphs of single neurons: the net of layers that is made of one computes, learns and gives back what stands in it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import netgraph as ng
from netgraph.neurons import grouping, layering
from netgraph.neurons.unfolding import WIRING
from netgraph.ops import ACTIVATIONS, OPS
from netgraph.ops.elementwise import ElementWise

SMOOTH = {"tanh": np.tanh, "sigmoid": lambda v: 1 / (1 + np.exp(-v)), "sin": np.sin, "softplus": lambda v: np.log1p(np.exp(v)),
          "identity": lambda v: v, None: lambda v: v}
WORDS = {**SMOOTH, "relu": lambda v: np.maximum(v, 0), "abs": np.abs}
NUMBERS = st.floats(-2, 2).map(lambda value: round(value, 3))
SAMPLES = 5


@st.composite
def neuron_graphs(draw: Any, words: tuple[str | None, ...] = tuple(WORDS), has_delays: bool = False) -> nx.DiGraph:
    """A graph as neuro-evolution makes them: edges that run forward, or anywhere with a delay; constant neurons; ends in any order."""
    inputs = [f"in{i}" for i in range(draw(st.integers(1, 3)))]
    hidden = draw(st.lists(st.one_of(st.integers(0, 99), st.text(max_size=3)), min_size=1, max_size=12, unique=True))
    graph = nx.DiGraph(name="evolved")
    for name in draw(st.permutations([*inputs, *hidden])):
        bias = draw(st.sampled_from([None, draw(NUMBERS)]))
        word = draw(st.sampled_from(words))
        graph.add_node(name, **({} if name in inputs else {"bias": bias} if bias is not None else {}),
                       **({"activation": word} if name not in inputs and word else {}))
    for i, name in enumerate(hidden):
        for source in draw(st.lists(st.sampled_from([*inputs, *hidden[:i]]), max_size=5, unique=True)):
            graph.add_edge(source, name, weight=draw(NUMBERS))
    pairs = st.tuples(st.sampled_from([*inputs, *hidden]), st.sampled_from(hidden))
    for source, name in draw(st.lists(pairs, min_size=1, max_size=6)) if has_delays else ():
        graph.add_edge(source, name, weight=draw(NUMBERS), delay=draw(st.sampled_from([1, 1, 2])))
    graph.graph["inputs"] = draw(st.permutations(inputs))
    if draw(st.booleans()):
        graph.graph["outputs"] = draw(st.lists(st.sampled_from([*inputs, *hidden]), min_size=1, max_size=4))
    return graph


def is_recurrent(graph: nx.DiGraph) -> bool:
    return any("delay" in words for *_, words in graph.edges(data=True))


def evaluate(graph: nx.DiGraph, x: np.ndarray) -> np.ndarray:
    """The outputs, neuron by neuron and step by step."""
    if not is_recurrent(graph):
        return evaluate_step(graph, x, [])
    history: list[dict[Any, np.ndarray]] = []
    return np.stack([evaluate_step(graph, x[:, t], history) for t in range(x.shape[1])], axis=1)


def evaluate_step(graph: nx.DiGraph, x: np.ndarray, history: list[dict[Any, np.ndarray]]) -> np.ndarray:
    values = {name: x[:, i] for i, name in enumerate(graph.graph["inputs"])}
    now = nx.subgraph_view(graph, filter_edge=lambda *edge: "delay" not in graph.edges[edge])
    for name in nx.topological_sort(now):
        if name not in values:
            total = np.full(len(x), float(graph.nodes[name].get("bias", 0)))
            for source, words in graph.pred[name].items():
                before = words.get("delay", 0)
                if before <= len(history):
                    total = total + words["weight"] * (history[-before] if before else values)[source]
            values[name] = WORDS[graph.nodes[name].get("activation")](total)
    history.append(values)
    sinks = [name for name in graph if not now.succ[name] and name not in graph.graph["inputs"]]
    return np.stack([values[name] for name in graph.graph.get("outputs", sinks)], axis=1)


def data_for(graph: nx.DiGraph) -> np.ndarray:
    steps = (4,) if is_recurrent(graph) else ()
    return np.random.default_rng(0).standard_normal((SAMPLES, *steps, len(graph.graph["inputs"])))


ALL = neuron_graphs() | neuron_graphs(has_delays=True)
ALL_SMOOTH = neuron_graphs(tuple(SMOOTH)) | neuron_graphs(tuple(SMOOTH), has_delays=True)


@pytest.fixture(params=["roomy", "tight"])
def limits(request: pytest.FixtureRequest):
    """The limits as they are, and so tight that small graphs are cut, joined and sorted out as large ones are."""
    with ExitStack() as stack:
        if request.param == "tight":
            for room, name, value in ((layering, "NARROW", 0), (layering, "FEW", 1), (layering, "SEVERAL", 2), (grouping, "FEWEST", 2),
                                      (grouping, "SPARSEST", 1)):
                stack.enter_context(patch.object(room, name, value))
        yield


@pytest.mark.usefixtures("limits")
class TestEveryGraph:
    @settings(max_examples=30, deadline=None)
    @given(graph=ALL)
    def test_computes_what_its_neurons_do_one_by_one(self, graph):
        x = data_for(graph)
        wanted = evaluate(graph, x)
        got = ng.compile(ng.from_neurons(graph), dtype="float64")(x)
        assert np.abs(got - wanted).max() <= 1e-12 * max(1, np.abs(wanted).max())      # sums in another order

    @settings(max_examples=30, deadline=None)
    @given(graph=ALL)
    def test_comes_back_as_it_was(self, graph):
        again = ng.to_neurons(ng.from_neurons(graph))
        assert nx.utils.graphs_equal(again, graph)
        assert list(again) == list(graph)

    @settings(max_examples=15, deadline=None)
    @given(graph=ALL_SMOOTH)
    def test_learns_by_the_gradients_of_its_edges_and_biases(self, graph):
        x, net = data_for(graph), ng.compile(ng.from_neurons(graph), dtype="float64")
        y = np.zeros_like(evaluate(graph, x))
        net.trainer(loss="mse", optimizer="sgd", lr=1.0)(x, y)     # what is taken away is the gradient itself
        trained = ng.to_neurons(net)
        for source, target in graph.edges:
            moved = graph.edges[source, target]["weight"] - trained.edges[source, target]["weight"]
            assert moved == pytest.approx(slope(graph, graph.edges[source, target], "weight", x), rel=1e-5, abs=1e-7)
        for name in set(graph) - set(graph.graph["inputs"]):
            moved = graph.nodes[name].get("bias", 0) - trained.nodes[name].get("bias", 0)
            assert moved == pytest.approx(slope(graph, graph.nodes[name], "bias", x), rel=1e-5, abs=1e-7)

    @settings(max_examples=8, deadline=None)
    @given(graph=ALL)
    def test_has_the_same_edges_after_training(self, graph):
        x, net = data_for(graph), ng.compile(ng.from_neurons(graph))
        net.fit(x, np.zeros_like(evaluate(graph, x)), loss="mse", optimizer=ng.optimizer("adamw", weight_decay=0.1), epochs=3)
        assert set(ng.to_neurons(net).edges) == set(graph.edges)


def slope(graph: nx.DiGraph, words: dict[str, Any], word: str, x: np.ndarray) -> float:
    """The mean square's derivative by one number of the graph: a central difference."""
    before, losses = words.get(word), []
    for step in (1e-5, -1e-5):
        words[word] = (before or 0.0) + step
        losses.append(float(np.square(evaluate(graph, x)).mean()))
    del words[word]
    words.update({} if before is None else {word: before})
    return (losses[0] - losses[1]) / 2e-5


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_saved_net_still_knows_its_neurons(suffix, tmp_path):
    graph = xor()
    graph.nodes["h"]["_age"], graph.edges["a", "h"]["_innovation"] = 3, 7
    ng.save(ng.from_neurons(graph), tmp_path / f"net.{suffix}")
    assert nx.utils.graphs_equal(ng.to_neurons(ng.load(tmp_path / f"net.{suffix}")), graph)


@settings(max_examples=8, deadline=None)
@given(graph=ALL)
def test_torch_computes_the_same(graph):
    import torch
    layers, x = ng.from_neurons(graph), data_for(graph)
    got = ng.compile(layers, "torch", dtype="float64")(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(got, ng.compile(layers, dtype="float64")(x), rtol=1e-10, atol=1e-10)


def xor() -> nx.DiGraph:
    graph = nx.DiGraph(name="xor")
    graph.add_node("h", bias=-1.0, activation="relu")
    graph.add_weighted_edges_from([("a", "h", 1.0), ("b", "h", 1.0), ("h", "y", -2.0), ("a", "y", 1.0), ("b", "y", 1.0)])
    return graph


def test_neurons_of_one_level_and_activation_are_one_layer_with_a_mask():
    graph = nx.DiGraph()
    graph.add_nodes_from(["p", "q"], activation="tanh")
    graph.add_weighted_edges_from([("a", "p", 1.0), ("b", "q", 2.0)])
    layers = ng.from_neurons(graph)
    assert dict(layers.nodes["level1"], bias=None) == {"op": "dense", "units": 2, "activation": "tanh", "bias": None, "label": "p, q",
                                                       "_neurons": ["p", "q"]}
    assert layers.edges["x", "level1"]["mask"].tolist() == [[1, 0], [0, 1]]


def test_blocks_of_a_large_sparse_graph_do_not_explode():
    rng = np.random.default_rng(0)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(3000))
    for name in range(100, 3000):
        graph.nodes[name]["activation"] = ("tanh", "relu")[name % 2]
        graph.add_weighted_edges_from((int(source), name, 1.0) for source in rng.choice(name, 10, replace=False))
    layers = ng.from_neurons(graph)
    cells = sum(words["weight"].size for *_, words in layers.edges(data=True) if "weight" in words)
    assert cells < 64 * graph.number_of_edges()
    assert len(layers) < len(graph) / 5


def dense_net() -> nx.DiGraph:
    """A net with all that can be unfolded."""
    graph = ng.chain(3, 4, "tanh", 2, "sigmoid", name="dense")
    graph.add_node("z", shape=(2, 2))
    graph.add_node("flat", op="flatten")
    graph.add_node("sum", op="add", activation="abs")
    graph.add_node("joined", op="concat")
    graph.add_node("part", op="slice", start=1)
    graph.add_node("bent", op="softplus")
    graph.add_node("end", units=2, bias=False)
    graph.add_edges_from([("z", "flat"), ("dense1", "sum", {"weight": -0.5}), ("flat", "sum"), ("sum", "joined", {"slot": 1, "weight": 3}),
                          ("dense2", "joined", {"slot": 0}), ("joined", "part"), ("part", "bent"), ("bent", "end"), ("joined", "end"),
                          ("dense2", "end", {"weight": 2})])
    return graph


def test_a_net_of_dense_layers_is_unfolded_into_neurons_that_compute_the_same():
    net = ng.compile(dense_net(), dtype="float64", seed=3)
    x, z = np.random.default_rng(0).standard_normal((SAMPLES, 3)), np.random.default_rng(1).standard_normal((SAMPLES, 2, 2))
    neurons = ng.to_neurons(net)
    again = ng.compile(ng.from_neurons(neurons), dtype="float64")
    np.testing.assert_allclose(again(np.concatenate([x, z.reshape(SAMPLES, 4)], axis=1)), net(x, z), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("word", "constants", "shapes"), [
    (word, constants, shapes) for word in sorted(WIRING) for constants, shapes in OPS[word].examples])
def test_what_only_passes_numbers_on_is_no_neuron(word, constants, shapes):
    graph = nx.DiGraph()
    graph.add_node("z", op=word, **constants)
    for i, shape in enumerate(shapes):
        graph.add_node(f"x{i}", shape=shape)
        graph.add_edge(f"x{i}", "z", **({"slot": i} if len(shapes) > 1 else {}))
    graph.add_node("flat", op="flatten")
    graph.add_edge("z", "flat")
    xs = [np.random.default_rng(i).standard_normal((SAMPLES, *shape)) for i, shape in enumerate(shapes)]
    neurons = ng.to_neurons(graph)
    assert all(words == {"op": "input"} for _, words in neurons.nodes(data=True))
    got = ng.compile(ng.from_neurons(neurons), dtype="float64")(np.concatenate([x.reshape(SAMPLES, -1) for x in xs], axis=1))
    np.testing.assert_array_equal(got, ng.compile(graph, dtype="float64")(*xs))


def test_a_recurrent_net_of_dense_layers_is_unfolded_too():
    graph = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 2})
    graph.add_edge("h", "h", delay=1)
    graph.add_node("same", op="identity")                  # h feeds y twice: now, and by what it gave two steps before
    graph.add_edges_from([("h", "same", {}), ("same", "y", {"delay": 2})])
    graph.graph["outputs"] = ["y"]
    net, x = ng.compile(graph, dtype="float64", seed=3), np.random.default_rng(0).standard_normal((SAMPLES, 6, 3))
    again = ng.compile(ng.from_neurons(ng.to_neurons(net)), dtype="float64")
    np.testing.assert_allclose(again(x), net(x), rtol=1e-12, atol=1e-12)


def test_a_multiple_as_an_output_is_a_neuron_of_its_own():
    graph = ng.chain(2, {"op": "flatten"})
    graph.edges["x", "flatten1"]["weight"] = 3
    neurons = ng.to_neurons(graph)
    assert ng.compile(ng.from_neurons(neurons))([[1, 2]]).tolist() == [[3, 6]]


def test_ids_of_layers_that_would_clash_are_told_apart():
    graph = nx.DiGraph()
    graph.add_node("x", shape=(2,))
    graph.add_node("x.0", units=1)
    graph.add_edge("x", "x.0")
    assert list(ng.to_neurons(graph)) == ["x.0", "x.1", "x.0'"]


def test_a_neuron_without_in_edges_is_constant_where_inputs_are_named():
    graph = xor()
    graph.add_node("one", bias=1.5)
    graph.add_edge("one", "y", weight=2.0)
    graph.graph["inputs"] = ["a", "b"]
    assert ng.compile(ng.from_neurons(graph))([[0, 0], [1, 1]]).tolist() == [[3], [3]]


def at_node(**words: Any):
    return lambda graph: graph.nodes["h"].update(words)


def at_edge(**words: Any):
    return lambda graph: graph.edges["a", "h"].update(words)


NODE, EDGE = "Neuron 'h' has ", "The edge 'a' -> 'h' has "
NUMBER = "but wants a finite number. Correct it."
MISTAKES = {
    "bias array": (at_node(bias=np.ones(1)), ng.WeightError, f"{NODE}bias=array([1.]), {NUMBER}"),
    "bias nan": (at_node(bias=float("nan")), ng.WeightError, f"{NODE}bias=nan, {NUMBER}"),
    "bias text": (at_node(bias="1"), ng.WeightError, f"{NODE}bias='1', {NUMBER}"),
    "unknown activation": (at_node(activation="rleu"), ng.OpError,
                           f"{NODE}activation='rleu', which is not in the vocabulary. Did you mean 'relu'?"),
    "activation of layers": (at_node(activation="softmax"), ng.OpError,
                             f"{NODE}activation='softmax', which takes the numbers of a whole layer. Put it behind the net."),
    "op of layers": (at_node(op="dense"), ng.OpError, f"{NODE}op='dense', but a single neuron has an activation. Write activation=..., or "
                     "compile the graph as it is, if its nodes are layers."),
    "unknown field": (at_node(bais=1), ng.OpError, f"{NODE}an unknown field 'bais'. Did you mean 'bias'? Notes of your own begin with an "
                      "underscore."),
    "input with in-edges": (at_node(op="input", bias=0, activation=None), ng.GraphError,
                            "Neuron 'h' is an input, but has an in-edge from 'a'. Remove the edge, or do not make it an input."),
    "input with bias": (lambda graph: graph.nodes["a"].update(bias=1.0), ng.GraphError,
                        "Neuron 'a' has no in-edge, so it is an input, which has no bias and no activation. Leave them out, or name the "
                        "inputs in G.graph['inputs']: a neuron that is not among them needs no in-edge."),
    "weight missing": (lambda graph: graph.edges["a", "h"].clear(), ng.WeightError,
                       f"{EDGE}no weight, and between neurons each edge has one. Write weight=..., a number."),
    **{f"weight {value!r}": (at_edge(weight=value), ng.WeightError, f"{EDGE}weight={value!r}, {NUMBER}")
       for value in (float("nan"), float("inf"), "1", None, True, 1j, [1.0], np.ones(1))},
    **{f"delay {value!r}": (at_edge(delay=value), ng.GraphError, f"{EDGE}delay={value!r}, but wants a number of steps")
       for value in (-1, 1.5, True, "1", np.ones(2))},
    "mask": (at_edge(mask=[[1]]), ng.OpError, f"{EDGE}mask=[[1]], but between neurons an edge has only a weight and a delay. Leave mask= "
             "out."),
    "cycle": (lambda graph: graph.add_edge("y", "h", weight=1.0), ng.GraphError, "The graph has a cycle: "),
    "loop": (lambda graph: graph.add_edge("h", "h", weight=1.0), ng.GraphError, "The graph has a cycle: 'h' -> 'h'. "),
    "unknown input": (lambda graph: graph.graph.update(inputs=["a", "b", "c"]), ng.GraphError,
                      "G.graph['inputs'] names 'c', which is no neuron. Write a list of ids of neurons."),
    "input twice": (lambda graph: graph.graph.update(inputs=["a", "b", "a"]), ng.GraphError,
                    "G.graph['inputs'] names a neuron twice. Name each once."),
    "unknown output": (lambda graph: graph.graph.update(outputs="z"), ng.GraphError,
                       "G.graph['outputs'] names 'z', which is no neuron. Write a list of ids of neurons."),
    "no neurons": (lambda graph: graph.clear(), ng.GraphError,
                   "The graph has no neurons. Add an input and a neuron: G.add_edge('a', 'y', weight=0.5)."),
    "id": (lambda graph: graph.add_edge((1, 2), "h", weight=1.0), ng.GraphError,
           "A neuron's id is a str or an int, but (1, 2) is of type tuple. Rename it, for example with nx.relabel_nodes."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_the_cure(name):
    spoil, error, message = MISTAKES[name]
    graph = xor()
    spoil(graph)
    with pytest.raises(error) as refusal:
        ng.from_neurons(graph)
    assert str(refusal.value).startswith(message)


def test_several_mistakes_come_together():
    graph = xor()
    graph.nodes["h"]["bias"] = graph.edges["a", "h"]["weight"] = "1"
    with pytest.raises(ng.ComplaintsError) as refusal:
        ng.from_neurons(graph)
    assert len(refusal.value.complaints) == 2


@pytest.mark.parametrize(("layer", "what"), [
    ({"op": "softmax"}, "the activation 'softmax'"), ({"op": "layernorm"}, "op='layernorm'"), ({"op": "dropout"}, "op='dropout'"),
    ({"op": "leaky_relu", "negative_slope": 0.5}, "the activation 'leaky_relu' with constants of its own, {'negative_slope': 0.5}"),
    ({"op": "relu", "activation": "tanh"}, "an activation behind another, 'tanh'")])
def test_a_layer_that_is_no_sum_of_numbers_is_refused_by_name(layer, what):
    with pytest.raises(ng.GraphError, match=r"^Node 'z' has ") as refusal:
        ng.to_neurons(ng.chain(3, {"id": "z", **layer}))
    assert what in str(refusal.value)


@pytest.mark.parametrize("word", sorted(word for word in ACTIVATIONS if issubclass(OPS[word], ElementWise)))
def test_a_neuron_has_any_element_wise_activation(word):
    graph = xor()
    graph.nodes["h"].update(activation=word, bias=2.0)
    assert nx.utils.graphs_equal(ng.to_neurons(ng.compile(ng.from_neurons(graph))), graph)
