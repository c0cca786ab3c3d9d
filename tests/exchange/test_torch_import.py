"""Torch modules become graphs: the same numbers, the same weights, the same names, and a refusal where that cannot be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn
from torch.nn import functional as F

import netgraph as ng
from netgraph.exchange.torch_import import read_module
from netgraph.ops import OPS
from tests.engines.test_torch_module import EXAMPLES, IDS, op_net, samples
from tests.exchange import torch_models as models
from tests.random_graphs import valid_graphs

pytestmark = [pytest.mark.filterwarnings("ignore:enable_nested_tensor"), pytest.mark.filterwarnings("ignore:Using padding='same'")]
TOKENS = torch.tensor([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])
KINDS = {
    "mlp": (lambda: models.MLP(6, 5, 4, 3), (4, 6)),
    "resnet18": (models.resnet18, (1, 3, 32, 32)),
    "resnet152": (models.resnet152, (1, 3, 32, 32)),
    "encoder in training": (lambda: models.encoder(batch_first=True), (2, 5, 16)),
    "encoder of one sample": (lambda: models.encoder(batch_first=True).eval(), (1, 5, 16)),
    "encoder, time first": (models.encoder, (5, 3, 16)),
    "encoder, norm first": (lambda: models.encoder(batch_first=True, norm_first=True, activation="gelu"), (2, 5, 16)),
    "unet": (models.UNet, (1, 3, 16, 16)),
    "lstm": (models.Tagger, TOKENS),
    "tied": (models.Tied, TOKENS),
}


def example(given):
    return given if isinstance(given, torch.Tensor) else torch.randn(given)


def made(kind):
    """A module of a kind, its running statistics not those of a start, and an example for it."""
    torch.manual_seed(0)
    build, given = KINDS[kind]
    module = build()
    for name, buffer in module.named_buffers():
        if "running_var" in name:
            buffer.uniform_(0.5, 1.5)
        if "running_mean" in name:                         # so near to 0 that no layer is cut off by the ReLU behind it
            buffer.normal_(0, 0.1)
    return module, example(given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_module_of_each_kind_is_imported_and_gives_its_own_numbers(kind):
    module, x = made(kind)
    graph = ng.from_torch(module, x)
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_in_float64_numbers_agree_to_1e_9(kind):
    module, x = made(kind)
    assert ng.from_torch(module.double(), x.double() if x.is_floating_point() else x).graph["checked"] is True


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_has_the_shape_that_torch_gave(kind):
    module, x = made(kind)
    graph = ng.from_torch(module, x)
    wanted = module.eval()(x)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    plan = ng.infer(graph)
    reading = read_module(module, (x,), {})
    for node, tensor, batch in zip(plan.outputs, wanted, reading.output_batches, strict=True):
        assert plan[node].shape == tuple(size for dim, size in enumerate(tensor.shape) if dim != batch)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_an_original_checkpoint_goes_into_the_compiled_net(backend):
    module, x = made("encoder in training")
    other = models.encoder(batch_first=True).eval()
    net = ng.compile(ng.from_torch(module, x), backend)
    graph = ng.from_torch(module, x)
    ng.load_torch(net, other.state_dict(), graph.graph["torch_names"])
    given = net(x.numpy()) if backend == "numpy" else net.eval()(x).detach().numpy()
    np.testing.assert_allclose(given, other(x).detach().numpy(), atol=1e-5)      # sums of some 32 numbers of the size of 1 in float32


def test_a_matrix_that_lies_turned_in_the_module_is_turned_from_its_checkpoint():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(2))

        def forward(self, x):
            return torch.addmm(self.bias, x, self.weight)

    module, x = Turned(), torch.randn(4, 3)
    graph = ng.from_torch(module, x)
    assert [words["op"] for _, words in graph.nodes(data=True)] == ["input", "dense"]
    net = ng.compile(graph)
    ng.load_torch(net, {name: 2 * value for name, value in module.state_dict().items()})
    np.testing.assert_allclose(net(x.numpy()), 2 * module(x).detach().numpy(), rtol=1e-5)


def test_a_checkpoint_of_another_module_is_refused():
    net = ng.compile(ng.from_torch(nn.Linear(3, 2), torch.ones(1, 3)))
    with pytest.raises(ng.DataError) as refusal:
        ng.load_torch(net, {"weight": torch.ones(2, 3)})
    assert str(refusal.value) == ("The checkpoint has no array 'bias'. Give the state_dict of the module that the graph was imported from.")


def test_a_torch_net_needs_the_names_handed_in():
    net = ng.compile(ng.from_torch(nn.Linear(3, 2), torch.ones(1, 3)), "torch")
    with pytest.raises(ng.DataError, match=r"A Linear does not say .+ Give names=G\.graph\['torch_names'\] of the imported graph\."):
        ng.load_torch(net, {})


@pytest.mark.parametrize(("word", "fields", "shapes"), EXAMPLES, ids=IDS)
def test_every_op_comes_back_from_torch_with_the_same_numbers(word, fields, shapes):
    graph = op_net(word, fields, shapes)
    inputs = [torch.from_numpy(x) for x in samples(graph)]
    again = ng.from_torch(ng.compile(graph, "torch", dtype="float64"), *inputs)
    assert again.graph["checked"] is True or again.graph["checked"].startswith("not run: aten.group_norm")


ZOO = {"lenet": ng.zoo.lenet, "resnet": lambda: ng.zoo.resnet(18), "unet": ng.zoo.unet, "mobilenet": ng.zoo.mobilenet_v2,
       "inception": ng.zoo.inception}


OTHER_WORDS = {"flatten": "reshape", "globalavgpool2d": "mean"}                      # what torch's own calls tell no difference of


def likeness(graph):
    """What two graphs have in common that differ in nothing but the names of what is no layer: ops, shapes, and all arrays."""
    plan = ng.infer(graph)
    plain = nx.DiGraph()
    for layer in plan:
        arrays = tuple((p.field, p.value.shape, p.value.tobytes()) for p in layer.parameters if p.value is not None)
        word = OTHER_WORDS.get(layer.op_name, layer.op_name)
        plain.add_node(layer.id, like=(word, layer.shapes, layer.activation.word if layer.activation else "", arrays))
        plain.add_edges_from((wire.source, layer.id) for wire in layer.wires)
    return plain


@pytest.mark.parametrize("name", ZOO)
def test_a_net_of_the_zoo_comes_back_from_torch_as_the_same_graph_with_equal_weights(name):
    graph = ng.compile(ZOO[name](), seed=0).graph
    plan = ng.infer(graph)
    inputs = [torch.zeros(2, *plan[node].shape) for node in plan.inputs]
    again = ng.from_torch(ng.compile(graph, "torch"), *inputs, check=False)
    assert nx.is_isomorphic(likeness(graph), likeness(again), node_match=lambda one, other: one["like"] == other["like"])


class Stretched(nn.Module):
    """A weight that is stretched along the samples before it meets them, by a product of matrices and by einsum."""

    def __init__(self):
        super().__init__()
        self.keys, self.rows = nn.Parameter(torch.randn(5, 4)), nn.Parameter(torch.randn(5, 4))

    def forward(self, x):
        keys = self.keys.expand(x.shape[0], -1, -1)
        return torch.bmm(x, keys.transpose(1, 2)) + torch.einsum("bij,bkj->bik", x, self.rows.expand(len(x), 5, 4))


class Stepping(nn.Module):
    """A cell that is called step by step, and begins with zeros."""

    def __init__(self, kind):
        super().__init__()
        self.cell = kind(4, 5)

    def forward(self, x):
        start = torch.zeros(x.shape[0], 5)
        state = (start, x.new_zeros(x.size(0), 5)) if isinstance(self.cell, nn.LSTMCell) else start
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return state[0] if isinstance(state, tuple) else state


FREE_BATCH = {"stretched": Stretched, **{kind.__name__: lambda kind=kind: Stepping(kind) for kind in (nn.LSTMCell, nn.GRUCell, nn.RNNCell)}}


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("name", FREE_BATCH)
def test_what_is_the_same_for_all_samples_leaves_their_number_free(name, samples):
    torch.manual_seed(0)
    module, x = FREE_BATCH[name](), torch.randn(7, 3, 4)
    net = ng.compile(ng.from_torch(module, torch.randn(samples, 3, 4)))
    np.testing.assert_allclose(net(x.numpy()), module(x).detach().numpy(), atol=1e-5)


SEPARATE = {"sequential": lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh()),
            "stretched": lambda: nn.Sequential(Stretched(), nn.Softplus()),
            "images": lambda: nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.Sigmoid())}


@pytest.mark.parametrize("name", SEPARATE)
def test_a_module_as_a_graph_comes_back_from_torch_as_the_same_graph(name):
    x = torch.randn(2, 3, 4)
    graph = ng.from_torch(SEPARATE[name](), x)
    again = ng.from_torch(ng.compile(graph, "torch"), x)
    assert again.graph["checked"] is True
    assert nx.is_isomorphic(likeness(graph), likeness(again), node_match=lambda one, other: one["like"] == other["like"])


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(valid_graphs())
def test_any_graph_comes_back_from_torch_with_the_same_numbers(graph):
    inputs = [torch.from_numpy(x) for x in samples(graph)]
    again = ng.from_torch(ng.compile(graph, "torch", dtype="float64"), *inputs)
    assert again.graph["checked"] is True


def test_nodes_are_called_by_their_modules_and_grouped_like_them():
    graph = ng.from_torch(models.resnet18(), torch.ones(1, 3, 32, 32), check=False)
    assert graph.nodes["layer1_0_conv1"]["within"] == "layer1/0"
    assert graph.nodes["layer1_0_conv1"]["label"] == "conv1"
    assert graph.graph["torch_names"]["layer1_0_conv1.weight"] == "layer1.0.conv1.weight"


def test_an_activation_of_the_code_stands_on_its_layer_and_one_that_is_a_module_does_not():
    assert [words.get("activation") for _, words in ng.from_torch(models.MLP(3, 2, 2), torch.ones(1, 3)).nodes(data=True)] == [
        None, "relu", None]
    graph = ng.from_torch(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), torch.ones(1, 3))
    assert [words["op"] for _, words in graph.nodes(data=True)] == ["input", "dense", "relu"]


def test_weights_share_memory_with_the_module():
    module = nn.Linear(3, 2)
    graph = ng.from_torch(module, torch.ones(1, 3))
    (_, _, words), = graph.edges(data=True)
    assert np.shares_memory(words["weight"], module.weight.detach().numpy())


def test_a_module_called_twice_is_two_nodes_that_share():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(self.layer(x))

    graph = ng.from_torch(Twice(), torch.ones(1, 3))
    assert graph.nodes["layer_2"]["share"] == "layer"
    assert ng.infer(graph).parameter_count == 12


def test_a_tied_layer_with_a_bias_of_its_own_adds_it():
    tied = models.Tied()
    tied.words = nn.Linear(8, 30)
    tied.words.weight = tied.table.weight
    graph = ng.from_torch(tied, TOKENS)
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in tied.parameters())


def test_a_weight_used_in_two_ways_is_a_node_of_its_own():
    class TwoWays(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(3, 3))

        def forward(self, x):
            return F.linear(x, self.weight) + F.linear(x, self.weight * 2)

    graph = ng.from_torch(TwoWays(), torch.randn(4, 3))
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == 9


def test_frozen_weights_stay_frozen_and_unused_ones_are_told():
    module = nn.Sequential(nn.Linear(3, 2).requires_grad_(False))
    module.register_parameter("spare", nn.Parameter(torch.ones(7)))
    graph = ng.from_torch(module, torch.ones(1, 3))
    assert graph.graph["torch_unused"] == {"spare": (7,)}
    assert not any(p.trainable for p in ng.infer(graph).parameters.values())


def test_a_tensor_written_to_in_place_counts_as_what_was_written():
    class Writing(nn.Module):
        def forward(self, x):
            y = x * 2
            y += 1
            y.relu_()
            return y.mul_(x).unsqueeze_(1).squeeze_(1)

    assert ng.from_torch(Writing(), torch.randn(2, 3)).graph["checked"] is True


def part_by_part(x):
    y = torch.zeros(2, 3, 4)
    y[:, 0] = x[:, 2]
    y[:, 2] = y[:, 0] + 1
    return y


def by_a_view(x):
    y = x.clone()
    row = y.view(2, 12)
    row[:, 3:5] = 0
    return y + row.view(2, 3, 4)


def by_a_turned_view(x):
    y = x * 2
    y.transpose(1, 2)[:, 0].mul_(3)
    return y


def before_and_after(x):
    y = x * 2
    first = y[:, 0]
    y.add_(1)
    return first + y[:, 1]


@pytest.mark.parametrize("write", [part_by_part, by_a_view, by_a_turned_view, before_and_after])
def test_what_is_written_to_a_part_is_seen_by_the_whole_and_by_its_other_parts(write):
    class Writing(nn.Module):
        def forward(self, x):
            return write(x)

    assert ng.from_torch(Writing(), torch.randn(2, 3, 4)).graph["checked"] is True


class Filling(nn.Module):
    def forward(self, x):
        table = torch.zeros(2, 3)
        column = table[:, 1]
        column += x[:, 0]
        return table * 2


def test_fixed_numbers_that_are_written_to_are_fixed_no_longer():
    graph = ng.from_torch(Filling(), torch.randn(2, 3))
    assert graph.graph["checked"] is True
    assert [node for node in nx.ancestors(graph, "mul") if graph.nodes[node]["op"] == "input"] == ["x"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_module_of_16_bits_is_checked_in_32(dtype):
    assert ng.from_torch(nn.Linear(3, 2).to(dtype), torch.randn(4, 3).to(dtype)).graph["checked"] is True


class Rounding(nn.Module):
    """Computes in 16 bits in part: by autocast, and by its own words."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(6, 5), nn.Linear(5, 4)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = self.inner(x)
        return self.outer(x.float()).half().float()


def test_a_module_that_computes_in_16_bits_in_part_is_checked_in_32():
    assert ng.from_torch(Rounding(), torch.randn(3, 6)).graph["checked"] is True


def test_following_a_module_in_training_changes_nothing_in_it():
    module = nn.BatchNorm1d(3).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    ng.from_torch(module, torch.randn(4, 3))
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_keyword_examples_are_inputs_by_their_names():
    graph = ng.from_torch(nn.Bilinear(2, 3, 4), torch.ones(1, 2), input2=torch.ones(1, 3))
    assert list(graph)[:2] == ["input1", "input2"]


def test_a_module_on_the_meta_device_is_imported_without_numbers():
    with torch.device("meta"):
        module = nn.TransformerEncoder(nn.TransformerEncoderLayer(1024, 16, 4096, batch_first=True), 24)
    graph = ng.from_torch(module, torch.empty(1, 512, 1024, device="meta"))
    assert graph.graph["checked"] == "not run: there are no numbers on the meta device"
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in module.parameters())


class Reading(nn.Module):
    """A recurrent net of two layers, of which `take` chooses what is given out."""

    def __init__(self, kind, take, **words):
        super().__init__()
        self.net, self.take = kind(4, 3, num_layers=2, batch_first=True, **words), take

    def forward(self, x):
        states, last = self.net(x)
        return self.take(states, last[0] if isinstance(last, tuple) else last)


TAKEN = {"all states": lambda y, h: y, "last states": lambda y, h: h, "both": lambda y, h: (y, h),
         "the last layer's": lambda y, h: torch.cat([h[-1], y[:, 0]], -1), "by a view": lambda y, h: h.view(2, -1, 2, 3)[1],
         "side by side": lambda y, h: h.transpose(0, 1).flatten(1)}


@pytest.mark.parametrize("words", [{}, {"bidirectional": True}, {"dropout": 0.3}, {"bias": False}], ids=str)
@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_last_states_of_all_layers_and_dropout_between_them_make_a_node_of_each_layer(kind, taken, words):
    module = Reading(kind, TAKEN[taken], **words)
    graph = ng.from_torch(module, torch.randn(2, 5, 4))
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in module.parameters())
    layers = [node["op"] for _, node in graph.nodes(data=True)].count(kind.__name__.lower())
    assert layers == (1 if taken in ("all states", "the last layer's") and "dropout" not in words else 2)


ORDERED = {
    "sorted": lambda x: x.sort(1), "the other way": lambda x: x.sort(-1, descending=True)[0],
    "gathered": lambda x: x.gather(1, torch.tensor([[2, 0]]).expand(len(x), 2)), "chosen": lambda x: x[:, torch.tensor([2, 0, 2])],
    "by a list": lambda x: x[:, [2, 0, 2]], "by lists": lambda x: x[:, [[2, 0], [1, 1]]].flatten(1), "by a range": lambda x: x[:, range(2)],
    "by an array": lambda x: x[:, np.array([2, 0])], "along a dim": lambda x: torch.take_along_dim(x, x.sort(1)[1], 1),
    "by a mask": lambda x: x[:, torch.tensor([True, False, True])], "a product of vectors": lambda x: x @ torch.ones(3),
    "sent to places": lambda x: torch.zeros(len(x), 2).index_add(1, torch.tensor([1, 0, 1]), x),
    "the greatest of places": lambda x: torch.zeros(len(x), 2).scatter_reduce(1, torch.tensor([[1, 0, 1]]).expand(len(x), 3), x, "amax",
                                                                            include_self=False),
}


@pytest.mark.parametrize("name", ORDERED)
def test_entries_are_ordered_chosen_and_sent_as_torch_does(name):
    class Ordering(nn.Module):
        def forward(self, x):
            return ORDERED[name](x)

    assert ng.from_torch(Ordering(), torch.randn(4, 3)).graph["checked"] is True


class Turning(nn.Module):
    """Pairs of numbers as complex ones, turned by constants that are complex too."""

    def forward(self, x):
        turned = torch.view_as_complex(x.unflatten(-1, (-1, 2))) * torch.polar(torch.ones(2), torch.arange(2.0))
        return torch.view_as_real(turned).flatten(-2)


def test_complex_constants_are_foreign_nodes():
    graph = ng.from_torch(Turning(), torch.randn(3, 4))
    assert {"torch.complex", "aten.view_as_complex"} <= {node["op"] for _, node in graph.nodes(data=True)}
    assert "torch.complex" in graph.graph["checked"]


@pytest.mark.parametrize("wrap", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_a_dense_layer_whose_weight_is_computed_gives_its_own_numbers(wrap):
    module = wrap(nn.Linear(3, 2)).eval()
    graph = ng.from_torch(module, torch.randn(4, 3))
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in module.parameters())


class Scattering(nn.Module):
    def forward(self, x):
        return torch.linalg.cholesky(x @ x.transpose(1, 2)).relu()


def test_what_has_no_word_is_a_node_that_is_counted_drawn_and_refused_by_compile():
    graph = ng.from_torch(Scattering(), torch.randn(2, 3, 5))
    assert graph.nodes["linalg_cholesky_ex"]["op"] == "aten.linalg_cholesky_ex"
    assert graph.graph["checked"].startswith("not run: aten.linalg_cholesky_ex")
    assert "aten.linalg" in ng.summarize(graph).text(complete=True, width=200)
    assert "cholesky" in ng.draw(graph).svg()
    with pytest.raises(ng.OpError) as refusal:
        ng.compile(graph)
    assert str(refusal.value) == (
        "Node 'linalg_cholesky_ex' computes 'aten.linalg_cholesky_ex', which is another library's op: it can be drawn and counted, but not "
        "run. Put nodes of the vocabulary in its place; `netgraph ops` lists it.")


def test_a_foreign_node_goes_through_a_file(tmp_path):
    graph = ng.from_torch(Scattering(), torch.randn(2, 3, 5))
    ng.save(graph, tmp_path / "net.json")
    assert nx.utils.graphs_equal(ng.load(tmp_path / "net.json"), graph)


def test_a_foreign_word_is_in_the_vocabulary_but_not_on_its_list():
    assert "aten.index_put" in OPS
    assert "aten.index_put" not in list(OPS)


def refusal_of(module, *inputs, **words):
    with pytest.raises(ng.NetgraphError) as refusal:
        ng.from_torch(module, *inputs, **words)
    return str(refusal.value)


def test_a_branch_on_numbers_is_refused_with_file_and_line():
    sentence = refusal_of(models.Branching(), torch.randn(3, 4))
    file, line = re.search(r"in '(.+)', line (\d+)\)", sentence).groups()
    assert file == models.__file__
    assert Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip() == "if x.sum() > 0:"


@pytest.mark.parametrize("look", [lambda x: float(x.sum()), lambda x: x.tolist(), lambda x: x.sum().item(), lambda x: x.numpy(),
                                  lambda x: x.nonzero(), lambda x: torch.equal(x, x)], ids=["float", "tolist", "item", "numpy",
                                                                                          "nonzero", "equal"])
def test_every_way_of_looking_at_numbers_is_refused(look):
    class Looking(nn.Module):
        def forward(self, x):
            look(x)
            return x

    assert refusal_of(Looking(), torch.randn(3, 4)).startswith("The forward pass looks at the numbers of a tensor")


def test_by_fallback_the_path_of_the_example_is_imported_and_said_to_be_one_of_several():
    module, x = models.Branching(), torch.ones(3, 4)
    graph = ng.from_torch(module, x, fallback=True)
    assert graph.graph["one_path"] is True
    assert list(graph) == ["x", "one"]
    assert "one_path" not in ng.from_torch(nn.Linear(3, 2), torch.ones(1, 3), fallback=True).graph


class Failing(nn.Module):
    def forward(self, x):
        raise KeyError("no such thing")


REFUSED = {
    "no module": ((3, torch.ones(1)), "A torch.nn.Module is wanted, but got 3 of type int. Give a module, such as nn.Linear(3, 2)."),
    "a class": ((nn.ReLU, torch.ones(1)), "A torch.nn.Module is wanted, but got <class 'torch.nn.modules.activation.ReLU'> of type type. "
                "Make one first: ReLU()."),
    "no inputs": ((nn.Linear(3, 2),), "No example input is a tensor. Give at least one: ng.from_torch(module, x)."),
    "too many": ((nn.Linear(3, 2), torch.ones(1, 3), torch.ones(1, 3)),
                 "Linear.forward(input: torch.Tensor) -> torch.Tensor does not take the example inputs: too many positional arguments. "
                 "Give one for each argument: ng.from_torch(module, x, ...)."),
    "complex": ((nn.ReLU(), torch.ones(2, dtype=torch.complex64)),
                "The example input 'input' is a torch.complex64 tensor of layout torch.strided, and a net computes with real, dense "
                "numbers. Give its real and imaginary parts, or a dense tensor."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_is_refused(name):
    given, sentence = REFUSED[name]
    assert refusal_of(*given) == sentence


def test_a_forward_pass_that_fails_is_refused_with_its_own_words_and_line():
    sentence = refusal_of(Failing(), torch.ones(2, 3))
    assert re.fullmatch(r"The forward pass of Failing failed in '.+test_torch_import\.py', line \d+: KeyError: 'no such thing'\. "
                        r"Correct it there, or the example inputs\.", sentence)


def test_inputs_of_the_wrong_size_are_refused():
    assert "mat1 and mat2 shapes cannot be multiplied" in refusal_of(nn.Linear(3, 2), torch.ones(1, 4))


@pytest.mark.parametrize("make", [lambda: nn.Embedding(5, 3), lambda: nn.Sequential(nn.Embedding(5, 3), nn.LazyLinear(2))],
                         ids=["when-checked", "when-grown"])
def test_a_call_that_only_real_numbers_fail_is_refused_in_a_sentence_too(make):
    assert "RuntimeError: Expected tensor for argument #1 'indices'" in refusal_of(make(), torch.ones(2, 3))


def test_following_a_module_loads_none_of_torchs_compilers():
    code = ("import sys, torch; from netgraph.exchange.torch_import import read_module; "
            "read_module(torch.nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), (torch.ones(2, 3, 16),), {}); "
            "print([name for name in ('torch._dynamo', 'torch._inductor', 'sympy') if name in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
