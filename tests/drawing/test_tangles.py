"""Nets in which wires crowd: all are led square, none can be taken for another's, and long names are told apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

import networkx as nx
import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.bends import distance, sampled
from netgraph.drawing.frame_titles import chip_place
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


TANGLES = {
    "dense3": dense_net(16, 3), "dense4": dense_net(16, 4), "joins4": joins(4), "exchange3": exchange(3), "exchange4": exchange(4),
    "scattered1": scattered(1), "scattered2": scattered(2), "scattered3": scattered(3),
}


@pytest.fixture(params=TANGLES, scope="module")
def tangle(request: pytest.FixtureRequest) -> Drawing:
    return draw(TANGLES[request.param])


def pieces(points: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a way."""
    for at in range(0, len(points) - 1, 3):
        a, b, c, d = points[at:at + 4]
        if a == b and c == d and a != d:
            yield min(a, d), max(a, d)


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
