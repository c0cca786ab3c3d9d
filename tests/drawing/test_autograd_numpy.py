"""The way back of a net that runs in NumPy: the drawing's cards are the steps of its reverse program."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.drawing.autograd import draw_autograd
from netgraph.errors import DrawError
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.ops import LOSSES
from netgraph.picture import Picture
from netgraph.program import Program, ReverseProgram

FLOAT = 4       # bytes


def mlp() -> nx.DiGraph:
    return ng.chain(1000, {"id": "h", "units": 100, "activation": "relu"}, {"id": "y", "units": 10}, name="two-layer")


def masked() -> nx.DiGraph:
    graph = ng.chain(3, {"id": "h", "units": 4}, {"id": "y", "units": 2})
    graph.edges["h", "y"]["mask"] = np.ones((2, 4))
    graph.nodes["h"]["trainable"] = False
    return graph


def looped() -> nx.DiGraph:
    graph = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 2})
    graph.add_edge("h", "h", delay=1)
    return graph


NETS: dict[str, Callable[[], nx.DiGraph]] = {
    "mlp": mlp, "masked": masked, "lenet": ng.zoo.lenet, "encoder": lambda: ng.zoo.transformer_encoder(2, d_model=16, num_heads=2),
    "resnet18": lambda: ng.zoo.resnet(18, classes=10), "lstm": ng.zoo.lstm_classifier,
}


@pytest.fixture(params=NETS)
def graph(request: pytest.FixtureRequest) -> nx.DiGraph:
    return NETS[request.param]()


def programs(graph: nx.DiGraph) -> tuple[Program, ReverseProgram]:
    """The program that is drawn, made here once more."""
    plan = ng.infer(graph)
    program = lower(plan, training=True, loss=LOSSES["mse"]())
    return program, differentiate(program, [p.name for p in plan.parameters.values() if p.trainable and not p.is_buffer])


def members(picture: Picture) -> list[object]:
    return [member for box in picture.boxes for member in box.members]


@pytest.mark.parametrize("options", [{}, {"depth": None, "fold": False}, {"depth": 0}], ids=["default", "whole", "shut"])
def test_cards_stand_for_the_steps_of_the_reverse_program_and_its_parameters(graph: nx.DiGraph, options: dict[str, object]) -> None:
    _, reverse = programs(graph)
    found = members(draw_autograd(graph, loss="mse", **options).picture)
    assert set(found) == {*reverse.steps, *(name for step in reverse.steps for name in step.arrays if name is not None)}
    assert len(found) == len(set(found))


def test_each_layer_has_one_card(graph: nx.DiGraph) -> None:
    program, reverse = programs(graph)
    picture = draw_autograd(graph, loss="mse", depth=None, fold=False).picture
    assert len(picture.boxes) == len({program.steps[step.step].node for step in reverse.steps})


def test_wires_are_the_gradients_that_steps_hand_on(graph: nx.DiGraph) -> None:
    program, reverse = programs(graph)
    by_result = {program.steps[step.step].result: step for step in reverse.steps}
    handed = {(step, by_result[value]) for step in reverse.steps for value in step.inputs if value in by_result}
    grown = {(step, name) for step in reverse.steps for name in step.arrays if name is not None}
    edges = list(draw_autograd(graph, loss="mse").picture.edges())
    assert set(edges) == handed | grown
    assert len(edges) == len(set(edges))


def test_saved_bytes_of_an_mlp_are_those_of_its_formula() -> None:
    batch = 64
    picture = draw_autograd(mlp(), np.zeros((batch, 1000), np.float32), loss="sse").picture
    expected = batch * (1000 + 100 + 10) * FLOAT       # the input, ReLU's result, the differences
    assert sum(int(count.replace(",", "")) for box in picture.boxes for count in re.findall(r"saves ([\d,]+) bytes", box.tip)) == expected


def test_states_of_a_recurrent_op_are_counted_one_by_one() -> None:
    steps, given, hidden = 5, 3, 4
    graph = ng.chain(("T", given), {"op": "lstm", "id": "l", "hidden_size": hidden})
    (box,) = (box for box in draw_autograd(graph, np.zeros((1, steps, given))).picture.boxes if box.title == "l" and box.members)
    (saved,) = (int(count.replace(",", "")) for count in re.findall(r"saves ([\d,]+) bytes", box.tip))
    assert saved >= steps * (given + 2 * hidden) * FLOAT       # at least what it reads, and its states of both kinds


def test_without_an_input_there_is_one_sample() -> None:
    assert draw_autograd(mlp(), loss="sse").picture.caption == "backward: 6 functions · 101k parameters · saves 4.44 kB"


@pytest.mark.parametrize("subject", [lambda: ng.compile(mlp()), lambda: ng.infer(mlp())], ids=["net", "plan"])
def test_a_compiled_net_and_a_plan_are_drawn_as_their_graph(subject: Callable[[], object]) -> None:
    assert draw_autograd(subject(), loss="mse").picture == draw_autograd(mlp(), loss="mse").picture


def test_without_a_loss_the_way_begins_at_the_outputs() -> None:
    picture = draw_autograd(mlp()).picture
    assert (picture.boxes[0].title, picture.boxes[0].lines) == ("y", ("1 × 10",))


def test_a_recurrent_net_is_drawn_as_one_step() -> None:
    picture = draw_autograd(looped(), np.zeros((2, 7, 3), np.float32), loss="mse").picture
    assert [(cluster.title, cluster.repeats) for cluster in picture.clusters] == [("step", 7)]
    (back,) = (wire for wire in picture.wires if wire.kind == "delay")
    assert back.source == back.target


def test_parameters_that_no_output_comes_from_are_flagged() -> None:
    graph = mlp()
    graph.add_node("z", units=3)
    graph.add_edge("x", "z")
    graph.graph["outputs"] = ["y"]
    flagged = [box.lines for box in draw_autograd(graph, loss="mse").picture.boxes if box.title == "unused parameters"]
    assert flagged == [("z.weight", "z.bias")]


def test_nothing_overlaps_on_the_sheet(graph: nx.DiGraph) -> None:
    places = list(draw_autograd(graph, loss="mse").sheet.layout.boxes.values())
    assert not [(a, b) for a, b in combinations(places, 2) if a.overlaps(b, gap=8)]


def test_it_leaves_torch_alone() -> None:
    code = ("import sys, netgraph as ng; ng.draw_autograd(ng.chain(3, 4, 'tanh', 1), loss='mse').svg(); "
            "assert not {'torch', 'torchviz', 'matplotlib'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(("given", "message"), [
    ({"loss": "mze"}, "There is no loss 'mze' for a net that runs in NumPy. Did you mean 'mse'?"),
    ({"style": "raw"}, 'style="raw" draws what torch recorded. Compile the graph first: ng.compile(G, "torch").'),
])
def test_a_wrong_word_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(DrawError, match=re.escape(message)):
        draw_autograd(mlp(), **given)


def test_inputs_that_are_too_many_are_refused() -> None:
    with pytest.raises(DrawError, match="The net has 1 inputs, but got 2"):
        draw_autograd(mlp(), np.zeros((1, 1000)), np.zeros((1, 1000)), loss="mse")


@pytest.mark.parametrize("shape", [(2, 999), (1000,), (2, 1, 1000)])
def test_inputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DrawError) as refusal:
        draw_autograd(mlp(), np.zeros(shape), loss="mse")
    assert str(refusal.value) == (f"Input 'x' wants shape (N, 1000), N samples, but got {shape}. "
                                  "Give such an array, or no inputs for a single sample.")


def test_a_net_with_nothing_to_train_is_refused() -> None:
    with pytest.raises(DrawError, match="There is nothing to train"):
        draw_autograd(ng.chain(3, "relu"), loss="mse")
