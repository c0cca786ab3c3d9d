"""The torch module: the same names, start, results and gradients as NumPy, in an ordinary nn.Module."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch import fx, nn

import netgraph as ng
from netgraph.ops import OPS
from netgraph.weights import RESERVED, escaped
from tests.ops.cases import MORE_EXAMPLES

EXAMPLES = [(word, fields, shapes) for word, kind in OPS.items() for fields, shapes in kind.examples] + list(MORE_EXAMPLES)
IDS = [f"{word}-{i}" for i, (word, *_) in enumerate(EXAMPLES)]
every_example = pytest.mark.parametrize(("word", "fields", "shapes"), EXAMPLES, ids=IDS)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")      # torch's own note on its speed
ODD_IDS = ["a.b", "class", "隐藏层", 3, "3", "forward", "weight", "1x", "", "_modules", "__init__", "_x2e_", "x", "self", "a b",
           "bias", -1]
CONV = {"op": "conv2d", "channels": 2, "kernel_size": 3}


def close(mine: Any, theirs: torch.Tensor) -> None:
    """Equal to 1e-10, which float64 keeps through some hundred additions of numbers of the size of 1 in any order."""
    np.testing.assert_allclose(mine, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)


def op_net(word: str, fields: dict[str, Any], shapes: Any) -> nx.DiGraph:
    """A net around one op: a dense layer stands before each of its inputs, so that gradients have to flow through the op."""
    G = nx.DiGraph()
    G.add_node("h", op=word, **fields)
    for i, shape in enumerate(shapes):
        G.add_node(f"x{i}", shape=shape)
        last = f"x{i}"
        if shape and isinstance(shape[-1], int) and not OPS[word].integer_inputs:
            G.add_node(last := f"d{i}", units=shape[-1])
            G.add_edge(f"x{i}", last)
        G.add_edge(last, "h", **({"slot": i} if len(shapes) > 1 and not OPS[word].is_symmetric else {}))
    if OPS[word].gives_infinities:
        G.add_node("y", op="softmax")
        G.add_edge("h", "y")
    return G


def samples(G: nx.DiGraph, count: int = 4) -> list[np.ndarray]:
    """Standard normal inputs, and row 0, 1 or 2 for indices; a named dim is 3 long."""
    rng, plan = np.random.default_rng(1), ng.infer(G)
    sizes = [(plan[name], (count, *(3 if isinstance(dim, str) else dim for dim in plan[name].shape))) for name in plan.inputs]
    return [rng.integers(0, 3, size) if layer.is_integer else rng.standard_normal(size) for layer, size in sizes]


def both(G: nx.DiGraph) -> tuple[Any, fx.GraphModule]:
    """The net in NumPy and in torch, in float64, with all its arrays random."""
    net, rng = ng.compile(G, dtype="float64"), np.random.default_rng(2)
    for name, array in (*net.parameters.items(), *net.buffers.items()):
        array[...] = rng.uniform(0.5, 2, array.shape) if name.endswith("running_var") else rng.standard_normal(array.shape)
    return ng.compile(net.graph, dtype="float64"), ng.compile(net.graph, "torch", dtype="float64")


def tensors(arrays: list[np.ndarray]) -> list[torch.Tensor]:
    return [torch.tensor(array) for array in arrays]


def listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def assert_same_outputs(net: Any, module: nn.Module, xs: list[np.ndarray]) -> None:
    mine, theirs = listed(net(*xs)), listed(module.eval()(*tensors(xs)))
    assert len(mine) == len(theirs)
    for y, expected in zip(mine, theirs, strict=True):
        close(y, expected)


def assert_same_gradients(net: Any, module: nn.Module, xs: list[np.ndarray]) -> None:
    outputs = listed(module.train()(*tensors(xs)))
    targets = [np.random.default_rng(3).standard_normal(tuple(y.shape)) for y in outputs]
    loss = sum(((y - torch.tensor(target)) ** 2).sum() for y, target in zip(outputs, targets, strict=True))
    if loss.requires_grad:
        loss.backward()
    x, target = (arrays[0] if len(arrays) == 1 else tuple(arrays) for arrays in (xs, targets))
    value, gradients = net.gradients(x, target, loss="sse")
    close(value, loss)
    assert gradients.keys() == {name for name, p in module.named_parameters() if p.requires_grad}
    for name, p in module.named_parameters():
        if p.requires_grad:
            close(gradients[name], torch.zeros_like(p) if p.grad is None else p.grad)


def assert_agreement(G: nx.DiGraph) -> fx.GraphModule:
    net, module = both(G)
    assert_same_outputs(net, module, samples(G))
    assert_same_gradients(net, module, samples(G))
    return module


def residual_net() -> nx.DiGraph:
    """Three inputs, several weighted in-edges, gains, a skip, a tied and a frozen layer, two outputs."""
    G = nx.DiGraph(name="residual-net")
    for name in ("x", "z", "input"):
        G.add_node(name, shape=(4,))
    G.add_node("h", units=4, activation="tanh")
    G.add_node("deep", units=4, activation="relu")
    G.add_node("same", units=4, share="deep")
    G.add_node("y", units=2, trainable=False)
    G.add_node("norm", op="batchnorm")
    G.add_edges_from([("x", "h"), ("z", "h"), ("h", "deep"), ("deep", "same"), ("same", "y"), ("same", "norm")])
    G.add_edge("input", "h", weight=0.5)
    G.add_edge("h", "same", weight=1)
    return G


@every_example
def test_outputs_agree_with_numpy(word: str, fields: Any, shapes: Any) -> None:
    if word != "input":
        G = op_net(word, fields, shapes)
        assert_same_outputs(*both(G), samples(G))


@every_example
def test_gradients_in_training_agree_with_numpy(word: str, fields: Any, shapes: Any) -> None:
    if word not in ("input", "dropout"):
        G = op_net(word, fields, shapes)
        assert_same_gradients(*both(G), samples(G))


@every_example
def test_every_op_pickles_and_copies(word: str, fields: Any, shapes: Any) -> None:
    if word != "input":
        G = op_net(word, fields, shapes)
        net, module = both(G)
        assert_same_outputs(net, pickle.loads(pickle.dumps(module)), samples(G))
        assert_same_outputs(net, copy.deepcopy(module), samples(G))


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@every_example
def test_every_op_is_compiled_and_exported_whole(word: str, fields: Any, shapes: Any, training: bool) -> None:
    if word == "input":
        return
    G = op_net(word, fields, shapes)
    module = both(G)[1].train(training)
    xs = tuple(tensors(samples(G)))
    torch._dynamo.reset()
    whole = torch.compile(copy.deepcopy(module), backend="eager", fullgraph=True)
    exported = torch.export.export(copy.deepcopy(module), xs).module()
    for run in (whole, exported):
        torch.manual_seed(0)
        expected = listed(copy.deepcopy(module)(*xs))
        torch.manual_seed(0)
        for y, other in zip(listed(run(*xs)), expected, strict=True):
            close(y.detach(), other)


def test_a_net_of_everything_agrees_with_numpy() -> None:
    assert_agreement(residual_net())


def test_an_input_alone_gives_itself() -> None:
    x = torch.ones(2, 3)
    assert torch.equal(ng.compile(ng.chain(3), "torch")(x), x)


def test_layers_are_ordinary_modules() -> None:
    G = ng.chain((1, 8, 8), CONV, "batchnorm", "flatten", {"op": "dropout", "p": 0.2}, 5, "layernorm")
    kinds = [type(child) for child in ng.compile(G, "torch").children()]
    assert kinds == [nn.Conv2d, nn.BatchNorm2d, nn.Dropout, nn.Linear, nn.LayerNorm]


def test_a_layer_with_a_skip_is_still_an_ordinary_module() -> None:
    G = ng.chain(4, 4, "relu", 4)
    G.add_edge("x", "dense2", weight=1)
    module = ng.compile(G, "torch")
    assert type(module.dense2) is nn.Linear
    assert_agreement(G)


def test_names_are_those_of_numpy() -> None:
    net, module = ng.compile(residual_net()), ng.compile(residual_net(), "torch")
    names = {name for name in module.state_dict() if not name.endswith("num_batches_tracked")}
    assert names == {*net.parameters, *net.buffers}
    assert {"h.weight.x", "h.weight.z", "h.bias", "deep.weight"} < names


def test_buffers_are_buffers() -> None:
    module = ng.compile(ng.chain(3, "batchnorm"), "torch")
    assert [name.split(".")[1] for name, _ in module.named_buffers()] == ["running_mean", "running_var", "num_batches_tracked"]


def test_shared_weights_are_one_tensor_under_the_owners_name() -> None:
    G = ng.chain(4, 4, "relu", 4)
    G.nodes["dense2"]["share"] = "dense1"
    module = assert_agreement(G)
    assert list(module.state_dict()) == ["dense1.weight", "dense1.bias"]


def test_an_owner_may_come_after_the_layer_that_shares() -> None:
    G = ng.chain(4, 4, "relu", 4)
    G.nodes["dense1"]["share"] = "dense2"
    assert list(assert_agreement(G).state_dict()) == ["dense2.weight", "dense2.bias"]


def test_several_weighted_in_edges_can_be_shared() -> None:
    G = nx.DiGraph([("x", "h"), ("z", "h"), ("h", "y"), ("z", "y")])
    for name in "xz":
        G.add_node(name, shape=(4,))
    G.add_node("h", units=4, activation="tanh")
    G.add_node("y", units=4, share="h")
    assert list(assert_agreement(G).state_dict()) == ["h.bias", "h.weight.x", "h.weight.z"]


def test_a_layer_without_bias_can_share_the_weights_of_one_with_it() -> None:
    G = ng.chain(4, 4, "tanh", {"units": 4, "bias": False, "share": "dense1"})
    module = assert_agreement(G)
    assert [type(child) for child in module.children()] == [nn.Linear]
    assert list(module.state_dict()) == ["dense1.weight", "dense1.bias"]


def test_shared_dropouts_keep_their_own_rates() -> None:
    G = ng.chain(4, {"op": "dropout", "p": 0.2}, {"op": "dropout", "p": 0.7, "share": "dropout1"})
    assert [child.p for child in ng.compile(G, "torch").children()] == [0.2, 0.7]


def test_a_shared_batch_norm_is_called_twice() -> None:
    G = ng.chain(4, "batchnorm", "relu", {"op": "batchnorm", "share": "batchnorm1"})
    module = assert_agreement(G)
    assert module.batchnorm1.num_batches_tracked == 2


def test_a_batch_norm_shared_with_other_fields_is_refused() -> None:
    G = ng.chain(4, "batchnorm", "relu", {"op": "batchnorm", "share": "batchnorm1", "momentum": 0.5})
    with pytest.raises(ng.GraphError) as caught:
        ng.compile(G, "torch")
    assert str(caught.value) == (
        "Node 'batchnorm2' (batchnorm) shares the arrays of 'batchnorm1', but not its fields and rank, "
        "and torch keeps running statistics for one kind of layer only. Give both the same, or leave share= out.")


def test_frozen_weights_ask_for_no_gradient() -> None:
    G = ng.chain(4, 4, "relu", 2)
    G.nodes["dense1"]["trainable"] = False
    module = ng.compile(G, "torch")
    assert [p.requires_grad for p in module.parameters()] == [False, False, True, True]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_start_is_that_of_numpy(dtype: str) -> None:
    G = residual_net()
    net, module = ng.compile(G, dtype=dtype, seed=7), ng.compile(G, "torch", dtype=dtype, seed=7)
    for name, array in {**net.parameters, **net.buffers}.items():
        value = module.state_dict()[name]
        assert value.dtype is getattr(torch, dtype)
        assert np.array_equal(array, value.numpy())


def test_another_seed_is_another_start() -> None:
    one, other = (ng.compile(ng.chain(4, 2), "torch", seed=seed).dense1.weight for seed in (0, 1))
    assert not torch.equal(one, other)


def test_weights_that_the_graph_carries_are_copied() -> None:
    G, weight = ng.chain(3, 2), np.arange(6, dtype="float32").reshape(3, 2).T
    G.edges["x", "dense1"]["weight"] = weight
    module = ng.compile(G, "torch")
    assert np.array_equal(module.dense1.weight.detach().numpy(), weight)
    assert module.dense1.weight.is_contiguous()
    nn.init.zeros_(module.dense1.weight)
    assert weight[1, 1] == 3


def test_compiling_draws_nothing_from_torch() -> None:
    before = torch.get_rng_state()
    ng.compile(ng.chain((3, 8, 8), CONV, "batchnorm", "flatten", "layernorm", 4), "torch")
    assert torch.equal(before, torch.get_rng_state())


def test_states_load_strictly() -> None:
    one, other = (ng.compile(residual_net(), "torch", seed=seed) for seed in (0, 1))
    other.load_state_dict(one.state_dict(), strict=True)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_inputs_are_taken_by_order_and_by_id() -> None:
    module = ng.compile(residual_net(), "torch").eval()
    x, z, other = torch.randn(3, 2, 4)
    for by_order, by_id in zip(module(x, z, other), module(input=other, z=z, x=x), strict=True):
        assert torch.equal(by_order, by_id)


def test_outputs_come_in_the_declared_order() -> None:
    G = ng.chain(4, 3, "relu", 2)
    G.graph["outputs"] = ["dense2", "dense1"]
    module = ng.compile(G, "torch")
    assert [tuple(y.shape) for y in module(torch.ones(1, 4))] == [(1, 2), (1, 3)]


def test_parts_of_a_split_are_outputs() -> None:
    module = ng.compile(ng.chain(5, {"op": "split", "split_size": 2}), "torch")
    assert [tuple(y.shape) for y in module(torch.ones(1, 5))] == [(1, 2), (1, 2), (1, 1)]


@pytest.mark.parametrize("node", ODD_IDS, ids=map(repr, ODD_IDS))
def test_odd_ids_work_as_layers_and_as_inputs(node: Any) -> None:
    as_layer = ng.chain(3, 3, 2)
    as_input = nx.relabel_nodes(as_layer, {"x": node})
    as_layer = nx.relabel_nodes(as_layer, {"x": "in", "dense1": node})
    for G in (as_layer, as_input):
        net, module = both(G)
        assert_same_outputs(net, pickle.loads(pickle.dumps(module)), samples(G))
        assert torch.export.export(module, tuple(tensors(samples(G))))
    assert f"{escaped(node)}.weight" in ng.compile(as_layer, "torch").state_dict()


def test_all_odd_ids_live_in_one_net() -> None:
    G = nx.DiGraph()
    for node in ODD_IDS:
        G.add_node(repr(("in", node)), shape=(2,))
        G.add_node(node, units=2)
        G.add_edge(repr(("in", node)), node)
    assert_agreement(G)


LIKE_IDS = [("_3", 3, "3"), (3, "_3", "_3_1"), ("input", "input_1"), ("device", "device_1", "device_2"), ("getattr", 3),
            ("a.b", "a_x2e_b"), ("a_x2e_b", "a.b"), ("type", "type_1"), ("隐", "藏", "_"), ("self", "torch", "weight"),
            ("linear", "add", "relu")]


@pytest.mark.parametrize("ids", LIKE_IDS, ids=repr)
def test_inputs_of_like_names_stay_apart(ids: tuple[Any, ...]) -> None:
    G = nx.DiGraph()
    G.add_node("y", units=2, activation="relu")
    G.add_node("z", op="add")
    for node in ids:
        G.add_node(node, shape=(3,))
        G.add_edge(node, "y")
        G.add_edge(node, "z")
    assert_agreement(G)


def test_python_names_of_inputs_are_arguments() -> None:
    G = nx.DiGraph([(name, "y") for name in ("input", "type", "weight", "隐藏层")])
    G.add_node("y", op="concat")
    for i, name in enumerate(("input", "type", "weight", "隐藏层")):
        G.nodes[name]["shape"] = (1,)
        G.edges[name, "y"]["slot"] = i
    x = torch.arange(4.0)[:, None, None]
    y = ng.compile(G, "torch")(type=x[1], 隐藏层=x[3], weight=x[2], input=x[0])
    assert y.tolist() == [[0, 1, 2, 3]]


def test_reserved_names_are_all_that_torch_takes() -> None:
    taken = {name for thing in (fx.GraphModule(nn.Module(), fx.Graph()), nn.Module(), nn.ParameterDict()) for name in dir(thing)}
    assert {name for name in taken if not name.startswith("_")} - RESERVED == set()
    assert {name for name in taken if escaped(name) == name} == set()


def test_the_whole_module_is_saved_and_loaded() -> None:
    G, file = residual_net(), io.BytesIO()
    net, module = both(G)
    torch.save(module, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert type(loaded).__name__ == "ResidualNet"
    assert_same_outputs(net, loaded, samples(G))
    assert_same_gradients(net, loaded, samples(G))


def test_an_edge_with_a_number_scales_before_a_normalisation() -> None:
    G = ng.chain(3, "batchnorm", "layernorm", "dropout")
    for pair in G.edges:
        G.edges[pair]["weight"] = -0.5
    net, module = both(G)
    assert_same_outputs(net, module, samples(G))
    assert [type(child) for child in module.children()] == [nn.BatchNorm1d, nn.LayerNorm, nn.Dropout]


def test_gains_alone_leave_a_bias_to_learn() -> None:
    G = nx.DiGraph()
    G.add_node("x", shape=(3,))
    G.add_node("y", units=3, activation="tanh")
    G.add_edge("x", "y", weight=2)
    assert list(assert_agreement(G).state_dict()) == ["y.bias"]


def test_a_copy_has_weights_of_its_own() -> None:
    module = ng.compile(ng.chain(3, 2), "torch")
    copied = copy.deepcopy(module)
    nn.init.zeros_(copied.dense1.weight)
    assert module.dense1.weight.abs().sum() > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")       # the compiler's own way
def test_torch_compile_gives_the_same_net() -> None:
    G = residual_net()
    net, module = both(G)
    torch._dynamo.reset()
    assert_same_outputs(net, torch.compile(module.eval()), samples(G))


def test_export_takes_any_batch_size() -> None:
    G = residual_net()
    net, module = both(G)
    batch = torch.export.Dim("batch")
    exported = torch.export.export(module.eval(), tuple(tensors(samples(G))), dynamic_shapes=[{0: batch}] * 3)
    xs = samples(G, count=9)
    for y, other in zip(net(*xs), exported.module()(*tensors(xs)), strict=True):
        close(y, other)


@pytest.mark.parametrize("shape", [(3,), (3, 5), (3, 4, 2)], ids=str)
def test_running_statistics_after_a_step_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    G = ng.chain(shape, {"op": "batchnorm", "momentum": 0.3}, "flatten", 2)
    net, module = both(G)
    x, y = samples(G)[0], np.zeros((4, 2))
    net.trainer(loss="sse", optimizer="sgd", lr=0.01)(x, y)
    loss = ((module.train()(torch.tensor(x)) - torch.tensor(y)) ** 2).sum()
    loss.backward()
    torch.optim.SGD(module.parameters(), lr=0.01).step()
    for name, array in {**net.parameters, **net.buffers}.items():
        close(array, module.state_dict()[name])


def test_dropout_obeys_the_mode() -> None:
    module, x = ng.compile(ng.chain(1000, "dropout"), "torch"), torch.ones(1, 1000)
    assert torch.equal(module.eval()(x), x)
    kept = module.train()(x).count_nonzero().item()
    assert 400 < kept < 600                                # six standard deviations of 1000 fair coins


def test_three_thousand_layers_are_built_run_and_copied() -> None:
    G = ng.chain(*[4] * 3001)
    module = ng.compile(G, "torch")
    assert len(list(module.children())) == 3000
    assert copy.deepcopy(module)(torch.ones(1, 4)).shape == (1, 4)
    assert str(module).count("Linear") == 3000


CLASS_NAMES = [("", "Net"), ("two-layer", "TwoLayer"), ("3-4-1", "Net341"), ("隐藏", "隐藏"), ("class", "Class"), ("none", "NetNone")]


@pytest.mark.parametrize(("name", "kind"), CLASS_NAMES)
def test_the_class_is_named_after_the_net(name: str, kind: str) -> None:
    module = ng.compile(ng.chain(2, 1, name=name), "torch")
    assert type(module).__name__ == type(pickle.loads(pickle.dumps(module))).__name__ == kind
