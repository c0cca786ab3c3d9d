"""Every zoo net, drawn in every detail: nothing is left out or drawn twice, and what is drawn keeps apart. Counted and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import networkx as nx
import pytest

import netgraph as ng
from netgraph import zoo
from netgraph.drawing import Drawing, draw
from netgraph.drawing.composition.detail import MOST_BOXES, MOST_LAYERS
from netgraph.drawing.layout.bends import sampled
from netgraph.drawing.paper import LEAST_PT, smallest_pt
from netgraph.drawing.placement import Place

FULL: dict[str, Callable[[], nx.DiGraph]] = {
    "mlp": zoo.mlp, "autoencoder": zoo.autoencoder, "lenet": zoo.lenet, "alexnet": zoo.alexnet, "vgg19": lambda: zoo.vgg(19, True),
    "resnet18": lambda: zoo.resnet(18), "resnet34": lambda: zoo.resnet(34), "resnet50": lambda: zoo.resnet(50),
    "resnet152": lambda: zoo.resnet(152), "densenet121": lambda: zoo.densenet(121), "densenet201": lambda: zoo.densenet(201),
    "unet": zoo.unet, "mobilenet_v2": zoo.mobilenet_v2, "inception": zoo.inception, "transformer": zoo.transformer,
    "tf12": lambda: zoo.transformer_encoder(12), "tf48": lambda: zoo.transformer_encoder(48), "gpt2": lambda: zoo.gpt2("small"),
    "vit": lambda: zoo.vit("b16"),
}
SMALL: dict[str, Callable[[], nx.DiGraph]] = {
    "vgg11": lambda: zoo.vgg(11, width=4), "resnet18": lambda: zoo.resnet(18, width=4), "unet": lambda: zoo.unet(4, 2),
    "tf1": lambda: zoo.transformer_encoder(1, 16, 2, 32), "gpt": lambda: zoo.gpt(1, 16, 2, context=8, vocabulary=11),
    "transformer": lambda: zoo.transformer(1, 16, 2, 32), "lenet": zoo.lenet,
}
DETAILS = {"auto": {}, "unfolded": {"fold": False}, "folded": {"fold": True}, "groups": {"depth": 0}, "one deep": {"depth": 1},
           "one deep, folded": {"depth": 1, "fold": True}}


@pytest.fixture(scope="module", params=FULL)
def full(request: pytest.FixtureRequest) -> nx.DiGraph:
    return FULL[request.param]()


@pytest.fixture(scope="module", params=[(FULL, name, {}) for name in FULL] + [(SMALL, name, {"fold": False}) for name in SMALL],
                ids=lambda param: f"{param[1]}{'-unfolded' if param[2] else ''}")
def drawing(request: pytest.FixtureRequest) -> Drawing:
    nets, name, options = request.param
    return draw(nets[name](), **options)


def test_it_is_read_on_one_page_of_a4(full: nx.DiGraph) -> None:
    (page,) = draw(full, page="a4").pages
    assert smallest_pt(page.sheet, page.zoom) >= LEAST_PT


@pytest.mark.parametrize("detail", DETAILS)
def test_each_node_is_in_one_box_and_each_edge_in_one_wire_or_box(full: nx.DiGraph, detail: str) -> None:
    picture = draw(full, **DETAILS[detail]).picture
    assert Counter(node for box in picture.boxes for node in box.members) == Counter(list(full.nodes))
    assert Counter(picture.edges()) == Counter(list(full.edges))


@pytest.mark.parametrize("detail", ["auto", "folded"])
def test_what_is_drawn_unfolds_to_the_same_graph(full: nx.DiGraph, detail: str) -> None:
    picture = draw(full, **DETAILS[detail]).picture
    home = {node: box.id for box in picture.boxes for node in box.members}
    unfolded = nx.DiGraph((source, target) for wire in picture.wires for source, target in wire.members if home[target] == wire.target)
    unfolded.add_edges_from(edge for box in picture.boxes for edge in box.inner)
    unfolded.add_nodes_from(home)
    assert nx.utils.graphs_equal(nx.DiGraph(unfolded.edges), nx.DiGraph(full.edges))


def test_copies_that_are_folded_into_one_card_are_the_same_op(full: nx.DiGraph) -> None:
    plan = ng.infer(full)
    for box in draw(plan, fold=True).picture.boxes:
        assert len({(plan[node].op, plan[node].activation, plan[node].shapes) for node in box.members}) == 1


def test_a_large_net_is_drawn_in_a_few_boxes(full: nx.DiGraph) -> None:
    assert len(draw(full).picture.boxes) <= (MOST_LAYERS if len(full) <= MOST_LAYERS else MOST_BOXES)


@pytest.mark.parametrize(("net", "repeats"), [("resnet152", [2, 7, 35, 2]), ("tf48", [48])])
def test_repeats_are_marked(net: str, repeats: list[int]) -> None:
    picture = draw(FULL[net]()).picture
    found = [box.repeats for box in picture.boxes if box.repeats > 1] + [frame.repeats for frame in picture.clusters if frame.repeats > 1]
    assert found == repeats


def test_no_two_boxes_overlap(drawing: Drawing) -> None:
    places = drawing.sheet.layout.boxes
    assert not [(a, b) for a, b in combinations(places, 2) if places[a].overlaps(places[b], gap=8)]


def test_no_wire_crosses_a_box(drawing: Drawing) -> None:
    layout = drawing.sheet.layout
    inner = [Place(place.x + 1, place.y + 1, place.width - 2, place.height - 2) for place in layout.boxes.values()]
    assert not [(x, y) for route in layout.routes for x, y in sampled(route.points) for place in inner if place.overlaps(Place(x, y, 0, 0))]


def test_no_text_leaves_its_box(drawing: Drawing) -> None:
    for card in drawing.sheet.cards.values():
        width, height = card.face
        assert all(text.x >= 2 and text.x + text.width <= width - 2 and 0.73 * text.size <= text.y <= height - 2 for text in card.texts)


def test_no_label_lies_on_a_box_a_wire_or_another_label(drawing: Drawing) -> None:
    layout = drawing.sheet.layout
    labels = [Place(text.x, text.y - 8, text.width, 8) for text in drawing.sheet.labels if text]
    points = [Place(x, y, 0, 0) for route in layout.routes for x, y in sampled(route.points)]
    assert not [label for label in labels for place in (*layout.boxes.values(), *points) if label.overlaps(place)]
    assert not [(a, b) for a, b in combinations(labels, 2) if a.overlaps(b)]


def test_the_page_has_the_proportions_of_a_page(drawing: Drawing) -> None:
    assert max(drawing.sheet.width, drawing.sheet.height) <= 2.51 * min(drawing.sheet.width, drawing.sheet.height)
