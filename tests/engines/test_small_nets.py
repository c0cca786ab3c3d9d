"""Small dense nets run by shorter ways than their pages: bias within the product, losses of logits, steps whose lr is in the gradient."""

import copy
import pickle

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.engines.training.optimizers import OPTIMIZERS
from netgraph.ops import LOSSES

ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "gelu", "softmax", "identity")
rng = np.random.default_rng(0)


def both(G, dtype="float64"):
    """The net as it runs, and the same looked at step by step."""
    return ng.compile(G, dtype=dtype), ng.compile(G, dtype=dtype, check_finite=True)


def assert_alike(G, x, y, loss="sse"):
    quick, careful = both(G)
    for _ in range(2):
        np.testing.assert_allclose(quick(x), careful(x), rtol=1e-12, atol=1e-12)
        value, gradients = quick.gradients(x, y, loss=loss)
        expected, expected_gradients = careful.gradients(x, y, loss=loss)
        assert value == pytest.approx(expected, rel=1e-12)
        for name, gradient in expected_gradients.items():
            np.testing.assert_allclose(gradients[name], gradient, rtol=1e-11, atol=1e-12, err_msg=name)
    return quick


def calls_of_one_batch(net, count):
    """How many calls of NumPy the net makes for so many samples."""
    return net.runner.routine([np.ones((count, 3), "float32")]).calls


@pytest.mark.parametrize("count", [1, 2, 7, 300, 1000])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nets_of_every_activation_run_alike_at_every_size_of_batch(activation, count):
    G = ng.chain(3, 4, activation, 5, activation, 2)
    assert_alike(G, rng.standard_normal((count, 3)), rng.standard_normal((count, 2)))


def test_a_small_layer_needs_no_sum_for_its_bias():
    net = ng.compile(ng.chain(3, 4, "tanh", 1))
    assert calls_of_one_batch(net, 5) == 4                 # the data's copy, two products, tanh
    assert calls_of_one_batch(net, 5000) == 5              # where a sum costs less than a copy


@pytest.mark.parametrize("y", [rng.integers(0, 3, 6), rng.dirichlet(np.ones(3), 6)], ids=["classes", "probabilities"])
def test_classes_of_small_nets_run_alike(y):
    assert_alike(ng.chain(4, 8, "relu", 3), rng.standard_normal((6, 4)), y, "cross_entropy")


@pytest.mark.parametrize("declare", [
    lambda: ng.chain(4, {"id": "a", "units": 4, "activation": "tanh"}, {"units": 4, "share": "a"}, 2),
    lambda: ng.chain(4, {"id": "a", "units": 4, "bias": False}, "tanh", 2),
    lambda: ng.chain((2, 4), 3, "relu", "flatten", 2),
    lambda: ng.chain(4, 6, "tanh", {"op": "reshape", "shape": (2, 3)}, 3, "flatten", 1),
], ids=["shared", "without bias", "on the last axis", "reshaped"])
def test_nets_with_layers_of_other_forms_run_alike(declare):
    G = declare()
    shape, outputs = ng.infer(G)[ng.infer(G).inputs[0]].shape, ng.infer(G)[ng.infer(G).outputs[0]].shape
    assert_alike(G, rng.standard_normal((5, *shape)), rng.standard_normal((5, *outputs)))


def test_a_value_that_several_layers_take_runs_alike():
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    for name, units, activation in (("h", 4, "tanh"), ("a", 2, "sigmoid"), ("b", 2, None), ("both", 2, None)):
        G.add_node(name, units=units, **({"activation": activation} if activation else {}))
    G.add_edges_from([("x", "h"), ("h", "a"), ("h", "b"), ("a", "both"), ("b", "both"), ("x", "both")])
    assert_alike(G, rng.standard_normal((5, 3)), rng.standard_normal((5, 2)))


@pytest.mark.parametrize("frozen", ["weight", "bias", "both"])
def test_frozen_arrays_stay_and_the_others_move(frozen):
    G = ng.chain(3, 4, "tanh", 1)
    if frozen != "bias":
        G.edges["x", "dense1"]["trainable"] = False
    if frozen != "weight":
        G.nodes["dense1"]["trainable"] = False
    nets = both(G)
    x, y = rng.standard_normal((5, 3)), rng.standard_normal((5, 1))
    for net in nets:
        net.trainer(loss="mse", lr=0.1)(x, y)
    for name, array in nets[1].parameters.items():
        np.testing.assert_allclose(nets[0].parameters[name], array, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("layout", [lambda a: a[::2], lambda a: np.asfortranarray(a)[:5], lambda a: np.flip(a, 0)[:5]],
                         ids=["every second row", "columns first", "from the last"])
def test_data_of_any_layout_runs_alike(layout):
    x, y = layout(rng.standard_normal((10, 3))), layout(rng.standard_normal((10, 2)))
    quick, careful = both(ng.chain(3, 4, "relu", 2))
    trainers = [net.trainer(loss="mse", lr=0.1) for net in (quick, careful)]
    for data, targets in ((np.ones((5, 3)), np.ones((5, 2))), (x, y), (x, y)):      # a routine is compiled for packed arrays first
        np.testing.assert_allclose(quick(data), careful(data), rtol=1e-12)
        first, second = (trainer(data, targets) for trainer in trainers)
        assert first == pytest.approx(second, rel=1e-12)


def test_a_small_weight_can_be_set_and_is_the_callers_in_order():
    net = ng.compile(ng.chain(3, 2), dtype="float64")
    net.parameters["dense1.weight"] = np.arange(6.0).reshape(2, 3)
    net.parameters["dense1.bias"][...] = [10, 20]
    assert net(np.eye(3)).tolist() == [[10, 23], [11, 24], [12, 25]]
    weight = net.graph.edges["x", "dense1"]["weight"]
    assert weight.tolist() == [[0, 1, 2], [3, 4, 5]] and weight.flags.c_contiguous


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"])
def test_copies_of_small_nets_train_alike_and_alone(copied):
    net = ng.compile(ng.chain(3, 4, "tanh", 1), seed=1)
    x, y = np.ones((5, 3), "float32"), np.zeros((5, 1), "float32")
    net(x)
    twin, before = copied(net), net.parameters.flat.copy()
    twin.trainer(loss="mse", lr=0.1)(x, y)
    assert (net.parameters.flat == before).all()
    net.trainer(loss="mse", lr=0.1)(x, y)
    assert (net.parameters.flat == twin.parameters.flat).all()


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_plain_step_is_lr_times_the_gradient(loss):
    net = ng.compile(ng.chain(3, 4, "tanh", 2, "sigmoid"), dtype="float64")
    x, y = rng.standard_normal((6, 3)), rng.uniform(size=(6, 2))
    trainer = net.trainer(loss=loss)
    for trainer.lr in (0.1, 0.1, 0.02, -0.3):              # it may be changed between steps
        before = {name: array.copy() for name, array in net.parameters.items()}
        value, gradients = net.gradients(x, y, loss=loss)
        assert trainer(x, y) == pytest.approx(value, rel=1e-12)
        for name, array in net.parameters.items():
            np.testing.assert_allclose(array, before[name] - trainer.lr * gradients[name], rtol=1e-11, atol=1e-14)


def test_trainers_of_one_net_each_have_a_rate_of_their_own():
    nets = [ng.compile(ng.chain(3, 1), dtype="float64") for _ in range(2)]
    x, y = rng.standard_normal((5, 3)), rng.standard_normal((5, 1))
    slow, fast = (nets[0].trainer(loss="mse", lr=lr) for lr in (0.01, 0.1))
    slow(x, y), fast(x, y), slow(x, y)
    careful = nets[1].trainer(loss="mse", lr=0.01)
    for careful.lr in (0.01, 0.1, 0.01):
        careful(x, y)
    assert (nets[0].parameters.flat == nets[1].parameters.flat).all()


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("clip", [{}, {"clip_value": 1e-3}, {"clip_norm": 1e-3}], ids=["whole", "value", "norm"])
def test_every_optimizer_moves_alike(optimizer, clip):
    x, y = rng.standard_normal((5, 3)), rng.standard_normal((5, 1))
    nets = both(ng.chain(3, 4, "tanh", 1))
    trainers = [net.trainer(loss="mse", optimizer=optimizer, lr=0.1, **clip) for net in nets]
    for _ in range(3):
        first, second = (trainer(x, y) for trainer in trainers)
        assert first == pytest.approx(second, rel=1e-10)
    np.testing.assert_allclose(nets[0].parameters.flat, nets[1].parameters.flat, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("z", [-300.0, -30.0, -3.0, 0.0, 3.0, 30.0, 300.0])
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("check_finite", [False, True])
def test_the_cross_entropy_of_a_sigmoid_is_exact_where_the_sigmoid_is_0_or_1(z, y, check_finite):
    G = ng.chain(1, {"op": "dense", "units": 1}, "sigmoid")
    G.edges["x", "dense1"]["weight"], G.nodes["dense1"]["bias"] = [[1.0]], [0.0]
    net = ng.compile(G, dtype="float64", check_finite=check_finite)
    value, gradients = net.gradients([[z]], [[y]], loss="bce")
    share = 1 / (1 + np.exp(-z))
    assert value == pytest.approx(np.logaddexp(z, 0) - y * z, rel=1e-12)
    rounding = np.finfo(float).eps * (1 + abs(z))          # of ln(1 + eᶻ), which is near z
    assert gradients["dense1.bias"][0] == pytest.approx(share - y, rel=1e-12, abs=rounding)


def test_a_trainer_says_when_a_small_net_diverges_and_does_not_warn():
    net = ng.compile(ng.chain(3, 4, "relu", 1))
    trainer, before = net.trainer(loss="sse", lr=1e30), None
    x, y = np.full((5, 3), 1e10, "float32"), np.zeros((5, 1), "float32")
    with pytest.raises(ng.TrainingError, match=r"The loss is .* at step"):
        for _ in range(10):
            before = net.parameters.flat.copy()
            trainer(x, y)
    assert np.array_equal(net.parameters.flat, before, equal_nan=True)
