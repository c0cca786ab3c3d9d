"""Words for sequences against their laws: what a cell computes step by step, what positions mean, what a mask hides."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph.fields import read_field
from netgraph.ops import OPS

RNG = np.random.default_rng


def by_hand(word: str, arrays: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The states of one sample, step by step, as the laws in the papers have them."""
    w, u, b, d = arrays
    h = c = np.zeros(u.shape[1])
    states = []
    for step in x:
        if word == "rnn":
            h = np.tanh(w @ step + b + u @ h + d)
        elif word == "lstm":
            i, f, g, o = np.split(w @ step + b + u @ h + d, 4)
            c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            h = np.tanh(c) / (1 + np.exp(-o))
        else:
            (r, z, n), (hr, hz, hn) = np.split(w @ step + b, 3), np.split(u @ h + d, 3)
            z = 1 / (1 + np.exp(-z - hz))
            h = (1 - z) * np.tanh(n + hn / (1 + np.exp(-r - hr))) + z * h
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_states_follow_the_law_of_the_cell(word: str) -> None:
    net = ng.compile(ng.chain((6, 3), {"op": word, "hidden_size": 4, "id": "h"}), dtype="float64", seed=0)
    x = RNG(0).standard_normal((2, 6, 3))
    arrays = [net.parameters[f"h.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    for sample, states in zip(x, net(x), strict=True):
        np.testing.assert_allclose(states, by_hand(word, arrays, sample), rtol=0, atol=1e-12)


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_arrays_begin_as_in_torch(word: str) -> None:
    net = ng.compile(ng.chain((6, 3), {"op": word, "hidden_size": 25, "num_layers": 2, "bidirectional": True, "id": "h"}), seed=0)
    peer = getattr(torch.nn, word.upper())(3, 25, 2, bidirectional=True, batch_first=True)
    assert {name: array.shape for name, array in net.parameters.items()} == {f"h.{n}": tuple(p.shape) for n, p in peer.named_parameters()}
    assert max(np.abs(array).max() for array in net.parameters.values()) == pytest.approx(1 / 5, rel=0.01)


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_a_net_takes_sequences_of_any_length(word: str) -> None:
    G = ng.chain(("T", 3), {"op": word, "hidden_size": 4, "bidirectional": True}, {"op": "last", "bidirectional": True}, 2)
    net, module = ng.compile(G, dtype="float64", seed=0), ng.compile(G, "torch", dtype="float64", seed=0)
    for length in (1, 2, 7):
        x = RNG(length).standard_normal((2, length, 3))
        np.testing.assert_allclose(net(x), module(torch.as_tensor(x)).detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_arrays_of_a_torch_module_are_given_by_their_names(word: str) -> None:
    peer = getattr(torch.nn, word.upper())(3, 4, 2, bidirectional=True, batch_first=True, dtype=torch.float64)
    given = {name: array.numpy() for name, array in peer.state_dict().items()}
    net = ng.compile(ng.chain((6, 3), {"op": word, "hidden_size": 4, "num_layers": 2, "bidirectional": True, **given}), dtype="float64")
    x = RNG(0).standard_normal((2, 6, 3))
    np.testing.assert_allclose(net(x), peer(torch.as_tensor(x))[0].detach().numpy(), rtol=0, atol=1e-12)


def test_frozen_cells_have_no_gradients_but_pass_them_on() -> None:
    G = ng.chain((4, 3), {"units": 2, "id": "below"}, {"op": "lstm", "hidden_size": 2, "trainable": False}, "last")
    _, gradients = ng.compile(G, seed=0).gradients(np.ones((2, 4, 3)), np.ones((2, 2)), loss="sse")
    assert set(gradients) == {"below.weight", "below.bias"}
    assert all(gradient.any() for gradient in gradients.values())


def shares(scores: np.ndarray, **options: Any) -> np.ndarray:
    net = ng.compile(ng.chain(scores.shape[1:], {"op": "causal", **options}, "softmax"), dtype="float64", check_finite=True)
    return np.asarray(net(scores))


def test_a_causal_mask_leaves_no_share_to_what_comes_later() -> None:
    seen = shares(RNG(0).standard_normal((2, 3, 5, 5)))
    assert not np.triu(seen, 1).any()
    np.testing.assert_allclose(seen.sum(axis=-1), 1)


def test_the_diagonal_of_a_causal_mask_lets_the_last_queries_see_all_before_them() -> None:
    scores = RNG(0).standard_normal((1, 6, 6))
    np.testing.assert_allclose(shares(scores[:, 4:], diagonal=4), shares(scores)[:, 4:], rtol=0, atol=1e-15)


def test_sinusoidal_positions_are_those_of_the_paper() -> None:
    net = ng.compile(ng.chain((50, 8), "sinusoidal"), dtype="float64")
    waves = net(np.zeros((1, 50, 8)))[0]
    for i in range(4):
        angle = np.arange(50) / 10000 ** (2 * i / 8)
        np.testing.assert_allclose(waves[:, 2 * i], np.sin(angle), rtol=0, atol=1e-12)
        np.testing.assert_allclose(waves[:, 2 * i + 1], np.cos(angle), rtol=0, atol=1e-12)


@pytest.mark.parametrize("interleaved", [False, True])
def test_products_of_rotated_vectors_depend_on_their_distance_alone(interleaved: bool) -> None:
    net = ng.compile(ng.chain((9, 6), {"op": "rotary", "interleaved": interleaved}), dtype="float64")
    q, k = (net(np.tile(RNG(seed).standard_normal(6), (1, 9, 1)))[0] for seed in (0, 1))
    products = q @ k.T
    for distance in range(-8, 9):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], rtol=0, atol=1e-12)


def test_both_ways_to_pair_features_are_one_but_for_their_order() -> None:
    x = RNG(0).standard_normal((2, 5, 8))
    halves, pairs = (ng.compile(ng.chain((5, 8), {"op": "rotary", "interleaved": is_interleaved}), dtype="float64")
                     for is_interleaved in (False, True))
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    np.testing.assert_allclose(halves(x[..., order]), pairs(x)[..., order], rtol=0, atol=1e-12)


def with_constant(value: Any) -> nx.DiGraph:
    G = ng.chain((3,), {"units": 2, "id": "h"})
    G.add_node("c", op="constant", value=value)
    G.add_node("y", op="mul")
    G.add_edges_from([("x", "c"), ("c", "y"), ("h", "y")])
    return G


@pytest.mark.parametrize("value", [(2.0, -1.0), [2, -1], np.array([2.0, -1.0], np.float32)], ids=["tuple", "list", "array"])
def test_a_constant_is_no_parameter_and_stays_as_it_is(value: Any) -> None:
    G = with_constant(value)
    net = ng.compile(G, seed=0)
    before = net(np.ones((1, 3)))
    assert ng.infer(G).parameter_count == 3 * 2 + 2
    net.fit(np.ones((4, 3)), np.zeros((4, 2)), loss="mse", lr=0.1, epochs=3)
    assert not np.allclose(net(np.ones((1, 3))), before)
    np.testing.assert_array_equal(net.buffers["c.value"], [2, -1])
    np.testing.assert_array_equal(net.graph.nodes["c"]["value"], [2, -1])


def test_a_constant_is_a_buffer_of_the_torch_module() -> None:
    module = ng.compile(with_constant([2.0, -1.0]), "torch")
    assert [name for name, _ in module.named_buffers()] == ["c.value"]
    assert {name for name, _ in module.named_parameters()} == {"h.weight", "h.bias"}


def test_a_constant_of_many_numbers_is_handed_to_the_source() -> None:
    G = ng.chain((3,), {"op": "constant", "value": np.arange(300.0)}, 2)
    assert "given['constant1.value']" in ng.to_source(G)


def test_constants_of_the_same_numbers_are_equal() -> None:
    kind = OPS["constant"]
    values = [read_field(kind, "value", value, "it") for value in ([1.0, np.nan], np.array([1.0, np.nan]), [1.0, 2.0])]
    assert values[0] == values[1] != values[2]
    assert hash(values[0]) == hash(values[1])
