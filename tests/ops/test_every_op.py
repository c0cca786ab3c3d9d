"""Every op of the vocabulary, on every example: shape, values, gradients, precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from netgraph.op import is_gathering
from tests.ops.cases import CASES, LOSS_CASES, Case, as_given, computing_kinds, draw, gradients, run

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
every_exact_case = pytest.mark.parametrize("case", [c for c in CASES.values() if not c.is_random], ids=lambda case: case.name)
RNG = np.random.default_rng


def upstream(case: Case, y: Any) -> Any:
    """A gradient of the output, standard normal."""
    return RNG(1).standard_normal(y.shape).astype(y.dtype)


def by_torch(case: Case, inputs: list[Any], arrays: dict[str, Any], device: str = "cpu") -> tuple[Any, list[Any], list[Any]]:
    """The output by the op's torch call, and the leaves of inputs and arrays that can have gradients."""
    leaves = {name: torch.from_numpy(np.array(value)).to(device).requires_grad_(not case.arrays[name].is_buffer)
              for name, value in arrays.items()}
    tensors = [torch.from_numpy(np.array(x)).to(device).requires_grad_(flows) for x, flows in zip(inputs, case.has_gradient, strict=True)]
    return case.op.torch(torch, *tensors, **as_given(case.op, leaves)), tensors, [leaves[name] for name in case.array_names]


def finite_sum(numbers: Any) -> Any:
    """The sum of all numbers but those that an op puts at infinity."""
    return np.sum(numbers[np.isfinite(numbers)])


def test_no_class_that_computes_is_left_out() -> None:
    tried = {case.kind for case in CASES.values()} | {type(loss) for loss in LOSS_CASES.values()}
    assert computing_kinds() - tried == set()


@every_case
def test_shape_rule_foretells_forward(case: Case) -> None:
    inputs, arrays = draw(case)
    y = run(case.op, inputs, arrays, RNG(2))
    rule = {"AddBias", "AddChannelBias", "Scale", "DropoutInTraining"}     # inside a layer, whose op has the rule
    foretold = case.inputs[0] if case.kind.__name__ in rule else case.op.shape(*case.inputs)
    assert len(y) == len(inputs[0])
    assert y.shape[1:] == tuple(3 if dim == "T" else dim for dim in foretold)


@every_exact_case
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")      # torch's own note on its speed
def test_forward_and_gradients_agree_with_torch(case: Case) -> None:
    inputs, arrays = draw(case)
    y = run(case.op, inputs, arrays)
    expected, tensors, leaves = by_torch(case, inputs, arrays)
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-10, atol=1e-10)
    if not case.gradient_places:
        return
    gy = upstream(case, y)
    learned = [leaf for leaf in (*tensors, *leaves) if leaf.requires_grad]
    wanted = torch.autograd.grad(expected, learned, torch.from_numpy(gy))
    got = gradients(case.op, inputs, arrays, gy, case.gradient_places)
    assert len(got) == len(learned)
    for mine, theirs in zip(got, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-10, atol=1e-10)


@every_exact_case
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_torch_computes_it_where_its_inputs_are(case: Case) -> None:
    inputs, arrays = draw(case)
    found, tensors, leaves = by_torch(case, inputs, arrays, "meta")           # a device that refuses tensors that are made elsewhere
    learned = [leaf for leaf in (*tensors, *leaves) if leaf.requires_grad]
    gradients_found = torch.autograd.grad(found, learned, torch.ones_like(found)) if learned else ()
    assert {tensor.device.type for tensor in (found, *gradients_found)} == {"meta"}
    assert found.shape == run(case.op, inputs, arrays).shape


@pytest.mark.parametrize("case", [c for c in CASES.values() if not c.is_random and getattr(c.op, "padding_idx", None) is None],
                         ids=lambda case: case.name)
def test_gradients_agree_with_finite_differences(case: Case) -> None:
    # The error of a central difference is h² f‴ / 6 + ε |f| / h: with h = 1e-5, both below 1e-9 for sums of the size of 100.
    inputs, arrays = draw(case, batch=2)
    gy = upstream(case, run(case.op, inputs, arrays))
    points = [*(x for x, flows in zip(inputs, case.has_gradient, strict=True) if flows), *(arrays[n] for n in case.array_names
                                                                                                    if not case.arrays[n].is_buffer)]
    got = gradients(case.op, inputs, arrays, gy, case.gradient_places)
    for point, gradient in zip(points, got, strict=True):
        flat, h = point.reshape(-1), 1e-5
        for i in RNG(3).choice(flat.size, min(flat.size, 12), replace=False):
            was = flat[i]
            flat[i] = was + h
            above = finite_sum(gy * run(case.op, inputs, arrays))
            flat[i] = was - h
            below = finite_sum(gy * run(case.op, inputs, arrays))
            flat[i] = was
            assert gradient.reshape(-1)[i] == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-7)


@every_case
def test_each_gradient_alone_is_what_it_is_among_all(case: Case) -> None:
    inputs, arrays = draw(case)
    gy = upstream(case, run(case.op, inputs, arrays, RNG(2)))
    together = gradients(case.op, inputs, arrays, gy, case.gradient_places, RNG(2))
    for place, gradient in zip(case.gradient_places, together, strict=False):
        alone = gradients(case.op, inputs, arrays, gy, (place,), RNG(2))
        if is_gathering(case.kind) and place:
            np.testing.assert_array_equal(alone[0], together[1])
            continue
        np.testing.assert_array_equal(alone[case.gradient_places.index(place) if len(alone) > 1 else 0], gradient)


@every_case
def test_float32_stays_float32(case: Case) -> None:
    inputs, arrays = draw(case, np.float32)
    y = run(case.op, inputs, arrays, RNG(2))
    got = gradients(case.op, inputs, arrays, upstream(case, y), case.gradient_places, RNG(2))
    assert [y.dtype, *(g.dtype for g in got)] == [np.int64 if case.op.gives_integers else np.float32, *[np.float32] * len(got)]


@every_exact_case
def test_float32_is_float64_rounded(case: Case) -> None:
    # Sums of at most a hundred float32 terms of the size of 1: 100 · 2⁻²⁴ < 1e-5.
    inputs, arrays = draw(case, np.float32)
    wide = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in inputs]
    y = run(case.op, inputs, arrays)
    np.testing.assert_allclose(y, run(case.op, wide, {n: a.astype(np.float64) for n, a in arrays.items()}), rtol=1e-5, atol=1e-5)


@every_case
def test_inputs_and_arrays_are_left_as_they_were(case: Case) -> None:
    inputs, arrays = draw(case)
    before = [x.copy() for x in (*inputs, *arrays.values())]
    gy = upstream(case, run(case.op, inputs, arrays, RNG(2)))
    gy_before = gy.copy()
    gradients(case.op, inputs, arrays, gy, case.gradient_places, RNG(2))
    for x, was in zip((*inputs, *arrays.values(), gy), (*before, gy_before), strict=True):
        np.testing.assert_array_equal(x, was)


@every_exact_case
def test_memory_order_of_the_inputs_does_not_matter(case: Case) -> None:
    inputs, arrays = draw(case)
    gy = upstream(case, run(case.op, inputs, arrays))
    turned = [np.asfortranarray(x) for x in inputs]
    strided = [np.repeat(x, 2, axis=0)[::2] for x in inputs]
    for others in (turned, strided):
        np.testing.assert_allclose(run(case.op, others, arrays), run(case.op, inputs, arrays), rtol=1e-12, atol=1e-12)
        for mine, theirs in zip(gradients(case.op, others, arrays, np.asfortranarray(gy), case.gradient_places),
                                gradients(case.op, inputs, arrays, gy, case.gradient_places), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.kind.__name__ != "BatchNormOfBatch"], ids=lambda case: case.name)
def test_an_empty_batch_gives_an_empty_output_and_gradients_of_zero(case: Case) -> None:
    inputs, arrays = draw(case, batch=0)
    y = run(case.op, inputs, arrays, RNG(2))
    assert y.shape == (0, *run(case.op, *draw(case), RNG(2)).shape[1:])
    got = gradients(case.op, inputs, arrays, y, case.gradient_places, RNG(2))
    assert all(not np.any(gradient) for gradient in got)
