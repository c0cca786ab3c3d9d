"""Training in torch: the same weights as the NumPy engine, as one process for two, and after a kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn

import netgraph as ng
from netgraph.engines.torch_training.batches import Feed
from netgraph.engines.torch_training.processes import chosen_device
from tests.engines import training_pair as pair

ROOT = Path(__file__).parents[2]
REORDERED = {"rtol": 1e-12, "atol": 1e-12}                 # float64 sums of some dozen terms of the size of 1, in another order


def digits() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30, 1, 6, 6))
    return x, rng.integers(0, 3, 30)


def noisy_net() -> nx.DiGraph:
    """Convolution, batch norm and dropout: weights, buffers and random numbers."""
    return ng.chain((1, 6, 6), {"op": "conv2d", "channels": 4, "kernel_size": 3}, {"op": "batchnorm"}, "relu", "flatten",
                    {"op": "dropout", "p": 0.3}, 3)


NOISY = {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.01, "batch_size": 8}


@pytest.mark.parametrize("words", [
    {"loss": "mse", "optimizer": "sgd", "lr": 0.1}, {"loss": "sse", "optimizer": "rmsprop", "lr": 0.01, "batch_size": 7},
    {"loss": "huber", "optimizer": "adamw", "lr": lambda epoch: 0.1 / (1 + epoch), "batch_size": 7},
    {"loss": "mae", "optimizer": ng.optimizer("sgd", momentum=0.9, nesterov=True), "clip_norm": 0.3, "batch_size": 7},
    {"loss": "mse", "optimizer": "adam", "clip_value": 0.01, "shuffle": False, "batch_size": 16},
], ids=["plain", "rmsprop", "schedule", "momentum", "clipped"])
def test_weights_and_history_are_those_of_numpy(words):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 3)), rng.standard_normal((30, 2))
    G = ng.chain(3, 8, "tanh", {"op": "batchnorm"}, 2)
    net, module = ng.compile(G, dtype="float64", seed=4), ng.compile(G, "torch", dtype="float64", seed=4)
    more = {"epochs": 4, "validation": (x[:9], y[:9]), "metrics": ["mse", "r2"]}
    expected = net.fit(x, y, **words, **more)
    history = ng.fit_torch(module, x, y, seed=4, **words, **more)
    for name, array in {**net.parameters, **net.buffers}.items():
        np.testing.assert_allclose(module.state_dict()[name], array, rtol=1e-8, atol=1e-10)     # Adam divides by small roots
    for column, values in expected.to_dict().items():
        theirs = history.to_dict()[column]
        if isinstance(values, dict):
            values, theirs = list(values.values()), list(theirs.values())
        np.testing.assert_allclose(theirs, values, rtol=1e-8, atol=1e-10)


def test_recurrent_nets_train_as_in_numpy():
    G = ng.chain(2, {"id": "h", "units": 4, "activation": "tanh"}, 1)
    G.add_edge("h", "h", delay=1)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 5, 2)), rng.standard_normal((6, 5, 1))
    words = {"loss": "mse", "lr": 0.1, "epochs": 3, "batch_size": 4, "metrics": ["mse"], "validation": (x, y)}
    net, module = ng.compile(G, dtype="float64", seed=0), ng.compile(G, "torch", dtype="float64", seed=0)
    expected, history = net.fit(x, y, **words), ng.fit_torch(module, x, y, **words)
    np.testing.assert_allclose(history.loss, expected.loss, **REORDERED)
    np.testing.assert_allclose(history.metrics["mse"], expected.metrics["mse"], **REORDERED)


def test_several_inputs_and_outputs_come_by_id():
    G = nx.DiGraph([("a", "s"), ("b", "s"), ("s", "p"), ("s", "q")])
    for name in "ab":
        G.add_node(name, shape=(2,))
    G.add_node("s", op="add")
    G.add_node("p", units=1)
    G.add_node("q", units=2)
    rng = np.random.default_rng(0)
    x = {"b": rng.standard_normal((6, 2)), "a": rng.standard_normal((6, 2))}
    y = {"p": rng.standard_normal((6, 1)), "q": rng.standard_normal((6, 2))}
    net, module = ng.compile(G, dtype="float64", seed=0), ng.compile(G, "torch", dtype="float64", seed=0)
    words = {"loss": "sse", "lr": 0.01, "epochs": 2}
    np.testing.assert_allclose(ng.fit_torch(module, x, y, **words).loss, net.fit(x, y, **words).loss, **REORDERED)


def test_a_stream_trains_as_the_same_batches_of_a_set():
    x, y = pair.data("mse")
    stream = [(x[start:start + 8], torch.tensor(y[start:start + 8])) for start in range(0, len(x), 8)]
    first, second = (ng.compile(pair.net(), "torch", dtype="float64") for _ in range(2))
    streamed = ng.fit_torch(first, stream, loss="mse", lr=0.1, epochs=2)
    expected = ng.fit_torch(second, x, y, loss="mse", lr=0.1, epochs=2, batch_size=8, shuffle=False)
    assert streamed.loss == expected.loss


def test_a_hand_written_module_is_trained_too():
    x, y = pair.data("mse")
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    history = ng.fit_torch(module, x, y, loss="mse", optimizer="adam", lr=0.05, epochs=20)
    assert history.loss[-1] < history.loss[0]


def test_half_precision_comes_to_nearly_the_same_loss_and_keeps_weights_whole():
    x, y = digits()
    losses = []
    for amp in (False, True):
        module = ng.compile(noisy_net(), "torch", seed=0)
        losses.append(ng.fit_torch(module, x, y, epochs=3, amp=amp, **NOISY).loss)
        assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert losses[0] != losses[1]
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.05)                 # bfloat16 has 8 bits, a part in 256, in each of 3 layers


def test_the_random_numbers_of_torch_stand_where_they_stood():
    before = torch.get_rng_state()
    ng.fit_torch(ng.compile(noisy_net(), "torch"), *digits(), epochs=1, **NOISY)
    assert torch.equal(before, torch.get_rng_state())


def run_two(*arguments: str, folder: Path = ROOT) -> list[str]:
    """What two processes on the loopback print that Python runs with these arguments, in the environment that torchrun gives them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {**os.environ, "PYTHONPATH": str(ROOT), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    running = [subprocess.Popen([sys.executable, *arguments], env={**common, "RANK": str(rank), "LOCAL_RANK": str(rank)}, cwd=folder,
                                stdout=subprocess.PIPE, text=True) for rank in range(2)]
    try:
        said = [process.communicate(timeout=240)[0] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0]
    return said


@pytest.fixture(scope="module")
def of_two(tmp_path_factory):
    """What two processes with Gloo came to, case by case."""
    output = tmp_path_factory.mktemp("pair") / "weights.npz"
    run_two(pair.__file__, str(output))
    return np.load(output)


@pytest.mark.parametrize("case", pair.CASES)
def test_two_processes_come_to_the_weights_of_one(case, of_two):
    words = pair.words(case)
    G = pair.net()
    module = ng.compile(G, "torch", dtype="float64", seed=0)
    history = ng.fit_torch(module, *pair.data(words["loss"]), **words)
    for name, tensor in module.state_dict().items():
        np.testing.assert_allclose(of_two[f"{case}/{name}"], tensor, **REORDERED)
    np.testing.assert_allclose(of_two[f"{case}/loss"], history.loss, **REORDERED)
    np.testing.assert_allclose(of_two[f"{case}/validation"], history.validation, **REORDERED)


@pytest.mark.slow
def test_the_command_trains_in_two_processes_of_which_the_first_writes_and_speaks(tmp_path):
    x, y = pair.data("mse")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    ng.save(pair.net(), tmp_path / "net.json")
    said = run_two("-m", "netgraph", "train", "net.json", "--data", "data.npz", "--loss", "mse", "--backend", "torch", "--epochs", "3",
                   "--batch-size", "8", "--dtype", "float64", "--checkpoint", "run.pt", "-o", "trained.json", folder=tmp_path)
    assert said[0].startswith("loss ") and "trained.json: the net with its weights" in said[0] and said[1] == ""
    net = ng.compile(pair.net(), dtype="float64")
    net.fit(x, y, loss="mse", optimizer="adam", epochs=3, batch_size=8)
    for name, array in ng.compile(ng.load(tmp_path / "trained.json"), dtype="float64").parameters.items():
        np.testing.assert_allclose(array, net.parameters[name], rtol=1e-8, atol=1e-10)             # Adam divides by small roots


KILLED = """
import sys, time
import netgraph as ng
from tests.engines.test_torch_training import NOISY, digits, noisy_net

def hang(module, history):
    if len(history.loss) == 4:
        print("in the middle", flush=True)
        time.sleep(600)

ng.fit_torch(ng.compile(noisy_net(), "torch", seed=0), *digits(), epochs=7, checkpoint=sys.argv[1], callbacks=[hang], **NOISY)
"""


def test_a_run_that_was_killed_is_resumed_to_the_very_same_weights(tmp_path):
    path = tmp_path / "run.pt"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
                               stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    resumed, whole = (ng.compile(noisy_net(), "torch", seed=seed) for seed in (9, 0))
    again = ng.fit_torch(resumed, *digits(), epochs=7, checkpoint=path, resume=True, callbacks=[print_nothing], **NOISY)
    once = ng.fit_torch(whole, *digits(), epochs=7, **NOISY)
    assert again.loss == once.loss
    assert all(torch.equal(tensor, whole.state_dict()[name]) for name, tensor in resumed.state_dict().items())
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.pt"]


CUT_SHORT = """
import os, signal, sys
import torch
import netgraph as ng
from tests.engines.test_torch_training import NOISY, digits, noisy_net

def save_half(state, path, whole=torch.save):
    whole(state, path)
    if len(state["history"]["loss"]) == 4:
        os.truncate(path, os.path.getsize(path) // 2)
        os.kill(os.getpid(), signal.SIGKILL)

torch.save = save_half
ng.fit_torch(ng.compile(noisy_net(), "torch", seed=0), *digits(), epochs=7, checkpoint=sys.argv[1], **NOISY)
"""


def test_a_kill_in_the_middle_of_writing_leaves_the_checkpoint_before(tmp_path):
    path = tmp_path / "run.pt"
    done = subprocess.run([sys.executable, "-c", CUT_SHORT, str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, timeout=240)
    assert done.returncode == -signal.SIGKILL
    assert len(torch.load(path, weights_only=True)["history"]["loss"]) == 3
    resumed, whole = (ng.compile(noisy_net(), "torch", seed=seed) for seed in (9, 0))
    again = ng.fit_torch(resumed, *digits(), epochs=7, checkpoint=path, resume=True, **NOISY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.pt"]
    assert again.loss == ng.fit_torch(whole, *digits(), epochs=7, **NOISY).loss
    assert all(torch.equal(tensor, whole.state_dict()[name]) for name, tensor in resumed.state_dict().items())


def print_nothing(module: nn.Module, history: ng.History) -> None:
    """A callback in the place of the one that hangs."""


def test_a_run_that_a_callback_ended_is_not_gone_on_with(tmp_path):
    x, y = digits()
    words = {**NOISY, "epochs": 50, "checkpoint": tmp_path / "run.pt"}
    first, second = (ng.compile(noisy_net(), "torch", seed=0) for _ in range(2))
    history = ng.fit_torch(first, x, y, callbacks=[ng.EarlyStopping(2, min_delta=1e9)], **words)
    again = ng.fit_torch(second, x, y, callbacks=[ng.EarlyStopping(2, min_delta=1e9)], resume=True, **words)
    assert len(history.loss) == 3 and again.loss == history.loss
    assert all(torch.equal(tensor, second.state_dict()[name]) for name, tensor in first.state_dict().items())


def test_a_finished_run_goes_on_with_more_epochs(tmp_path):
    path = tmp_path / "run.pt"
    first, second = (ng.compile(noisy_net(), "torch", seed=0) for _ in range(2))
    for epochs in (2, 5):
        history = ng.fit_torch(first, *digits(), epochs=epochs, checkpoint=path, resume=True, **NOISY)
    assert history.loss == ng.fit_torch(second, *digits(), epochs=5, **NOISY).loss


def test_a_checkpoint_is_not_written_over_unasked(tmp_path):
    (tmp_path / "run.pt").write_bytes(b"mine")
    with pytest.raises(ng.TrainingError) as refusal:
        ng.fit_torch(ng.compile(noisy_net(), "torch"), *digits(), checkpoint=tmp_path / "run.pt", **NOISY)
    assert str(refusal.value) == (f"'{tmp_path / 'run.pt'}' is there already. Go on from it with resume=True (--resume), or name another "
                                  "checkpoint.")
    assert (tmp_path / "run.pt").read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"", b"mine", b"PK\x03\x04", b"\x80\x02}q\x00."])
def test_what_is_no_checkpoint_is_refused(content, tmp_path):
    (tmp_path / "run.pt").write_bytes(content)
    with pytest.raises(ng.FileError, match="is no checkpoint"):
        ng.fit_torch(ng.compile(noisy_net(), "torch"), *digits(), checkpoint=tmp_path / "run.pt", resume=True, **NOISY)


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    words = {**NOISY, "checkpoint": tmp_path / "run.pt"}
    ng.fit_torch(ng.compile(noisy_net(), "torch"), *digits(), **words)
    with pytest.raises(ng.TrainingError, match=r"was trained with batch_size=8, but this run has batch_size=4\. Resume with the same"):
        ng.fit_torch(ng.compile(noisy_net(), "torch"), *digits(), resume=True, **{**words, "batch_size": 4})


def test_a_run_that_diverges_leaves_finite_weights():
    x, y = pair.data("mse")
    module = ng.compile(pair.net(), "torch")
    with pytest.raises(ng.TrainingError, match="training diverged, and the weights are those before the epoch"):
        ng.fit_torch(module, 1e3 * x, y, loss="mse", lr=1e15, epochs=9, batch_size=8)
    assert all(p.isfinite().all() for p in module.parameters())


def test_data_that_is_not_finite_is_named_in_place_of_the_learning_rate():
    x, y = pair.data("mse")
    y[0, 0] = np.nan
    with pytest.raises(ng.TrainingError) as refusal:
        ng.fit_torch(ng.compile(pair.net(), "torch"), x, y, loss="mse", batch_size=8)
    assert str(refusal.value) == ("The loss of epoch 0 is nan: the target holds NaN or infinities, 1 in all. "
                                  "Replace them, or leave their samples out.")


@pytest.mark.parametrize(("words", "kind", "said"), [
    ({"loss": None}, ng.OpError, "fit_torch needs a loss."),
    ({"loss": "mes"}, ng.OpError, "'mes' is no loss. Did you mean 'mse'?"),
    ({"device": "gpu"}, ng.OpError, "device='gpu' is no device. Write 'cpu' or 'cuda'."),
    ({"resume": True}, ng.TrainingError, "resume goes on from a checkpoint, but none is named. Give checkpoint='run.pt'."),
    ({"lr": -1}, ng.OpError, "lr=-1 is no positive number. Give one, such as lr=0.01."),
    ({"epochs": 1.5}, ng.OpError, "epochs=1.5 is no whole number of at least 0. Correct it."),
    ({"validation": 3}, ng.DataError, "validation=3 is no pair. Give validation=(x, y)."),
    ({"callbacks": [3]}, ng.OpError, "The callback 3 cannot be called. Give a function of (net, history)."),
    ({"checkpoint": "no/such.pt"}, ng.FileError, "'no/such.pt' cannot be written: there is no folder 'no'. Make it first."),
], ids=lambda words: next(iter(words)) if isinstance(words, dict) else "")
def test_a_wrong_option_is_refused(words, kind, said):
    with pytest.raises(kind) as refusal:
        ng.fit_torch(ng.compile(pair.net(), "torch"), *pair.data("mse"), **{"loss": "mse", **words})
    assert str(refusal.value).startswith(said)


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ng.OpError, match=r"There is no CUDA device here that torch can use\. Train with device='cpu', or install a torch"):
        ng.fit_torch(ng.compile(pair.net(), "torch"), *pair.data("mse"), loss="mse", device="cuda")


def test_a_graph_in_the_place_of_a_module_is_refused():
    with pytest.raises(ng.TrainingError, match=r"fit_torch trains a torch module, but got 'DiGraph'\. Compile one first"):
        ng.fit_torch(pair.net(), *pair.data("mse"), loss="mse")


@pytest.mark.parametrize(("x", "y", "said"), [
    (np.ones((4, 5)), np.ones((4, 2)), "The module cannot take inputs of shape (4, 5) and float64:"),
    (np.ones((4, 3), int), np.ones((4, 2)), "The module cannot take inputs of shape (4, 3) and int64:"),
    (np.ones((4, 3)), np.ones((5, 2)), "The target has shape (5, 2), but the net gives (4, 2)."),
    (np.ones((0, 3)), np.ones((0, 2)), "The inputs have 0 samples."),
    (np.ones((4, 3)), None, "fit_torch was given no targets"),
    ({"z": np.ones((4, 3))}, np.ones((4, 2)), "The module has the inputs 'x', but was given 'z'."),
], ids=["input", "whole", "target", "empty", "none", "id"])
def test_data_that_does_not_fit_is_refused(x, y, said):
    with pytest.raises(ng.DataError) as refusal:
        ng.fit_torch(ng.compile(pair.net(), "torch"), x, y, loss="mse")
    assert str(refusal.value).startswith(said)


def test_nothing_to_train_is_refused():
    with pytest.raises(ng.TrainingError, match="The module has no parameter to train"):
        ng.fit_torch(ng.compile(ng.chain(3, "relu"), "torch"), np.ones((2, 3)), np.ones((2, 3)), loss="mse")


def test_weights_of_another_module_are_refused():
    with pytest.raises(ng.WeightError, match=r"The graph's 'dense1\.weight' has shape \(8, 3\), but the module has one of shape \(4, 3\)"):
        ng.with_weights(pair.net(), ng.compile(ng.chain(3, 4, 2), "torch"))


@pytest.mark.parametrize(("name", "rank", "found"), [("cuda", None, "cuda:0"), ("cuda", "1", "cuda:1"), ("cuda:1", "0", "cuda:1")])
def test_each_process_takes_the_device_of_its_own_number(name, rank, found, monkeypatch):
    pretend_cuda(monkeypatch, rank)
    assert chosen_device(name, nn.Linear(1, 1)) == torch.device(found)


@pytest.mark.parametrize(("name", "rank"), [("cuda", "2"), ("cuda:2", None)])
def test_a_device_beyond_the_last_is_refused(name, rank, monkeypatch):
    pretend_cuda(monkeypatch, rank)
    with pytest.raises(ng.OpError) as refusal:
        chosen_device(name, nn.Linear(1, 1))
    assert str(refusal.value) == ("There is no device 'cuda:2' here: CUDA devices are numbered from 0 to 1. "
                                  "Name one of these, or start no more processes than there are devices.")


def pretend_cuda(monkeypatch, rank: str | None) -> None:
    """As if this were a machine with two GPUs, and a process of torchrun's with that number."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)


def test_to_cuda_samples_go_by_pinned_memory_and_unwaited(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: asked.append("pinned") or tensor)
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, *place, **how: asked.append((*place, how)) or tensor)
    Feed(nn.Linear(2, 1), torch.device("cuda", 0), None).tensors([np.ones((3, 2))])
    assert asked == [(torch.float32, {}), "pinned", (torch.device("cuda", 0), {"non_blocking": True})]


def test_samples_arrive_on_the_device_in_the_modules_numbers():
    feed = Feed(nn.Linear(2, 1, dtype=torch.float64), torch.device("meta"), None)
    floats, indices = feed.tensors([np.ones((3, 2), "f4"), np.ones(3, "i4")])
    assert (floats.device.type, floats.dtype, indices.dtype) == ("meta", torch.float64, torch.int64)
