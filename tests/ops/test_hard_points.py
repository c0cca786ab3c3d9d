"""Where ops are easily wrong: ties, far ends, cost, padding, what training changes."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import netgraph as ng
from netgraph.ops import OPS
from netgraph.ops.activation import erf
from tests.ops.cases import CASES, Case, draw, gradients, instance, run

RNG = np.random.default_rng
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


def assert_agrees_with_torch(word: str, fields: dict[str, Any], x: Any, tolerance: float) -> None:
    op = instance(OPS[word], fields).at(x.shape[1:])
    leaf = torch.from_numpy(np.array(x)).requires_grad_()
    expected = op.torch(torch, leaf)
    expected.sum().backward()
    y = run(op, [x], {})
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradients(op, [x], {}, np.ones_like(y), (0,))[0], leaf.grad.numpy(), rtol=tolerance, atol=tolerance)


@DTYPES
@pytest.mark.parametrize("word", [
    "relu", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "silu", "tanh", "softplus", "identity", "relu6", "hardtanh", "hardsigmoid",
    "hardswish", "hardshrink", "softshrink", "threshold", "mish", "softsign", "logsigmoid", "celu", "tanhshrink", "abs", "erf"])
def test_activations_bear_far_ends_without_a_warning(word: str, dtype: Any) -> None:
    x = np.array([[-1e4, -1e3, -100, -20.5, -1, -1e-8, 1e-8, 1, 20.5, 100, 1e3, 1e4]], dtype)
    assert_agrees_with_torch(word, {}, x, 1e-6)


@DTYPES
def test_gelu_by_tanh_bears_far_ends_without_a_warning(dtype: Any) -> None:
    assert_agrees_with_torch("gelu", {"approximate": "tanh"}, np.array([[-1e4, -30, -1, 0, 1, 30, 1e4]], dtype), 1e-6)


@DTYPES
@pytest.mark.parametrize("word", ["softmax", "log_softmax"])
def test_distributions_bear_far_ends_without_a_warning(word: str, dtype: Any) -> None:
    assert_agrees_with_torch(word, {}, np.array([[1e4, -1e4, 0], [1e4, 1e4, 1e4], [-1e4, -1e4, -9999]], dtype), 1e-6)


@pytest.mark.parametrize("word", ["relu", "leaky_relu", "elu", "selu", "gelu", "softplus", "silu", "relu6", "hardswish", "mish", "softsign",
                                  "logsigmoid", "celu", "abs", "threshold", "square"])
def test_slope_at_0_is_torchs(word: str) -> None:
    assert_agrees_with_torch(word, {}, np.array([[0.0, -0.0]]), 1e-15)


@pytest.mark.parametrize("word", ["relu6", "hardtanh", "hardsigmoid", "hardswish", "hardshrink", "softshrink"])
def test_slopes_at_the_corners_are_torchs(word: str) -> None:
    assert_agrees_with_torch(word, {}, np.array([[-6, -3.0, -1, -0.5, 0, 0.5, 1, 3, 6]]), 1e-15)


def test_clip_passes_the_gradient_on_at_its_bounds_as_torch_does() -> None:
    assert_agrees_with_torch("clip", {"min": -1, "max": 2}, np.array([[-2.0, -1.0, 0.0, 2.0, 3.0]]), 1e-15)


def test_softplus_at_its_threshold_is_torchs() -> None:
    assert_agrees_with_torch("softplus", {"beta": 2.0, "threshold": 3.0}, np.array([[1.5, 1.5000001, 1.4999999]]), 1e-12)


def test_erf_is_right_to_the_last_digits() -> None:
    x = np.concatenate([np.linspace(-7, 7, 5001), [0.46875, -0.46875, 4.0, 1e-300, 0.0, 40.0]])
    np.testing.assert_allclose(erf(x), torch.erf(torch.from_numpy(x)).numpy(), rtol=4e-16 * 4, atol=0)


@pytest.mark.parametrize("fields", [{"dim": 1}, {"dim": (1, 2)}, {}], ids=str)
def test_equal_greatest_numbers_share_the_gradient_as_in_torch(fields: dict[str, Any]) -> None:
    assert_agrees_with_torch("max", fields, np.array([[[1.0, 3, 3], [3, 0, 3]], [[2, 2, 2], [2, 2, 2]]]), 1e-15)


@pytest.mark.parametrize("fields", [{"kernel_size": 2}, {"kernel_size": 3, "stride": 1, "padding": 1},
                                    {"kernel_size": (1, 3), "stride": 2}], ids=str)
def test_the_first_of_equal_pixels_has_the_gradient_as_in_torch(fields: dict[str, Any]) -> None:
    x = RNG(0).integers(0, 2, (2, 2, 5, 6)).astype(np.float64)
    assert_agrees_with_torch("maxpool2d", fields, x, 1e-15)
    assert_agrees_with_torch("maxpool2d", fields, np.zeros_like(x), 1e-15)


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.kind.__name__ in ("Dense", "DenseOnLastAxis", "Matmul")
                                  or "Conv" in c.kind.__name__], ids=lambda case: case.name)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_flops_are_torchs_count(case: Case) -> None:
    inputs, arrays = draw(case, batch=3)
    with FlopCounterMode(display=False) as counter:
        case.op.torch(torch, *map(torch.from_numpy, inputs), **{name: torch.from_numpy(a) for name, a in arrays.items()})
    assert counter.get_total_flops() == 3 * case.op.flops(*case.inputs)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_dropout_leaves_the_mean_and_drops_its_share(p: float) -> None:
    # Of 200,000 numbers the dropped share has a deviation of at most 0.0012, the mean one of √(p / (1 − p) / 200,000) ≤ 0.007: four each.
    x = np.ones((200, 1000))
    y = run(instance(OPS["dropout"], {"p": p}).for_training(), [x], {}, RNG(0))
    assert (y == 0).mean() == pytest.approx(p, abs=0.005)
    assert y.mean() == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p), rtol=1e-12)


@DTYPES
def test_dropout_sends_the_gradient_through_the_same_mask(dtype: Any) -> None:
    op = instance(OPS["dropout"], {"p": 0.4}).for_training()
    x, gy = RNG(1).standard_normal((2, 50, 20)).astype(dtype)
    y = run(op, [x], {}, RNG(0))
    np.testing.assert_allclose(gradients(op, [x], {}, gy, (0,), RNG(0))[0], gy * (y / x), rtol=1e-5)


def test_dropout_of_the_same_seed_is_the_same() -> None:
    op, x = instance(OPS["dropout"], {}).for_training(), np.ones((5, 6))
    np.testing.assert_array_equal(run(op, [x], {}, RNG(7)), run(op, [x], {}, RNG(7)))


def test_dropout_outside_training_changes_nothing() -> None:
    x = np.ones((2, 3))
    assert run(instance(OPS["dropout"], {}), [x], {}) is x


@pytest.mark.parametrize("fields", [{}, {"momentum": 0.3}], ids=str)
@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 5), (2, 3, 5)], ids=str)
def test_running_mean_and_variance_move_as_torchs(fields: dict[str, Any], shape: tuple[int, ...]) -> None:
    op = instance(OPS["batchnorm"], fields).for_training()
    x, mean, variance = RNG(0).standard_normal(shape), RNG(1).standard_normal(3), RNG(2).random(3)
    theirs = torch.from_numpy(mean.copy()), torch.from_numpy(variance.copy())
    torch.nn.functional.batch_norm(torch.from_numpy(x), *theirs, training=True, momentum=op.momentum, eps=op.eps)
    axes = (0, *range(2, x.ndim))
    kept = op.keep(x, x.mean(axis=axes), x.var(axis=axes), mean, variance)
    for mine, other in zip(kept, theirs, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-12)


def test_what_batchnorm_keeps_are_its_buffers_in_order() -> None:
    op = instance(OPS["batchnorm"], {}).for_training()
    assert op.kept == tuple(name for name, array in op.arrays((3,)).items() if array.is_buffer)


def test_batchnorm_keeps_float32() -> None:
    op, x = instance(OPS["batchnorm"], {}).for_training(), RNG(0).standard_normal((4, 3)).astype(np.float32)
    one = np.ones(3, np.float32)
    assert [a.dtype for a in op.keep(x, x.mean(axis=0), x.var(axis=0), one, one)] == [np.float32] * 2


@pytest.mark.parametrize(("shape", "is_refused"), [((1, 3), True), ((2, 3), False), ((1, 3, 2, 2), False), ((1, 3, 1, 1), True)], ids=str)
def test_batchnorm_refuses_to_train_on_one_number_a_channel(shape: tuple[int, ...], is_refused: bool) -> None:
    reason = instance(OPS["batchnorm"], {}).for_training().refuse(np.zeros(shape))
    assert reason == ("trains batch norm on one number a channel, which has no variance. Use a batch of at least two samples."
                      if is_refused else None)


@pytest.mark.parametrize(("x", "wrong"), [([0, 4], 4), ([-1, 3], -1), ([0, 3], None), ([], None)], ids=str)
def test_embedding_refuses_an_index_outside_its_table(x: list[int], wrong: int | None) -> None:
    reason = instance(OPS["embedding"], {"num_embeddings": 4, "embedding_dim": 2}).refuse(np.array(x, int), None)
    assert reason == (None if wrong is None else
                      f"has rows 0 to 3, but was given index {wrong}. Correct the data, or raise num_embeddings.")


def test_embedding_adds_up_the_gradients_of_a_row_used_twice() -> None:
    op = instance(OPS["embedding"], {"num_embeddings": 3, "embedding_dim": 2})
    got = gradients(op, [np.array([[0, 2, 0]])], {"weight": np.zeros((3, 2))}, np.ones((1, 3, 2)), (1,))[0]
    np.testing.assert_array_equal(got, [[2, 2], [0, 0], [1, 1]])


def test_the_row_of_the_padding_index_begins_at_zero_and_has_no_gradient() -> None:
    G = ng.chain((3,), {"op": "embedding", "num_embeddings": 4, "embedding_dim": 2, "padding_idx": 1})
    net = ng.compile(G)
    assert (net.parameters["embedding1.weight"] == 0).any(axis=1).tolist() == [False, True, False, False]
    _, got = net.gradients(np.array([[0, 1, 1]]), np.ones((1, 3, 2)), loss="sse")
    assert (got["embedding1.weight"] != 0).any(axis=1).tolist() == [True, False, False, False]


def test_a_parameter_and_positions_make_an_embedding_of_positions() -> None:
    G = nx.DiGraph()
    G.add_node("x", shape=("T",))
    G.add_node("token", op="embedding", num_embeddings=7, embedding_dim=4)
    G.add_node("place", op="positions")
    G.add_node("where", op="embedding", num_embeddings=10, embedding_dim=4)
    G.add_node("start", op="parameter", shape=(1, 4))
    G.add_node("sum", op="add")
    G.add_node("y", op="concat")
    G.add_edges_from([("x", "token"), ("x", "place"), ("place", "where"), ("token", "sum"), ("where", "sum"), ("x", "start")])
    G.add_node("mean", op="mean", dim=1, keepdim=True)
    G.add_edge("sum", "mean")
    G.add_edge("start", "y", slot=0)
    G.add_edge("mean", "y", slot=1)
    net, x = ng.compile(G, dtype="float64"), RNG(0).integers(0, 7, (3, 5))
    p = net.parameters
    expected = np.broadcast_to(p["start.weight"], (3, 1, 4)), (p["token.weight"][x] + p["where.weight"][:5]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(net(x), np.concatenate(expected, axis=1), rtol=1e-12)


def test_the_places_of_topk_choose_rows_by_gather() -> None:
    G = nx.DiGraph()
    G.add_node("x", shape=(4,))
    G.add_node("top", op="topk", k=2)
    G.add_node("y", op="gather")
    G.add_edge("x", "top")
    G.add_edge("x", "y", slot="x")
    G.add_edge("top", "y", slot="index", output=1)
    np.testing.assert_array_equal(ng.compile(G)(np.array([[1, 4, 2, 3.0]])), [[4, 3]])


@pytest.mark.parametrize("word", ["argmax", "positions"])
def test_indices_go_into_no_dense_layer(word: str) -> None:
    with pytest.raises(ng.NetgraphError) as caught:
        ng.check(ng.chain((3, 4), {"op": word}, 2))
    assert str(caught.value) == (f"Node 'dense1' (dense) computes with numbers, but '{word}1' carries indices. "
                                 f"Put an embedding between them.")
