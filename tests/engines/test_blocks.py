"""Blocks: one node that unfolds into many, equal to torch's own layers or the formula of the paper."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import netgraph as ng
from netgraph.block import Block, inlets
from netgraph.ops import OPS
from tests.engines.test_torch_module import close

RNG = np.random.default_rng(0)
BLOCKS = [(word, fields, shapes) for word, kind in OPS.items() if issubclass(kind, Block) for fields, shapes in kind.examples]
every_block = pytest.mark.parametrize(("word", "fields", "shapes"), BLOCKS, ids=[f"{word}-{i}" for i, (word, *_) in enumerate(BLOCKS)])


def block_net(word: str, fields: dict[str, Any], shapes: Any) -> nx.DiGraph:
    G = nx.DiGraph()
    G.add_node("h", op=word, **fields)
    for name, shape in zip(inlets(OPS[word]), shapes, strict=False):
        G.add_node(name, shape=shape)
        G.add_edge(name, "h", slot=name)
    return G


def random_net(G: nx.DiGraph) -> ng.NumpyNet:
    net = ng.compile(G, dtype="float64")
    for array in net.parameters.values():
        array[...] = RNG.standard_normal(array.shape)
    return net


def samples(net: ng.NumpyNet, count: int = 3) -> list[np.ndarray]:
    return [RNG.standard_normal((count, *net.layers[name].shape)) for name in net.layers.inputs]


@every_block
def test_block_unfolds_into_a_net_of_its_own(word: str, fields: dict[str, Any], shapes: Any) -> None:
    G = block_net(word, fields, shapes)
    inner = ng.infer(OPS[word](**fields).unfold(*shapes))
    assert inner.parameter_count == ng.infer(G).parameter_count
    assert inner[inner.outputs[0]].shape == ng.infer(G)["h"].shape


@every_block
def test_net_of_a_block_saved_and_loaded_gives_the_same(word: str, fields: dict[str, Any], shapes: Any, tmp_path: Any) -> None:
    net = random_net(block_net(word, fields, shapes))
    for suffix in ("safetensors", "json"):
        ng.save(net.graph, tmp_path / f"net.{suffix}")
        again = ng.compile(ng.load(tmp_path / f"net.{suffix}"), dtype="float64", seed=1)
        xs = samples(net)
        np.testing.assert_array_equal(net(*xs), again(*xs))


@every_block
def test_shared_block_has_no_weights_of_its_own(word: str, fields: dict[str, Any], shapes: Any) -> None:
    G = block_net(word, fields, shapes)
    alone = ng.infer(G).parameter_count
    G.add_node("k", op=word, **fields, share="h")
    G.add_edges_from((name, "k", {"slot": name}) for name in inlets(OPS[word])[:len(shapes)])
    net = random_net(G)
    assert net.layers.parameter_count == alone
    first, second = net(*samples(net))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("word", "shape", "owner", "other"), [
    ("attention", (5, 8), {"num_heads": 2}, {"num_heads": 4, "causal": True, "rotary": True}),
    ("residual", (4, 6, 6), {"channels": 4, "stride": 2}, {"channels": 4}),
    ("mixture", (8,), {"num_experts": 3, "hidden": 4}, {"num_experts": 3, "hidden": 4, "top_k": 1}),
    ("transformer_layer", (5, 8), {"num_heads": 2, "dim_feedforward": 6}, {"num_heads": 4, "dim_feedforward": 6, "norm_first": True})])
def test_shared_weights_work_under_constants_of_ones_own(word: str, shape: tuple[int, ...], owner: dict[str, Any],
                                                         other: dict[str, Any]) -> None:
    G = nx.DiGraph()
    G.add_nodes_from([("x", {"shape": shape}), ("h", {"op": word, **owner}), ("k", {"op": word, **other, "share": "h"})])
    G.add_edges_from([("x", "h"), ("x", "k")])
    net, alone = random_net(G), ng.compile(ng.chain(shape, {"id": "h", "op": word, **other}), dtype="float64")
    for name in alone.parameters:
        alone.parameters[name] = net.parameters[name]
    x = RNG.standard_normal((2, *shape))
    np.testing.assert_allclose(net(x)[1], alone(x), rtol=1e-12)


def test_a_shared_block_brings_no_weights_of_its_own() -> None:
    G = ng.chain((4, 6, 6), {"id": "h", "op": "residual", "channels": 4})
    G.add_node("k", op="residual", channels=4, stride=2, share="h")
    G.add_edge("x", "k")
    with pytest.raises(ng.GraphError) as error:
        ng.check(G)
    assert str(error.value) == ("Node 'k' shares the weights of 'h', but its part 'k/conv_skip' finds none there. "
                                "Give both blocks the same constants.")


def set_linear(net: ng.NumpyNet, name: str, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
    net.parameters[f"{name}.weight"] = weight.detach().numpy()
    if bias is not None:
        net.parameters[f"{name}.bias"] = bias.detach().numpy()


def set_attention(net: ng.NumpyNet, name: str, theirs: nn.MultiheadAttention) -> None:
    for part, weight, bias in zip("qkv", theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3), strict=True):
        set_linear(net, f"{name}.{part}", weight, bias)
    set_linear(net, f"{name}.out", theirs.out_proj.weight, theirs.out_proj.bias)


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_torch(causal: bool) -> None:
    net, theirs = random_net(block_net("attention", {"num_heads": 2, "causal": causal}, ((5, 8),))), nn.MultiheadAttention(
        8, 2, batch_first=True, dtype=torch.float64)
    nn.init.normal_(theirs.in_proj_bias)
    set_attention(net, "h", theirs)
    x = torch.tensor(RNG.standard_normal((3, 5, 8)))
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    close(net(x), theirs(x, x, x, attn_mask=hidden)[0])


def test_masked_attention_to_a_memory_is_that_of_torch() -> None:
    net, theirs = random_net(block_net("attention", {"num_heads": 2}, ((5, 8), (6, 8), (6, 8), (5, 6)))), nn.MultiheadAttention(
        8, 2, batch_first=True, dtype=torch.float64)
    set_attention(net, "h", theirs)
    query, memory = torch.tensor(RNG.standard_normal((3, 5, 8))), torch.tensor(RNG.standard_normal((3, 6, 8)))
    hidden = torch.tensor(RNG.integers(0, 2, (5, 6))).bool()
    hidden[:, 0] = False
    close(net(query, memory, memory, hidden.expand(3, 5, 6).double()), theirs(query, memory, memory, attn_mask=hidden)[0])


def test_heads_that_share_keys_are_those_of_torch() -> None:
    net = random_net(block_net("attention", {"num_heads": 4, "num_kv_heads": 2, "bias": False}, ((5, 8),)))
    p, x = {name: torch.tensor(array) for name, array in net.parameters.items()}, torch.tensor(RNG.standard_normal((3, 5, 8)))
    q, k, v = ((x @ p[f"h.{part}.weight"].T).unflatten(2, (-1, 2)).transpose(1, 2) for part in "qkv")
    seen = F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)
    close(net(x), seen @ p["h.out.weight"].T)


def test_rotary_attention_sees_how_far_places_are_apart_alone() -> None:
    net = random_net(block_net("attention", {"num_heads": 1, "rotary": True}, ((4, 4),)))
    plan = net.layers
    turned = ng.compile(net.graph, dtype="float64")
    assert [name for name in plan.layers if "rotary" in str(name)] == [("h", "q_rotary"), ("h", "k_rotary")]
    x = np.broadcast_to(RNG.standard_normal(4), (1, 4, 4))                 # the same at every place: scores differ by distance alone
    machine = turned.runner.machine()
    slots = machine.run([np.ascontiguousarray(x)])
    scores = next(slots[step.result] for step in machine.program.steps if step.node == ("h", "scores") and not step.part)
    np.testing.assert_allclose([np.ptp(np.diagonal(scores[0, 0], k)) for k in range(-3, 4)], 0, atol=1e-12)


@pytest.mark.parametrize("norm_first", [False, True])
def test_transformer_layer_is_that_of_torch(norm_first: bool) -> None:
    fields = {"num_heads": 2, "dim_feedforward": 16, "norm_first": norm_first}
    net = random_net(block_net("transformer_layer", fields, ((5, 8), (6, 8))))
    theirs = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=norm_first, dtype=torch.float64)
    set_attention(net, "h.attn", theirs.self_attn)
    set_attention(net, "h.cross_attn", theirs.multihead_attn)
    for mine, layer in (("linear1", theirs.linear1), ("linear2", theirs.linear2), ("attn_norm", theirs.norm1),
                        ("cross_attn_norm", theirs.norm2), ("feed_forward_norm", theirs.norm3)):
        set_linear(net, f"h.{mine}", layer.weight, layer.bias)
    x, memory = torch.tensor(RNG.standard_normal((3, 5, 8))), torch.tensor(RNG.standard_normal((3, 6, 8)))
    close(net(x, memory), theirs(x, memory))


def test_squeeze_excite_is_its_formula() -> None:
    net = random_net(block_net("squeeze_excite", {"reduction": 2}, ((4, 3, 3),)))
    p, x = net.parameters, RNG.standard_normal((2, 4, 3, 3))
    hidden = np.maximum(x.mean(axis=(2, 3)) @ p["h.reduce.weight"].T + p["h.reduce.bias"], 0)
    weights = 1 / (1 + np.exp(-(hidden @ p["h.expand.weight"].T + p["h.expand.bias"])))
    np.testing.assert_allclose(net(x), x * weights[:, :, None, None], rtol=1e-12)


@pytest.mark.parametrize("top_k", [None, 2])
def test_mixture_is_its_formula(top_k: int | None) -> None:
    net = random_net(block_net("mixture", {"num_experts": 3, "hidden": 4, **({"top_k": top_k} if top_k else {})}, ((5,),)))
    p, x = net.parameters, RNG.standard_normal((6, 5))
    scores = x @ p["h.gate.weight"].T
    if top_k:
        scores[np.arange(6), scores.argmin(axis=1)] = -np.inf             # all but one of three count
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    experts = [np.maximum(x @ p[f"h.expert{i}_hidden.weight"].T + p[f"h.expert{i}_hidden.bias"], 0) @ p[f"h.expert{i}.weight"].T
               + p[f"h.expert{i}.bias"] for i in range(3)]
    np.testing.assert_allclose(net(x), sum(shares[:, i:i + 1] * expert for i, expert in enumerate(experts)), rtol=1e-12)


@pytest.mark.parametrize("fields", [{"channels": 3}, {"channels": 2, "stride": 2}, {"channels": 1, "bottleneck": True}])
def test_residual_block_adds_to_what_flows_in(fields: dict[str, Any]) -> None:
    net = random_net(block_net("residual", fields, ((3, 4, 4),)))
    p = {name: torch.tensor(array) for name, array in net.parameters.items()}

    def changed(x: torch.Tensor, ends: list[tuple[str, int]]) -> torch.Tensor:
        for i, (end, stride) in enumerate(ends):
            kernel = p[f"h.conv{end}.weight"]
            x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
            x = F.batch_norm(x, torch.zeros(len(kernel)).double(), torch.ones(len(kernel)).double(), p[f"h.norm{end}.weight"],
                             p[f"h.norm{end}.bias"])
            x = x.relu() if i + 1 < len(ends) else x
        return x
    stride, x = fields.get("stride", 1), torch.tensor(RNG.standard_normal((2, 3, 4, 4)))
    body = [("1", 1), ("2", stride), ("3", 1)] if "bottleneck" in fields else [("1", stride), ("2", 1)]
    skip = changed(x, [("_skip", stride)]) if "h.conv_skip.weight" in p else x
    close(net(x), (changed(x, body) + skip).relu())


def test_block_inside_a_loop_runs_along_sequences() -> None:
    G = ng.chain((4, 3), {"id": "s", "op": "add"}, {"id": "h", "op": "attention", "num_heads": 1})
    G.add_edge("h", "s", delay=1, weight=0.5)
    net = random_net(G)
    module = ng.compile(net.graph, "torch", dtype="float64")
    x = RNG.standard_normal((2, 3, 4, 3))
    close(net(x), module(torch.tensor(x)))


def test_gain_on_an_edge_into_a_block_scales_its_input() -> None:
    G = block_net("squeeze_excite", {"reduction": 2}, ((4, 3, 3),))
    net = random_net(G)
    G = net.graph
    G.edges["x", "h"]["weight"] = 2.0
    x = RNG.standard_normal((2, 4, 3, 3))
    np.testing.assert_allclose(ng.compile(G, dtype="float64")(x), net(2 * x), rtol=1e-12)


REFUSED: dict[str, tuple[Any, str]] = {
    "heads that do not divide": (lambda G: G.nodes["h"].update(num_heads=3),
        "Node 'h', fed by 'x' (5, 8): 'attention' shares 8 features among num_heads=3, which does not come out even. "
        "Choose numbers that divide one another."),
    "an array of no part": (lambda G: G.nodes["h"].update(arrays={"w.weight": np.ones(3)}),
        "Node 'h' (attention) was given an array 'w.weight', but none of its parts has it. "
        "Choose one of: by_place, joined, k, k_heads, k_split, k_turned, out, q, q_heads, q_split, scores, seen, softmax, v, v_heads, "
        "v_split."),
    "an array of another shape": (lambda G: G.nodes["h"].update(arrays={"q.weight": np.ones((8, 3))}),
        "The weight of the edge 'x' -> 'h/q' has shape (8, 3), but wants (8, 8). Give an array of that shape, or leave it out."),
    "an array that a part has not": (lambda G: G.nodes["h"].update(arrays={"q.scale": np.ones(8)}),
        "Node 'h/q' (dense) was given an array 'scale', but has no such array. Leave scale= out."),
    "a part in place of its array": (lambda G: G.nodes["h"].update(arrays={"q": np.ones(8)}),
        "Node 'h' (attention) was given an array 'q', which is one of its parts. Say which of the part's arrays it is, as in 'q.weight'."),
    "more experts than a net can hold": (lambda G: (G.nodes["h"].clear(), G.nodes["h"].update(op="mixture", num_experts=10**9, hidden=2)),
        "Node 'h', fed by 'x' (5, 8): 'mixture' has num_experts=1,000,000,000, but 10,000 is the most. Choose fewer."),
    "features without a number": (lambda G: (G.nodes["x"].update(shape=(5, "D")), G.nodes["h"].clear(),
                                             G.nodes["h"].update(op="transformer_layer", num_heads=1, dim_feedforward=2)),
        "Node 'h', fed by 'x' (5, 'D'): 'transformer_layer' needs every size as a number, but got ('D',). "
        "Give the input a number in place of 'D'."),
    "arrays that are no dict": (lambda G: G.nodes["h"].update(arrays=[1]),
        "Node 'h' has arrays=[1], but wants arrays by name. Write arrays={'part.weight': ...}."),
    "an unknown slot": (lambda G: G.edges["x", "h"].update(slot="keys"),
        "Node 'h' (attention) has slots 0 to 4 (or 'query', 'key', 'value', 'mask', 'added'), but the edge from 'x' names slot='keys'. "
        "Write one of these."),
    "an array on its edge": (lambda G: G.edges["x", "h"].update(weight=np.ones((8, 8))),
        "The edge 'x' -> 'h' carries an array, but 'attention' has no weights on its edges. Give its arrays by name: "
        "G.nodes['h']['arrays'] = {'part.weight': ...}."),
    "weights of a later block": (lambda G: (G.add_node("a", op="attention", num_heads=2, share="h"), G.add_edge("x", "a"),
                                            G.add_edge("a", "h", slot="key"), G.edges["x", "h"].update(slot="query")),
        "Node 'a' shares the weights of 'h', a block that runs after it. Turn it round: let the later one share those of the earlier."),
}


@pytest.mark.parametrize(("spoil", "message"), REFUSED.values(), ids=REFUSED)
def test_block_that_cannot_unfold_is_refused(spoil: Any, message: str) -> None:
    G = ng.chain((5, 8), {"id": "h", "op": "attention", "num_heads": 2})
    spoil(G)
    with pytest.raises(ng.NetgraphError) as error:
        ng.check(G)
    assert str(error.value) == message


@pytest.mark.parametrize("fields", [{}, {"causal": True, "rotary": True}, {"num_kv_heads": 1}], ids=["plain", "causal-rotary", "grouped"])
def test_attention_takes_sequences_of_any_length(fields: dict[str, Any]) -> None:
    net = random_net(ng.chain(("T", 8), {"id": "h", "op": "attention", "num_heads": 2, **fields}))
    module = ng.compile(net.graph, "torch", dtype="float64").eval()
    for length in (3, 7, 1):
        x = RNG.standard_normal((2, length, 8))
        fixed = nx.DiGraph(net.graph)
        fixed.add_node("x", shape=(length, 8))
        np.testing.assert_array_equal(net(x), ng.compile(fixed, dtype="float64")(x))
        close(net(x), module(torch.from_numpy(x)))


def test_an_encoder_of_the_zoo_takes_sequences_of_any_length() -> None:
    net = ng.compile(ng.zoo.transformer_encoder(2, d_model=8, num_heads=2, d_ff=16, length="T"), dtype="float64", seed=0)
    for length in (3, 7):
        fixed = ng.compile(ng.zoo.transformer_encoder(2, d_model=8, num_heads=2, d_ff=16, length=length), dtype="float64", seed=0)
        x = RNG.standard_normal((2, length, 8))
        np.testing.assert_array_equal(net(x), fixed(x))
