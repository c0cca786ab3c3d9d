"""torch's own gradcheck on the compiled nets of the zoo: autograd against finite differences, in float64."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch.func import functional_call

import netgraph as ng
from tests.zoo.test_zoo import SMALL, data_for

LONG = ("densenet", "mobilenet_v2", "inception", "resnet50", "gpt")      # nets of very many calls


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in SMALL])
def test_gradients_of_weights_and_inputs_pass_torchs_gradcheck(name):
    module = ng.compile(SMALL[name](), "torch", dtype="float64", seed=1).eval()
    xs = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in data_for(SMALL[name](), samples=1)]
    names = [name for name, p in module.named_parameters() if p.requires_grad]
    weights = [_off_the_kinks(p, number) for number, (_, p) in enumerate(module.named_parameters()) if p.requires_grad]

    def run(*values):
        return functional_call(module, dict(zip(names, values[len(xs):], strict=True)), values[:len(xs)])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                                        # that indices have no gradient
        assert torch.autograd.gradcheck(run, (*xs, *weights), fast_mode=True, eps=1e-6, atol=1e-4)


def _off_the_kinks(parameter: torch.Tensor, seed: int) -> torch.Tensor:
    """The weights a little aside, for biases that begin at 0 would hold a ReLU at its kink, where there is no derivative."""
    noise = np.random.default_rng(seed).uniform(0.01, 0.02, tuple(parameter.shape))
    return (parameter.detach() + torch.tensor(noise)).requires_grad_()
