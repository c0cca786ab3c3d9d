"""Delayed edges: a cyclic graph runs along sequences, equal to what a loop written by hand, torch's own layers and autograd give."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn

import netgraph as ng
from tests.engines.test_torch_module import close, tensors

RNG = np.random.default_rng(0)


def elman() -> nx.DiGraph:
    G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 2})
    G.add_edge("h", "h", delay=1)
    return G


def lstm() -> nx.DiGraph:
    """An LSTM as its equations stand, of dense layers, products and sums (Hochreiter & Schmidhuber 1997)."""
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    for gate, activation in (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid")):
        G.add_node(gate, units=4, activation=activation)
        G.add_edge("x", gate)
        G.add_edge("h", gate, delay=1)
    G.add_node("keep", op="mul")
    G.add_node("new", op="mul")
    G.add_node("c", op="add")
    G.add_node("shown", op="tanh")
    G.add_node("h", op="mul")
    G.add_edges_from([("f", "keep"), ("i", "new"), ("g", "new"), ("keep", "c"), ("new", "c"), ("c", "shown"), ("shown", "h"), ("o", "h")])
    G.add_edge("c", "keep", delay=1)
    G.graph["outputs"] = ["h"]
    return G


def delays() -> nx.DiGraph:
    """Delays of 1 and 3 across two inputs, a fixed gain and a norm."""
    G = nx.DiGraph()
    G.add_node("u", shape=(3,))
    G.add_node("v", shape=(3,))
    G.add_node("s", op="add", activation="tanh")
    G.add_node("n", op="layernorm")
    G.add_node("y", units=2)
    G.add_edges_from([("u", "s"), ("v", "s", {"weight": 0.5}), ("s", "n"), ("n", "s", {"delay": 1, "weight": -0.5}), ("n", "y")])
    G.add_edge("u", "y", delay=3)
    G.add_edge("y", "y", delay=2)
    return G


NETS = {"elman": elman, "lstm": lstm, "delays": delays}
every_net = pytest.mark.parametrize("G", [make() for make in NETS.values()], ids=NETS)


def sequences(G: nx.DiGraph, count: int = 3, steps: int = 6) -> list[np.ndarray]:
    plan = ng.infer(G)
    return [RNG.standard_normal((count, steps, *plan[name].shape)) for name in plan.inputs]


def one_or_all(xs: list[np.ndarray]) -> Any:
    return xs[0] if len(xs) == 1 else tuple(xs)


def test_recurrent_net_is_the_loop_that_its_formula_says() -> None:
    net = ng.compile(elman(), dtype="float64")
    p, x = net.parameters, RNG.standard_normal((5, 7, 3))
    h, outputs = np.zeros((5, 4)), []
    for t in range(7):
        h = np.tanh(x[:, t] @ p["h.weight.x"].T + h @ p["h.weight.h"].T + p["h.bias"])
        outputs.append(h @ p["y.weight"].T + p["y.bias"])
    np.testing.assert_allclose(net(x), np.stack(outputs, axis=1), rtol=1e-12)


def test_lstm_of_dense_layers_equals_that_of_torch() -> None:
    net, layer = ng.compile(lstm(), dtype="float64"), nn.LSTM(3, 4, batch_first=True, dtype=torch.float64)
    for field, source in (("weight_ih_l0", "x"), ("weight_hh_l0", "h")):
        for gate, rows in zip("ifgo", getattr(layer, field).detach().numpy().reshape(4, 4, -1), strict=True):
            net.parameters[f"{gate}.weight.{source}"] = rows
    for gate, row in zip("ifgo", (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy().reshape(4, 4), strict=True):
        net.parameters[f"{gate}.bias"] = row
    x = RNG.standard_normal((5, 9, 3))
    close(net(x), layer(torch.tensor(x))[0])


@every_net
@pytest.mark.parametrize("truncate", [None, 1, 4])
def test_gradients_along_sequences_agree_with_torch(G: nx.DiGraph, truncate: int | None) -> None:
    net = ng.compile(G, dtype="float64", truncate=truncate)
    module = ng.compile(net.graph, "torch", dtype="float64", truncate=truncate)
    xs = sequences(G)
    y = module(*tensors(xs))
    close(net(*xs), y)
    y.square().mean().backward()
    _, gradients = net.gradients(one_or_all(xs), np.zeros(y.shape), loss="mse")
    for name, parameter in module.named_parameters():
        close(gradients[name], parameter.grad)


@every_net
def test_gradients_along_sequences_agree_with_central_differences(G: nx.DiGraph) -> None:
    net, xs = ng.compile(G, dtype="float64"), sequences(G)
    target = RNG.standard_normal(net(*xs).shape)
    _, gradients = net.gradients(one_or_all(xs), target, loss="sse")
    for name, weights in net.parameters.items():
        place = tuple(RNG.integers(0, weights.shape))
        sides = []
        for step in (1e-5, -2e-5):
            weights[place] += step
            sides.append(net.loss(one_or_all(xs), target, loss="sse"))
        weights[place] += 1e-5
        assert gradients[name][place] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-6, abs=1e-7)


def test_truncation_changes_gradients_alone() -> None:
    whole, cut = (ng.compile(elman(), dtype="float64", truncate=truncate) for truncate in (None, 2))
    x, y = RNG.standard_normal((3, 6, 3)), RNG.standard_normal((3, 6, 2))
    (loss, gradients), (same, others) = (net.gradients(x, y, loss="mse") for net in (whole, cut))
    assert loss == same
    assert not np.allclose(gradients["h.weight.h"], others["h.weight.h"])


@every_net
def test_values_looked_at_step_by_step_are_those_of_the_routine(G: nx.DiGraph) -> None:
    net, checked, xs = ng.compile(G, dtype="float64"), ng.compile(G, dtype="float64", check_finite=True), sequences(G)
    np.testing.assert_allclose(net(*xs), checked(*xs), rtol=1e-12)
    target = np.zeros(net(*xs).shape)
    for mine, theirs in zip(net.gradients(one_or_all(xs), target, loss="mse")[1].values(),
                            checked.gradients(one_or_all(xs), target, loss="mse")[1].values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


def test_sequences_of_other_lengths_run_on_the_same_net() -> None:
    net, x = ng.compile(elman()), RNG.standard_normal((2, 9, 3)).astype("float32")
    np.testing.assert_allclose(net(x[:, :4]), net(x)[:, :4], rtol=1e-6)


def test_each_time_step_is_a_sample_to_cross_entropy_and_accuracy() -> None:
    net, x = ng.compile(elman(), dtype="float64"), RNG.standard_normal((4, 5, 3))
    y = RNG.integers(0, 2, (4, 5))
    logits = torch.tensor(net(x)).reshape(20, 2)
    expected = float(nn.functional.cross_entropy(logits, torch.tensor(y).reshape(20)))
    assert net.loss(x, y, loss="cross_entropy") == pytest.approx(expected, rel=1e-12)
    assert net.gradients(x, y, loss="cross_entropy")[0] == pytest.approx(expected, rel=1e-12)
    assert net.score(x, y) == float((logits.argmax(dim=1).numpy() == y.reshape(20)).mean())


def test_recurrent_net_learns_to_remember() -> None:
    rng = np.random.default_rng(1)
    x = rng.choice([-1.0, 1.0], (256, 6, 1))
    y = np.concatenate([np.zeros((256, 2, 1)), x[:, :-2]], axis=1)         # what came two steps before
    G = ng.chain(1, {"id": "h", "units": 12, "activation": "tanh"}, 1)
    G.add_edge("h", "h", delay=1)
    history = ng.compile(G).fit(x, y, loss="mse", optimizer="adam", lr=0.02, epochs=60, batch_size=32)
    assert history.loss[-1] < 0.02 < 0.3 < history.loss[0]


def test_recurrent_module_is_copied_pickled_and_exported_whole() -> None:
    module, x = ng.compile(elman(), "torch"), torch.ones(2, 5, 3)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), torch.export.export(module, (x,)).module()):
        torch.testing.assert_close(other(x), module(x))
    assert sorted(module.state_dict()) == sorted(ng.compile(elman()).parameters)


def test_steps_before_are_marked_in_the_table() -> None:
    assert "x, h(t−1)" in str(ng.summarize(elman()))


REFUSED: dict[str, tuple[Any, str]] = {
    "a cycle without delay": ([("h", "y", {}), ("y", "h", {})],
        "The graph has a cycle: 'h' -> 'y' -> 'h'. A net runs from inputs to outputs: remove one of these edges, "
        "or give it delay=1, which brings the value of the step before."),
    "a delay of a half": ([("h", "h", {"delay": 0.5})],
        "The edge 'h' -> 'h' has delay=0.5, but wants a number of steps, up to 10,000. Write delay=1 for the value of the step before."),
    "a loop of other sizes": ([("y", "h", {"delay": 1, "weight": 1})],
        "Node 'h', fed by 'x' (3,) and 'y' (2,): it adds up what its edges bring, but the one from 'y' brings (2,) where (4,) is wanted. "
        "An edge with a number passes its source on as it is: leave weight= out to learn a matrix."),
    "a mask of another shape in a loop": ([("x", "h", {"mask": np.ones((4, 4))}), ("h", "h", {"delay": 1})],
        "The mask of the edge 'x' -> 'h' has shape (4, 4), but wants (4, 3). Give an array of that shape, or leave it out."),
}


@pytest.mark.parametrize(("edges", "message"), REFUSED.values(), ids=REFUSED)
def test_loop_that_cannot_run_is_refused(edges: Any, message: str) -> None:
    G = ng.chain(3, {"id": "h", "units": 4}, {"id": "y", "units": 2})
    G.add_edges_from(edges)
    with pytest.raises(ng.NetgraphError) as error:
        ng.check(G)
    assert str(error.value) == message


def test_loop_without_a_shape_is_refused() -> None:
    G = ng.chain(3, {"id": "h", "units": 4})
    G.add_nodes_from([("a", {"op": "tanh"}), ("b", {"op": "add"})])
    G.add_edges_from([("a", "b"), ("b", "a", {"delay": 1})])
    with pytest.raises(ng.ShapeError, match=r"^Node 'a' stands in a loop whose shapes cannot be told"):
        ng.check(G)


def test_loop_of_a_size_without_number_is_refused() -> None:
    G = ng.chain(("T", 3), {"id": "h", "units": 4})
    G.add_edge("h", "h", delay=1)
    with pytest.raises(ng.ShapeError) as error:
        ng.check(G)
    assert str(error.value) == ("The delayed edge 'h' -> 'h' brings ('T', 4), and zeros of that shape before the first step, so every size "
                                "has to be a number. Give the input a number in place of 'T'.")


@pytest.mark.parametrize("is_declared_backwards", [False, True])
def test_long_chain_of_delayed_edges_is_understood(is_declared_backwards: bool) -> None:
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    G.add_nodes_from((i, {"units": 2}) for i in range(3000))
    line = ["x", *(reversed(range(3000)) if is_declared_backwards else range(3000))]
    nx.add_path(G, line, delay=1)
    assert len(ng.infer(G)) == 3001


def test_sequence_too_long_to_be_unrolled_is_refused() -> None:
    with pytest.raises(ng.DataError) as error:
        ng.compile(elman())(np.ones((1, 10**6, 3), np.float32))
    assert str(error.value) == (
        "Sequences of 1,000,000 time steps through 3 layers are too long to be unrolled: 200,000 layers in all are the most. "
        "Cut them into shorter ones, or run the torch module, ng.compile(G, 'torch'), which goes along them in a loop.")


@pytest.mark.parametrize(("x", "message"), [
    (np.ones((5, 3)), "Input 'x' wants shape (N, time, 3), N samples, but got (5, 3). Reshape the data."),
    (np.ones((5, 0, 3)), "Input 'x' was given no time steps: its shape is (5, 0, 3). Give at least one.")])
def test_data_without_time_steps_is_refused(x: np.ndarray, message: str) -> None:
    with pytest.raises(ng.DataError) as error:
        ng.compile(elman())(x)
    assert str(error.value) == message


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_whole_numbers_of_numpy_are_numbers_too(backend: Any) -> None:
    ng.compile(elman(), backend, truncate=np.int64(5), seed=np.uint8(1))


def test_truncation_by_no_number_of_steps_is_refused() -> None:
    with pytest.raises(ng.OpError) as error:
        ng.compile(elman(), truncate=0)
    assert str(error.value) == "truncate=0 is no number of time steps. Write one of at least 1, such as truncate=35."


@every_net
@pytest.mark.parametrize("truncate", [None, 2])
def test_written_numpy_source_goes_along_sequences_and_back(G: nx.DiGraph, truncate: int | None) -> None:
    net, scope, xs = ng.compile(G, dtype="float64", truncate=truncate), {}, sequences(G)
    exec(net.source, scope)                                # source that netgraph wrote itself
    p, y = dict(net.parameters), net(*xs)
    np.testing.assert_allclose(scope["forward"](p, *xs), y, rtol=1e-12)
    target = RNG.standard_normal(y.shape)
    loss, gradients = scope["loss_and_gradients"](p, *xs, target)
    expected, others = net.gradients(one_or_all(xs), target, loss="mse")
    assert loss == pytest.approx(expected, rel=1e-12)
    for name, gradient in others.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-10, atol=1e-12)


@every_net
def test_written_torch_source_goes_along_sequences(G: nx.DiGraph) -> None:
    net, scope, xs = ng.compile(G, dtype="float64"), {}, sequences(G)
    exec(ng.to_source(net.graph, "torch"), scope)          # source that netgraph wrote itself
    module = scope["Net"]().double()
    module.load_state_dict({name: torch.tensor(array) for name, array in net.parameters.items()})
    close(net(*xs), module(*tensors(xs)))
