"""What is measured on every sheet: nothing overlaps, nothing leaves its place, and the page has the proportions of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

import networkx as nx
import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.card import Text
from netgraph.drawing.layout.bends import distance, sampled
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.text import FONTS, width_of
from netgraph.errors import DrawWarning
from netgraph.stack import chain
from netgraph.zoo import gpt, transformer_encoder, unet


def inside(place: Place, x: float, y: float, margin: float = 1) -> bool:
    return place.x + margin < x < place.right - margin and place.y + margin < y < place.bottom - margin


def extent(text: Text) -> Place:
    below = 0.0 if text.role == "glyph" else 0.2      # operators have nothing below the line
    return Place(text.x, text.y - 0.73 * text.size, text.width, (0.73 + below) * text.size)


def test_no_two_boxes_come_nearer_than_8_pixels(drawing: Drawing) -> None:
    places = drawing.sheet.layout.boxes
    assert not [(a, b) for a, b in combinations(places, 2) if places[a].overlaps(places[b], gap=8)]


def test_no_wire_crosses_a_box(drawing: Drawing) -> None:
    layout = drawing.sheet.layout
    crossed = [(wire.source, wire.target, id) for wire, route in zip(drawing.picture.wires, layout.routes, strict=True)
               for id, place in layout.boxes.items() if any(inside(place, x, y) for x, y in sampled(route.points))]
    assert not crossed


def test_every_wire_runs_from_the_edge_of_its_source_to_the_edge_of_its_target(drawing: Drawing) -> None:
    layout = drawing.sheet.layout
    for wire, route in zip(drawing.picture.wires, layout.routes, strict=True):
        for id, (x, y) in ((wire.source, route.points[0]), (wire.target, route.points[-1])):
            place = layout.boxes[id]
            assert place.x - 1 <= x <= place.right + 1
            assert place.y - 1 <= y <= place.bottom + 1
            assert not inside(place, x, y)


def test_all_text_stays_in_its_card(drawing: Drawing) -> None:
    for card in drawing.sheet.cards.values():
        width, height = card.face
        for text in card.texts:
            place = extent(text)
            assert place.x >= 2
            assert place.right <= width - 2
            assert place.y >= 2
            assert place.bottom <= height - 2


def test_texts_of_a_card_do_not_touch(drawing: Drawing) -> None:
    for card in drawing.sheet.cards.values():
        assert not [(a, b) for a, b in combinations(card.texts, 2) if extent(a).overlaps(extent(b))]


def test_no_label_touches_a_box_or_another_label(drawing: Drawing) -> None:
    labels = [extent(text) for text in drawing.sheet.labels if text]
    assert not [(label, id) for label in labels for id, place in drawing.sheet.layout.boxes.items() if label.overlaps(place)]
    assert not [(a, b) for a, b in combinations(labels, 2) if a.overlaps(b)]


def test_no_wire_strikes_through_a_label(drawing: Drawing) -> None:
    labels = [extent(text) for text in drawing.sheet.labels if text]
    struck = [label for label in labels for route in drawing.sheet.layout.routes
              if any(inside(label, x, y, margin=2) for x, y in sampled(route.points))]
    assert not struck


def on_edges(drawing: Drawing) -> list[tuple[Text, str]]:
    """The labels that touch the upper or lower edge of a frame."""
    return [(label, frame.title) for label in drawing.sheet.labels if label for frame in drawing.sheet.layout.frames
            for edge in (frame.place.y, frame.place.bottom)
            if extent(label).overlaps(Place(frame.place.x, edge, frame.place.width, 0), gap=1)]


def test_no_label_touches_an_edge_of_a_frame(drawing: Drawing) -> None:
    assert not on_edges(drawing)


def test_a_label_keeps_clear_of_the_frame_that_its_wire_enters() -> None:
    graph = chain((3, 16, 16), {"op": "conv2d", "channels": 8, "kernel_size": 3, "stride": 2}, "globalavgpool2d", 10)
    for node in list(graph)[3:]:
        graph.nodes[node]["within"] = "head"
    assert not on_edges(draw(graph, direction="TB"))


def test_a_frame_holds_its_boxes_and_no_other(drawing: Drawing) -> None:
    clusters = [*drawing.picture.clusters]
    members = {}
    while clusters:
        cluster = clusters.pop()
        members.setdefault(cluster.title, set()).update(cluster.all_boxes())
        clusters += cluster.clusters
    for frame in drawing.sheet.layout.frames:
        for id, place in drawing.sheet.layout.boxes.items():
            if frame.place.overlaps(place):
                assert id in members[frame.title]
                assert frame.place.x <= place.x
                assert place.right <= frame.place.right


def test_everything_is_on_the_sheet(drawing: Drawing) -> None:
    sheet = drawing.sheet
    places = [*sheet.layout.boxes.values(), *(frame.place for frame in sheet.layout.frames)]
    places += [extent(text) for text in (*sheet.headings, *(text for _, _, text in sheet.legend))]
    assert all(place.x >= 8 and place.y >= 8 for place in places)
    assert all(place.right <= sheet.width - 8 and place.bottom <= sheet.height - 8 for place in places)
    assert all(8 <= x <= sheet.width - 8 and 8 <= y <= sheet.height - 8
               for route in sheet.layout.routes for x, y in sampled(route.points))


def test_heading_and_legend_are_clear_of_the_picture(drawing: Drawing) -> None:
    sheet = drawing.sheet
    places = [*sheet.layout.boxes.values(), *(frame.place for frame in sheet.layout.frames)]
    for text in (*(extent(text) for text in sheet.headings), *(extent(text) for _, _, text in sheet.legend)):
        assert not [place for place in places if place.overlaps(text)]


def test_the_page_is_at_most_two_and_a_half_times_as_long_as_wide(drawing: Drawing) -> None:
    long, short = max(drawing.sheet.width, drawing.sheet.height), min(drawing.sheet.width, drawing.sheet.height)
    assert long / short <= 2.5


@pytest.mark.parametrize(("direction", "axis"), [("LR", 0), ("TB", 1)])
def test_wires_run_the_way_that_was_asked(direction: str, axis: int) -> None:
    layout = draw(chain(3, 4, "tanh", 1), direction=direction).sheet.layout
    assert all(route.points[-1][axis] > route.points[0][axis] for route in layout.routes)
    assert all(abs(route.points[-1][1 - axis] - route.points[0][1 - axis]) < 1 for route in layout.routes)


def test_a_name_that_is_too_long_ends_in_an_ellipsis() -> None:
    card = draw(chain(3, {"id": "name" * 2_000_000, "op": "dense", "units": 1})).sheet.cards["b1"]
    assert card.texts[0].text.endswith("…")
    assert card.width <= 280


def test_measured_widths_are_those_of_the_font() -> None:
    ttfont = pytest.importorskip("fontTools.ttLib").TTFont
    font = ttfont(FONTS / "Inter-SemiBold.ttf")
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    text = "hidden → σ(x) ⊕ 64 × 64"
    expected = sum(metrics[cmap[ord(c)]][0] for c in text) / font["head"].unitsPerEm * 13
    assert width_of(text, 13, "SemiBold") == pytest.approx(expected)


def test_frames_that_say_how_often_a_piece_comes_are_missed_in_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netgraph.drawing.layout.graphviz_engine.program", lambda: None)
    with pytest.warns(DrawWarning, match="The frames of this picture are left out, and with them how often a piece of it comes"):
        assert draw(transformer_encoder(12)).sheet.layout.frames == ()


@pytest.mark.filterwarnings("ignore:The frames of this picture are left out:netgraph.errors.DrawWarning")
def test_without_graphviz_boxes_are_still_placed_apart(monkeypatch: pytest.MonkeyPatch, graph: object) -> None:
    monkeypatch.setattr("netgraph.drawing.layout.graphviz_engine.program", lambda: None)
    places = draw(graph).sheet.layout.boxes
    assert not [(a, b) for a, b in combinations(places, 2) if places[a].overlaps(places[b], gap=4)]


def corner_kinds(points: Sequence[Point]) -> set[str]:
    """How the straight pieces of a path run."""
    pieces = [(a, d) for a, b, c, d in (points[at:at + 4] for at in range(0, len(points) - 1, 3)) if a == b and c == d and a != d]
    return {"level" if abs(a[1] - d[1]) < 1 else "upright" if abs(a[0] - d[0]) < 1 else "slanting" for a, d in pieces}


def skipping(weight: float = 1) -> nx.DiGraph:
    graph = chain(16, *({"id": f"h{n}", "units": 16} for n in range(1, 6)), name="skipping")
    graph.add_edge("h1", "h4", weight=weight)
    return graph


@pytest.mark.parametrize("weight", [1, 0.5], ids=["skip", "gain"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_skip_runs_square_and_enters_by_a_side_of_its_own(weight: float, direction: str) -> None:
    drawing = draw(skipping(weight), direction=direction)
    ends = {wire.members[0]: route.points for wire, route in zip(drawing.picture.wires, drawing.sheet.layout.routes, strict=True)}
    assert corner_kinds(ends["h1", "h4"]) == {"level", "upright"}
    assert distance(ends["h1", "h4"][-1], ends["h3", "h4"][-1]) >= 12


def test_a_skip_within_a_group_stays_in_its_frame() -> None:
    graph = skipping()
    for node in ("h1", "h2", "h3", "h4"):
        graph.nodes[node]["within"] = "block"
    drawing = draw(graph)
    (frame,) = drawing.sheet.layout.frames
    route = next(route for wire, route in zip(drawing.picture.wires, drawing.sheet.layout.routes, strict=True)
                 if wire.members[0] == ("h1", "h4"))
    assert all(inside(frame.place, x, y) for x, y in sampled(route.points))


def test_all_wires_run_square(drawing: Drawing) -> None:
    assert set().union(*(corner_kinds(route.points) for route in drawing.sheet.layout.routes)) <= {"level", "upright"}


def fan(count: int) -> nx.DiGraph:
    graph = nx.DiGraph(name="fan")
    graph.add_node("x", op="input", shape=(16,))
    graph.add_node("c", op="concat")
    for number in range(count):
        graph.add_node(f"e{number}", op="dense", units=8)
        graph.add_edge("x", f"e{number}")
        graph.add_edge(f"e{number}", "c", slot=number)
    return graph


def test_one_source_of_many_is_one_line_that_branches() -> None:
    drawing = draw(fan(10))
    routes = [route for wire, route in zip(drawing.picture.wires, drawing.sheet.layout.routes, strict=True) if wire.source == "b0"]
    turns = {round(point[0]) for route in routes for point in route.points[1:-1] if len(route.points) > 4}
    assert len({route.points[0] for route in routes}) == 1
    assert max(turns) - min(turns) <= 40


@pytest.mark.parametrize("count", [10, 60, 300])
@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "outputs"])
def test_a_wide_fan_fills_a_page(count: int, is_joined: bool) -> None:
    graph = fan(count)
    if not is_joined:
        graph.remove_node("c")
    sheet = draw(graph).sheet
    places = list(sheet.layout.boxes.values())
    assert max(sheet.width, sheet.height) / min(sheet.width, sheet.height) <= 2.5
    assert not [(a, b) for a, b in combinations(places, 2) if a.overlaps(b, gap=8)]
    assert not [place for route in sheet.layout.routes for x, y in sampled(route.points) for place in places if inside(place, x, y)]


@pytest.mark.parametrize("count", [5, 6, 7])
def test_a_short_chain_is_one_column(count: int) -> None:
    places = draw(chain(16, *(16 + step for step in range(1, count)))).sheet.layout.boxes.values()
    assert len({round(place.centre[0]) for place in places}) == 1


@pytest.mark.parametrize("count", [8, 9, 12, 15])
def test_rows_of_a_wrapped_chain_are_nearly_of_one_length(count: int) -> None:
    places = draw(chain(16, *(16 + step for step in range(1, count)))).sheet.layout.boxes.values()
    rows = Counter(round(place.centre[1]) for place in places)
    columns = Counter(round(place.centre[0]) for place in places)
    assert len(columns) == 1 or max(rows.values()) - min(rows.values()) <= 1


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_parallel_boxes_stand_in_running_order(direction: str) -> None:
    drawing = draw(gpt(12, 16, 2, context=8, vocabulary=11), direction=direction, depth=None)
    titles = {box.title: drawing.sheet.layout.boxes[box.id].centre for box in drawing.picture.boxes}
    places = [titles[word] for word in "qkv"]
    assert places == sorted(places, key=lambda place: place[direction == "LR"])


def test_the_output_does_not_stand_alone_on_the_last_row() -> None:
    places = draw(unet(), direction="LR").sheet.layout.boxes
    *_, last = places.values()
    assert sum(abs(place.centre[1] - last.centre[1]) < 4 for place in places.values()) > 1


def test_skips_within_skips_run_straight_across_a_u() -> None:
    drawing = draw(unet())
    ids = [box.id for box in drawing.picture.boxes]
    skips = [route for wire, route in zip(drawing.picture.wires, drawing.sheet.layout.routes, strict=True)
             if ids.index(wire.target) > ids.index(wire.source) + 1]
    assert len(skips) == 4
    assert all(len({y for _, y in route.points}) == 1 for route in skips)


def test_where_a_skip_joins_stands_level_with_the_box_after_it_and_the_box_before_it_below() -> None:
    drawing = draw(unet())
    places, titles = drawing.sheet.layout.boxes, {box.id: box.title for box in drawing.picture.boxes}
    joins = [id for id, title in titles.items() if title == "concat"]
    after = {wire.source: wire.target for wire in drawing.picture.wires if wire.source in joins}
    before = {wire.target: wire.source for wire in drawing.picture.wires if titles[wire.source] == "grow"}
    for join in joins:
        assert places[join].centre[1] == places[after[join]].centre[1]
        assert places[join].right < places[after[join]].x
        assert places[before[join]].y > places[after[join]].bottom


def test_skips_that_end_one_after_the_other_join_within_their_column() -> None:
    graph = nx.DiGraph(name="direct")
    sizes = [32, 16, 8, 4, 4, 8, 16, 32]
    for number, size in enumerate(sizes):
        graph.add_node(f"h{number}", **({"op": "dense", "units": size} if number else {"op": "input", "shape": (size,)}))
    nx.add_path(graph, [f"h{number}" for number in range(8)])
    graph.add_edges_from(((f"h{number}", f"h{7 - number}") for number in range(3)), weight=1)
    layout = draw(graph).sheet.layout
    assert len({round(place.centre[0]) for place in layout.boxes.values()}) == 2
    assert set().union(*(corner_kinds(route.points) for route in layout.routes)) <= {"level", "upright"}


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_no_wire_turns_back_on_itself(direction: str) -> None:
    for route in draw(unet(), direction=direction).sheet.layout.routes:
        ends = route.points[::3]
        pieces = [(round(b[0] - a[0]), round(b[1] - a[1])) for a, b in pairwise(ends) if round(b[0] - a[0]) or round(b[1] - a[1])]
        assert not [pair for pair in pairwise(pieces) if pair[0][0] * pair[1][0] + pair[0][1] * pair[1][1] < 0]


def recurrent() -> nx.DiGraph:
    """Three layers, the second of which hears from itself and the last, a step late."""
    graph = chain(16, {"id": "a", "units": 8}, {"id": "b", "units": 8}, {"id": "c", "units": 8}, {"id": "y", "units": 2})
    graph.add_edge("b", "b", delay=1)
    graph.add_edge("c", "a", delay=2)
    return graph


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_layer_that_hears_from_itself_has_a_loop_that_touches_nothing(direction: str) -> None:
    drawing = draw(recurrent(), direction=direction)
    layout = drawing.sheet.layout
    routes = {wire.members[0]: route for wire, route in zip(drawing.picture.wires, layout.routes, strict=True)}
    loop = routes["b", "b"]
    box = layout.boxes["b2"]
    assert all(not inside(place, x, y) for x, y in sampled(loop.points) for place in layout.boxes.values())
    assert max(abs(x - box.centre[0]) - box.width / 2 for x, _ in loop.points) >= 8 or min(y for _, y in loop.points) <= box.y - 8
    assert [text.text for text in drawing.sheet.labels if text and "t −" in text.text] == ["t − 2", "t − 1"]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_what_comes_a_step_late_does_not_turn_the_order_round(direction: str) -> None:
    drawing = draw(recurrent(), direction=direction)
    along = [drawing.sheet.layout.boxes[box.id].centre[direction == "TB"] for box in drawing.picture.boxes]
    assert along == sorted(along)


def test_a_loop_is_never_cut_by_the_end_of_a_row() -> None:
    graph = chain(16, *({"id": f"h{n}", "units": 16 + n} for n in range(24)))
    graph.add_edge("h14", "h7", delay=1)
    places = draw(graph).sheet.layout.boxes
    ids = [f"b{n + 1}" for n in range(7, 15)]
    lines = [{round(places[id].centre[axis]) for id in ids} for axis in (0, 1)]
    assert min(len(line) for line in lines) == 1


def gated() -> nx.DiGraph:
    """A recurrent cell with two gates (Cho et al. 2014): one state, which four layers hear a step late."""
    graph = nx.DiGraph(name="gated")
    graph.add_node("x", op="input", shape=(16,))
    words = {"z": "dense", "r": "dense", "reset": "mul", "n": "dense", "keep": "mul", "less": "sub", "h": "add"}
    for name, op in words.items():
        graph.add_node(name, op=op, within="cell", **({"units": 8} if op == "dense" else {}))
    graph.add_edges_from([("x", "z"), ("x", "r"), ("x", "n"), ("r", "reset"), ("reset", "n"), ("z", "keep"), ("keep", "h"), ("less", "h")])
    graph.add_edges_from([("h", name) for name in ("z", "r", "reset", "keep")], delay=1)
    graph.add_edge("n", "less", slot=0)
    graph.add_edge("keep", "less", slot=1)
    return graph


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_wires_of_a_recurrent_cell_run_square_and_through_no_box(direction: str) -> None:
    layout = draw(gated(), direction=direction).sheet.layout
    assert set().union(*(corner_kinds(route.points) for route in layout.routes)) <= {"level", "upright"}
    points = [point for route in layout.routes for point in sampled(route.points)]
    assert not [place for place in layout.boxes.values() if any(inside(place, x, y) for x, y in points)]


def test_labels_of_a_u_keep_clear_of_its_frames_on_the_way_back_too() -> None:
    assert not on_edges(draw(unet(4, 2)))
    assert not on_edges(draw_autograd(unet(4, 2)))
