"""The zoo: parameter counts as published, small variants in NumPy and torch, pictures, and refusals that show the choice."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph import zoo

PUBLISHED = {
    "lenet": (zoo.lenet, 61_706),
    "alexnet": (zoo.alexnet, 61_100_840),
    **{f"vgg{depth}": ((lambda depth=depth: zoo.vgg(depth)), count) for depth, count in
       ((11, 132_863_336), (13, 133_047_848), (16, 138_357_544), (19, 143_667_240))},
    **{f"vgg{depth}-batch-norm": ((lambda depth=depth: zoo.vgg(depth, batch_norm=True)), count) for depth, count in
       ((11, 132_868_840), (13, 133_053_736), (16, 138_365_992), (19, 143_678_248))},
    **{f"resnet{depth}": ((lambda depth=depth: zoo.resnet(depth)), count) for depth, count in
       ((18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808))},
    **{f"densenet{depth}": ((lambda depth=depth: zoo.densenet(depth)), count) for depth, count in
       ((121, 7_978_856), (161, 28_681_000), (169, 14_149_480), (201, 20_013_928))},
    "mobilenet_v2": (zoo.mobilenet_v2, 3_504_872),
    "inception": (zoo.inception, 6_624_904),
    "transformer": (zoo.transformer, 44_140_544),
    "transformer_encoder": (zoo.transformer_encoder, 18_914_304),
    **{f"gpt2-{size}": ((lambda size=size: zoo.gpt2(size)), count) for size, count in
       (("small", 124_439_808), ("medium", 354_823_168), ("large", 774_030_080), ("xl", 1_557_611_200))},
    **{f"vit-{size}": ((lambda size=size: zoo.vit(size)), count) for size, count in
       (("ti16", 5_717_416), ("s16", 22_050_664), ("b16", 86_567_656), ("b32", 88_224_232), ("l16", 304_326_632), ("l32", 306_535_400),
        ("h14", 632_045_800))},
}
SMALL = {
    "mlp": lambda: zoo.mlp((5, 4, 3)),
    "autoencoder": lambda: zoo.autoencoder((6, 4, 2)),
    "lenet": zoo.lenet,
    "alexnet": lambda: zoo.alexnet(5, shape=(3, 64, 64), width=2, hidden=6),
    "vgg": lambda: zoo.vgg(11, classes=5, shape=(3, 32, 32), width=2, hidden=6),
    "vgg-batch-norm": lambda: zoo.vgg(11, batch_norm=True, classes=5, shape=(3, 32, 32), width=2, hidden=6),
    "resnet18": lambda: zoo.resnet(18, classes=5, shape=(3, 32, 32), width=2),
    "resnet50": lambda: zoo.resnet(50, classes=5, shape=(3, 32, 32), width=2),
    "densenet": lambda: zoo.densenet(121, classes=5, shape=(3, 32, 32), growth=2),
    "unet": lambda: zoo.unet(2, 2, shape=(1, 16, 16)),
    "mobilenet_v2": lambda: zoo.mobilenet_v2(0.1, classes=5, shape=(3, 32, 32)),
    "inception": lambda: zoo.inception(5, shape=(3, 64, 64), width=2),
    "transformer_encoder": lambda: zoo.transformer_encoder(2, 8, 2, 16, length=5),
    "transformer": lambda: zoo.transformer(2, 8, 2, 16, length=5, target_length=4),
    "gpt": lambda: zoo.gpt(2, 8, 2, context=6, vocabulary=11),
    "rnn_classifier": lambda: zoo.rnn_classifier(11, 3, embedding_dim=4, hidden_size=5, length=6),
    "lstm_classifier": lambda: zoo.lstm_classifier(11, 3, embedding_dim=4, hidden_size=5, num_layers=2, bidirectional=True, length=6),
    "gru_classifier": lambda: zoo.gru_classifier(11, 3, embedding_dim=4, hidden_size=5, bidirectional=True, length=6),
    "vit": lambda: zoo.vit("ti16", classes=5, shape=(3, 32, 32), layers=2),
}
WITHOUT_GROUPS = {"mlp", "rnn_classifier", "lstm_classifier", "gru_classifier"}
PLAIN = (str, int, float, bool, type(None))


def groups(graph: nx.DiGraph) -> set[str]:
    return {words["within"] for _, words in graph.nodes(data=True) if "within" in words}


def data_for(graph: nx.DiGraph, samples: int = 2) -> list[np.ndarray]:
    """Samples for each input: normal numbers, or indices below the size of the table that they choose from."""
    rng = np.random.default_rng(0)
    inputs = [words for _, words in graph.nodes(data=True) if words["op"] == "input"]
    rows = min((words["num_embeddings"] for _, words in graph.nodes(data=True) if words["op"] == "embedding"), default=1)
    return [rng.integers(0, rows, (samples, *words["shape"])) if words.get("dtype") == "int" else
            rng.standard_normal((samples, *words["shape"])) for words in inputs]


def is_plain(value: object) -> bool:
    return all(map(is_plain, value)) if isinstance(value, tuple | list) else isinstance(value, PLAIN)


def keeping_scale(graph: nx.DiGraph) -> nx.DiGraph:
    """The net, its weights so large that what comes in still counts behind many layers."""
    for _, target, words in graph.edges(data=True):
        if graph.nodes[target]["op"] in ("dense", "conv2d") and "share" not in graph.nodes[target]:
            words["init"] = "kaiming_normal"
    return graph


def agree(graph: nx.DiGraph) -> None:
    """NumPy and torch give the same in float64, and not the same for both samples."""
    inputs = data_for(graph)
    module = ng.compile(graph, "torch", dtype="float64", seed=0).eval()
    with torch.no_grad():
        expected = module(*map(torch.as_tensor, inputs)).numpy()
    scale = np.abs(expected).max()
    assert np.abs(expected[0] - expected[1]).max() > 0.01 * scale
    np.testing.assert_allclose(ng.compile(graph, dtype="float64", seed=0)(*inputs), expected, rtol=1e-10, atol=1e-10 * scale)


@pytest.mark.parametrize("net", PUBLISHED)
def test_parameter_count_is_the_published_one(net):
    build, count = PUBLISHED[net]
    assert ng.infer(build()).parameter_count == count


@pytest.mark.parametrize(("channels", "depth", "classes"), [(64, 4, 2), (8, 2, 5)])
def test_parameter_count_of_unet_is_the_sum_over_its_halves(channels, depth, classes):
    def conv(before, after, kernel):
        return before * after * kernel**2 + after
    widths = [channels * 2**i for i in range(depth + 1)]
    down = sum(conv(before, after, 3) + conv(after, after, 3) for before, after in zip([1, *widths], widths, strict=False))
    up = sum(conv(2 * w, w, 2) + conv(2 * w, w, 3) + conv(w, w, 3) for w in widths[:-1])
    assert ng.infer(zoo.unet(channels, depth, classes)).parameter_count == down + up + conv(channels, classes, 1)


@pytest.mark.parametrize("net", SMALL)
def test_numpy_and_torch_give_the_same(net):
    agree(keeping_scale(SMALL[net]()))


def test_numpy_and_torch_give_the_same_for_a_whole_resnet():
    agree(keeping_scale(zoo.resnet(18, shape=(3, 64, 64))))


@pytest.mark.parametrize("net", SMALL)
def test_gradients_in_numpy_are_those_of_torch(net):
    graph = keeping_scale(SMALL[net]())
    for _, words in graph.nodes(data=True):
        if words["op"] == "dropout":
            words["p"] = 0.0                              # the two draw other random numbers
    inputs = data_for(graph, samples=6)
    module = ng.compile(graph, "torch", dtype="float64", seed=0).train()
    outputs = module(*map(torch.as_tensor, inputs))
    wanted = np.random.default_rng(1).standard_normal(outputs.shape)
    (outputs - torch.as_tensor(wanted)).square().sum().backward()
    net = ng.compile(graph, dtype="float64", seed=0)
    _, gradients = net.gradients(inputs[0] if len(inputs) == 1 else tuple(inputs), wanted, loss="sse")
    greatest = max(p.grad.abs().max().item() for p in module.parameters())
    for name, p in module.named_parameters():             # batch norm of a few numbers, dozens of layers deep, loses some digits
        np.testing.assert_allclose(gradients[name], p.grad.numpy(), rtol=0, atol=1e-9 * greatest, err_msg=name)


@pytest.mark.parametrize("net", SMALL)
def test_a_net_is_drawn(net):
    graph = SMALL[net]()
    assert graph.name in ng.draw(graph).svg()


@pytest.mark.parametrize("net", SMALL)
def test_a_net_is_summed_up(net):
    graph = SMALL[net]()
    assert str(ng.summarize(graph)).startswith(f"{graph.name}: {len(graph)} layers, ")


@pytest.mark.parametrize("net", SMALL)
def test_a_net_is_a_plain_digraph_of_plain_data(net):
    graph = SMALL[net]()
    assert type(graph) is nx.DiGraph
    assert all(is_plain(value) for _, words in graph.nodes(data=True) for value in words.values())
    assert all(is_plain(value) for *_, words in graph.edges(data=True) for value in words.values())


@pytest.mark.parametrize("net", SMALL)
def test_a_net_has_groups(net):
    assert bool(groups(SMALL[net]())) is (net not in WITHOUT_GROUPS)


@pytest.mark.parametrize("net", SMALL)
def test_ids_are_names_for_torch_as_they_are(net):
    assert all(node.isidentifier() for node in SMALL[net]())


def test_groups_of_a_resnet_are_its_blocks():
    assert groups(zoo.resnet(18)) == {"stem", "head", *(f"layer{i}/block{j}" for i in (1, 2, 3, 4) for j in (0, 1))}


def test_names_of_a_resnet_are_those_of_torchvision_with_underscores():
    names = ng.infer(zoo.resnet(18)).parameters
    assert {"conv1.weight", "layer1_0_conv1.weight", "layer2_0_downsample_1.running_mean", "layer4_1_bn2.bias", "fc.weight"} <= names.keys()


REFUSALS = {
    "resnet": (lambda: zoo.resnet(19), ng.OpError, "ng.zoo.resnet has no variant 19. Choose one of: 18, 34, 50, 101, 152."),
    "resnet-text": (lambda: zoo.resnet("18"), ng.OpError, "ng.zoo.resnet has no variant '18'. Choose one of: 18, 34, 50, 101, 152."),
    "resnet-list": (lambda: zoo.resnet([18]), ng.OpError, "ng.zoo.resnet has no variant [18]. Choose one of: 18, 34, 50, 101, 152."),
    "vgg": (lambda: zoo.vgg(True), ng.OpError, "ng.zoo.vgg has no variant True. Choose one of: 11, 13, 16, 19."),
    "densenet": (lambda: zoo.densenet(18), ng.OpError, "ng.zoo.densenet has no variant 18. Choose one of: 121, 161, 169, 201."),
    "gpt2": (lambda: zoo.gpt2("tiny"), ng.OpError,
             "ng.zoo.gpt2 has no variant 'tiny'. Choose one of: 'small', 'medium', 'large', 'xl'."),
    "vit": (lambda: zoo.vit("b15"), ng.OpError,
            "ng.zoo.vit has no variant 'b15'. Choose one of: 'ti16', 's16', 'b16', 'b32', 'l16', 'l32', 'h14'."),
    "mlp": (lambda: zoo.mlp((784,)), ng.OpError,
            "ng.zoo.mlp was given sizes=(784,), but wants at least two, the first the input's. Write mlp((784, 128, 10))."),
    "mlp-size": (lambda: zoo.mlp((784, 0)), ng.OpError,
                 "ng.zoo.mlp was given sizes=0, but wants a whole number of at least 1. Correct it."),
    "width": (lambda: zoo.resnet(18, width="64"), ng.OpError,
              "ng.zoo.resnet was given width='64', but wants a whole number of at least 1. Correct it."),
    "mobilenet-width": (lambda: zoo.mobilenet_v2(0), ng.OpError,
                        "ng.zoo.mobilenet_v2 was given width=0, but wants a number above 0. Correct it."),
    "unet-side": (lambda: zoo.unet(shape=(1, 572, 572)), ng.ShapeError,
                  "ng.zoo.unet halves its image 4 times, but shape=(1, 572, 572) has sides that 2**4 does not divide. "
                  "Choose sides that are multiples of 16, or a smaller depth."),
    "vit-side": (lambda: zoo.vit("b16", shape=(3, 100, 100)), ng.ShapeError,
                 "ng.zoo.vit cuts its image into patches of 16×16, but shape=(3, 100, 100) has sides that 16 does not divide. "
                 "Choose sides that are multiples of 16."),
    "vit-shape": (lambda: zoo.vit("b16", shape=(224, 224)), ng.OpError,
                  "ng.zoo.vit was given shape=(224, 224), but wants that of an image, such as (3, 224, 224). Correct it."),
    "lstm-hidden": (lambda: zoo.lstm_classifier(hidden_size=0), ng.OpError,
                    "ng.zoo.lstm_classifier was given hidden_size=0, but wants a whole number of at least 1. Correct it."),
    "heads": (lambda: zoo.transformer_encoder(1, 10, 3), ng.ShapeError,
              "Attention shares d_model=10 among num_heads=3, which does not divide it. Choose a d_model that is a multiple of num_heads."),
}


@pytest.mark.parametrize("mistake", REFUSALS)
def test_a_mistake_is_refused_with_the_cure(mistake):
    build, kind, message = REFUSALS[mistake]
    with pytest.raises(kind) as refusal:
        build()
    assert str(refusal.value) == message


def copy_layer(ours: dict[str, torch.Tensor], prefix: str, layer: torch.nn.Module) -> None:
    """Fill a layer of torch.nn with the arrays of ours; torch keeps q, k and v in one array."""
    for name, attention in (("attn", layer.self_attn), ("cross_attn", getattr(layer, "multihead_attn", None))):
        if attention is not None:
            copy_attention(ours, f"{prefix}_{name}", attention)
    for name, module in layer.named_children():
        if name.startswith(("linear", "norm")):
            module.weight.data[:], module.bias.data[:] = ours[f"{prefix}_{name}.weight"], ours[f"{prefix}_{name}.bias"]


def copy_attention(ours: dict[str, torch.Tensor], prefix: str, attention: torch.nn.MultiheadAttention) -> None:
    for field in ("weight", "bias"):
        getattr(attention, f"in_proj_{field}").data[:] = torch.cat([ours[f"{prefix}_{part}.{field}"] for part in "qkv"])
        getattr(attention.out_proj, field).data[:] = ours[f"{prefix}_out.{field}"]


def equal(x: torch.Tensor, y: torch.Tensor) -> None:
    torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-10)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_attention_is_that_of_torch():
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(5, 8))
    graph.add_node("memory", op="input", shape=(7, 8))
    zoo.add_attention(graph, "x", "attn", d_model=8, num_heads=2, memory="memory")
    module = ng.compile(graph, "torch", dtype="float64", seed=0)
    peer = torch.nn.MultiheadAttention(8, 2, batch_first=True, dtype=torch.float64)
    copy_attention(module.state_dict(), "attn", peer)
    x, memory = normal(3, 5, 8), normal(3, 7, 8)
    equal(module(x, memory), peer(x, memory, memory, need_weights=False)[0])


@torch.no_grad()
def test_transformer_encoder_is_that_of_torch():
    module = ng.compile(zoo.transformer_encoder(2, 8, 2, 16, length=5), "torch", dtype="float64", seed=0).eval()
    peer = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dtype=torch.float64), 2,
                                       enable_nested_tensor=False).eval()
    for i, layer in enumerate(peer.layers):
        copy_layer(module.state_dict(), f"layer{i}", layer)
    x = normal(3, 5, 8)
    equal(module(x), peer(x))


@torch.no_grad()
def test_transformer_is_that_of_torch():
    module = ng.compile(zoo.transformer(2, 8, 2, 16, length=5, target_length=4), "torch", dtype="float64", seed=0).eval()
    peer = torch.nn.Transformer(8, 2, 2, 2, 16, batch_first=True, dtype=torch.float64).eval()
    for half, layers in (("encoder", peer.encoder.layers), ("decoder", peer.decoder.layers)):
        for i, layer in enumerate(layers):
            copy_layer(module.state_dict(), f"{half}_layer{i}", layer)
    source, target = normal(3, 5, 8), normal(3, 4, 8)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
    equal(module(source, target), peer(source, target, tgt_mask=mask, tgt_is_causal=True))


@torch.no_grad()
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_recurrent_classifier_is_that_of_torch(cell, bidirectional):
    graph = getattr(zoo, f"{cell}_classifier")(11, 3, embedding_dim=4, hidden_size=5, num_layers=2, bidirectional=bidirectional)
    peer = getattr(torch.nn, cell.upper())(4, 5, 2, bidirectional=bidirectional, batch_first=True, dtype=torch.float64)
    module = ng.compile(graph, "torch", dtype="float64", seed=0)
    arrays = module.state_dict()
    peer.load_state_dict({name.removeprefix(f"{cell}."): array for name, array in arrays.items() if name.startswith(f"{cell}.")})
    tokens = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])
    _, final = peer(arrays["embedding.weight"][tokens])
    last_layer = (final[0] if cell == "lstm" else final)[-2 if bidirectional else -1:]
    logits = torch.nn.functional.linear(torch.cat(tuple(last_layer), dim=-1), arrays["logits.weight"], arrays["logits.bias"])
    equal(module(tokens), logits)
    equal(torch.as_tensor(ng.compile(graph, dtype="float64", seed=0)(tokens.numpy())), logits)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_parameter_count_of_a_recurrent_classifier_is_torchs(cell):
    peers = (torch.nn.Embedding(10_000, 128), getattr(torch.nn, cell.upper())(128, 128, 3, bidirectional=True), torch.nn.Linear(256, 2))
    count = sum(p.numel() for peer in peers for p in peer.parameters())
    assert ng.infer(getattr(zoo, f"{cell}_classifier")(num_layers=3, bidirectional=True)).parameter_count == count


def test_attention_is_not_written_over_other_nodes():
    graph = ng.chain((5, 8), {"id": "attn_k", "units": 8})
    with pytest.raises(ng.GraphError) as refusal:
        zoo.add_attention(graph, "x", "attn", d_model=8, num_heads=2)
    assert str(refusal.value) == "The graph already has a node 'attn_k'. Give what you add another name."


def test_gpt_does_not_see_what_comes_later():
    net = ng.compile(zoo.gpt(2, 8, 2, context=6, vocabulary=11), dtype="float64", seed=0)
    tokens = np.array([[1, 2, 3, 4, 5, 6]])
    later = np.array([[1, 2, 3, 10, 9, 8]])
    np.testing.assert_array_equal(net(tokens)[:, :3], net(later)[:, :3])


def test_gpt_sees_what_came_before():
    net = ng.compile(zoo.gpt(2, 8, 2, context=6, vocabulary=11), dtype="float64", seed=0)
    assert not np.allclose(net([[1, 2, 3, 4, 5, 6]])[:, -1], net([[10, 2, 3, 4, 5, 6]])[:, -1])


def test_gpt_reads_out_by_the_table_that_it_reads_in():
    assert [name for name in ng.infer(zoo.gpt(1, 8, 2, context=6, vocabulary=11)).parameters if "logits" in name] == []


def test_width_of_mobilenet_is_rounded_to_eights():
    plan = ng.infer(zoo.mobilenet_v2(0.75))
    assert {layer.shape[0] % 8 for layer in plan if layer.op_name == "conv2d"} == {0}
    assert plan.parameter_count == 2_636_424
