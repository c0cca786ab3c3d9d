"""Nets in which wires crowd: all are led square, none can be taken for another's, and long names are told apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, takewhile

import networkx as nx
import pytest

import netgraph as ng
from netgraph.drawing import Drawing, draw
from netgraph.drawing.layout.bends import distance, sampled
from netgraph.drawing.layout.frame_titles import chip_place
from netgraph.drawing.placement import Place, Point
from netgraph.zoo import transformer_encoder, vit


def dense_net(width: int, hearing: int) -> nx.DiGraph:
    """Layers each of which hears from that many before it."""
    graph = nx.DiGraph(name="dense")
    ids: list[str] = []
    for number in range(7):
        graph.add_node(id := f"h{number}", **({"op": "dense", "units": width} if ids else {"op": "input", "shape": (width,)}))
        graph.add_edges_from((before, id) for before in ids[-hearing:])
        ids.append(id)
    return graph


def joins(blocks: int) -> nx.DiGraph:
    """A block of DenseNet: each concat hears from all before it."""
    graph = nx.DiGraph(name="joins")
    graph.add_node("x", op="input", shape=(16, 28, 28))
    heard = ["x"]
    for number in range(blocks):
        graph.add_node(f"cat{number}", op="concat")
        for slot, source in enumerate(heard):
            graph.add_edge(source, f"cat{number}", slot=slot)
        graph.add_node(f"conv{number}", op="conv2d", channels=16, kernel_size=3, padding="same")
        graph.add_edge(f"cat{number}", f"conv{number}")
        heard.append(f"conv{number}")
    return graph


def exchange(streams: int) -> nx.DiGraph:
    """Streams side by side that all hear from one another."""
    graph = nx.DiGraph(name="exchange")
    for number in range(streams):
        graph.add_node(f"x{number}", op="input", shape=(8,))
        graph.add_node(f"a{number}", op="dense", units=8 + number)
        graph.add_node(f"y{number}", op="dense", units=4 + number)
        graph.add_edge(f"x{number}", f"a{number}")
    graph.add_edges_from((f"a{source}", f"y{target}") for source in range(streams) for target in range(streams))
    return graph


def scattered(seed: int) -> nx.DiGraph:
    numbers = random.Random(seed)
    graph = nx.DiGraph(name="scattered")
    graph.add_node("n0", op="input", shape=(8,))
    for number in range(1, 14):
        graph.add_node(f"n{number}", op="dense", units=8)
        heard = numbers.sample(range(number), min(number, numbers.choice((1, 2, 2, 3))))
        graph.add_edges_from((f"n{source}", f"n{number}") for source in heard)
    return graph


def odd_unet() -> nx.DiGraph:
    """Down and up again, but with skips from the input and past two levels, so that it is no plain U."""
    graph = nx.DiGraph(name="odd")
    graph.add_node("x", op="input", shape=(3, 64, 64))
    conv, grow = {"op": "conv2d", "kernel_size": 3, "padding": "same"}, {"op": "convtranspose2d", "kernel_size": 2, "stride": 2}
    for level, channels in enumerate((16, 32, 64)):
        graph.add_node(f"down{level}", channels=channels, **conv)
        graph.add_node(f"pool{level}", op="maxpool2d", kernel_size=2)
    for level, channels in enumerate((16, 32, 64)):
        graph.add_node(f"grow{level}", channels=channels, **grow)
        graph.add_node(f"join{level}", op="concat")
        graph.add_node(f"up{level}", channels=channels, **conv)
        graph.add_edges_from([(f"grow{level}", f"join{level}", {"slot": 0}), (f"down{level}", f"join{level}", {"slot": 1})])
        graph.add_edge(f"join{level}", f"up{level}")
    graph.add_node("bottom", channels=128, **conv)
    nx.add_path(graph, ["x", "down0", "pool0", "down1", "pool1", "down2", "pool2", "bottom", "grow2"])
    graph.add_edges_from([("up2", "grow1"), ("up1", "grow0")])
    graph.add_edge("x", "join0", slot=2)
    graph.add_edge("pool1", "join2", slot=2)
    graph.add_node("deep", op="convtranspose2d", channels=16, kernel_size=4, stride=4)
    graph.add_node("sum", op="add")
    graph.add_node("y", channels=2, **conv)
    graph.add_edges_from([("up2", "deep"), ("deep", "sum"), ("up0", "sum"), ("sum", "y")])
    return graph


TANGLES = {
    "dense3": dense_net(16, 3), "dense4": dense_net(16, 4), "joins4": joins(4), "exchange3": exchange(3), "exchange4": exchange(4),
    "odd U": odd_unet(),
    "scattered1": scattered(1), "scattered2": scattered(2), "scattered3": scattered(3),
}


@pytest.fixture(params=TANGLES, scope="module")
def tangle(request: pytest.FixtureRequest) -> Drawing:
    return draw(TANGLES[request.param])


def pieces_in_order(points: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a way, each from its beginning to its end."""
    for at in range(0, len(points) - 1, 3):
        a, b, c, d = points[at:at + 4]
        if a == b and c == d and a != d:
            yield a, d


def pieces(points: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a way."""
    return ((min(ends), max(ends)) for ends in pieces_in_order(points))


def test_all_wires_run_square(tangle: Drawing) -> None:
    slanting = [piece for route in tangle.sheet.layout.routes for piece in pieces(route.points)
                if all(abs(piece[0][axis] - piece[1][axis]) >= 1 for axis in (0, 1))]
    bent = [route for route in tangle.sheet.layout.routes for at in range(0, len(route.points) - 1, 3)
            if route.points[at] != route.points[at + 1] and distance(route.points[at], route.points[at + 3]) > 40]
    assert not slanting
    assert not bent


def test_no_wire_crosses_a_box(tangle: Drawing) -> None:
    layout = tangle.sheet.layout
    assert not [point for route in layout.routes for place in layout.boxes.values() for point in sampled(route.points)
                if place.x + 1 < point[0] < place.right - 1 and place.y + 1 < point[1] < place.bottom - 1]


def test_only_wires_with_an_end_in_common_run_on_one_line(tangle: Drawing) -> None:
    led = [(wire, list(pieces(route.points))) for wire, route in zip(tangle.picture.wires, tangle.sheet.layout.routes, strict=True)]
    strangers = [(a_way, b_way) for (wire, a_way), (other, b_way) in combinations(led, 2)
                 if wire.source != other.source and wire.target != other.target]
    shared = [(a, b) for a_way, b_way in strangers for a in a_way for b in b_way for axis in (0, 1)
              if all(abs(point[axis] - a[0][axis]) < 2 for point in (*a, *b))
              and min(a[1][1 - axis], b[1][1 - axis]) - max(a[0][1 - axis], b[0][1 - axis]) > 2]
    assert not shared


def test_no_wire_runs_to_the_end_of_a_column_and_back() -> None:
    for route in draw(odd_unet()).sheet.layout.routes:
        falls = [end[1] - start[1] for start, end in pieces_in_order(route.points)]
        down, up = sum(takewhile(lambda fall: fall > -1, falls)), sum(fall for fall in falls if fall < 0)
        assert down < 100 or up > -down


@pytest.mark.parametrize("graph", [transformer_encoder(layers=12), vit("b16")], ids=["encoder", "vit"])
def test_the_mark_of_a_frame_stands_beside_its_title(graph: nx.DiGraph) -> None:
    sheet = draw(graph).sheet
    for title, mark in zip(sheet.frame_titles, sheet.frame_marks, strict=True):
        if title and mark:
            assert not chip_place(mark).overlaps(Place(title.x, title.y - 10, title.width, 12))


def test_names_that_would_be_cut_to_one_begin_where_they_differ() -> None:
    graph = nx.DiGraph(name="long")
    graph.add_node("x", op="input", shape=(8,))
    ids = [f"model.encoder.transformer.layers.{number}.feed_forward.intermediate_projection" for number in range(3)]
    graph.add_nodes_from((id, {"op": "dense", "units": 8 + number}) for number, id in enumerate(ids))
    nx.add_path(graph, ["x", *ids])
    sheet = draw(graph).sheet
    titles = [card.texts[0].text for card in sheet.cards.values()]
    assert [title[:3] for title in titles] == ["x", "…0.", "…1.", "…2."]


def test_layers_that_follow_each_other_stand_on_one_line_within_their_frame() -> None:
    torch = pytest.importorskip("torch")
    encoder = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 6)
    graph = ng.from_torch(encoder, torch.zeros(1, 10, 64))
    assert len({round(place.centre[0]) for place in draw(graph).sheet.layout.boxes.values()}) == 1
