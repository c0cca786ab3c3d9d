"""Models of other libraries become graphs: each kind gives its own numbers, and the published size has the published count."""

from __future__ import annotations

import pytest
import torch

import netgraph as ng
from tests.exchange import published_models as published

WAYS = ("sdpa", "eager")


def small(name, how="sdpa"):
    torch.manual_seed(0)
    module, example = published.SMALL[name](how)
    return module.eval(), example


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", published.SMALL)
def test_a_transformer_gives_its_own_numbers_with_all_its_parameters(name, how):
    module, example = small(name, how)
    graph = ng.from_torch(module, **example)
    assert graph.graph["checked"] is True
    assert ng.infer(graph).parameter_count == module.num_parameters()


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_one_of_the_published_size_has_the_published_count_of_parameters(name):
    make, example, count = published.PUBLISHED[name]
    with published.EmptyWeights():
        module = make().eval()
    graph = ng.from_torch(module, **example())
    assert graph.graph["checked"] == "not run: there are no numbers on the meta device"
    assert ng.infer(graph).parameter_count == count


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:enable_nested_tensor", "ignore:Using padding='same'", "ignore:reduction. 'mean'")
def test_of_torchs_own_list_of_modules_at_least_112_of_114_are_imported():
    from torch.testing._internal.common_modules import module_db

    refused = {info.name: said for info in module_db if (said := refusal_of(*sample_of(info)))}
    assert len(module_db) == 114
    assert list(refused) == ["nn.GaussianNLLLoss"]         # which looks whether a variance is negative
    assert "looks at the numbers" in refused["nn.GaussianNLLLoss"]


def sample_of(info):
    """A module of torch's list, with the first of its own examples."""
    sample, *_ = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=False)
    module = info.module_cls(*sample.constructor_input.args, **sample.constructor_input.kwargs)
    return module.eval().float(), sample.forward_input


def refusal_of(module, given):
    try:
        ng.infer(ng.from_torch(module, *given.args, **given.kwargs))
    except ng.NetgraphError as refusal:
        return str(refusal)
    return ""
