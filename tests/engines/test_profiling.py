"""Profiles: both engines see the same numbers, the way back of single layers comes to the gradients of the whole, times add up."""

from __future__ import annotations

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn

import netgraph as ng
from netgraph.engines.profiling.profiles import COLUMNS, Statistics
from netgraph.engines.profiling.torch_clock import Clock, Measured
from netgraph.engines.profiling.torch_hooks import watched
from netgraph.engines.profiling.torch_steps import Steps
from tests.engines.test_loops import NETS as RECURRENT, elman, sequences
from tests.zoo.test_zoo import SMALL, data_for

NETS = ("mlp", "lenet", "resnet18", "unet", "gpt", "transformer", "gru_classifier")


def batch(name: str) -> tuple[nx.DiGraph, tuple[np.ndarray, ...], np.ndarray]:
    G = SMALL[name]()
    xs = tuple(data_for(G, samples=3))
    y = np.random.default_rng(5).standard_normal(ng.compile(G, dtype="float64")(*xs).shape)
    return G, xs, y


@pytest.mark.parametrize("name", NETS)
def test_both_engines_see_the_same_numbers(name):
    G, xs, y = batch(name)
    words = {"loss": "mse", "repeats": 1}
    x = xs if len(xs) > 1 else xs[0]
    mine = ng.profile(ng.compile(G, dtype="float64"), x, y, **words)
    theirs = ng.profile(ng.compile(G, "torch", dtype="float64"), x, y, **words)
    shared = [node for node in mine.layers if node in theirs.layers]
    assert len(shared) >= 0.8 * len(mine.layers) and len(shared) > 1
    for node in shared:
        first, second = mine[node], theirs[node]
        assert first.output_bytes == second.output_bytes
        np.testing.assert_allclose((second.activation.mean, second.activation.std), (first.activation.mean, first.activation.std),
                                   rtol=1e-8, atol=1e-10)
        if first.gradient and second.gradient:
            np.testing.assert_allclose(second.gradient.std, first.gradient.std, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", SMALL)
def test_every_function_that_autograd_recorded_is_charged_to_a_layer(name):
    G = SMALL[name]()
    module = ng.compile(G, "torch", dtype="float64").eval()
    xs = [torch.tensor(x) for x in data_for(G)]
    clock = Clock(Measured(keeps=True))
    found = Steps(module, clock).run(*xs)
    assert torch.equal(found, module(*xs))
    assert set(clock.measured.outputs) <= set(ng.infer(G).layers)
    assert clock.known >= functions(found.grad_fn)          # more where an output is not used
    clock.go_back(found.sum(), [p for p in module.parameters() if p.requires_grad])
    assert set(clock.measured.gradients) <= set(clock.measured.outputs) and all(time > 0 for time in clock.measured.backward.values())


def functions(last) -> set:
    """All functions from which a tensor comes, but those of leaves."""
    found, waiting = set(), [last]
    while waiting:
        function = waiting.pop()
        if function is not None and function not in found and not hasattr(function, "variable"):
            found.add(function)
            waiting += [source for source, _ in function.next_functions]
    return found


def test_the_gradient_of_a_layer_is_that_of_what_it_gave():
    module = ng.compile(ng.chain(3, 4, "tanh", 2), "torch", dtype="float64")
    x, y = torch.rand(5, 3, dtype=torch.float64), torch.rand(5, 2, dtype=torch.float64)
    hidden = torch.tanh(module.dense1(x)).detach().requires_grad_()
    ((module.dense2(hidden) - y) ** 2).sum().backward()
    profile = ng.profile(module, x, y, loss="sse")
    assert profile["dense1"].gradient == Statistics.of(hidden.grad.numpy())


def test_weights_are_counted_in_bytes_of_their_numbers():
    G = ng.chain(3, 4, 2)
    for net, size in ((ng.compile(G), 4), (ng.compile(G, "torch", dtype="float64"), 8)):
        profile = ng.profile(net, np.ones((5, 3)))
        assert profile["dense1"].weight_bytes == size * 16 and profile["dense2"].output_bytes == size * 10
        assert profile["dense1"].gradient is None and profile["dense1"].backward == 0


def test_a_hand_written_module_is_measured_by_its_innermost_parts():
    module = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)))
    profile = ng.profile(module, np.ones((5, 3)), np.ones((5, 2)), loss="mse")
    assert list(profile.layers) == ["0", "1.0", "1.1"]
    assert profile["1.0"].activation.zeros == float((module[1][0](module[0](torch.ones(5, 3))) == 0).double().mean())
    assert all(layer.forward > 0 and layer.gradient for layer in profile.layers.values())


def test_a_module_whose_parts_are_not_called_is_measured_itself():
    module = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    profile = ng.profile(module, np.ones((2, 5, 8)), np.ones((2, 5, 8)), loss="mse", repeats=1)
    assert list(profile.layers) == ["self_attn", "dropout1", "norm1", "linear1", "dropout", "linear2", "dropout2", "norm2"]
    assert profile["self_attn"].weight_bytes == 4 * sum(p.numel() for p in module.self_attn.parameters())
    assert profile["self_attn"].backward > 0 and profile["self_attn"].gradient


def test_a_first_call_of_which_nothing_comes_takes_no_time_back():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.idle, self.busy = nn.Linear(3, 3), nn.Linear(3, 2)

        def forward(self, x):
            self.idle(x)
            return self.busy(x)

    profile = ng.profile(Idle(), np.ones((5, 3)), np.ones((5, 2)), loss="mse", repeats=1)
    assert profile["idle"].backward == 0 < profile["busy"].backward and profile["idle"].gradient is None


def test_what_is_written_over_is_told_as_it_was():
    first, inner = nn.Linear(3, 4), nn.ReLU(inplace=True)
    x, y = torch.randn(5, 3), torch.zeros(5, 4)
    profile = ng.profile(nn.Sequential(first, inner), x, y, loss="sse", repeats=1)
    assert profile["0"].activation == Statistics.of(first(x).detach().numpy())
    assert profile["1"].activation.zeros > 0 and profile["1"].backward > 0
    (told,) = torch.autograd.grad((torch.relu(value := first(x)) ** 2).sum(), value)
    assert profile["0"].gradient == Statistics.of(told.numpy())


def test_arguments_given_by_name_are_where_a_layer_begins():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 2)

        def forward(self, x):
            return self.second(input=torch.tanh(torch.tanh(self.first(input=x))))

    module, clock = Named(), Clock(Measured(keeps=False))
    with watched(module, clock):
        module(torch.ones(5, 3))
    assert sorted(function.name() for function in clock.known) == ["AddmmBackward0"] * 2 + ["TBackward0"] * 2


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))], ids=["copy", "pickle"])
def test_a_copy_of_a_module_still_knows_its_layers(copied):
    G = ng.chain((5, 8), {"op": "attention", "num_heads": 2, "id": "a"}, "relu", 3)
    x, module = np.ones((2, 5, 8)), ng.compile(G, "torch")
    assert list(ng.profile(copied(module), x, repeats=1).layers) == list(ng.profile(module, x, repeats=1).layers)


def test_a_profile_leaves_module_and_modes_as_they_were():
    module = ng.compile(ng.chain(3, 4, {"op": "dropout", "p": 0.5}, 2), "torch").train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    ng.profile(module, np.ones((5, 3)), np.ones((5, 2)), loss="mse", repeats=1)
    assert all(part.training for part in module.modules())
    assert all(p.grad is None for p in module.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_statistics_count_zeros_and_what_is_no_number():
    assert Statistics.of(np.array([0, 0, np.nan, -np.inf, 1, 3, 0, 0.0])) == Statistics(2 / 3, float(np.std([0, 0, 1, 3, 0, 0])), 0.5, 0.25)
    assert Statistics.of(np.array([np.nan])) == Statistics(0.0, 0.0, 0.0, 1.0)


def test_a_profile_is_read_as_a_table_and_as_overlays():
    profile = ng.profile(ng.chain(3, 4, "relu", 2), np.ones((5, 3)), np.ones((5, 2)), loss="mse", repeats=1)
    assert str(profile).splitlines()[0].split()[:3] == ["layer", "forward", "µs"]
    assert len(str(profile).splitlines()) == 1 + len(profile.layers)
    for word in COLUMNS:
        assert list(profile.overlay(word).values) == list(profile.layers)
    assert profile.time.values["dense1"] == profile["dense1"].forward + profile["dense1"].backward
    assert profile.memory.values["dense1"] == 80 + 64


def test_what_was_measured_forward_alone_says_so():
    profile = ng.profile(ng.chain(3, 4, "relu", 2), np.ones((5, 3)), repeats=1)
    assert [line.split()[2] for line in str(profile).splitlines()[1:]] == ["–", "–"]
    assert profile.time.title == "time forward, NumPy"
    assert repr(profile) == str(profile)
    for word in ("backward", "gradient_std"):
        with pytest.raises(ng.OpError) as refusal:
            profile.overlay(word)
        assert str(refusal.value) == (f"A profile of the way forward has no '{word}'. Measure the way back too, with a target and a loss.")


@pytest.mark.parametrize(("words", "kind", "said"), [
    ({"y": np.ones((5, 2))}, ng.OpError, "The way back is measured with a target and a loss, but only one was given. Give y and loss"),
    ({"loss": "mse"}, ng.OpError, "The way back is measured with a target and a loss, but only one was given. Give y and loss"),
    ({"y": np.ones((5, 2)), "loss": "mes"}, ng.OpError, "'mes' is no loss."),
    ({"repeats": 0}, ng.OpError, "repeats=0 is no whole number of at least 1."),
    ({"x": np.ones((5, 4))}, ng.DataError, "Input 'x' wants shape (N, 3), N samples, but got (5, 4)."),
    ({"net": 3}, ng.OpError, "A graph, a NumPy net or a torch module is profiled, but got 'int'."),
], ids=["y", "loss", "word", "repeats", "x", "net"])
def test_what_cannot_be_measured_is_refused(words, kind, said):
    given = {"net": ng.chain(3, 2), "x": np.ones((5, 3)), **words}
    with pytest.raises(kind) as refusal:
        ng.profile(given.pop("net"), given.pop("x"), **given)
    assert str(refusal.value).startswith(said)


@pytest.mark.parametrize("truncate", [None, 2])
@pytest.mark.parametrize("make", RECURRENT.values(), ids=RECURRENT)
def test_both_engines_see_the_same_numbers_along_sequences(make, truncate):
    G = make()
    xs = tuple(sequences(G))
    y = np.random.default_rng(5).standard_normal(ng.compile(G, dtype="float64")(*xs).shape)
    mine, theirs = (ng.profile(ng.compile(G, backend, dtype="float64", truncate=truncate), xs if len(xs) > 1 else xs[0], y, loss="sse",
                               repeats=1) for backend in ("numpy", "torch"))
    assert list(mine.layers) == list(theirs.layers) == [layer.id for layer in ng.infer(G) if layer.op_name != "input"]
    for first, second in zip(mine.layers.values(), theirs.layers.values(), strict=True):
        assert (first.output_bytes, first.weight_bytes) == (second.output_bytes, second.weight_bytes)
        np.testing.assert_allclose((second.activation.mean, second.activation.std), (first.activation.mean, first.activation.std),
                                   rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(second.gradient.std, first.gradient.std, rtol=1e-6, atol=1e-12)


def test_a_layer_that_loops_over_time_has_the_output_of_all_steps_and_its_weights_once():
    G = elman()
    layer = ng.profile(ng.compile(G, "torch"), np.ones((2, 5, 3)))["h"]
    assert (layer.output_bytes, layer.weight_bytes) == (4 * 2 * 5 * 4, 4 * (4 * 3 + 4 * 4 + 4))


def test_a_profile_has_no_column_of_another_name():
    with pytest.raises(ng.OpError, match=r"A profile has no 'tme'\. Did you mean 'time'\?"):
        ng.profile(ng.chain(3, 2), np.ones((5, 3))).overlay("tme")
