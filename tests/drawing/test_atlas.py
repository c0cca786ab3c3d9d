"""Pictures of similarity: every graph once, words that do not collide, the right tree, pages that ask for nothing."""

from __future__ import annotations

import json
import re
import sys
from itertools import combinations, pairwise
from types import SimpleNamespace
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.atlas.clustering import joined, leaves
from netgraph.atlas.heat import cosines
from netgraph.atlas.projection import projected
from netgraph.drawing.marks import Words

WIDE = re.compile(r"<svg")


def clouds(groups, each, seed=0):
    """Vectors in separate clouds, and the label of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(scale=6, size=(groups, 8))
    labels = [f"group {at}" for at in range(groups) for _ in range(each)]
    return np.concatenate([centre + rng.normal(size=(each, 8)) for centre in centres]), labels


def texts_on_map(view):
    """What is written within the frame of the map, which is the first mark."""
    return [mark for mark in view.marks if isinstance(mark, Words) and view.marks[0].place.overlaps(mark.place)]


@pytest.mark.parametrize("count", [1, 2, 30, 41, 700])
def test_every_graph_is_one_point(count):
    view = ng.draw_map(np.random.default_rng(0).normal(size=(count, 5)))
    assert [box.members for box in view.picture.boxes] == [(at,) for at in range(count)]
    assert len(view.spots) == count
    assert all(view.marks[0].place.overlaps(mark.place) for mark in view.marks[1:count + 1])


@pytest.mark.parametrize(("groups", "each"), [(30, 1), (8, 5), (12, 40), (57, 7)])
def test_words_on_a_map_do_not_collide(groups, each):
    texts = texts_on_map(ng.draw_map(*clouds(groups, each)))
    assert texts
    assert [(a.text, b.text) for a, b in combinations(texts, 2) if a.place.overlaps(b.place)] == []


def test_few_points_are_all_named():
    names = [f"net {at}" for at in range(12)]
    texts = {mark.text for mark in texts_on_map(ng.draw_map(clouds(4, 3)[0], names=names))}
    assert texts == set(names)


def test_points_near_each_other_are_alike():
    vectors, labels = clouds(2, 20)
    places = np.array([(spot.x, spot.y) for spot in ng.draw_map(vectors, labels).spots])
    far = np.linalg.norm(places[:, None] - places[None], axis=2)
    is_same = np.equal.outer(labels, labels)
    assert far[is_same].max() < far[~is_same].min()


def test_the_plane_is_that_of_greatest_variance():
    vectors, _ = clouds(3, 10)
    points, _ = projected(vectors, "pca")
    u, s, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(points), np.abs(u[:, :2] * s[:2]), rtol=1e-9)


def test_the_sign_of_an_axis_is_settled():
    vectors, _ = clouds(3, 10)
    order = np.random.default_rng(1).permutation(len(vectors))
    np.testing.assert_allclose(projected(vectors, "pca")[0][order], projected(vectors[order], "pca")[0], atol=1e-9)


def test_umap_is_asked_where_it_is_installed(monkeypatch):
    said = {}

    class UMAP:
        def __init__(self, **words):
            said.update(words)

        def fit_transform(self, vectors):
            return vectors[:, :2].astype(np.float32)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=UMAP))
    view = ng.draw_map(clouds(2, 5)[0], method="umap")
    assert said["random_state"] == 0
    assert "UMAP" in view.picture.caption


def test_without_umap_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ng.InstallError, match="takes the package umap"):
        ng.draw_map(clouds(2, 5)[0], method="umap")


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


def hostile_index():
    index = ng.Index()
    index.add(np.eye(384)[:2], [HOSTILE, "b"], [{"family": HOSTILE}, {}])
    return index


PAGES = {"map": lambda: ng.draw_map(np.eye(3), [HOSTILE] * 3, names=[HOSTILE, "b", "c"]),
         "table": lambda: ng.draw_similarity(np.eye(3), [HOSTILE] * 3, names=[HOSTILE, "b", "c"]),
         "neighbours": lambda: ng.draw_neighbours(ng.chain(4, 2), hostile_index())}


def page_data(view):
    return json.loads(re.search(r'id="data">(.*?)</script>', view.html()).group(1))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_asks_for_nothing_and_runs_no_name(kind):
    page = PAGES[kind]().html()
    assert page.count("<script") == 2
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "alert(1)" in str(page_data(PAGES[kind]()))


def test_the_points_of_a_page_have_their_names():
    assert [spot[2] for spot in page_data(PAGES["map"]())][1:] == ["b", "c"]


def test_the_cells_of_a_page_have_the_cosines_of_the_rows_that_they_name():
    vectors = np.random.default_rng(0).standard_normal((7, 5))
    data = page_data(ng.draw_similarity(vectors, names=range(7)))
    rows = vectors[[int(name) for name in data["rows"]]]
    wanted = rows @ rows.T / np.outer(*[np.linalg.norm(rows, axis=1)] * 2)
    assert [len(row) for row in data["words"]] == list(range(1, 8))
    for at, row in enumerate(data["words"]):
        np.testing.assert_allclose(row, wanted[at, :at + 1], atol=6e-4)


def test_the_rows_of_a_page_tell_all_metadata():
    index = ng.Index()
    index.add([ng.chain(4, 2)], ["one"], [{"family": "dense", "year": 1958}])
    data = page_data(ng.draw_neighbours(ng.chain(4, 2), index))
    assert (data["rows"], data["words"]) == (["one"], [["1.0000 · family dense · year 1958"]])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".html"])
def test_a_map_and_a_table_are_written_in_every_way(suffix, theme, tmp_path):
    for name, draw in (("map", ng.draw_map), ("table", ng.draw_similarity)):
        path = tmp_path / f"{name}{suffix}"
        assert draw(*clouds(3, 4), theme=theme).save(path) == [path]
        assert path.stat().st_size > 1000


def small_nets():
    return [ng.chain(4, 8, "relu", 2, name="small"), ng.chain(4, *[8, "relu"] * 6, 2, name="deep"), foreign()]


def foreign():
    graph = nx.DiGraph([(0, 1), (1, 2)], name="foreign")
    nx.set_node_attributes(graph, {0: "input", 1: "warp", 2: "conv2d_1x1"}, "op")
    return graph


def test_thumbnails_show_every_net():
    view = ng.draw_map(small_nets(), thumbnails=True)
    assert len(WIDE.findall(view.svg())) == 3      # the map, and the two that netgraph can run
    assert "3 operations" in view.svg()
    ElementTree.fromstring(view.svg())


def test_of_many_graphs_one_of_each_group_has_a_thumbnail():
    nets = small_nets() * 10
    view = ng.draw_map(nets, ["a", "b", "c"] * 10, thumbnails=True)
    assert len(WIDE.findall(view.svg())) == 3


def average_linkage(distances):
    """Heights of the joins, found by looking at all pairs of branches each time."""
    branches = [[at] for at in range(len(distances))]
    heights = []
    while len(branches) > 1:
        pairs = {(a, b): distances[np.ix_(branches[a], branches[b])].mean() for a, b in combinations(range(len(branches)), 2)}
        (a, b), height = min(pairs.items(), key=lambda item: item[1])
        heights.append(height)
        branches = [branch for at, branch in enumerate(branches) if at not in (a, b)] + [branches[a] + branches[b]]
    return heights


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_the_tree_is_that_of_average_linkage(count):
    points = np.random.default_rng(count).normal(size=(count, 4))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    tree = joined(distances)
    np.testing.assert_allclose([join.height for join in tree], average_linkage(distances), rtol=1e-9)
    assert sorted(leaves(tree, count)) == list(range(count))


def test_every_branch_of_the_tree_is_a_stretch_of_the_rows():
    vectors, _ = clouds(4, 6)
    tree = joined(1 - cosines(vectors))
    place = {leaf: at for at, leaf in enumerate(leaves(tree, len(vectors)))}
    members = {at: [at] for at in range(len(vectors))}
    for at, join in enumerate(tree):
        members[len(vectors) + at] = members[join.left] + members[join.right]
        rows = sorted(place[leaf] for leaf in members[len(vectors) + at])
        assert rows == list(range(rows[0], rows[0] + join.size))


def test_groups_stand_side_by_side_in_the_heat_map():
    vectors, labels = clouds(5, 8)
    order = np.random.default_rng(0).permutation(len(vectors))
    view = ng.draw_similarity(vectors[order], [labels[at] for at in order])
    found = [box.family for box in view.picture.boxes]
    assert sum(a != b for a, b in pairwise(found)) == 4


def test_neighbours_are_those_of_the_index():
    index = ng.Index()
    index.add(small_nets(), ["small", "deep", "foreign"], [{"family": "mlp"}, {"family": "mlp"}, {}])
    view = ng.draw_neighbours(ng.chain(4, 8, "relu", 3, name="mine"), index, k=2)
    wanted = [match.id for match in index.query(ng.chain(4, 8, "relu", 3), k=2)]
    assert [box.title for box in view.picture.boxes] == ["mine", *wanted]
    ElementTree.fromstring(view.svg())


REFUSED = {
    "nothing": (lambda: ng.draw_map([]), "DrawError"),
    "a theme that there is not": (lambda: ng.draw_map(np.eye(2), theme="pink"), "DrawError"),
    "a projection that there is not": (lambda: ng.draw_map(np.eye(2), method="tsne"), "DrawError"),
    "too few labels": (lambda: ng.draw_map(np.eye(2), ["a"]), "DataError"),
    "too many names": (lambda: ng.draw_similarity(np.eye(2), names=["a", "b", "c"]), "DataError"),
    "no numbers": (lambda: ng.draw_map(np.array([["a"]])), "DataError"),
    "numbers that are none": (lambda: ng.draw_map(np.full((2, 2), np.nan)), "DataError"),
    "thumbnails of vectors": (lambda: ng.draw_map(np.eye(2), thumbnails=True), "DrawError"),
    "too large a table": (lambda: ng.draw_similarity(np.eye(601)), "DrawError"),
    "neighbours in an empty index": (lambda: ng.draw_neighbours(ng.chain(2, 1), ng.Index()), "DrawError"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_refused(case):
    draw, kind = REFUSED[case]
    with pytest.raises(getattr(ng, kind)):
        draw()


def test_neighbours_without_an_index_are_refused() -> None:
    with pytest.raises(ng.DrawError) as refusal:
        ng.draw_neighbours(ng.chain(3, 1), 3)  # type: ignore[arg-type]
    assert str(refusal.value) == "Neighbours are those of an index, but got 3. Make one: index = ng.Index(), index.add(graphs, ids)."
