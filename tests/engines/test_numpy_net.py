"""The NumPy executor from outside: calls, gradients, parameters, data that does not fit."""

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng


def two_inputs():
    G = nx.DiGraph(name="two inputs")
    G.add_node("x", shape=(3,))
    G.add_node("z", shape=(2,))
    G.add_node("h", units=4, activation="tanh")
    G.add_node("a", units=1)
    G.add_node("b", units=2)
    G.add_edges_from([("x", "h"), ("z", "h"), ("h", "a"), ("h", "b")])
    return G


X, Z = np.ones((5, 3)), np.ones((5, 2))


def test_inputs_come_in_order_or_by_id():
    net = ng.compile(two_inputs())
    by_order, by_id = net(X, Z), net({"z": Z, "x": X})
    assert all((a == b).all() for a, b in zip(by_order, by_id, strict=True))


def test_several_outputs_are_a_tuple_in_the_order_of_the_sinks():
    assert [output.shape for output in ng.compile(two_inputs())(X, Z)] == [(5, 1), (5, 2)]


def test_declared_outputs_decide():
    G = two_inputs()
    G.graph["outputs"] = ["b", "h"]
    assert [output.shape for output in ng.compile(G)(X, Z)] == [(5, 2), (5, 4)]


def test_names_of_weights_by_source():
    assert list(ng.compile(two_inputs()).parameters) == ["h.weight.x", "h.weight.z", "h.bias", "a.weight", "a.bias", "b.weight", "b.bias"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_has_the_nets_dtype(dtype):
    net = ng.compile(two_inputs(), dtype=dtype)
    loss, gradients = net.gradients((X, Z), (np.zeros((5, 1)), np.zeros((5, 2))), loss="mse")
    assert {array.dtype for array in (*net(X, Z), *gradients.values(), *net.parameters.values())} == {np.dtype(dtype)}
    assert isinstance(loss, float)


def test_one_seed_gives_one_start_and_another_another():
    first, same, other = (ng.compile(two_inputs(), seed=seed).parameters.flat for seed in (3, 3, 4))
    assert (first == same).all() and (first != other).any()


def test_both_dtypes_start_alike_up_to_rounding():
    single, double = (ng.compile(two_inputs(), dtype=dtype).parameters.flat for dtype in ("float32", "float64"))
    assert (single == double.astype("float32")).all()


def test_the_default_start_has_the_bounds_of_torchs_linear():
    weight = ng.compile(ng.chain(400, 300)).parameters["dense1.weight"]
    assert abs(weight).max() <= 1 / 20
    assert weight.std() == pytest.approx(1 / 20 / np.sqrt(3), rel=0.01)


def test_graph_carries_the_current_weights_and_compiles_to_the_same_net():
    net = ng.compile(two_inputs(), seed=1)
    net.fit((X, Z), (np.zeros((5, 1)), np.zeros((5, 2))), loss="mse", lr=0.1, epochs=3)
    again = ng.compile(net.graph)
    assert all((a == b).all() for a, b in zip(net(X, Z), again(X, Z), strict=True))
    assert net.graph.edges["x", "h"]["weight"] is not net.parameters["h.weight.x"]


def test_compiling_leaves_the_declaration_alone():
    G = two_inputs()
    before = copy.deepcopy((dict(G.nodes(data=True)), list(G.edges(data=True)), G.graph))
    ng.compile(G).fit((X, Z), (np.zeros((5, 1)), np.zeros((5, 2))), loss="mse", lr=0.1, epochs=2)
    assert (dict(G.nodes(data=True)), list(G.edges(data=True)), G.graph) == before


def test_a_net_survives_pickling_and_copying():
    net = ng.compile(two_inputs(), seed=5)
    net(X, Z)
    for twin in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert all((a == b).all() for a, b in zip(net(X, Z), twin(X, Z), strict=True))
        twin.parameters["h.bias"] = np.ones(4)
        assert (twin(X, Z)[0] != net(X, Z)[0]).any()


def test_parameters_are_views_to_be_changed_in_place():
    net = ng.compile(ng.chain(2, {"units": 1, "bias": False}))
    net.parameters["dense1.weight"][...] = [[2.0, 3.0]]
    assert net(np.array([[1.0, 1.0]])).tolist() == [[5.0]]


def test_gradients_change_nothing():
    net = ng.compile(ng.chain((2, 4, 4), {"op": "conv2d", "channels": 3, "kernel_size": 3}, "batchnorm", "flatten", 2))
    weights, buffers = net.parameters.flat.copy(), net.buffers.flat.copy()
    net.gradients(np.random.default_rng(0).standard_normal((4, 2, 4, 4)), np.zeros((4, 2)), loss="mse")
    assert (net.parameters.flat == weights).all() and (net.buffers.flat == buffers).all()


def test_frozen_weights_stay_and_have_no_gradient():
    G = ng.chain(3, 4, "relu", 2)
    G.edges["x", "dense1"]["trainable"] = False
    G.nodes["dense2"]["trainable"] = False
    net = ng.compile(G)
    before = {name: value.copy() for name, value in net.parameters.items()}
    net.fit(X, np.zeros((5, 2)), loss="mse", lr=0.1, epochs=3)
    moved = {name for name, value in net.parameters.items() if (value != before[name]).any()}
    assert moved == set(net.trainable) == {"dense1.bias"}


def test_shared_weights_have_one_gradient_the_sum_of_both_uses():
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    G.add_node("a", units=3, activation="tanh")
    G.add_node("b", units=3, share="a")
    nx.add_path(G, ["x", "a", "b"])
    net = ng.compile(G, dtype="float64")
    assert list(net.parameters) == ["a.weight", "a.bias"]
    x = torch.tensor(X)
    weight, bias = (torch.tensor(net.parameters[name], requires_grad=True) for name in net.parameters)
    (torch.nn.functional.linear(torch.tanh(torch.nn.functional.linear(x, weight, bias)), weight, bias) ** 2).sum().backward()
    _, gradients = net.gradients(X, np.zeros((5, 3)), loss="sse")
    np.testing.assert_allclose(gradients["a.weight"], weight.grad, atol=1e-12)


def test_dropout_is_off_in_a_call_and_on_in_training():
    net = ng.compile(ng.chain(100, {"op": "dropout", "p": 0.5}))
    x = np.ones((10, 100))
    assert (net(x) == 1).all()
    assert net.gradients(x, x, loss="sse")[0] > 100


def test_batch_norm_uses_running_statistics_in_a_call_and_training_moves_them():
    net = ng.compile(ng.chain(2, "batchnorm"), dtype="float64")
    x = np.array([[1.0, 2.0], [3.0, 6.0]])
    net.trainer(loss="sse", lr=1e-9)(x, x)
    assert net.buffers["batchnorm1.running_mean"] == pytest.approx([0.2, 0.4])
    assert net.buffers["batchnorm1.running_var"] == pytest.approx([1.1, 1.7])


def test_named_dims_take_any_length():
    net = ng.compile(ng.chain(("T", 3), 4, "relu", 2))
    assert net(np.ones((2, 7, 3))).shape == (2, 7, 2)
    assert net(np.ones((2, 9, 3))).shape == (2, 9, 2)
    net.gradients(np.ones((2, 7, 3)), np.zeros((2, 7, 2)), loss="mse")


def test_check_finite_names_the_first_bad_node():
    net = ng.compile(ng.chain(2, 2, {"id": "bad", "units": 2}, 2), check_finite=True)
    net.parameters["bad.weight"][0, 0] = np.nan
    with pytest.raises(ng.DataError, match="Node 'bad' is the first to give NaN"):
        net(np.ones((1, 2)))


BAD_DATA = {
    "a single sample": (np.ones(3),
                        "Input 'x' wants a batch of samples of shape (3,), but got a single one. Give x[None], a batch of one."),
    "wrong width": (np.ones((5, 4)), "Input 'x' wants shape (N, 3), N samples, but got (5, 4). Reshape the data."),
    "no samples": (np.ones((0, 3)), "Input 'x' was given no samples: its shape is (0, 3). Give at least one."),
    "text": ([["a", "b", "c"]], "Input 'x' holds <U1, not real numbers. Give an array of numbers."),
    "objects": (np.array([[None, 1, 2]]), "Input 'x' holds object, not real numbers. Give an array of numbers."),
    "ragged": ([[1, 2, 3], [1]], "Input 'x' is a list whose rows differ in length. Give an array of numbers."),
    "complex": (np.ones((5, 3)) * 1j, "Input 'x' holds complex128, not real numbers. Give an array of numbers."),
    "a wrong id": ({"z": np.ones((5, 3))}, "The net has the inputs 'x', but was given 'z'. Give each input once, by its id."),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_data_that_does_not_fit_is_refused_with_the_cure(case):
    data, message = BAD_DATA[case]
    with pytest.raises(ng.DataError) as refusal:
        ng.compile(ng.chain(3, 2))(data)
    assert str(refusal.value) == message


def test_too_few_inputs_are_refused():
    with pytest.raises(ng.DataError, match=r"The net has 2 input\(s\), 'x', 'z', but was given 1"):
        ng.compile(two_inputs())(X)


def test_inputs_of_different_lengths_are_refused():
    with pytest.raises(ng.DataError, match="'x' has 5, 'z' has 4"):
        ng.compile(two_inputs())(X, Z[:4])


@pytest.mark.parametrize(("y", "loss", "message"), [
    (np.zeros(5), "mse", "The target has shape (5,), but the net gives (5, 1). Give y[:, None]."),
    (np.zeros((5, 2)), "mse", "The target has shape (5, 2), but the net gives (5, 1). Give an array of shape (5, 1)."),
    (np.full((5, 1), 2.0), "bce", "The loss takes probabilities, but the net's output leaves [0, 1]. "
                                  "End the net in a sigmoid, or use loss='bce_with_logits'."),
    (np.zeros(5), "cross_entropy", "Cross-entropy takes class indices or probabilities, but the target holds float64 in shape (5,). "
                                   "Give integers, for example y.astype(int)."),
    (np.full(5, 3), "cross_entropy", "The loss has classes 0 to 0, but the target holds 3. "
                                     "Number the classes from 0, or give the net as many outputs as there are classes."),
])
def test_targets_that_do_not_fit_are_refused_with_the_cure(y, loss, message):
    net = ng.compile(ng.chain(3, {"units": 1, "bias": [5.0]}))
    with pytest.raises(ng.DataError) as refusal:
        net.gradients(X, y, loss=loss)
    assert str(refusal.value) == message


def test_indices_beyond_the_table_are_refused():
    net = ng.compile(ng.chain(4, {"op": "embedding", "id": "e", "num_embeddings": 10, "embedding_dim": 3}))
    with pytest.raises(ng.DataError, match="Node 'e' has rows 0 to 9, but was given index 10"):
        net(np.full((2, 4), 10))
    with pytest.raises(ng.DataError, match="takes indices, but got float64"):
        net(np.zeros((2, 4)))


def test_batch_norm_cannot_train_on_one_sample():
    with pytest.raises(ng.DataError, match="trains batch norm on one number a channel"):
        ng.compile(ng.chain(3, "batchnorm")).gradients(np.ones((1, 3)), np.ones((1, 3)), loss="mse")


def test_tensors_lists_and_frames_are_taken_as_data():
    class Frame:
        def to_numpy(self):
            return X
    net = ng.compile(ng.chain(3, 2))
    assert all((net(data) == net(X)).all() for data in (torch.tensor(X, requires_grad=True), X.tolist(), Frame(), X.astype(int)))


def test_weights_that_do_not_fit_into_memory_are_refused_before_anything_is_allocated():
    with pytest.raises(ng.WeightError, match=r"'dense1.weight', has shape \(1099511627776, 1000\). Use smaller layers"):
        ng.compile(ng.chain(1000, 2**40))


@pytest.mark.parametrize("options", [{"dtype": "float16"}, {"backend": "jax"}, {"seed": -1}, {"seed": 1.5}, {"dtype": None}])
def test_unknown_options_of_compile_are_refused(options):
    with pytest.raises(ng.OpError):
        ng.compile(ng.chain(2, 1), **options)


def test_ten_thousand_layers_compile_run_and_differentiate():
    net = ng.compile(ng.chain(4, *[4] * 10_000))
    assert net(np.ones((2, 4))).shape == (2, 4)
    assert len(net.gradients(np.ones((2, 4)), np.ones((2, 4)), loss="mse")[1]) == 20_000


@pytest.mark.parametrize(("outputs", "targets", "score"), [
    ([[0.2, 0.8], [0.9, 0.1]], [1, 1], 0.5),
    ([[0.2, 0.8], [0.9, 0.1]], [[0, 1], [1, 0]], 1.0),
    ([[0.7], [0.2]], [[1], [1]], 0.5),
    ([[0.7], [0.2]], [1, 0], 1.0),
])
def test_accuracy_is_by_argmax_for_several_outputs_and_by_threshold_for_one(outputs, targets, score):
    net = ng.compile(ng.chain(len(outputs[0]), "identity"))
    assert net.score(outputs, targets) == score


def test_a_threshold_moves_the_border():
    assert ng.compile(ng.chain(1, "identity")).score([[0.7], [0.2]], [1, 1], threshold=0.1) == 1.0


def test_predict_in_batches_equals_a_call():
    net = ng.compile(two_inputs())
    whole, parts = net(X, Z), net.predict(X, Z, batch_size=2)
    assert all(np.allclose(a, b, atol=1e-7) for a, b in zip(whole, parts, strict=True))
