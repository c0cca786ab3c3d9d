"""Graphs go through a file of each format; what comes back is the same in every bit."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load_file

from netgraph.exchange import load, save
from netgraph.exchange.arrays import DTYPES
from netgraph.inference import infer

CODEC = {"codec": "utf-8"}
IDS = st.integers(-10**12, 10**12) | st.text(st.characters(**CODEC), max_size=6)
SCALARS = (st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
           | st.text(st.characters(**CODEC), max_size=6))
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ARRAYS = st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(dtype, SHAPES))
NAMES = st.sampled_from(["id", "source", "op", "weight", "$list", "units", "隐"])


def nested(leaves):
    keys = SCALARS | st.tuples(SCALARS)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
                        | st.dictionaries(keys, inner, max_size=3), max_leaves=6)


@st.composite
def graphs(draw, values):
    """Graphs whose edges were added in any order, so that in-edges and out-edges are ordered each in its own way."""
    attributes = st.dictionaries(NAMES, values, max_size=3)
    graph = nx.DiGraph()
    graph.graph.update(draw(attributes))
    for node in draw(st.lists(IDS, max_size=5, unique=True)):
        graph.add_node(node)
        graph.nodes[node].update(draw(attributes))
    pairs = [(u, v) for u in graph for v in graph]
    for u, v in draw(st.lists(st.sampled_from(pairs), max_size=8, unique=True) if pairs else st.just([])):
        graph.add_edge(u, v)
        graph.edges[u, v].update(draw(attributes))
    return graph


def fingerprint(value):
    """The value with every type, order and bit in it."""
    if isinstance(value, np.ndarray | np.generic):
        return type(value), value.dtype, value.shape, value.tobytes()
    if isinstance(value, float):
        return float, value, math.copysign(1, value)
    if isinstance(value, list | tuple):
        return type(value), [fingerprint(item) for item in value]
    if isinstance(value, dict):
        return dict, [(fingerprint(key), fingerprint(item)) for key, item in value.items()]
    return type(value), value


def graph_fingerprint(graph):
    return (fingerprint(dict(graph.graph)),
            [(fingerprint(node), fingerprint(dict(words))) for node, words in graph.nodes(data=True)],
            {node: [(target, fingerprint(dict(words))) for target, words in graph.succ[node].items()] for node in graph},
            {node: list(graph.pred[node]) for node in graph})


def check_round_trip(graph, path):
    before = graph_fingerprint(graph)
    save(graph, path)
    loaded = load(path)
    assert type(loaded) is nx.DiGraph
    assert graph_fingerprint(loaded) == before
    assert graph_fingerprint(graph) == before
    first = path.read_bytes()
    save(loaded, path)
    assert path.read_bytes() == first


steady = settings(max_examples=80, derandomize=True, deadline=None, database=None,
                  suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@steady
@given(graph=graphs(nested(SCALARS | ARRAYS)))
def test_every_graph_comes_back_bit_for_bit_and_saves_alike(tmp_path, suffix, graph):
    check_round_trip(graph, tmp_path / f"net{suffix}")


def is_xml(text):
    return all(c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" for c in text)


@steady
@given(graph=graphs(nested(SCALARS.filter(lambda value: not isinstance(value, str) or is_xml(value)))))
def test_every_graph_without_arrays_comes_back_from_graphml(tmp_path, graph):
    if all(is_xml(str(node)) for node in graph) and len({str(node) for node in graph}) == len(graph):
        check_round_trip(graph, tmp_path / "net.graphml")


SPECIAL = {
    "infinities and NaN": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "a NaN's payload": np.array([0x7FC01234], dtype="uint32").view("float32"),
    "minus zero": np.array([-0.0, 0.0], dtype="float16"),
    "no dimension": np.array(3.5, dtype="float32"),
    "no element": np.zeros((0, 3), dtype="int8"),
    "many": np.arange(1000, dtype="float32").reshape(10, 100) / 7,
    "every second": np.arange(20)[::2],
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "widest integers": np.array([2**64 - 1], dtype="uint64"),
    "complex": np.array([1 + 2j]),
}


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("name", SPECIAL)
def test_array_comes_back_bit_for_bit(tmp_path, suffix, name):
    graph = nx.DiGraph()
    graph.add_node("h", bias=SPECIAL[name])
    save(graph, tmp_path / f"net{suffix}")
    assert fingerprint(load(tmp_path / f"net{suffix}").nodes["h"]["bias"]) == fingerprint(SPECIAL[name])


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_loaded_array_can_be_written_to(tmp_path, suffix):
    graph = nx.DiGraph()
    graph.add_node("h", bias=np.zeros(1000), weight=np.ones(3))
    save(graph, tmp_path / f"net{suffix}")
    node = load(tmp_path / f"net{suffix}").nodes["h"]
    assert node["bias"].flags.writeable and node["weight"].flags.writeable


def test_byte_order_of_another_machine_keeps_its_values(tmp_path):
    graph = nx.DiGraph()
    graph.add_node("h", bias=np.array([1.5, 2.0], dtype=">f4"))
    save(graph, tmp_path / "net.safetensors")
    assert load(tmp_path / "net.safetensors").nodes["h"]["bias"].tolist() == [1.5, 2.0]


def test_tensors_are_named_as_the_parameters_of_the_net(tmp_path):
    graph = nx.DiGraph()
    graph.add_node("x", op="input", shape=(3,))
    graph.add_node("a.b", op="dense", units=2, bias=np.zeros(2))
    graph.add_node("s", op="dense", units=2, bias=np.zeros(2))
    graph.add_edge("x", "a.b", weight=np.ones((2, 3)))
    graph.add_edge("x", "s", weight=np.ones((2, 3)))
    graph.add_edge("a.b", "s", weight=np.ones((2, 2)))
    save(graph, tmp_path / "net.safetensors")
    names = set(load_file(tmp_path / "net.safetensors"))
    assert names == set(infer(graph).parameters) == {"a_x2e_b.weight", "a_x2e_b.bias", "s.bias", "s.weight.x", "s.weight.a_x2e_b"}


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml"])
def test_file_has_the_permissions_of_any_new_file(tmp_path, suffix):
    save(nx.DiGraph(), tmp_path / f"net{suffix}")
    (tmp_path / "other").touch()
    assert (tmp_path / f"net{suffix}").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_object_that_carries_a_graph_is_saved_as_its_graph(tmp_path):
    class Net:
        graph = nx.DiGraph([("x", "y")])
    save(Net(), tmp_path / "net.json")
    assert list(load(tmp_path / "net.json").edges) == [("x", "y")]


def test_json_written_by_hand_needs_no_more_than_nodes(tmp_path):
    (tmp_path / "net.json").write_text('{"netgraph": 1, "nodes": [{"id": "x", "shape": [3, 2]}]}')
    assert load(tmp_path / "net.json").nodes["x"] == {"shape": (3, 2)}


def test_graphml_of_networkx_is_read(tmp_path):
    graph = nx.DiGraph([("x", "y")])
    graph.add_node("x", units=3, rate=0.5, trainable=True, label="<&>")
    nx.write_graphml(graph, tmp_path / "net.graphml")
    assert load(tmp_path / "net.graphml").nodes["x"] == graph.nodes["x"]


def test_graphml_is_read_by_networkx(tmp_path):
    graph = nx.DiGraph([("x", "y")])
    graph.add_node("x", units=3, shape=(1, 2))
    save(graph, tmp_path / "net.graphml")
    assert nx.read_graphml(tmp_path / "net.graphml").nodes["x"] == {"units": 3, "shape": "[1, 2]"}


def test_defaults_of_graphml_fill_what_is_left_out(tmp_path):
    (tmp_path / "net.graphml").write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="k" for="node" attr.name="units" attr.type="int"><default>4</default></key><graph edgedefault="directed">'
        '<node id="x"/><node id="y"><data key="k">5</data></node></graph></graphml>')
    assert dict(load(tmp_path / "net.graphml").nodes(data="units")) == {"x": 4, "y": 5}


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml"])
def test_chain_of_20000_layers_comes_back(tmp_path, suffix):
    graph = nx.path_graph(20_000, create_using=nx.DiGraph)
    nx.set_node_attributes(graph, 3, "units")
    save(graph, tmp_path / f"net{suffix}")
    assert list(load(tmp_path / f"net{suffix}").nodes(data=True)) == list(graph.nodes(data=True))
