"""Training runs: what fit does with batches, histories, callbacks and trouble."""

import numpy as np
import pytest

import netgraph as ng
from netgraph.engines.training.batches import choose_batches

rng = np.random.default_rng(0)
X = rng.standard_normal((10, 3))
Y = X @ np.array([[1.0], [-2.0], [0.5]])


def small_net(**options):
    return ng.compile(ng.chain(3, 4, "tanh", 1), dtype="float64", **options)


def test_fit_is_the_trainer_called_once_an_epoch_on_the_whole_set():
    net, twin = small_net(), small_net()
    history = net.fit(X, Y, loss="mse", lr=0.1, epochs=5)
    trainer = twin.trainer(loss="mse", lr=0.1)
    assert history.loss == [trainer(X, Y) for _ in range(5)]
    assert (net.parameters.flat == twin.parameters.flat).all()


@pytest.mark.parametrize("loss", ["mse", "sse", ng.loss("huber", reduction="sum")], ids=["mean", "sse", "sum"])
def test_the_loss_of_an_epoch_is_that_of_the_whole_set_when_the_weights_hardly_move(loss):
    net = small_net()
    whole = net.loss(X, Y, loss=loss)
    assert net.fit(X, Y, loss=loss, lr=1e-15, epochs=1, batch_size=3).loss[0] == pytest.approx(whole, rel=1e-9)


def test_without_shuffling_batches_come_in_order():
    net, twin = small_net(), small_net()
    net.fit(X, Y, loss="mse", lr=0.1, batch_size=4, shuffle=False)
    trainer = twin.trainer(loss="mse", lr=0.1)
    for start in (0, 4, 8):
        trainer(X[start:start + 4], Y[start:start + 4])
    assert (net.parameters.flat == twin.parameters.flat).all()


def test_shuffling_follows_the_seed():
    first, same, other = (small_net(seed=seed).fit(X, Y, loss="mse", lr=0.1, epochs=3, batch_size=2).loss for seed in (1, 1, 2))
    assert first == same != other


def test_fit_goes_on_from_the_present_weights_and_a_trainer_keeps_its_state():
    whole, halves = small_net(), small_net()
    expected = whole.fit(X, Y, loss="mse", optimizer="adam", lr=0.01, epochs=6).loss
    trainer = halves.trainer(loss="mse", optimizer="adam", lr=0.01)
    found = halves.fit(X, Y, epochs=3, trainer=trainer).loss + halves.fit(X, Y, epochs=3, trainer=trainer).loss
    assert found == expected


def test_validation_and_metrics_are_measured_after_each_epoch():
    net = small_net()
    history = net.fit(X, Y, loss="mse", lr=0.1, epochs=3, validation=(X, Y), metrics=["mae", "r2"])
    assert history.validation[:-1] == pytest.approx(history.loss[1:])
    assert history.metrics["mae"][-1] == net.score(X, Y, metric="mae")
    assert [len(values) for values in history.metrics.values()] == [3, 3]


def test_a_learning_rate_may_be_a_function_of_the_epoch():
    history = small_net().fit(X, Y, loss="mse", lr=ng.schedule("step", 0.1, step_size=2), epochs=4)
    assert history.lr == pytest.approx([0.1, 0.1, 0.01, 0.01])


def test_a_callback_that_returns_true_ends_the_run():
    assert len(small_net().fit(X, Y, loss="mse", lr=0.1, epochs=50, callbacks=[lambda net, history: len(history.loss) == 4]).loss) == 4


def test_early_stopping_gives_back_the_best_weights():
    net = small_net()
    stop = ng.EarlyStopping(patience=3)
    rates = lambda epoch: 0.05 if epoch < 5 else -0.5     # from the sixth epoch on, uphill
    history = net.fit(X, Y, loss="mse", lr=rates, epochs=30, validation=(X, Y), callbacks=[stop])
    assert len(history.loss) < 30
    assert net.loss(X, Y, loss="mse") == pytest.approx(min(history.validation))


def test_a_diverging_run_stops_says_so_and_keeps_finite_weights():
    net = ng.compile(ng.chain(3, 4, "relu", 1))
    with pytest.raises(ng.TrainingError, match="training diverged") as refusal:
        net.fit(X * 1e3, Y, loss="mse", lr=1e6, epochs=50, validation=(X * 1e3, Y), metrics=["mae"])
    assert "Lower lr (now 1e+06)" in str(refusal.value)
    assert np.isfinite(net.parameters.flat).all()


@pytest.mark.parametrize(("x", "y", "what"), [(np.where(X > 0.5, np.nan, X), Y, "input 'x'"),
                                              (X, np.where(Y > 0, np.inf, Y), "the target")])
def test_numbers_in_the_data_that_are_not_finite_are_named_in_place_of_the_learning_rate(x, y, what):
    count = sum(np.count_nonzero(~np.isfinite(array)) for array in (x, y))
    with pytest.raises(ng.TrainingError) as refusal:
        ng.compile(ng.chain(3, 4, "relu", 1)).fit(x, y, loss="mse")
    assert str(refusal.value).endswith(f" at step 1: {what} holds NaN or infinities, {count} in all. "
                                       "Replace them, or leave their samples out.")


def test_a_first_loss_that_overflows_is_not_laid_to_the_learning_rate():
    net = ng.compile(ng.chain(3, 4, "relu", 1))
    with pytest.raises(ng.TrainingError) as refusal:
        net.fit(X * 1e30, Y, loss="mse")
    assert str(refusal.value) == ("The loss is inf at step 1, before any weight was moved. Scale the data, or compile the net anew if an "
                                  "earlier run left it with large weights.")


def test_several_outputs_train_on_the_sum_of_their_losses():
    import networkx as nx
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    G.add_node("a", units=1)
    G.add_node("b", units=2)
    G.add_edges_from([("x", "a"), ("x", "b")])
    net = ng.compile(G, dtype="float64")
    a, b = net(X)
    loss, _ = net.gradients(X, (Y, np.zeros((10, 2))), loss="sse")
    assert loss == pytest.approx(((a - Y) ** 2).sum() + (b**2).sum())


def test_a_batch_larger_than_the_set_is_the_whole_set():
    whole, larger = (small_net().fit(X, Y, loss="mse", lr=0.01, epochs=2, batch_size=size).loss for size in (None, 100))
    assert larger == pytest.approx(whole)


def test_a_batch_of_one_moves_the_weights_for_each_sample():
    net, by_hand = small_net(), small_net()
    net.fit(X, Y, loss="mse", lr=0.01, batch_size=1, shuffle=False)
    trainer = by_hand.trainer(loss="mse", lr=0.01)
    for x, y in zip(X, Y, strict=True):
        trainer(x[None], y[None])
    for name, array in by_hand.parameters.items():
        np.testing.assert_allclose(net.parameters[name], array, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize(("options", "error"), [
    ({"epochs": -1}, ng.OpError), ({"epochs": 1.5}, ng.OpError), ({"batch_size": 0}, ng.OpError), ({"optimizer": "sdg"}, ng.OpError),
    ({"loss": None}, ng.OpError), ({"metrics": ["accuracie"]}, ng.OpError), ({"clip_norm": -1}, ng.OpError),
])
def test_options_that_make_no_sense_are_refused(options, error):
    with pytest.raises(error):
        small_net().fit(X, Y, **{"loss": "mse", "epochs": 1, **options})


def test_another_nets_trainer_is_refused():
    with pytest.raises(ng.TrainingError, match="belongs to another net"):
        small_net().fit(X, Y, trainer=small_net().trainer(loss="mse"))


def test_targets_of_another_length_are_refused():
    with pytest.raises(ng.DataError, match=r"There are 10 samples, but the target has shape \(9, 1\)"):
        small_net().fit(X, Y[:9], loss="mse")


def test_a_history_is_plain_data_and_a_figure(tmp_path):
    history = small_net().fit(X, Y, loss="mse", lr=0.1, epochs=3, validation=(X, Y), metrics=["mae"])
    assert set(history.to_dict()) == {"loss", "validation", "metrics", "lr"}
    history.plot().savefig(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_no_progress_bar_where_there_is_no_terminal(capfd):
    small_net().fit(X, Y, loss="mse", lr=0.1, epochs=3)
    assert capfd.readouterr() == ("", "")


def test_a_stream_of_batches_trains_as_the_same_batches_of_a_set():
    net, twin = small_net(), small_net()
    expected = net.fit(X, Y, loss="mse", lr=0.1, epochs=3, batch_size=4, shuffle=False)
    batches = [(X[start:start + 4], Y[start:start + 4]) for start in (0, 4, 8)]
    history = twin.fit(batches, loss="mse", lr=0.1, epochs=3)
    assert history.loss == pytest.approx(expected.loss)
    assert (net.parameters.flat == twin.parameters.flat).all()


def test_a_generator_lasts_for_one_epoch_and_says_so():
    with pytest.raises(ng.DataError, match="a generator can be used for one epoch only"):
        small_net().fit(((X, Y) for _ in range(2)), loss="mse", lr=0.1, epochs=2)


def test_memory_mapped_arrays_are_read_batch_by_batch(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    mapped = [np.load(tmp_path / name, mmap_mode="r") for name in ("x.npy", "y.npy")]
    net, twin = small_net(), small_net()
    history = net.fit(*mapped, loss="mse", lr=0.1, epochs=2, batch_size=3)
    assert history.loss == pytest.approx(twin.fit(X, Y, loss="mse", lr=0.1, epochs=2, batch_size=3).loss)


def two_inputs_and_outputs():
    G = ng.chain(3, 4, "tanh", name="two")
    G.add_node("z", shape=(2,))
    G.add_nodes_from(["p", "q"], op="dense", units=1)
    G.add_edges_from([("z", "dense1"), ("dense1", "p"), ("dense1", "q")])
    return G


@pytest.mark.parametrize("form", [tuple, list, lambda pair: dict(zip(("x", "z"), pair, strict=True))], ids=["tuple", "list", "dict"])
def test_several_memory_mapped_arrays_stay_on_disk(form, tmp_path):
    arrays = {"x": X, "z": X[:, :2], "p": Y, "q": -Y}
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    mapped = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in arrays}
    x, y = form((mapped["x"], mapped["z"])), (mapped["p"], mapped["q"])
    net, twin = (ng.compile(two_inputs_and_outputs(), seed=1) for _ in range(2))
    batches = choose_batches(net, x, y, batch_size=3, shuffle=True)
    assert all(isinstance(array, np.memmap) for array in (*batches.arrays, *batches.targets))
    options = {"loss": "mse", "lr": 0.1, "epochs": 2, "batch_size": 3}
    assert net.fit(x, y, **options).loss == twin.fit((X, X[:, :2]), (Y, -Y), **options).loss


def test_targets_may_come_by_name():
    net, twin = (ng.compile(two_inputs_and_outputs(), seed=1) for _ in range(2))
    options = {"loss": "mse", "lr": 0.1, "epochs": 2, "batch_size": 3}
    assert net.fit({"z": X[:, :2], "x": X}, {"q": -Y, "p": Y}, **options).loss == twin.fit((X, X[:, :2]), (Y, -Y), **options).loss


def test_targets_of_other_names_are_refused():
    with pytest.raises(ng.DataError, match="The net has the outputs 'p', 'q', but was given targets for 'p'"):
        ng.compile(two_inputs_and_outputs()).fit((X, X[:, :2]), {"p": Y}, loss="mse")


def test_a_memory_mapped_array_beside_one_of_another_length_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    with pytest.raises(ng.DataError, match="All inputs need the same number of samples"):
        ng.compile(two_inputs_and_outputs()).fit((mapped, X[:-1, :2]), (Y, Y), loss="mse")


@pytest.mark.parametrize("x", [X, "data", 5, {"x": X}])
def test_no_targets_and_no_stream_are_refused(x):
    with pytest.raises(ng.DataError, match="is no stream of batches"):
        small_net().fit(x, loss="mse")


def test_metrics_of_a_stream_need_a_set():
    with pytest.raises(ng.TrainingError, match=r"Give validation=\(x, y\)"):
        small_net().fit([(X, Y)], loss="mse", metrics=["mae"])


def test_graph_of_a_net_has_the_in_edges_in_their_order():
    G = ng.chain(2, {"id": "a", "units": 2}, {"id": "b", "units": 2}, {"id": "y", "units": 2})
    G.add_edge("x", "y")
    G.add_edge("a", "y")                                   # declared after b -> y, while a stands before b
    net = ng.compile(G)
    assert list(net.graph.pred["y"]) == list(G.pred["y"]) == ["b", "x", "a"]
    assert list(ng.compile(net.graph).parameters) == list(net.parameters)


def test_training_in_two_halves_with_a_save_between_is_training_in_one(tmp_path):
    G = ng.chain(3, 8, "tanh", {"op": "dropout", "p": 0.3}, "batchnorm", 1)
    whole, first = ng.compile(G, seed=2), ng.compile(G, seed=2)
    options = {"loss": "mse", "lr": 0.05, "batch_size": 4}
    expected = whole.fit(X, Y, epochs=6, **options).loss
    losses = first.fit(X, Y, epochs=3, **options).loss
    ng.save(first, tmp_path / "half.safetensors")
    second = ng.compile(ng.load(tmp_path / "half.safetensors"), seed=99)
    losses += second.fit(X, Y, epochs=3, **options).loss
    assert losses == expected
    assert (second.parameters.flat == whole.parameters.flat).all() and (second.buffers.flat == whole.buffers.flat).all()


OPTIMISERS = {"sgd": ng.optimizer("sgd"), "momentum": ng.optimizer("sgd", momentum=0.9), "adam": ng.optimizer("adam"),
              "adamw": ng.optimizer("adamw"), "rmsprop": ng.optimizer("rmsprop", momentum=0.5, centered=True)}


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
@pytest.mark.parametrize("optimizer", OPTIMISERS.values(), ids=OPTIMISERS)
def test_a_saved_trainer_goes_on_as_if_nothing_had_happened(optimizer, suffix, tmp_path):
    G = ng.chain(3, 8, "tanh", {"op": "dropout", "p": 0.3}, "batchnorm", 4, 1)
    G.edges["x", "dense1"]["mask"] = np.tri(8, 3)
    G.nodes["dense2"]["trainable"] = False
    options = {"loss": "mse", "optimizer": optimizer, "lr": 0.05, "clip_norm": 1.0}
    whole, first = ng.compile(G, seed=2), ng.compile(G, seed=2)
    expected = whole.fit(X, Y, epochs=6, batch_size=4, **options).loss
    trainer = first.trainer(**options)
    losses = first.fit(X, Y, epochs=3, batch_size=4, trainer=trainer).loss
    ng.save(trainer.graph, tmp_path / f"half.{suffix}")
    second = ng.compile(ng.load(tmp_path / f"half.{suffix}"), seed=99)
    losses += second.fit(X, Y, epochs=3, batch_size=4, trainer=second.trainer(**options, resume=True)).loss
    assert losses == expected
    assert (second.parameters.flat == whole.parameters.flat).all() and (second.buffers.flat == whole.buffers.flat).all()


def test_a_net_that_was_compiled_again_hands_no_old_state_on():
    trainer = small_net().trainer(loss="mse", optimizer="adam")
    trainer(X, Y)
    assert "optimizer_state" in trainer.graph.graph
    assert "optimizer_state" not in ng.compile(trainer.graph).graph.graph


def spoilt_states():
    good = {"optimizer": "adam", "steps": 1, **{word: {name: array.copy() for name, array in small_net().parameters.items()}
                                                for word in ("m", "v")}}
    name = next(iter(good["m"]))
    return {"missing": (None, "carries no state"), "text": ("{}", "is no state of an optimiser"),
            "steps": ({**good, "steps": -1}, "is no state of an optimiser"), "other": ({**good, "optimizer": "sgd"}, "the state of 'sgd'"),
            "lacking": ({**good, "v": {}}, f"no 'v' for '{name}'"), "shape": ({**good, "m": {**good["m"], name: np.ones(1)}}, "no 'm' for"),
            "objects": ({**good, "m": {**good["m"], name: good["m"][name].astype(object)}}, "no 'm' for")}


@pytest.mark.parametrize("name", spoilt_states())
def test_a_state_that_is_none_of_this_optimiser_is_refused(name):
    state, fact = spoilt_states()[name]
    G = small_net().graph
    G.graph["optimizer_state"] = state
    with pytest.raises(ng.TrainingError) as refusal:
        ng.compile(G).trainer(loss="mse", optimizer="adam", resume=True)
    assert fact in str(refusal.value)
    assert str(refusal.value).endswith("Save what trainer.graph gives, or leave resume= out to begin anew.")


@pytest.mark.parametrize("state", ["", "{}", "[1]", 5, '{"bit_generator": "MT19937"}', "os.system"])
def test_a_random_state_that_is_none_is_refused(state):
    G = ng.chain(2, 1)
    G.graph["random_state"] = state
    with pytest.raises(ng.WeightError, match="no state of NumPy's generator"):
        ng.compile(G)


def test_a_trainer_says_what_it_does():
    trainer = ng.compile(ng.chain(3, 1)).trainer(loss="mse", optimizer="sgd", lr=0.1)
    trainer(X, Y)
    assert repr(trainer) == "<Trainer: mse by Sgd, lr 0.1, step 1>"
