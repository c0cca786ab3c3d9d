"""Masks on weight edges: a weight is held at zero where its mask is, in NumPy, torch and written source alike."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph.ops import OPS

RNG = np.random.default_rng(0)
WEIGHTED = [(word, fields, shapes) for word, kind in OPS.items() if kind.is_weighted and not kind.integer_inputs
            for fields, shapes in kind.examples]
every_weighted_op = pytest.mark.parametrize(("word", "fields", "shapes"), WEIGHTED,
                                            ids=[f"{word}-{i}" for i, (word, *_) in enumerate(WEIGHTED)])
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")      # torch's own note on its speed


def masked_net(word: str, fields: dict[str, Any], shapes: Any) -> nx.DiGraph:
    G = nx.DiGraph()
    G.add_node("x", shape=shapes[0])
    G.add_node("y", op=word, **fields)
    G.add_edge("x", "y")
    shape = ng.infer(G).parameters["y.weight"].shape
    G.edges["x", "y"]["mask"] = RNG.integers(0, 2, shape)
    return G


def small() -> nx.DiGraph:
    G = ng.chain(3, 2)
    G.edges["x", "dense1"]["mask"] = [[1, 0, 1], [0, 1, 1]]
    return G


@every_weighted_op
def test_masked_op_computes_with_weight_times_mask(word: str, fields: dict[str, Any], shapes: Any) -> None:
    G = masked_net(word, fields, shapes)
    net = ng.compile(G, dtype="float64")
    mask = np.asarray(G.edges["x", "y"]["mask"])
    net.parameters["y.weight"] = RNG.standard_normal(mask.shape)
    zeroed = ng.compile(G, dtype="float64", seed=1)
    zeroed.parameters.update({**net.parameters, "y.weight": net.parameters["y.weight"] * mask})
    x = RNG.standard_normal((4, *shapes[0]))
    np.testing.assert_array_equal(net(x), zeroed(x))
    assert np.any(net.parameters["y.weight"][mask == 0])


@every_weighted_op
def test_masked_gradients_agree_with_torch(word: str, fields: dict[str, Any], shapes: Any) -> None:
    net = ng.compile(masked_net(word, fields, shapes), dtype="float64")
    module = ng.compile(net.graph, "torch", dtype="float64")
    x = RNG.standard_normal((4, *shapes[0]))
    y = module(torch.tensor(x))
    y.square().sum().backward()
    _, gradients = net.gradients(x, np.zeros(y.shape), loss="sse")
    for name, parameter in module.named_parameters():
        np.testing.assert_allclose(gradients[name], parameter.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_gradient_is_zero_where_the_mask_is() -> None:
    _, gradients = ng.compile(small()).gradients(np.ones((4, 3)), np.zeros((4, 2)), loss="sse")
    assert np.array_equal(gradients["dense1.weight"] != 0, small().edges["x", "dense1"]["mask"])


def test_weights_begin_and_stay_at_zero_under_their_mask() -> None:
    net = ng.compile(small())
    net.fit(np.ones((8, 3)), np.zeros((8, 2)), loss="mse", optimizer="adamw", lr=0.1, epochs=5)
    assert np.array_equal(net.parameters["dense1.weight"] != 0, small().edges["x", "dense1"]["mask"])


def test_masked_weights_do_not_count() -> None:
    assert ng.infer(small()).parameter_count == 4 + 2


def test_mask_travels_with_the_graph_and_to_a_file(tmp_path: Any) -> None:
    net = ng.compile(small())
    ng.save(net.graph, tmp_path / "net.safetensors")
    again = ng.compile(ng.load(tmp_path / "net.safetensors"))
    x = RNG.standard_normal((4, 3))
    np.testing.assert_array_equal(net(x), again(x))
    assert np.array_equal(again.buffers["dense1.mask"], net.buffers["dense1.mask"])


def test_shared_weights_share_their_mask() -> None:
    G = ng.chain(2, {"id": "a", "units": 2}, {"id": "b", "units": 2, "share": "a"})
    G.edges["x", "a"]["mask"] = [[1, 0], [0, 1]]
    net = ng.compile(G, dtype="float64")
    w, b, x = net.parameters["a.weight"], net.parameters["a.bias"], np.ones((1, 2))
    np.testing.assert_allclose(net(x), (x @ w.T + b) @ w.T + b, rtol=1e-12)
    assert list(net.buffers) == ["a.mask"]


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_written_source_is_masked_too(kind: str) -> None:
    net, scope = ng.compile(small(), dtype="float64"), {}
    x = RNG.standard_normal((4, 3))
    exec(ng.to_source(net.graph, kind), scope)             # source that netgraph wrote itself
    if kind == "numpy":
        mine = scope["forward"](scope["start"](dtype="float64"), x)
    else:
        module = scope["Net"]().double()
        module.load_state_dict({name: torch.tensor(array) for name, array in (*net.parameters.items(), *net.buffers.items())})
        mine = module(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(mine, net(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("mask", "message"), [
    ([[1, 2, 0], [0, 1, 1]], "The mask of the edge 'x' -> 'dense1' holds other numbers than 0 and 1. "
                             "Write 1 where there is a weight, 0 where there is none."),
    ([[1, 0], [0, 1], [1, 1]], "The mask of the edge 'x' -> 'dense1' has shape (3, 2), but wants (2, 3). PyTorch's order is (out, in): "
                               "give its transpose, w.T."),
    ([["a", "b"]], "The mask of the edge 'x' -> 'dense1' holds <U1, not real numbers. Give an array of numbers.")])
def test_mask_that_does_not_fit_is_refused(mask: Any, message: str) -> None:
    G = small()
    G.edges["x", "dense1"]["mask"] = mask
    with pytest.raises(ng.WeightError) as error:
        ng.check(G)
    assert str(error.value) == message


def test_mask_on_a_plain_wire_is_refused() -> None:
    G = ng.chain(3, "relu")
    G.edges["x", "relu1"]["mask"] = [1, 0, 1]
    with pytest.raises(ng.WeightError, match="The edge 'x' -> 'relu1' has a mask, but no weight that it could hold at zero"):
        ng.check(G)
