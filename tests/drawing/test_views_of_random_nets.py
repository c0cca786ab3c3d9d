"""Any net at all: each view draws it, every layer and edge counted, or refuses it in a sentence."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings

import netgraph as ng
from netgraph.drawing.marks import Words
from netgraph.errors import DrawError
from netgraph.plan import Plan
from netgraph.shape import element_count
from netgraph.weights import NodeId
from tests.random_graphs import valid_graphs

EXAMPLES = settings(max_examples=60, deadline=None)


def edges_of(plan: Plan) -> set[tuple[NodeId, NodeId]]:
    return {(wire.source, layer.id) for layer in plan for wire in layer.wires}


@EXAMPLES
@given(valid_graphs())
def test_volumes_hold_every_layer_once_and_every_edge_between_blocks(graph):
    try:
        view = ng.draw_volumes(graph)
    except DrawError as refusal:
        assert "Draw" in str(refusal) or "Give" in str(refusal)
        return
    plan = ng.infer(graph)                               # in which the parts of blocks are layers of their own
    assert Counter(node for box in view.picture.boxes for node in box.members) == Counter(list(plan.layers))
    home = {node: box.id for box in view.picture.boxes for node in box.members}
    crossing = {edge for edge in edges_of(plan) if home[edge[0]] != home[edge[1]]}
    assert Counter(edge for wire in view.picture.wires for edge in wire.members) == Counter(crossing)
    words = [mark.place for mark in view.marks if isinstance(mark, Words)]
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if a.overlaps(b)]


@EXAMPLES
@given(valid_graphs())
def test_neurons_are_all_there_and_lines_join_layers_that_an_edge_joins(graph):
    try:
        view = ng.draw_neurons(graph, most=400)
    except DrawError as refusal:
        assert "ng.draw" in str(refusal) or "most=" in str(refusal)
        return
    plan = ng.infer(graph)
    units = {box.members[0] for box in view.picture.boxes if box.members[0][1] != "bias"}
    assert len(units) == sum(sum(map(element_count, layer.shapes)) for layer in plan)
    ends = {(source[0], target[0]) for wire in view.picture.wires for source, target in wire.members if source[1] != "bias"}
    assert ends <= edges_of(plan)


@EXAMPLES
@given(valid_graphs())
def test_a_matrix_has_every_edge(graph):
    view = ng.draw_matrix(graph)
    assert sorted(wire.members[0] for wire in view.picture.wires) == sorted(graph.edges)


@pytest.mark.parametrize("name", [name for name in ng.zoo.__all__ if not name.startswith("add_")])
def test_every_net_of_the_zoo_has_a_matrix_and_its_blocks_or_a_refusal(name):
    plan = ng.infer(getattr(ng.zoo, name)())
    assert len(ng.draw_matrix(plan).picture.boxes) == len(plan)
    try:
        view = ng.draw_volumes(plan)
    except DrawError:
        return
    assert sum(len(box.members) for box in view.picture.boxes) == len(plan)
