"""The optimising compiler: what it runs equals, value by value, what the step-by-step machine runs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

import netgraph as ng
from netgraph.engines.compiler.arena import Arena
from tests.engines.test_source import CASE_IDS, CASES, declared, example_data
from tests.random_graphs import valid_graphs


def both(G, dtype="float64"):
    """The net as it runs, and the same looked at step by step."""
    return ng.compile(G, dtype=dtype), ng.compile(G, dtype=dtype, check_finite=True)


def assert_alike(G, data, y, tolerance=1e-11):
    quick, careful = both(G)
    for _ in range(2):                                     # the second run works in buffers that the first has used
        np.testing.assert_allclose(quick(*data), careful(*data), rtol=tolerance, atol=tolerance)
        x = tuple(data) if len(data) > 1 else data[0]
        loss, gradients = quick.gradients(x, y, loss="sse")
        expected, expected_gradients = careful.gradients(x, y, loss="sse")
        assert loss == pytest.approx(expected, rel=1e-11)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(gradient, expected_gradients[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("op", "constants", "shapes"), CASES, ids=CASE_IDS)
def test_every_op_runs_alike(op, constants, shapes):
    G = declared(op, constants, shapes)
    assert_alike(G, example_data(G), np.zeros((3, 2)))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(valid_graphs())
def test_random_nets_run_alike(G):
    plan, data = ng.infer(G), example_data(G)
    if len(plan.outputs) == 1 and len(plan[plan.outputs[0]].shapes) == 1:
        quick, careful = both(G)
        np.testing.assert_allclose(quick(*data), careful(*data), rtol=1e-10, atol=1e-10)
        assert_alike(G, data, np.zeros_like(quick(*data)), tolerance=1e-10)


def test_outputs_are_the_callers_own():
    net = ng.compile(ng.chain(2, 2))
    first = net(np.ones((3, 2)))
    kept = first.copy()
    net(np.zeros((3, 2)))
    assert (first == kept).all()


def test_gradients_are_the_callers_own():
    net = ng.compile(ng.chain(2, 2))
    _, first = net.gradients(np.ones((3, 2)), np.zeros((3, 2)), loss="sse")
    kept = {name: gradient.copy() for name, gradient in first.items()}
    net.gradients(np.zeros((3, 2)), np.zeros((3, 2)), loss="sse")
    assert all((first[name] == kept[name]).all() for name in first)


def test_data_is_left_alone():
    net, x, y = ng.compile(ng.chain(3, 4, "relu", 2)), np.ones((5, 3), "float32"), np.zeros((5, 2), "float32")
    net.fit(x, y, loss="sse", lr=0.1, epochs=3)
    assert (x == 1).all() and (y == 0).all()


def test_each_shape_has_a_routine_of_its_own():
    net = ng.compile(ng.chain(3, 4, "tanh", 2))
    for count in (1, 5, 2, 5):
        x = np.random.default_rng(count).standard_normal((count, 3))
        np.testing.assert_allclose(net(x), ng.compile(net.graph, check_finite=True)(x), atol=1e-6)


def test_weights_that_are_changed_in_place_count_at_once():
    net = ng.compile(ng.chain(2, {"units": 1, "bias": False}))
    net(np.ones((1, 2)))
    net.parameters["dense1.weight"] = [[2.0, 3.0]]
    assert net(np.ones((1, 2))).tolist() == [[5.0]]


def test_the_first_training_step_draws_the_random_numbers_of_a_run_alone():
    G, x = ng.chain(50, {"op": "dropout", "p": 0.5}), np.ones((4, 50))
    quick, careful = both(G)
    losses = [net.gradients(x, x, loss="sse")[0] for net in (quick, careful)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert quick.rng.bit_generator.state == careful.rng.bit_generator.state


def test_memory_is_used_again_from_layer_to_layer():
    deep = ng.compile(ng.chain(64, *[64] * 40))
    x = np.ones((8, 64), "float32")
    assert deep.runner.routine([x]).arena_bytes <= 3 * 8 * 64 * 4


def test_an_arena_hands_out_aligned_buffers_and_takes_them_back():
    arena = Arena()
    first, second = arena.take(1000), arena.take(5000)
    assert first.ctypes.data % 64 == second.ctypes.data % 64 == 0
    arena.give(second)
    assert arena.take(4000) is second
    assert arena.size_bytes == 6000


def test_views_in_a_list_keep_the_memory_that_they_look_at():
    G = nx.DiGraph()
    G.add_node("x", shape=(2, 6, 6))
    for branch in "ab":
        G.add_node(f"conv{branch}", op="conv2d", channels=3, kernel_size=3, padding=1)
        G.add_node(f"norm{branch}", op="batchnorm", activation="relu")
        nx.add_path(G, ["x", f"conv{branch}", f"norm{branch}"])
    G.add_node("both", op="concat")                       # whose backward gives a list of views of one gradient
    G.add_edge("norma", "both", slot=0)
    G.add_edge("normb", "both", slot=1)
    G.add_node("pool", op="maxpool2d", kernel_size=2)
    G.add_node("flat", op="flatten")
    G.add_node("y", units=2)
    nx.add_path(G, ["both", "pool", "flat", "y"])
    assert_alike(G, [np.random.default_rng(0).standard_normal((5, 2, 6, 6))], np.zeros((5, 2)), tolerance=1e-9)
