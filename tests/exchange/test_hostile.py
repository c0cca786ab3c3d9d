"""Broken and hostile files, and graphs that no file can hold: each is refused in words, quickly, and leaves nothing behind."""

from __future__ import annotations

import base64
import enum
import json
import os
import random
import sys
import time
import warnings
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from netgraph.errors import FileError, GraphError
from netgraph.exchange import load, save

HEAD = '{"netgraph": 1, "nodes": ['
XML_HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:netgraph="urn:netgraph:graphml">'
DIRECTED = '<graph edgedefault="directed">'


def array(dtype="float32", shape=(1,), **content):
    return HEAD + json.dumps({"id": "x", "bias": {"$array": {"dtype": dtype, "shape": list(shape)} | content}}) + "]}"


def node(words):
    return HEAD + '{"id": "x", ' + words + "}]}"


def document_type(body):
    return f'<?xml version="1.0"?><!DOCTYPE g [{body}]>' + xml('<node id="&a;"/>')


def xml(body="", keys=""):
    return f"{XML_HEAD}{keys}{DIRECTED}{body}</graph></graphml>"


def safetensors(header, data=b"", size=None):
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(content) if size is None else size).to_bytes(8, "little") + content + data


def tensors(graph_text=None, **entries):
    text = graph_text or HEAD + '{"id": "h", "bias": {"$tensor": "h.bias"}}]}'
    return {"__metadata__": {"netgraph": text}} | entries


def tensor(begin=0, end=8, dtype="F32", shape=(2,)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


FILES = {   # name of the case: (suffix, content, words of the refusal)
    "empty json": (".json", "", "Line 1"),
    "other json": (".json", '{"nodes": [], "links": []}', "no netgraph declaration"),
    "json list": (".json", "[]", "no netgraph declaration"),
    "newer format": (".json", '{"netgraph": 2, "nodes": []}', "format 2"),
    "format true": (".json", '{"netgraph": true, "nodes": []}', "no netgraph declaration"),
    "unknown part": (".json", '{"netgraph": 1, "nodes": [], "edgse": []}', "Did you mean 'edges'?"),
    "nodes no list": (".json", '{"netgraph": 1, "nodes": {}}', "list"),
    "graph no object": (".json", '{"netgraph": 1, "nodes": [], "graph": [1]}', "The graph has attributes"),
    "node no object": (".json", HEAD + "3]}", "Node number 1"),
    "node without id": (".json", HEAD + "{}]}", "Node number 1"),
    "truth as id": (".json", HEAD + '{"id": true}]}', "Node number 1"),
    "node twice": (".json", HEAD + '{"id": "x"}, {"id": "x"}]}', "'x' stands in it twice"),
    "key twice": (".json", HEAD + '{"id": "x", "op": "input", "op": "dense"}]}', "'op' stands twice"),
    "edge twice": (
        ".json", HEAD + '{"id": "x"}], "edges": [{"source": "x", "target": "x"}, {"source": "x", "target": "x"}]}', "'x' -> 'x'"),
    "edge to nowhere": (".json", HEAD + '{"id": "x"}], "edges": [{"source": "x", "target": "y"}]}', "needs a node 'y'"),
    "edge without target": (".json", HEAD + '{"id": "x"}], "edges": [{"source": "x"}]}', "Edge number 1"),
    "NaN": (".json", node('"rate": NaN'), "NaN is no JSON number"),
    "minus infinity": (".json", node('"rate": -Infinity'), "-Infinity"),
    "1e999": (".json", node('"rate": 1e999'), "1e999"),
    "endless integer": (".json", node('"units": ' + "9" * 5000), "5000 digits"),
    "200,000 brackets": (".json", "[" * 200_000, "nested too deep"),
    "200,000 braces": (".json", '{"a":' * 200_000, "nested too deep"),
    "deep attribute": (".json", node('"a": ' + "[" * 300 + "]" * 300), "64 levels"),
    "half a character": (".json", node('"label": "\\ud800"'), "lone surrogate"),
    "half a character as id": (".json", HEAD + '{"id": "\\ud800"}]}', "lone surrogate"),
    "half a character as key": (".json", node('"\\udfff": 1'), "lone surrogate"),
    "no utf-8": (".json", b'{"netgraph": 1, "nodes": [{"id": "\xff"}]}', "Byte 34"),
    "a million lists": (".json", "[" + "[]," * 4_000_000 + "0]", "MiB of memory"),
    "larger than 64 MiB": (".json", b" " * (64 * 2**20 + 1), "64 MiB"),
    "unknown word": (".json", node('"a": {"$python": "eval"}'), "$python"),
    "word beside keys": (".json", node('"a": {"$list": [], "b": 1}'), "stands alone"),
    "attributes a list": (".json", HEAD + '{"id": "x", "$list": [1]}]}', "Node 'x' has attributes"),
    "pairs that are none": (".json", node('"a": {"$dict": [[1]]}'), "pairs"),
    "key a list": (".json", node('"a": {"$dict": [[{"$list": []}, 1]]}'), "number, text or tuple"),
    "key twice in pairs": (".json", node('"a": {"$dict": [[1, 1], [1, 2]]}'), "key 1 twice"),
    "tensor in json": (".json", node('"a": {"$tensor": "x"}'), "$tensor"),
    "array of objects": (".json", array("object", base64="gASVAA=="), "dtype 'object'"),
    "array of 1 TB": (".json", array(shape=(2**38,), base64=""), "1099511627776 bytes"),
    "array beyond counting": (".json", array(shape=(2**62, 2**62), base64=""), "sizes from 0 up"),
    "array of minus one": (".json", array(shape=(-1,), values=[]), "sizes from 0 up"),
    "array of too few": (".json", array(shape=(2,), values=[1.0]), "2 values"),
    "array of texts": (".json", array(values=["1"]), "not of dtype float32"),
    "array of halves as integers": (".json", array("int8", values=[1.5]), "not of dtype int8"),
    "array of 300 as int8": (".json", array("int8", values=[300]), "too large for int8"),
    "array of 1e300 as float32": (".json", array("float32", values=[1e300]), "too large for float32"),
    "array of 10**400": (".json", array("float64", values=[10**400]), "too large for float64"),
    "array without dtype": (".json", node('"a": {"$array": {"values": []}}'), "is no array"),
    "array of bad base64": (".json", array(base64="!!!!!!=="), "base64"),
    "array of foreign base64": (".json", array(base64="éééééé=="), "base64"),
    "truth of two": (".json", array("bool", base64=base64.b64encode(b"\2").decode()), "neither 0 nor 1"),
    "scalar with a shape": (".json", node('"a": {"$scalar": {"dtype": "int8", "shape": [1], "values": [1]}}'), "$scalar"),

    "empty safetensors": (".safetensors", b"", "cut off"),
    "header of 2**63": (".safetensors", safetensors(b"{}", size=2**63), "cut off"),
    "header of 100,000,001": (".safetensors", safetensors(b"{" + b" " * 100_000_000), "100000001 bytes"),
    "header a list": (".safetensors", safetensors(b"[]"), "no JSON object"),
    "header twice the key": (".safetensors", safetensors(b'{"a": {}, "a": {}}'), "'a' stands twice"),
    "header no utf-8": (".safetensors", safetensors(b'{"\xff": 1}'), "Byte 2"),
    "tensors without a graph": (".safetensors", safetensors({"h.bias": tensor()}, bytes(8)), "no graph"),
    "metadata no text": (".safetensors", safetensors({"__metadata__": {"netgraph": 1}}), "no graph"),
    "truncated": (".safetensors", safetensors(tensors(**{"h.bias": tensor()}), bytes(7)), "no sound safetensors"),
    "superfluous bytes": (".safetensors", safetensors(tensors(**{"h.bias": tensor()}), bytes(9)), "no sound safetensors"),
    "overlap": (
        ".safetensors", safetensors(tensors(**{"h.bias": tensor(), "b": tensor(4, 12)}), bytes(12)), "no sound safetensors"),
    "hole": (".safetensors", safetensors(tensors(**{"h.bias": tensor(4, 12)}), bytes(12)), "no sound safetensors"),
    "tensor of 1 TB": (
        ".safetensors", safetensors(tensors(**{"h.bias": tensor(0, 2**40, shape=(2**38,))}), bytes(8)), "no sound safetensors"),
    "unknown dtype": (".safetensors", safetensors(tensors(**{"h.bias": tensor(dtype="PICKLE")}), bytes(8)), "no sound safetensors"),
    "bfloat16": (".safetensors", safetensors(tensors(**{"h.bias": tensor(0, 4, dtype="BF16")}), bytes(4)), "Convert it to F32"),
    "missing tensor": (".safetensors", safetensors(tensors()), "'h.bias' that is missing"),
    "superfluous tensor": (
        ".safetensors", safetensors(tensors(**{"h.bias": tensor(), "z": tensor(8, 16)}), bytes(16)), "'z' that no node"),
    "tensor used twice": (".safetensors", safetensors(tensors(
        HEAD + '{"id": "h", "a": {"$tensor": "t"}, "b": {"$tensor": "t"}}]}', t=tensor()), bytes(8)), "used twice"),
    "tensor name a list": (".safetensors", safetensors(tensors(HEAD + '{"id": "h", "a": {"$tensor": []}}]}')), "missing"),
    "truth of two in a tensor": (
        ".safetensors", safetensors(tensors(**{"h.bias": tensor(0, 2, "BOOL")}), b"\1\2"), "neither 0 nor 1"),

    "empty graphml": (".graphml", "", "Line 1 is no XML"),
    "html": (".graphml", "<html></html>", "<html> stands first"),
    "billion laughs": (".graphml", document_type(
        "".join(f'<!ENTITY {c} "{f"&{d};" * 9}">' for c, d in pairwise("abcdefghi")) + '<!ENTITY i "lol">'), "document type"),
    "quadratic blow-up": (".graphml", document_type(f'<!ENTITY a "{"x" * 100_000}">'), "document type"),
    "external entity": (".graphml", document_type('<!ENTITY a SYSTEM "file:///etc/passwd">'), "document type"),
    "external parameter entity": (".graphml", document_type('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;'), "document type"),
    "xml 100,000 deep": (".graphml", "<graphml>" * 100_000, "<graphml> stands in <graphml>"),
    "undirected": (".graphml", f'{XML_HEAD}<graph edgedefault="undirected"/></graphml>', "no direction"),
    "undirected edge": (".graphml", xml('<node id="x"/><edge source="x" target="x" directed="false"/>'),
                        "no direction"),
    "no graph": (".graphml", f"{XML_HEAD}</graphml>", "0 graphs"),
    "newer graphml": (".graphml", f'{XML_HEAD}<graph edgedefault="directed" netgraph:version="2"/></graphml>', "format '2'"),
    "graph in a node": (
        ".graphml", f'{XML_HEAD}{DIRECTED}<node id="x">{DIRECTED}</graph></node></graph></graphml>', "<graph> stands in <node>"),
    "xml node twice": (".graphml", xml('<node id="x"/><node id="x"/>'), "'x' stands in it twice"),
    "xml edge to nowhere": (".graphml", xml('<node id="x"/><edge source="x" target="y"/>'), "needs a node 'y'"),
    "xml node without id": (".graphml", xml("<node/>"), "no id"),
    "undeclared key": (".graphml", xml('<data key="k">1</data>'), "'k', which is not declared"),
    "unknown type": (".graphml", f'{XML_HEAD}<key id="k" attr.name="a" attr.type="object"/></graphml>', "'object'"),
    "data twice": (".graphml", xml('<data key="k"/><data key="k"/>', '<key id="k" attr.name="a"/>'), "twice"),
    "no number": (".graphml", xml('<data key="k">0x1</data>', '<key id="k" attr.name="a" attr.type="int"/>'),
                  "no integer"),
    "NaN in xml": (".graphml", xml('<data key="k">NaN</data>', '<key id="k" attr.name="a" attr.type="double"/>'),
                   "no finite number"),
    "text outside": (".graphml", xml("lost"), "stands outside"),
    "unknown encoding": (".graphml", b'<?xml version="1.0" encoding="utf-7"?><graphml/>', "cannot be read"),
    "a million defaults": (".graphml", xml(
        "".join(f'<node id="{i}"/>' for i in range(10_000)),
        "".join(f'<key id="k{i}" attr.name="a{i}"><default>1</default></key>' for i in range(10_000))), "<default>s"),
    "two million elements": (".graphml", xml('<node id=""/>' * 2_000_001), "elements"),
}


@pytest.mark.parametrize("case", FILES)
def test_file_is_refused_by_name_and_place(tmp_path, case):
    suffix, content, words = FILES[case]
    path = tmp_path / f"net{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    resource = pytest.importorskip("resource")
    unit = 1 if sys.platform == "darwin" else 1024
    memory, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(FileError) as refusal:
        load(path)
    assert time.perf_counter() - start < 2
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * unit < 200 * 2**20
    assert str(path) in str(refusal.value) and words in str(refusal.value)
    assert len(str(refusal.value)) < 600 and "\n" not in str(refusal.value)


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml", ".py"])
def test_random_bytes_are_refused(tmp_path, suffix):
    from netgraph.exchange import load_declaration
    rng = random.Random(0)
    for size in [0, 1, 7, 8, 9, 100, 1000] * 5:
        (tmp_path / f"net{suffix}").write_bytes(rng.randbytes(size))
        with pytest.raises(FileError), warnings.catch_warnings():
            warnings.simplefilter("ignore")   # SyntaxWarning of bytes taken for Python
            load_declaration(tmp_path / f"net{suffix}")


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml"])
def test_file_cut_or_changed_anywhere_is_refused_or_read_as_a_graph(tmp_path, suffix):
    graph = nx.DiGraph([("x", "h")])
    graph.add_node("h", units=2, label="one")
    if suffix != ".graphml":
        graph.add_node("h", bias=np.zeros(2))
    path = tmp_path / f"net{suffix}"
    save(graph, path)
    content, rng = path.read_bytes(), random.Random(0)
    for place in range(0, len(content) - 2, 3):
        changed = bytearray(content)
        changed[place] = rng.randrange(256)
        for broken in (content[:place], bytes(changed)):
            path.write_bytes(broken)
            try:
                assert type(load(path)) is nx.DiGraph
            except FileError as refusal:
                assert str(path) in str(refusal)


class Colour(enum.IntEnum):
    RED = 1


def deep(levels):
    value = ()
    for _ in range(levels):
        value = (value,)
    return value


ENDLESS: list = []
ENDLESS.append(ENDLESS)
VALUES = {   # name of the case: (value of an attribute, words of the refusal)
    "NaN": (float("nan"), "is nan"),
    "infinity": (-float("inf"), "is -inf"),
    "set": ({1}, "builtins.set"),
    "function": (len, "builtin_function"),
    "enumeration": (Colour.RED, "Colour"),
    "object": (object(), "builtins.object"),
    "array of objects": (np.array([object()]), "ndarray"),
    "array of texts": (np.array(["a"]), "ndarray"),
    "records": (np.zeros(2, dtype=[("a", "f4")]), "ndarray"),
    "masked array": (np.ma.array([1.0], mask=[True]), "MaskedArray"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[D]"), "ndarray"),
    "100,000 deep": (deep(100_000), "64 levels"),
    "itself": (ENDLESS, "holds itself"),
    "endless integer": (10**5000, "1000 digits"),
    "half a character": ("\ud800", "lone surrogate"),
    "nested set": ({"a": [1, {2}]}, "'a', 1 is a builtins.set"),
}


@pytest.mark.parametrize("suffix", [".json", ".safetensors", ".graphml"])
@pytest.mark.parametrize("case", VALUES)
def test_value_that_is_not_plain_is_refused_and_the_old_file_stays(tmp_path, suffix, case):
    value, words = VALUES[case]
    path = tmp_path / f"net{suffix}"
    path.write_text("old")
    graph = nx.DiGraph()
    graph.add_node("x", note=value)
    with pytest.raises(FileError) as refusal:
        save(graph, path)
    assert str(path) in str(refusal.value) and "Node 'x', attribute 'note'" in str(refusal.value) and words in str(refusal.value)
    assert path.read_text() == "old" and os.listdir(tmp_path) == [path.name]


def graph_with(*nodes, **attributes):
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes, **attributes)
    return graph


UNFIT_FOR_GRAPHML = {
    "array": (graph_with("h", bias=np.zeros(3)), "array of shape (3,)"),
    "array within": (graph_with("h", stack=[np.zeros(3)]), "'stack', 0 is an array"),
    "NUL": (graph_with("a\0b"), "U+0000"),
    "escape": (graph_with("x", label="\x1b[31m"), "U+001B"),
    "no character": (graph_with("\uffff"), "U+FFFF"),
    "1 and '1'": (graph_with(1, "1"), "alike"),
    "name no text": (graph_with(("x", {5: 1})), "no text"),
}


@pytest.mark.parametrize("case", UNFIT_FOR_GRAPHML)
def test_graphml_refuses_what_it_cannot_hold_and_leaves_no_file(tmp_path, case):
    graph, words = UNFIT_FOR_GRAPHML[case]
    with pytest.raises(FileError) as refusal:
        save(graph, tmp_path / "net.graphml")
    assert words in str(refusal.value) and not os.listdir(tmp_path)


NO_DECLARATIONS = {"None": None, "text": "net", "Graph": nx.Graph(), "MultiDiGraph": nx.MultiDiGraph(),
                   "tuple id": graph_with((1, 2)), "truth id": graph_with(True), "float id": graph_with(2.5)}


@pytest.mark.parametrize("thing", NO_DECLARATIONS.values(), ids=NO_DECLARATIONS)
def test_what_is_no_declaration_is_refused(tmp_path, thing):
    with pytest.raises(GraphError):
        save(thing, tmp_path / "net.json")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(("path", "words"), [
    ("net.pt", "Choose one of: .graphml, .json, .safetensors."), ("net", "suffix"), ("net.py", "Python file"),
    ("net.jsn", "Did you mean '.json'?"), ("nowhere/net.json", "no folder"), ("folder.json", "is a folder"),
    ("nets.json", "Did you mean 'net.json'?"),
    ("a\0.json", "NUL"), (None, "A path is wanted"), (3, "A path is wanted"), ("", "A path is wanted")])
def test_path_is_refused(tmp_path, path, words):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "net.json").write_text("{}")
    with pytest.raises(FileError) as refusal:
        load(tmp_path / path if path and isinstance(path, str) else path)
    assert words in str(refusal.value)


def test_pipe_is_not_waited_for(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "net.json")
    with pytest.raises(FileError, match="device or pipe"):
        load(tmp_path / "net.json")


def test_what_is_too_large_to_be_read_is_not_written(tmp_path):
    with pytest.raises(FileError, match=r"\.safetensors"):
        save(graph_with("h", weight=np.full(9_000_000, np.pi)), tmp_path / "net.json")
    assert not list(Path(tmp_path).iterdir())
