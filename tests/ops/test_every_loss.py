"""Every loss in every reduction: value, gradient, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from netgraph.op import Op
from netgraph.ops import LOSSES
from tests.ops.cases import LOSS_CASES, gradients, instance

every_loss = pytest.mark.parametrize(("name", "loss"), LOSS_CASES.items(), ids=LOSS_CASES.keys())
BCE, LOGITS, CROSS = "bce", "bce_with_logits", "cross_entropy"


def sample(name: str, dtype: Any = np.float64, shape: tuple[int, ...] = (6, 4)) -> tuple[Any, Any]:
    """An output and a target that the loss takes."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(shape).astype(dtype), rng.standard_normal(shape).astype(dtype)
    if name.startswith(CROSS):
        return x, rng.integers(0, shape[1], (shape[0], *shape[2:]))
    if name.startswith(LOGITS):
        return 3 * x, rng.random(shape).astype(dtype)
    return (rng.random(shape).astype(dtype), rng.integers(0, 2, shape).astype(dtype)) if name.startswith(BCE) else (x, y)


def assert_agrees_with_torch(loss: Op, x: Any, y: Any, tolerance: float = 1e-10) -> None:
    leaf = torch.from_numpy(np.array(x)).requires_grad_()
    expected = loss.torch(torch, leaf, torch.from_numpy(np.array(y)))
    expected.backward()
    np.testing.assert_allclose(loss.forward(x, y), expected.item(), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient(loss, x, y), leaf.grad.numpy(), rtol=tolerance, atol=tolerance)


def gradient(loss: Op, x: Any, y: Any) -> Any:
    return gradients(loss, [x, y], {}, 1.0, (0,))[0]


@every_loss
@pytest.mark.parametrize("shape", [(6, 4), (1, 3), (5, 1), (3, 4, 2), (2, 3, 4, 5)], ids=str)
def test_value_and_gradient_agree_with_torch(name: str, loss: Op, shape: tuple[int, ...]) -> None:
    assert_agrees_with_torch(loss, *sample(name, shape=shape))


@every_loss
def test_gradient_agrees_with_finite_differences(name: str, loss: Op) -> None:
    # h² f‴ / 6 + ε |f| / h is below 1e-9 for h = 1e-6 and losses of the size of 100.
    x, y = sample(name)
    g, h = gradient(loss, x, y), 1e-6
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        assert g[place] == pytest.approx((loss.forward(x + step, y) - loss.forward(x - step, y)) / (2 * h), rel=1e-5, abs=1e-7)


@every_loss
def test_float32_stays_float32(name: str, loss: Op) -> None:
    x, y = sample(name, np.float32)
    assert (loss.forward(x, y).dtype, gradient(loss, x, y).dtype) == (np.float32, np.float32)


@every_loss
def test_loss_of_float32_is_that_of_float64_rounded(name: str, loss: Op) -> None:
    x, y = sample(name, np.float32)
    wide = (x.astype(np.float64), y.astype(np.float64) if y.dtype.kind == "f" else y)
    np.testing.assert_allclose(loss.forward(x, y), loss.forward(*wide), rtol=1e-5)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 4), (2, 3, 4, 2)], ids=str)
def test_cross_entropy_of_probabilities_agrees_with_torch(reduction: str, smoothing: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    y = rng.random(shape)
    loss = instance(LOSSES[CROSS], {"reduction": reduction, "label_smoothing": smoothing})
    assert_agrees_with_torch(loss, rng.standard_normal(shape), y / y.sum(axis=1, keepdims=True))
    assert_agrees_with_torch(loss, rng.standard_normal(shape), y)                             # even where they do not add up to 1


@pytest.mark.parametrize("x", [-1e4, -800.0, 0.0, 800.0, 1e4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_of_logits_bear_extreme_ones(x: float, dtype: Any) -> None:
    logits = np.array([[x, -x, 0.5]], dtype)
    for y in ([[0, 1, 1]], [[1, 0, 0.3]]):
        assert_agrees_with_torch(instance(LOSSES[LOGITS], {}), logits, np.array(y, dtype), tolerance=1e-6)
    for k in range(3):
        assert_agrees_with_torch(instance(LOSSES[CROSS], {}), logits, np.array([k]), tolerance=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_at_exactly_0_and_1_is_torchs(dtype: Any) -> None:
    x = np.array([0, 0, 1, 1, 0.5, 0, 1], dtype)
    y = np.array([0, 1, 0, 1, 0.5, 0.5, 0.5], dtype)
    for reduction in ("mean", "sum"):
        assert_agrees_with_torch(instance(LOSSES[BCE], {"reduction": reduction}), x, y, tolerance=1e-6)


def test_huber_at_its_delta_is_torchs() -> None:
    assert_agrees_with_torch(instance(LOSSES["huber"], {"delta": 0.5}), np.array([0.5, -0.5, 0.0, 2.0]), np.zeros(4))


def test_mae_has_no_slope_where_it_is_0() -> None:
    assert_agrees_with_torch(instance(LOSSES["mae"], {}), np.array([1.0, 2.0]), np.array([1.0, 3.0]))


def test_huber_wants_a_delta_above_0() -> None:
    with pytest.raises(Exception, match="delta"):
        instance(LOSSES["huber"], {"delta": 0})


@pytest.mark.parametrize(("x", "found"), [(1.0000001, True), (-1e-9, True), (0.0, False), (1.0, False), (np.nan, True)])
def test_bce_refuses_what_is_no_probability(x: float, found: bool) -> None:
    reason = instance(LOSSES[BCE], {}).refuse(np.array([0.5, x]), np.array([0.0, 1.0]))
    assert reason == ("takes probabilities, but the net's output leaves [0, 1]. End the net in a sigmoid, or use loss='bce_with_logits'."
                      if found else None)


@pytest.mark.parametrize(("y", "wrong"), [([0, 3], 3), ([-1, 2], -1), ([0, 2], None)])
def test_cross_entropy_refuses_a_class_that_the_net_does_not_have(y: list[int], wrong: int | None) -> None:
    reason = instance(LOSSES[CROSS], {}).refuse(np.zeros((2, 3)), np.array(y))
    assert reason == (None if wrong is None else f"has classes 0 to 2, but the target holds {wrong}. "
                      "Number the classes from 0, or give the net as many outputs as there are classes.")


@every_loss
def test_an_empty_batch_is_not_refused(name: str, loss: Op) -> None:
    x, y = sample(name)
    assert loss.refuse(x[:0], y[:0]) is None


def test_integer_classes_of_a_square_batch_are_no_probabilities() -> None:
    # (N, C) logits and (N, C) integer targets of the same shape could only be one-hot rows: they are read as probabilities.
    x = np.random.default_rng(0).standard_normal((3, 3))
    onehot, classes = np.eye(3, dtype=np.int64), np.arange(3)
    loss = instance(LOSSES[CROSS], {})
    assert loss.forward(x, onehot) == pytest.approx(loss.forward(x, classes), rel=1e-15)


@every_loss
def test_torch_computes_it_where_the_output_is(name: str, loss: Op) -> None:
    x, y = (torch.from_numpy(np.array(value)).to("meta") for value in sample(name))       # which refuses what is made elsewhere
    value = loss.torch(torch, x.requires_grad_(), y)
    assert torch.autograd.grad(value.sum(), x)[0].device.type == "meta"
