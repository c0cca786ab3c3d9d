"""The raw autograd drawing has every function, parameter and result that torch recorded."""

from __future__ import annotations

import sys
import xml.dom.minidom
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch

from netgraph.drawing import Drawing, autograd as drawing
from netgraph.errors import DrawError


def draw_autograd(*given: object, **options: object) -> Drawing:
    return drawing.draw_autograd(*given, style="raw", **options)


def net() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1), torch.nn.Sigmoid())


def recorded(tensor: torch.Tensor) -> set[object]:
    found, waiting = set(), [tensor.grad_fn]
    while waiting:
        function = waiting.pop()
        if function is not None and function not in found:
            found.add(function)
            waiting += [source for source, _ in function.next_functions]
    return found


def test_every_parameter_is_named() -> None:
    picture = draw_autograd(net(), torch.randn(5, 3)).picture
    assert {box.title for box in picture.boxes if box.family == "parameter"} == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_every_recorded_function_is_in_one_box() -> None:
    loss = net()(torch.randn(5, 3)).square().sum()
    picture = draw_autograd(loss).picture
    members = [member for box in picture.boxes for member in box.members]
    assert recorded(loss) <= set(members)
    assert len(members) == len(set(members))


def test_a_loss_may_be_a_function_of_the_output() -> None:
    picture = draw_autograd(net(), torch.randn(5, 3), loss=lambda y: y.square().mean()).picture
    assert "MeanBackward0" in {box.title for box in picture.boxes}
    assert next(box for box in picture.boxes if box.family == "result").lines == ("scalar",)


def test_a_loss_may_be_a_tensor() -> None:
    module, x = net(), torch.randn(5, 3)
    picture = draw_autograd(module, x, loss=module(x).sum()).picture
    assert "SumBackward0" in {box.title for box in picture.boxes}
    assert "0.weight" in {box.title for box in picture.boxes}


def test_wires_run_from_parameters_to_the_result() -> None:
    picture = draw_autograd(net(), torch.randn(5, 3)).picture
    order = {box.id: place for place, box in enumerate(picture.boxes)}
    assert all(order[wire.source] < order[wire.target] for wire in picture.wires)
    assert picture.boxes[-1].family == "result"


def test_parameters_may_be_named_by_the_caller() -> None:
    w = torch.ones(3, requires_grad=True)
    assert "w" in {box.title for box in draw_autograd((w * 2).sum(), parameters={"w": w}).picture.boxes}


def test_the_mode_of_gradients_outside_does_not_matter() -> None:
    with torch.no_grad():
        assert draw_autograd(net(), torch.randn(5, 3)).picture.boxes


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".dot"])
def test_it_is_saved_as_other_drawings_are(tmp_path: Path, suffix: str) -> None:
    figure = draw_autograd(net(), torch.randn(5, 3))
    figure.save(tmp_path / f"autograd{suffix}")
    assert (tmp_path / f"autograd{suffix}").stat().st_size > 1000


def test_its_svg_is_whole() -> None:
    assert xml.dom.minidom.parseString(draw_autograd(net(), torch.randn(5, 3)).svg().encode()).documentElement.tagName == "svg"


def test_a_computation_without_gradients_is_refused() -> None:
    with pytest.raises(DrawError, match="no tensor that this computation used requires a gradient"):
        draw_autograd(torch.nn.Tanh(), torch.ones(3))


def test_a_graph_is_refused_with_the_way_to_compile_it() -> None:
    with pytest.raises(DrawError, match="Compile the graph first"):
        draw_autograd(nx.DiGraph(), torch.ones(3))


@pytest.mark.parametrize("depth", [3000, 20_000])
def test_a_deep_graph_is_drawn_whole(depth: int) -> None:
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(depth):
        y = y + 1
    limit = sys.getrecursionlimit()
    picture = draw_autograd(y, parameters={"x": x}).picture
    assert len(picture.boxes) == depth + 3
    assert sys.getrecursionlimit() == limit


def test_counts_are_in_the_singular_where_there_is_one() -> None:
    picture = draw_autograd(torch.nn.Linear(3, 1, bias=False), torch.ones(1, 3)).picture
    assert picture.caption == "autograd graph · 3 functions · 1 parameter"


def test_a_compiled_net_keeps_its_name() -> None:
    module = net()
    assert draw_autograd(module, torch.ones(1, 3)).picture.title == "Sequential"
    module.netgraph_name = "3-4-1"
    assert draw_autograd(module, torch.ones(1, 3)).picture.title == "3-4-1"


def test_an_array_in_place_of_a_tensor_is_refused_with_the_cure() -> None:
    with pytest.raises(DrawError, match=r"Input 1 is a NumPy array, but a torch module takes tensors. Write torch.tensor\(x\)"):
        draw_autograd(torch.nn.Linear(3, 2), np.ones((1, 3)))
