"""A graph without arrays goes in and GraphML for other tools comes out; GraphML goes in and the graph comes out.

GraphML has words for truth values, integers, floats and texts; a key marked `netgraph:json` holds any other value as JSON, and
an id marked `netgraph:id="int"` is an integer. Other tools pass over both marks.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import networkx as nx
import numpy as np

from netgraph.errors import shorten
from netgraph.exchange.graphml_reader import GRAPHML, MARKS, VERSION, GraphmlReader
from netgraph.exchange.misfit import MisfitError, Place, place_text, within
from netgraph.exchange.plain import to_plain
from netgraph.exchange.structure import Attributes, edge_order
from netgraph.files import read_bytes

SIZE_BUDGET = 32 * 2**20
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Key = tuple[str, str, str]   # what it is for, its name, its type


def write(graph: nx.DiGraph, path: Path) -> None:
    """Write the structure and the plain attributes.

    Raises: MisfitError when an attribute holds an array, a name holds a character that XML forbids, or two ids look the same.
    """
    path.write_bytes(within(to_xml(graph).encode(), SIZE_BUDGET, "GraphML"))


def read(path: Path) -> nx.DiGraph:
    """The graph that the file says."""
    return GraphmlReader().read(read_bytes(path, SIZE_BUDGET))


def to_xml(graph: nx.DiGraph) -> str:
    """The graph as GraphML.

    >>> G = nx.DiGraph()
    >>> G.add_node("x", shape=(3,))
    >>> print(to_xml(G))                                                               # doctest: +ELLIPSIS
    <?xml version="1.0" encoding="UTF-8"?>
    <graphml xmlns="http://graphml.graphdrawing.org/xmlns" ...>
    <key id="d0" for="node" attr.name="shape" attr.type="string" netgraph:json="true"/>
    <graph edgedefault="directed" netgraph:version="1">
    <node id="x"><data key="d0">[3]</data></node>
    </graph>
    </graphml>
    <BLANKLINE>
    """
    _check_ids(graph)
    keys: dict[_Key, str] = {}
    body = [_data(graph.graph, "graph", (None,), keys)]
    body += [f'<node id={_attribute(node)}{_int_marks(id=node)}>{_data(attributes, "node", (node,), keys)}</node>'
             for node, attributes in graph.nodes(data=True)]
    body += [f'<edge source={_attribute(u)} target={_attribute(v)}{_int_marks(source=u, target=v)}>'
             f'{_data(graph.edges[u, v], "edge", ((u, v),), keys)}</edge>' for u, v in edge_order(graph)]
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f'<graphml xmlns="{GRAPHML}" xmlns:netgraph="{MARKS}">',
            *(_key_element(key, name) for key, name in keys.items()),
            f'<graph edgedefault="directed" netgraph:version="{VERSION}">']
    return "\n".join([*head, *filter(None, body), "</graph>", "</graphml>", ""])


def _check_ids(graph: nx.DiGraph) -> None:
    for node in graph:
        to_plain(node, (node, "its id"))
        if isinstance(node, int) and str(node) in graph:
            raise MisfitError(f"GraphML writes the nodes {node} and '{node}' alike. Rename one, or save as .json.")


def _data(attributes: Attributes, kind: str, place: Place, keys: dict[_Key, str]) -> str:
    elements = []
    for name, value in attributes.items():
        if type(name) is not str:
            raise MisfitError(f"{place_text((*place, name))} has a name that is no text, which GraphML cannot hold. "
                              "Rename it, or save as .json.")
        type_name, text = _typed_text(value, (*place, name))
        key = keys.setdefault((kind, name, type_name), f"d{len(keys)}")
        elements.append(f'<data key="{key}">{_xml_text(text, (*place, name))}</data>')
    return "".join(elements)


def _typed_text(value: Any, place: Place) -> tuple[str, str]:
    plain = to_plain(value, place, _refuse_array)
    if isinstance(plain, bool):
        return "boolean", str(plain).lower()
    if isinstance(plain, int) and -2**63 <= plain < 2**63:
        return ("int" if -2**31 <= plain < 2**31 else "long"), str(plain)
    if isinstance(plain, float):
        return "double", repr(plain)
    if isinstance(plain, str):
        return "string", plain
    return "json", json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _refuse_array(array: np.ndarray, place: Place) -> Any:
    raise MisfitError(f"{place_text(place)} is an array of shape {array.shape}, and GraphML has no place for arrays. "
                      "Save as .safetensors or .json, or remove the arrays first.")


def _key_element(key: _Key, name: str) -> str:
    kind, attribute, type_name = key
    typed = 'attr.type="string" netgraph:json="true"' if type_name == "json" else f'attr.type="{type_name}"'
    return f'<key id="{name}" for="{kind}" attr.name={_attribute(attribute)} {typed}/>'


def _int_marks(**ids: Any) -> str:
    return "".join(f' netgraph:{name}="int"' for name, value in ids.items() if isinstance(value, int))


def _attribute(name: int | str) -> str:
    return quoteattr(_checked(str(name), f"The name {shorten(name)}"))


def _xml_text(text: str, place: Place) -> str:
    return escape(_checked(text, place_text(place)), {"\r": "&#13;"})   # a bare \r would be read as \n


def _checked(text: str, where: str) -> str:
    if found := _NOT_XML.search(text):
        raise MisfitError(f"{where} has the character U+{ord(found[0]):04X}, which XML forbids. Rename it, or save as .json.")
    return text
