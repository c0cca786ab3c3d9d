"""Where ops are easily wrong: ties, far ends, cost, padding, what training changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

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
@pytest.mark.parametrize("word", ["relu", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "silu", "tanh", "softplus", "identity"])
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


@pytest.mark.parametrize("word", ["relu", "leaky_relu", "elu", "selu", "gelu", "softplus", "silu"])
def test_slope_at_0_is_torchs(word: str) -> None:
    assert_agrees_with_torch(word, {}, np.array([[0.0, -0.0]]), 1e-15)


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


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.kind.__name__ in
                                  ("Dense", "DenseOnLastAxis", "Conv2d", "GroupedConv2d", "Matmul")], ids=lambda case: case.name)
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
