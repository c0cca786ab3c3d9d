"""The grammar: each way to break a declaration is refused in one whole sentence; what it allows is accepted; nothing is changed."""

from __future__ import annotations

import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.errors import ComplaintsError, GraphError, NetgraphError, OpError
from netgraph.graph import correction
from netgraph.ops import OPS
from netgraph.synonyms import NAMES_OF, OTHER_NAMES
from tests.mistakes import ACTIVATIONS_LIST, MISTAKES, Break, broken, edge, node, one, outputs, renamed, several, valid_graph, without_slots


def snapshot(graph: Any) -> bytes:
    """All that a declaration says, in its order."""
    if not isinstance(graph, nx.Graph):
        return pickle.dumps(graph)
    return pickle.dumps((graph.graph, list(graph.nodes(data=True)), list(graph.edges(data=True))))


@pytest.mark.parametrize(("change", "kind", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_what_is_wrong_is_said_whole(change: Break, kind: type[NetgraphError], message: str) -> None:
    with pytest.raises(NetgraphError) as caught:
        ng.check(broken(change))
    assert str(caught.value) == message
    assert type(caught.value) is kind


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_another_name_leads_to_its_word(name: str) -> None:
    letters = {word.replace("_", "") for word in OPS}
    assert name.replace("_", "") not in letters
    assert correction(name.title(), OPS, "op") == f"Write op='{OTHER_NAMES[name]}'."


def test_no_other_name_stands_for_two_words() -> None:
    assert sum(len(names.split()) for names in NAMES_OF.values()) == len({name.replace("_", "") for name in OTHER_NAMES})


@pytest.mark.parametrize("thing", [None, 5, {"x": 1}, nx.DiGraph, object, [valid_graph()]], ids=lambda thing: type(thing).__name__)
def test_what_is_no_graph_is_refused(thing: Any) -> None:
    with pytest.raises(GraphError, match=r"^A net is a networkx.DiGraph, but got .* of type .*ng\.load\(path\)\.$"):
        ng.check(thing)


def test_a_torch_module_in_the_place_of_a_graph_is_sent_to_its_import() -> None:
    from torch import nn
    with pytest.raises(GraphError) as refusal:
        ng.summarize(nn.Sequential(nn.Linear(3, 2)))  # type: ignore[arg-type]
    assert str(refusal.value) == ("A net is a networkx.DiGraph, but got a torch module, 'Sequential'. "
                                  "Import it: G = ng.from_torch(module, x), with an example input x.")


@pytest.mark.parametrize(("change", "kind"), [(change, kind) for change, kind, _ in MISTAKES.values()], ids=MISTAKES.keys())
def test_a_refused_graph_is_left_as_it_was(change: Break, kind: type[NetgraphError]) -> None:
    graph = broken(change)
    before = snapshot(graph)
    with pytest.raises(NetgraphError):
        ng.check(graph)
    assert snapshot(graph) == before


def test_an_accepted_graph_is_left_as_it_was() -> None:
    graph = valid_graph()
    before = snapshot(graph)
    ng.check(graph)
    assert snapshot(graph) == before


def test_several_complaints_come_one_a_line_each_once() -> None:
    graph = broken(several(node("h", units=0), node("k", activation="nope", actvation="relu"), node("q", op="relu"),
                           edge("m", "y", weight="w"), outputs(["p"])))
    with pytest.raises(ComplaintsError) as caught:
        ng.check(graph)
    assert str(caught.value).splitlines() == [
        "Node 'h' was given units=0, but wants a whole number of at least 1. Correct it.",
        "Node 'k' (dense) has an unknown field 'actvation'. Did you mean 'activation'? Notes of your own begin with an underscore.",
        f"Node 'k' has activation='nope', which is not in the vocabulary. {ACTIVATIONS_LIST}",
        "The edge 'm' -> 'y' has weight='w', but wants an array, or a finite number for a fixed gain. Correct it.",
        "G.graph['outputs'] names 'p', which is no node. Write a list of ids of nodes.",
        "Node 'q' (relu) has no in-edge, so nothing flows into it. Add an edge from an input or a layer.",
    ]
    assert [str(complaint) for complaint in caught.value.complaints] == str(caught.value).splitlines()


def test_a_cycle_is_told_along_with_the_rest() -> None:
    with pytest.raises(ComplaintsError) as caught:
        ng.check(broken(several(node("h", units=0), edge("y", "h"))))
    assert [type(complaint) for complaint in caught.value.complaints] == [OpError, GraphError]


def test_a_long_cycle_is_cut_short() -> None:
    graph = nx.cycle_graph(1000, create_using=nx.DiGraph)
    nx.set_node_attributes(graph, "relu", "op")
    with pytest.raises(GraphError) as caught:
        ng.check(graph)
    assert str(caught.value) == ("The graph has a cycle: 0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> ... 992 more ... -> 0. "
                                 "A net runs from inputs to outputs: remove one of these edges, "
        "or give it delay=1, which brings the value of the step before.")


def test_complaints_of_one_node_do_not_bring_complaints_of_what_it_feeds() -> None:
    with pytest.raises(OpError, match="units=0"):
        ng.check(broken(node("h", units=0)))


@pytest.mark.parametrize("change", [
    node("h", _note=object()), edge("x", "h", _note=1, color="red"), node("h", "op"), node("x", "op"), node("h", op=None),
    edge("x", "h", weight=None), edge("h", "m", weight=np.float32(2)), edge("h", "m", weight=np.array(2)),
    edge("h", "m", slot="x"), edge("h", "m", slot=np.int64(0)), edge("x", "h", output=np.int64(0)),
    node("h", bias=[1, 2, 3, 4]), node("h", bias=np.arange(4)), node("k", share="h", bias=True), without_slots("add"), without_slots("mul"),
    outputs("y"), outputs(["m", "y"]), outputs(("x",)), renamed("h", 3), several(renamed("h", 3), renamed("k", "3")),
    renamed("h", "a.b"), renamed("h", "class"), renamed("h", "隐藏层"), renamed("h", ""), renamed("h", "\n\x00\u202e"),
    several(without_slots("mul", "k"), edge("h", "m", slot=(0, 1))), several(without_slots("relu", "k"), edge("h", "m", slot=0)),
    several(without_slots("relu", "k"), edge("h", "m", slot="x")), edge("x", "y", weight=np.zeros((2, 3))),
    one(("T", 3), op="dense", units=2), one((), op="embedding", num_embeddings=3, embedding_dim=2),
    node("k", "bias", share="h", units=4, bias=False), lambda graph: graph.clear() or graph.add_node("x", shape=(3,)),
])
def test_what_the_grammar_allows_is_accepted(change: Break) -> None:
    ng.check(broken(change))


def test_a_read_only_view_of_a_graph_is_a_graph() -> None:
    assert ng.infer(nx.subgraph_view(valid_graph())).parameter_count == ng.infer(nx.freeze(valid_graph())).parameter_count == 42


def test_nodes_run_as_declared_where_no_edge_says_otherwise() -> None:
    assert list(ng.infer(valid_graph()).layers) == ["x", "h", "k", "m", "y"]
    graph = nx.DiGraph([("b", "c"), ("a", "c")])
    graph.add_node("a", shape=(2,))
    graph.add_node("b", shape=(2,))
    graph.add_node("c", units=1)
    assert ng.infer(graph).inputs == ("b", "a")
