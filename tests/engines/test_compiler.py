"""The optimising compiler: what it runs equals, value by value, what the step-by-step machine runs."""

import gc

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import netgraph as ng
from netgraph.engines.compiler import channels_last
from netgraph.engines.compiler.arena import Arena
from netgraph.engines.compiler.keeping import KeptForm
from tests.engines.test_source import CASE_IDS, CASES, declared, example_data
from tests.random_graphs import recurrent_graphs, valid_graphs


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
@given(st.one_of(valid_graphs(), recurrent_graphs()))
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


def output_shape(G):
    plan = ng.infer(G)
    return plan[plan.outputs[0]].shapes[0]


KERNELS = ((1, 1, 0, 1), (3, 1, 1, 1), (3, 2, 1, 1), (3, 2, 0, 1), (2, 3, 1, 1), (3, 1, "same", 2), (2, 1, "same", 1), (3, 2, 2, 2),
           (3, 3, 1, 2), (1, 2, 0, 1), (5, 2, 2, 1))
CHANNELS = ((1, 2, 1), (3, 2, 1), (4, 6, 2), (4, 2, 2), (4, 4, 4), (4, 8, 4))      # of the input, of the output, groups


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("channels", "units", "groups"), CHANNELS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_of_every_form_run_alike(rank, channels, units, groups, count):
    sides = (7, 8, 5)[:rank]
    for kernel_size, stride, padding, dilation in KERNELS:
        conv = {"op": f"conv{rank}d", "channels": units, "kernel_size": kernel_size, "stride": stride, "padding": padding,
                "dilation": dilation, "groups": groups}
        G = ng.chain((2, *sides), {"op": f"conv{rank}d", "channels": channels, "kernel_size": 1}, conv)
        y = np.zeros((count, *output_shape(G)))
        assert_alike(G, [np.random.default_rng(0).standard_normal((count, 2, *sides))], y, tolerance=1e-9)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("pool", [{"op": "maxpool", "dilation": 2}, {"op": "maxpool", "padding": 1}, {"op": "avgpool", "padding": 1},
                                  {"op": "avgpool", "count_include_pad": False}])
def test_pools_of_every_form_run_alike(pool, rank):
    sides = (7, 8, 5)[:rank]
    for kernel_size, stride in ((2, 1), (3, 2), (2, 3)):
        G = ng.chain((2, *sides), {"op": f"conv{rank}d", "channels": 2, "kernel_size": 1},
                     {**pool, "op": f"{pool['op']}{rank}d", "kernel_size": kernel_size, "stride": stride})
        y = np.zeros((3, *output_shape(G)))
        assert_alike(G, [np.random.default_rng(0).standard_normal((3, 2, *sides))], y, tolerance=1e-9)


def test_depthwise_convolutions_have_kernels_of_their_own():
    net, x = ng.compile(ng.chain((4, 6, 6), {"op": "conv2d", "channels": 4, "kernel_size": 3, "groups": 4})), np.ones((1, 4, 6, 6))
    net(x)
    assert "sums over the windows of each channel, channels last" in net.runner.report()
    net.gradients(x, net(x), loss="sse")
    assert "a product for each channel, a few at a time" in net.runner.report()


def residual_net(sides, channels):
    """Convolutions of each kind with a norm; one is added to the images before it, one is clipped, one is used twice."""
    conv = lambda name, **more: (name, {"op": "conv2d", "channels": channels, "kernel_size": 3, "padding": 1, "bias": False, **more})
    norm = lambda name, **more: (name, {"op": "batchnorm", **more})
    G = nx.DiGraph()
    G.add_node("x", shape=(channels, *sides))
    G.add_nodes_from([conv("conv1"), norm("norm1"), conv("conv2"), norm("norm2"), ("sum", {"op": "add", "activation": "relu"}),
                      conv("each", groups=channels), norm("norm3", activation="relu6"),
                      conv("pixel", kernel_size=1, padding=0), norm("norm4"),
                      ("pool", {"op": "maxpool2d", "kernel_size": 3, "stride": 2, "padding": 1}),
                      conv("narrow", stride=2), norm("norm5", activation="relu")])
    nx.add_path(G, ["x", "conv1", "norm1", "conv2", "norm2", "sum", "each", "norm3", "pixel", "norm4", "pool", "narrow", "norm5"])
    G.add_edge("norm1", "sum")
    return G


def with_lively_arrays(net, seed=1):
    """The net, its norms' arrays drawn anew in place."""
    rng = np.random.default_rng(seed)
    for name, array in {**net.buffers, **{name: array for name, array in net.parameters.items() if "norm" in name}}.items():
        array[...] = rng.uniform(0.5, 2, array.shape) * (1 if "var" in name else rng.choice([-1, 1], array.shape))
    return net


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("block", [None, 64])
@pytest.mark.parametrize(("sides", "channels"), [((12, 9), 5), ((24, 25), 64)])
def test_what_follows_a_convolution_is_done_with_it_alike(monkeypatch, sides, channels, block, count):
    if block:
        monkeypatch.setattr(channels_last, "BLOCK", block)
        monkeypatch.setattr(channels_last, "LEAST_WINDOWS", 8)
    quick, careful = map(with_lively_arrays, both(residual_net(sides, channels)))
    for seed in range(2):
        x = np.random.default_rng(seed).standard_normal((count, channels, *sides))
        np.testing.assert_allclose(quick(x), careful(x), rtol=1e-10, atol=1e-10)
    report = quick.runner.report()
    assert "scale and shift, add, clip in one pass" in report and report.count("channels last") == 5
    assert ("Winograd" in report) == (channels == 64)


def test_arrays_that_are_changed_in_place_count_at_once_in_every_kind_of_convolution():
    quick, careful = map(with_lively_arrays, both(residual_net((16, 16), 64)))
    x = np.random.default_rng(0).standard_normal((1, 64, 16, 16))
    quick(x)
    for name in [*quick.parameters, *quick.buffers]:
        for net in (quick, careful):
            array = {**net.parameters, **net.buffers}[name]
            array.reshape(-1)[-1] += 0.5
        np.testing.assert_allclose(quick(x), careful(x), rtol=1e-10, atol=1e-10, err_msg=name)


def test_an_infinite_pixel_spoils_the_windows_that_meet_it_alone():
    net = ng.compile(ng.chain((64, 32, 32), {"op": "conv2d", "channels": 64, "kernel_size": 3, "padding": 1}), dtype="float64")
    x = np.random.default_rng(0).standard_normal((1, 64, 32, 32))
    x[0, 3, 9, 9] = 0
    expected = net(x)
    expected[:, :, 8:11, 8:11] = np.sign(net.parameters["conv2d1.weight"][:, 3, ::-1, ::-1]) * np.inf
    x[0, 3, 9, 9] = np.inf
    np.testing.assert_allclose(net(x), expected, rtol=1e-10, atol=1e-10)
    assert "Winograd" in net.runner.report()


def test_kept_forms_follow_every_bit_of_their_arrays():
    made = []
    kept, array = KeptForm(lambda array: made.append(1) or array.copy()), np.array([0.0, np.nan, 1.0])
    kept.of(array)
    kept.of(array)
    assert len(made) == 1
    array[0] = -0.0
    assert np.signbit(kept.of(array)[0]) and len(made) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_normalised_and_clipped_images_run_alike_outside_training(count):
    conv = {"op": "conv2d", "channels": 5, "kernel_size": 3, "bias": False}
    G = ng.chain((2, 9, 8), conv, "batchnorm", "relu6", {"op": "batchnorm", "affine": False}, {"op": "maxpool2d", "kernel_size": 2})
    quick, careful = both(G)
    rng = np.random.default_rng(0)
    for net in (quick, careful):
        for buffer in net.buffers.values():
            buffer[...] = np.linspace(0.5, 2, buffer.size)
        net.parameters["batchnorm1.weight"] = [9.0, -2.0, 0.0, 1.0, 30.0]
    x = rng.standard_normal((count, 2, 9, 8))
    for _ in range(2):
        np.testing.assert_allclose(quick(x), careful(x), rtol=1e-11, atol=1e-11)
    assert "scale and shift" in quick.runner.report() and "clip in one pass" in quick.runner.report()


def test_norms_that_are_changed_in_place_count_at_once():
    net = ng.compile(ng.chain((1, 2, 2), "batchnorm"), dtype="float64")
    net(np.ones((1, 1, 2, 2)))
    net.buffers["batchnorm1.running_mean"][...] = 1
    net.parameters["batchnorm1.bias"] = [4.0]
    np.testing.assert_allclose(net(np.ones((1, 1, 2, 2))), 4)


@pytest.mark.parametrize("padding", [0, 1, "same", (2, 0)])
@pytest.mark.parametrize(("sides", "count"), [((17, 18), 1), ((18, 16), 2), ((19, 17), 3)])
def test_convolutions_by_winograd_run_alike(sides, count, padding):
    G = ng.chain((64, *sides), {"op": "conv2d", "channels": 65, "kernel_size": 3, "padding": padding})
    quick, careful = both(G)
    for seed in range(2):
        x = np.random.default_rng(seed).standard_normal((count, 64, *sides))
        np.testing.assert_allclose(quick(x), careful(x), rtol=1e-11, atol=1e-11)
    assert "Winograd" in quick.runner.report()


@pytest.mark.parametrize(("channels", "side", "tile"), [(128, 16, 2), (64, 56, 4), (512, 28, 4)])
def test_convolutions_by_winograd_are_exact_enough_in_float32(channels, side, tile):
    G = ng.chain((channels, side, side), {"op": "conv2d", "channels": 64, "kernel_size": 3, "padding": 1})
    quick, careful = ng.compile(G), ng.compile(G, dtype="float64")
    careful.parameters.update(quick.parameters)
    x = np.random.default_rng(0).standard_normal((1, channels, side, side)).astype("float32")
    expected = careful(x)
    assert abs(quick(x) - expected).max() <= 5e-6 * abs(expected).max()
    assert f"tiles of {tile} × {tile}" in quick.runner.report()


def test_small_images_are_convolved_without_winograd():
    net = ng.compile(ng.chain((64, 8, 8), {"op": "conv2d", "channels": 64, "kernel_size": 3, "padding": 1}))
    net(np.ones((1, 64, 8, 8)))
    assert "Winograd" not in net.runner.report()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_of_garbage_is_left_as_it_was(is_enabled):
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        ng.compile(ng.chain(2, 2))(np.ones((1, 2)))
        with pytest.raises(ng.NetgraphError):
            ng.compile(nx.DiGraph([("a", "b")]))
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_only_the_routines_used_last_are_kept():
    net = ng.compile(ng.chain(("T", 3), 4, "tanh", 2))
    trainer = net.trainer(loss="mse", lr=0.01)
    for length in [*range(1, 40), 5]:
        x = np.ones((2, length, 3), "float32")
        assert net(x).shape == (2, length, 2)
        trainer(x, np.zeros((2, length, 2), "float32"))
    assert net.plan.count("A call on") + net.plan.count("Training (mse) on") == 16
    assert "A call on 2×5×3 float32" in net.plan


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_states_that_were_handed_out_are_left_alone(word):
    net = ng.compile(ng.chain((4, 3), {"op": word, "hidden_size": 2, "bidirectional": True}))
    x = np.random.default_rng(0).standard_normal((2, 5, 4, 3)).astype("float32")
    first = net(x[0])
    kept = first.copy()
    assert not np.array_equal(net(x[1]), kept)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(net(x[0]), kept)
