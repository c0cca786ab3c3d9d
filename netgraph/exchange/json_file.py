"""A graph goes in and its JSON text comes out, one line a node and an edge; a text goes in and the graph comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import networkx as nx

from netgraph.errors import shorten, suggestion
from netgraph.exchange.misfit import MisfitError, place_text, within
from netgraph.exchange.plain import PutArray, TakeArray, from_plain, put_inline, to_plain
from netgraph.exchange.strict_json import check_budget, parse, text_of
from netgraph.exchange.structure import Attributes, Id, build, edge_order
from netgraph.files import read_bytes

VERSION = 1
SIZE_BUDGET = 64 * 2**20
_KEYS = ("netgraph", "graph", "nodes", "edges")


def write(graph: nx.DiGraph, path: Path) -> None:
    """Write the graph with its arrays in place."""
    path.write_bytes(within(to_text(graph).encode(), SIZE_BUDGET, "JSON"))


def read(path: Path) -> nx.DiGraph:
    """The graph that the file says."""
    return from_text(text_of(read_bytes(path, SIZE_BUDGET)))


def to_text(graph: nx.DiGraph, put: PutArray = put_inline) -> str:
    """The graph as JSON; `put` says how an array is written.

    Raises: MisfitError when an attribute is not plain data, or the text is too large to be read again.

    >>> G = nx.DiGraph(name="small")
    >>> G.add_node("x", op="input", shape=(3,))
    >>> G.add_edge("x", "y")
    >>> print(to_text(G))
    {"netgraph": 1,
     "graph": {"name": "small"},
     "nodes": [
      {"id": "x", "op": "input", "shape": [3]},
      {"id": "y"}
     ],
     "edges": [
      {"source": "x", "target": "y"}
     ]}
    <BLANKLINE>
    """
    nodes = [_entry({"id": node}, attributes, (node,), put) for node, attributes in graph.nodes(data=True)]
    edges = [_entry({"source": u, "target": v}, graph.edges[u, v], ((u, v),), put) for u, v in edge_order(graph)]
    text = (f'{{"netgraph": {VERSION},\n "graph": {_line(to_plain(graph.graph, (None,), put))},\n'
            f' "nodes": {_lines(nodes)},\n "edges": {_lines(edges)}}}\n')
    check_budget(text)
    return text


def from_text(text: str, take: TakeArray | None = None) -> nx.DiGraph:
    """The graph that the JSON text says; `take` gives the arrays that lie outside it.

    Raises: MisfitError when it is no netgraph declaration, naming the line, node or edge.

    >>> from_text('{"netgraph": 1, "nodes": [{"id": "x", "shape": [3]}]}').nodes["x"]
    {'shape': (3,)}
    """
    document = parse(text)
    _check_head(document)
    nodes = [_read_node(entry, index, take) for index, entry in enumerate(document["nodes"])]
    edges = [_read_edge(entry, index, take) for index, entry in enumerate(document.get("edges", []))]
    return build(_attributes(document.get("graph", {}), (), (None,), take), nodes, edges)


def _check_head(document: Any) -> None:
    if not isinstance(document, dict) or type(document.get("netgraph")) is not int:
        raise MisfitError('It is JSON, but no netgraph declaration. A declaration begins with {"netgraph": 1, "nodes": [...]; '
                          "for a graph of another tool, read it with networkx and use netgraph.save.")
    if document["netgraph"] != VERSION:
        raise MisfitError(f"It is written in format {shorten(document['netgraph'])}, and this netgraph reads format {VERSION}. "
                          "Update netgraph: pip install -U netgraph-nn.")
    unknown = next((key for key in document if key not in _KEYS), None)
    if unknown is not None:
        raise MisfitError(f"It has a part {shorten(unknown)} that no declaration has. {suggestion(unknown, _KEYS)}")
    if not isinstance(document.get("nodes"), list) or not isinstance(document.get("edges", []), list):
        raise MisfitError('Its nodes or edges are not given as a list. Write "nodes": [{"id": "x"}, ...] and "edges": [...].')


def _entry(fixed: Attributes, attributes: Attributes, place: tuple[Any, ...], put: PutArray) -> Attributes:
    plain = to_plain(attributes, place, put)
    for key, value in fixed.items():
        to_plain(value, (*place, f"its {key}"))
    if fixed.keys() & plain.keys():   # an attribute is itself called "id": give all attributes as pairs
        plain = {"$dict": [list(pair) for pair in plain.items()]}
    return {**fixed, **plain}


def _read_node(entry: Any, index: int, take: TakeArray | None) -> tuple[Id, Attributes]:
    node = _id(entry, "id", f"Node number {index + 1}")
    return node, _attributes(entry, ("id",), (node,), take)


def _read_edge(entry: Any, index: int, take: TakeArray | None) -> tuple[Id, Id, Attributes]:
    source, target = (_id(entry, end, f"Edge number {index + 1}") for end in ("source", "target"))
    return source, target, _attributes(entry, ("source", "target"), ((source, target),), take)


def _id(entry: Any, key: str, which: str) -> Id:
    value = entry.get(key) if isinstance(entry, dict) else None
    if type(value) not in (int, str):
        raise MisfitError(f'{which} has no "{key}" that is a text or an integer. Write {{"{key}": "x", ...}}.')
    from_plain(value, (value, f"its {key}"))
    return cast(Id, value)


def _attributes(entry: Any, fixed: tuple[str, ...], place: tuple[Any, ...], take: TakeArray | None) -> Attributes:
    attributes = entry
    if isinstance(entry, dict):
        attributes = from_plain({key: value for key, value in entry.items() if key not in fixed}, place, take)
    if not isinstance(attributes, dict):
        raise MisfitError(f'{place_text(place)} has attributes that are not given as an object. Write {{"name": value, ...}}.')
    return attributes


def _line(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _lines(entries: list[Attributes]) -> str:
    return "[\n" + ",\n".join(f"  {_line(entry)}" for entry in entries) + "\n ]" if entries else "[]"
