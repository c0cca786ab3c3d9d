"""Random nets of the whole grammar: what holds for every one of them."""

from __future__ import annotations

import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

import netgraph as ng
from tests.random_graphs import recurrent_graphs, spoilt_graphs, valid_graphs

BATCH, STEPS = 3, 5
thoroughly = settings(derandomize=True, max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def data(graph: nx.DiGraph, batch: int = BATCH) -> tuple[Any, ...]:
    """A batch for every input, standard normal; indices where the net takes them."""
    rng, plan = np.random.default_rng(0), ng.infer(graph)
    return tuple(np.zeros((batch, *shape), int) if plan[name].is_integer else rng.standard_normal((batch, *shape))
        for name in plan.inputs for shape in [tuple(STEPS if isinstance(dim, str) else dim for dim in plan.sample_shapes(name)[0])])


def outputs(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def snapshot(graph: nx.DiGraph) -> bytes:
    return pickle.dumps((graph.graph, list(graph.nodes(data=True)), list(graph.edges(data=True))))


@thoroughly
@given(st.one_of(valid_graphs(), recurrent_graphs()))
def test_shapes_are_foretold_and_the_graph_is_left_alone(graph: nx.DiGraph) -> None:
    before = snapshot(graph)
    plan, results = ng.infer(graph), outputs(ng.compile(graph)(*data(graph)))
    steps = (STEPS,) if plan.is_recurrent else ()
    assert [y.shape for y in results] == [(BATCH, *steps, *shape) for name in plan.outputs for shape in plan[name].shapes]
    assert {y.dtype for y in results} == {np.dtype(np.float32)}
    assert snapshot(graph) == before


@thoroughly
@given(st.one_of(valid_graphs(), recurrent_graphs()))
def test_numpy_and_torch_agree_on_outputs_and_gradients(graph: nx.DiGraph) -> None:
    net, module = ng.compile(graph, dtype="float64", seed=1), ng.compile(graph, "torch", dtype="float64", seed=1)
    x = data(graph)
    tensors = [torch.from_numpy(a) for a in x]
    results = outputs(net(*x))
    for mine, theirs in zip(results, outputs(module.eval()(*tensors)), strict=True):
        np.testing.assert_allclose(mine, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)
    y = tuple(np.random.default_rng(1).standard_normal(result.shape) for result in results)
    value, gradients = net.gradients(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], loss="mse")
    loss = sum(torch.nn.functional.mse_loss(p, torch.from_numpy(t)) for p, t in zip(outputs(module.train()(*tensors)), y, strict=True))
    assert value == pytest.approx(loss.item(), rel=1e-10, abs=1e-10)
    leaves = dict(module.named_parameters())
    assert gradients.keys() == leaves.keys()
    if leaves:
        loss.backward()
    for name, leaf in leaves.items():
        theirs = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy()
        np.testing.assert_allclose(gradients[name], theirs, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(theirs).max()), err_msg=name)


@settings(thoroughly, max_examples=50)
@given(st.one_of(valid_graphs(), recurrent_graphs()))
def test_written_sources_agree_with_the_net(graph: nx.DiGraph) -> None:
    net, x = ng.compile(graph, dtype="float64", seed=1), data(graph)
    results, arrays = outputs(net(*x)), {**net.parameters, **net.buffers}
    y = tuple(np.random.default_rng(1).standard_normal(result.shape) for result in results)
    value, gradients = net.gradients(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], loss="mse")
    numpy_scope: dict[str, Any] = {}
    exec(net.source, numpy_scope)                          # source that netgraph wrote itself
    random = ("rng",) if "rng)" in net.source.partition("def loss_and_gradients")[2].partition("\n")[0] else ()
    others = numpy_scope["forward"](arrays, *x)
    loss, written = numpy_scope["loss_and_gradients"](dict(arrays), *x, *y, *(np.random.default_rng(0) for _ in random))[:2]
    assert loss == pytest.approx(value, rel=1e-10)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(written[name], gradient, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(gradient).max()), err_msg=name)
    torch_scope: dict[str, Any] = {}
    exec(ng.to_source(net.graph, "torch"), torch_scope)
    module = torch_scope["Net"]().double().eval()
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    theirs = outputs(module(*(torch.from_numpy(a) for a in x)))
    for mine, other, tensor in zip(results, outputs(others), theirs, strict=True):
        np.testing.assert_allclose(other, mine, rtol=1e-10, atol=1e-10 * max(1.0, np.abs(mine).max()))
        np.testing.assert_allclose(tensor.detach().numpy(), mine, rtol=1e-10, atol=1e-10 * max(1.0, np.abs(mine).max()))


@thoroughly
@given(st.one_of(valid_graphs(), recurrent_graphs()))
def test_names_do_not_matter(graph: nx.DiGraph) -> None:
    net = ng.compile(graph, dtype="float64")
    names = {name: [f"{i}.a b", f"class{'_' * i}", i, f"隐藏{i}", f"x{i}_x2e_"][i % 5] for i, name in enumerate(graph)}
    other = nx.relabel_nodes(net.graph, names)
    for words in other.nodes.values():
        if "share" in words:
            words["share"] = names[words["share"]]
    for mine, theirs in zip(outputs(net(*data(graph))), outputs(ng.compile(other, dtype="float64")(*data(graph))), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)


@thoroughly
@given(st.one_of(valid_graphs(), recurrent_graphs()))
def test_the_graph_of_a_net_gives_the_same_net(graph: nx.DiGraph) -> None:
    net = ng.compile(graph, dtype="float64", seed=2)
    again = ng.compile(net.graph, dtype="float64", seed=3)
    assert list(net.parameters) == list(again.parameters)
    for name in net.parameters:
        np.testing.assert_array_equal(net.parameters[name], again.parameters[name])
    for mine, theirs in zip(outputs(net(*data(graph))), outputs(again(*data(graph))), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)      # products may be summed in another order


@settings(thoroughly, max_examples=600)
@given(spoilt_graphs())
def test_one_change_gives_a_refusal_or_a_net_that_runs(graph: nx.DiGraph) -> None:
    try:
        plan = ng.infer(graph)
    except ng.NetgraphError as error:
        assert str(error)
        return
    if plan.parameter_count > 10**6 or plan.activation_bytes > 10**7:
        return                                            # right, and too large to run here
    for result in outputs(ng.compile(graph)(*data(graph))):
        assert len(result) == BATCH
