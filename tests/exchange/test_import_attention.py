"""Attention, norms and activations that modules write out in torch's calls come in as one node each, where that is what they compute."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import netgraph as ng
from tests.exchange import torch_models as models

pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor")
LATER = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
NUMBERS = torch.arange(25.0).reshape(5, 5) / 10
SOME = torch.tensor([[0, 0, 1, 0, 1]] * 5).bool()
PADDED = torch.tensor([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]]).bool()


class Attending(nn.Module):
    """torch's own attention on one, two or three sequences, its second output left alone."""

    def __init__(self, need_weights=False, mask=None, **words):
        super().__init__()
        self.attention, self.need_weights, self.mask = nn.MultiheadAttention(8, 2, **words), need_weights, mask

    def forward(self, query, key=None, value=None, padded=None):
        key = query if key is None else key
        value = key if value is None else value
        return self.attention(query, key, value, padded, self.need_weights, self.mask)[0]


def sequences(*widths, batch_first=True):
    torch.manual_seed(0)
    made = [torch.randn(3, 5 if i == 0 else 6, width) for i, width in enumerate(widths)]
    return made if batch_first else [x.transpose(0, 1) for x in made]


def attentions(graph):
    """What the declared attention nodes say, without where they stand and what they hold."""
    return [{word: value for word, value in words.items() if word not in ("op", "within", "label", "arrays", "trainable")}
            for _, words in graph.nodes(data=True) if words["op"] == "attention"]


CASES = {
    "self": ({}, (8,), {}), "without bias": ({"bias": False}, (8,), {"bias": False}), "cross": ({}, (8, 8), {}),
    "other values": ({}, (8, 8, 8), {}), "other widths": ({"kdim": 4, "vdim": 6}, (8, 4, 6), {}),
    "dropout": ({"dropout": 0.2}, (8,), {"dropout": 0.2}),
    "causal": ({"mask": LATER}, (8,), {"causal": True}),
    "causal in numbers": ({"mask": torch.zeros(5, 5).masked_fill(LATER, -math.inf)}, (8,), {"causal": True}),
    "fixed mask": ({"mask": SOME}, (8,), {}), "fixed numbers": ({"mask": NUMBERS}, (8,), {}),
}


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_torchs_attention_is_one_node(case, batch_first, need_weights):
    words, widths, wanted = CASES[case]
    module = Attending(need_weights, batch_first=batch_first, **words)
    graph = ng.from_torch(module, *sequences(*widths, batch_first=batch_first))
    assert attentions(graph) == [{"num_heads": 2} | wanted]
    assert len(graph) == len(widths) + 1 + (case.startswith("fixed"))
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("mask", [None, LATER, NUMBERS], ids=["no other", "causal", "numbers"])
@pytest.mark.filterwarnings("ignore:Support for mismatched key_padding_mask")
def test_padding_of_the_keys_goes_to_the_slot_of_the_mask(mask, batch_first):
    query, = sequences(8, batch_first=batch_first)
    graph = ng.from_torch(Attending(batch_first=batch_first, mask=mask), query, padded=PADDED)
    assert graph.graph["checked"] is True
    assert attentions(graph) == [{"num_heads": 2} | ({"causal": True} if mask is LATER else {})]
    node, = (node for node, words in graph.nodes(data=True) if words["op"] == "attention")
    slots = {words["slot"] for _, _, words in graph.in_edges(node, data=True)}
    assert slots == {"query", "mask", *(["added"] if mask is NUMBERS else [])}
    assert nx.has_path(graph, "padded", node)


def test_attention_called_twice_shares_its_weights():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.attending = Attending(batch_first=True)

        def forward(self, x):
            return self.attending(self.attending(x))

    graph = ng.from_torch(Twice(), *sequences(8))
    assert [one.get("share") for one in attentions(graph)] == [None, "attending_attention"]
    assert graph.graph["checked"] is True


def test_what_the_block_does_not_compute_stays_as_it_is():
    for module in (Attending(batch_first=True, add_bias_kv=True), Attending(batch_first=True, add_zero_attn=True),
                   nn.MultiheadAttention(8, 2, batch_first=True)):
        inputs = sequences(8, 8, 8) if isinstance(module, nn.MultiheadAttention) else sequences(8)
        graph = ng.from_torch(module, *inputs)
        assert not attentions(graph)
        assert graph.graph["checked"] is True


@pytest.mark.parametrize("is_training", [False, True])
@pytest.mark.parametrize("words", [{}, {"norm_first": True}, {"bias": False}, {"activation": "gelu"}], ids=str)
def test_an_encoder_layer_reads_as_its_figure(words, is_training):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **words).train(is_training)
    graph = ng.from_torch(layer, *sequences(8))
    assert graph.graph["checked"] is True
    ops = [words["op"] for _, words in graph.nodes(data=True)]
    assert [ops.count(op) for op in ("attention", "layernorm", "add", "dense")] == [1, 2, 2, 2]
    assert set(ops) <= {"input", "attention", "layernorm", "add", "dense", "dropout"}


def test_an_encoder_and_decoder_have_three_attentions_one_of_them_causal_and_one_across():
    graph = ng.from_torch(models.Seq2Seq(), torch.randn(5, 3, 8), torch.randn(4, 3, 8))
    assert attentions(graph) == [{"num_heads": 2, "dropout": 0.1}, {"num_heads": 2, "causal": True, "dropout": 0.1},
                                 {"num_heads": 2, "dropout": 0.1}]
    assert graph.graph["checked"] is True


@pytest.mark.parametrize("widths", [(8,), (8, 8), (8, 8, 8)], ids=["self", "cross", "three"])
def test_rows_of_a_packed_weight_are_named_and_taken_from_a_checkpoint(widths):
    inputs = sequences(*widths)
    graph = ng.from_torch(Attending(batch_first=True), *inputs)
    names = graph.graph["torch_names"]
    assert [names[f"attention.{part}.weight"] for part in "qkv"] == [f"attention.in_proj_weight[{8 * i}:{8 * i + 8}]" for i in range(3)]
    other = Attending(batch_first=True)
    net = ng.compile(graph)
    ng.load_torch(net, other.state_dict())
    np.testing.assert_allclose(net(*(x.numpy() for x in inputs)), other(*inputs).detach().numpy(), atol=1e-5)


def test_weights_of_parts_share_memory_with_the_module():
    module = Attending(batch_first=True)
    graph = ng.from_torch(module, *sequences(8))
    packed = module.attention.in_proj_weight.detach().numpy()
    assert all(np.shares_memory(graph.nodes["attention"]["arrays"][f"{part}.weight"], packed) for part in "qkv")


@pytest.mark.parametrize("words", [{"num_heads": 2}, {"num_heads": 4, "num_kv_heads": 2, "rotary": True, "causal": True, "bias": False},
                                   {"num_heads": 2, "rotary": True, "rotary_base": 500_000.0},
                                   {"num_heads": 2, "scale": 1.0, "dropout": 0.1}], ids=str)
def test_the_block_comes_back_from_torch_as_itself(words):
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(6, 16))
    graph.add_node("h", op="attention", **words)
    graph.add_edge("x", "h")
    graph = ng.compile(graph, seed=0).graph
    again = ng.from_torch(ng.compile(graph, "torch"), torch.randn(2, 6, 16))
    assert attentions(again) == [words]
    one, other = (next(w["arrays"] for _, w in g.nodes(data=True) if w.get("op") == "attention") for g in (graph, again))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


class ByHand(nn.Module):
    """Attention as people write it: one projection for all three, heads cut by view and transpose, `hidden` put in by masked_fill."""

    def __init__(self, hidden=None, scale=None, order="three first"):
        super().__init__()
        self.all, self.out, self.hidden, self.order = nn.Linear(8, 24), nn.Linear(8, 8), hidden, order
        self.scale = scale or 1 / math.sqrt(4)

    def forward(self, x):
        if self.order == "three first":
            q, k, v = (part.view(3, 5, 2, 4).transpose(1, 2) for part in self.all(x).split(8, dim=-1))
        else:                                              # of each head its query, key and value side by side
            q, k, v = self.all(x).view(3, 5, 2, 12).transpose(1, 2).chunk(3, dim=-1)
        scores = q @ k.transpose(-2, -1) * self.scale
        if self.hidden is not None:
            scores = scores.masked_fill(self.hidden, -math.inf)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(3, 5, 8))


@pytest.mark.parametrize(("module", "wanted"), [
    (ByHand(), {}), (ByHand(LATER), {"causal": True}), (ByHand(SOME), {}), (ByHand(scale=1.0), {"scale": 1.0})],
    ids=["plain", "causal", "masked", "scaled"])
def test_attention_written_by_hand_is_one_node(module, wanted):
    graph = ng.from_torch(module, *sequences(8))
    assert attentions(graph) == [{"num_heads": 2} | wanted]
    assert graph.graph["checked"] is True


def test_heads_whose_weights_are_no_rows_in_one_piece_stay_as_they_are():
    graph = ng.from_torch(ByHand(order="heads first"), *sequences(8))
    assert not attentions(graph)
    assert graph.graph["checked"] is True


def test_attention_whose_shares_are_given_out_stays_as_it_is():
    class Showing(ByHand):
        def forward(self, x):
            q, k, v = (part.view(3, 5, 2, 4).transpose(1, 2) for part in self.all(x).split(8, dim=-1))
            shares = (q @ k.transpose(-2, -1) / 2).softmax(-1)
            return self.out((shares @ v).transpose(1, 2).reshape(3, 5, 8)), shares

    graph = ng.from_torch(Showing(), *sequences(8))
    assert not attentions(graph)
    assert graph.graph["checked"] is True


class Norm(nn.Module):
    """Root mean square norm as transformers write it; `centred` takes the mean away first, so that it is another norm."""

    def __init__(self, centred=False):
        super().__init__()
        self.weight, self.centred = nn.Parameter(torch.randn(8)), centred

    def forward(self, x):
        y = x - x.mean(-1, keepdim=True) if self.centred else x
        return self.weight * (x * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6))


def test_a_root_mean_square_norm_is_one_node_and_another_norm_is_none():
    graph = ng.from_torch(Norm(), *sequences(8))
    assert [words["op"] for _, words in graph.nodes(data=True)] == ["input", "rmsnorm"]
    assert graph.graph["checked"] is True
    assert graph.graph["torch_names"] == {"rmsnorm.weight": "weight"}
    assert "rmsnorm" not in {words["op"] for _, words in ng.from_torch(Norm(centred=True), *sequences(8)).nodes(data=True)}
    assert ng.from_torch(nn.RMSNorm(8), *sequences(8)).nodes["rmsnorm"]["op"] == "rmsnorm"


CURVES = {
    "by tanh": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3)))),
    "by erf": lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))),
    "another": lambda x: 0.5 * x * (1 + torch.tanh(x)),
}


@pytest.mark.parametrize("curve", CURVES)
def test_a_gelu_written_out_is_one_node(curve):
    class Written(nn.Module):
        def forward(self, x):
            return CURVES[curve](x)

    graph = ng.from_torch(Written(), *sequences(8))
    wanted = {"by tanh": [("gelu", "tanh")], "by erf": [("gelu", None)], "another": []}[curve]
    assert [("gelu", words.get("approximate")) for _, words in graph.nodes(data=True) if words["op"] == "gelu"] == wanted
    assert graph.graph["checked"] is True


def test_torchs_attention_function_between_projections_is_one_node():
    class Module(ByHand):
        def forward(self, x):
            q, k, v = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in self.all(x).chunk(3, dim=-1))
            return self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))

    graph = ng.from_torch(Module(), *sequences(8))
    assert attentions(graph) == [{"num_heads": 2, "causal": True}]
