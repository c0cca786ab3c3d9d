"""The bytes of a GraphML file go in, element by element; the DiGraph comes out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import networkx as nx

from netgraph.errors import shorten
from netgraph.exchange.misfit import MisfitError
from netgraph.exchange.plain import DIGIT_LIMIT, from_plain
from netgraph.exchange.strict_json import parse
from netgraph.exchange.structure import Attributes, Id, build

GRAPHML = "http://graphml.graphdrawing.org/xmlns"
MARKS = "urn:netgraph:graphml"
VERSION = 1
ELEMENT_BUDGET = 1_000_000
_PARENTS = {"graphml": (None,), "key": ("graphml",), "graph": ("graphml",), "node": ("graph",), "edge": ("graph",),
            "data": ("graph", "node", "edge"), "default": ("key",)}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass
class _Element:
    name: str
    words: dict[str, str]
    text: list[str] = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)


@dataclass
class _Key:
    kind: str
    name: str
    read: Callable[[str], Any]
    default: str | None = None


class GraphmlReader:
    """Reads one file. A document type, and with it every entity of the file's own, is refused before it is looked at."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._keys: dict[str, _Key] = {}
        self._defaults: list[_Key] = []
        self._given = 0
        self._nodes: list[tuple[Id, Attributes]] = []
        self._edges: list[tuple[Id, Id, Attributes]] = []
        self._graphs: list[Attributes] = []

    def read(self, content: bytes) -> nx.DiGraph:
        """The graph. Raises: MisfitError naming the line that is not GraphML, or says what a DiGraph cannot be."""
        if content.count(b"<") > 2 * ELEMENT_BUDGET:
            raise MisfitError(f"It has more than {ELEMENT_BUDGET} elements. Split the graph, or save it as .safetensors.")
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise MisfitError(f"Line {error.lineno} is no XML: {expat.ErrorString(error.code)}. Correct it there.") from error
        except MisfitError as misfit:
            raise MisfitError(f"Line {parser.CurrentLineNumber}: {misfit}") from misfit
        except (LookupError, ValueError) as error:
            raise MisfitError(f"It is written in an encoding that cannot be read: {error}. Save it as UTF-8.") from error
        if len(self._graphs) != 1:
            raise MisfitError(f"It holds {len(self._graphs)} graphs, and one is wanted. Keep one <graph>.")
        return build(self._graphs[0], self._nodes, self._edges)

    def _start(self, full_name: str, words: dict[str, str]) -> None:
        name = full_name.removeprefix(f"{GRAPHML} ")
        parent = self._open[-1].name if self._open else None
        if parent not in _PARENTS.get(name, ()):
            where = f"in <{parent}>" if parent else "first"
            raise MisfitError(f"<{shorten(name)[1:-1]}> stands {where}, where netgraph reads none. "
                              "Nested graphs, ports and hyperedges are no net; remove them.")
        if name == "graph":
            _check_graph(words)
        self._open.append(_Element(name, words))

    def _characters(self, text: str) -> None:
        if self._open[-1].name in ("data", "default"):
            self._open[-1].text.append(text)
        elif text.strip():
            raise MisfitError(f"The text {shorten(text.strip())} stands outside <data>. Remove it.")

    def _end(self, _: str) -> None:
        element = self._open.pop()
        match element.name:
            case "key":
                self._add_key(element)
            case "default":
                self._open[-1].text[:] = ["".join(element.text)]
            case "data":
                self._add_data(element, self._open[-1])
            case "node":
                self._nodes.append((_read_id(element, "id"), self._with_defaults(element)))
            case "edge":
                self._edges.append((_read_id(element, "source"), _read_id(element, "target"), self._with_defaults(element)))
            case "graph":
                self._graphs.append(self._with_defaults(element))

    def _add_key(self, element: _Element) -> None:
        key = self._keys[_word(element, "id")] = _read_key(element)
        if key.default is not None:
            self._defaults.append(key)

    def _add_data(self, element: _Element, owner: _Element) -> None:
        key = self._keys.get(_word(element, "key"))
        if key is None or key.kind not in (owner.name, "all"):
            raise MisfitError(f"<data> names the key {shorten(element.words['key'])}, which is not declared for a {owner.name}. "
                              "Add a <key>.")
        if key.name in owner.attributes:
            raise MisfitError(f"The attribute {shorten(key.name)} stands twice in one <{owner.name}>. Leave one out.")
        owner.attributes[key.name] = key.read("".join(element.text))

    def _with_defaults(self, element: _Element) -> Attributes:
        for key in self._defaults:
            if key.kind in (element.name, "all") and key.name not in element.attributes:
                element.attributes[key.name] = key.read(key.default or "")
        self._given += len(self._defaults)
        if self._given > ELEMENT_BUDGET:
            raise MisfitError(f"Its <default>s stand for more than {ELEMENT_BUDGET} attributes. Remove some.")
        return element.attributes


def _refuse_document_type(*_: object) -> None:
    raise MisfitError("It declares a document type (<!DOCTYPE>), by which XML can name other files and endless text. Remove it.")


def _check_graph(words: dict[str, str]) -> None:
    if words.get("edgedefault") != "directed":
        raise MisfitError('Its edges have no direction. Write <graph edgedefault="directed"> when they shall have one.')
    version = words.get(f"{MARKS} version", str(VERSION))
    if version != str(VERSION):
        raise MisfitError(f"It is written in format {shorten(version)}, and this netgraph reads format {VERSION}. "
                          "Update netgraph: pip install -U netgraph-nn.")


def _word(element: _Element, name: str) -> str:
    if name not in element.words:
        raise MisfitError(f'<{element.name}> has no {name}. Write <{element.name} {name}="...">.')
    return element.words[name]


def _read_id(element: _Element, name: str) -> Id:
    if element.words.get("directed", "true") != "true":
        raise MisfitError('The edge has no direction. Remove its directed="false".')
    text = _word(element, name)
    return _integer(text) if element.words.get(f"{MARKS} {name}") == "int" else text


def _read_key(element: _Element) -> _Key:
    type_name = "json" if element.words.get(f"{MARKS} json") == "true" else element.words.get("attr.type", "string")
    if type_name not in _READERS:
        raise MisfitError(f"<key> has the type {shorten(type_name)}. Choose one of: boolean, int, long, float, double, string.")
    return _Key(element.words.get("for", "all"), _word(element, "attr.name"), _READERS[type_name],
                "".join(element.text) if element.text else None)


def _truth(text: str) -> bool:
    if text.strip().lower() not in _TRUTH:
        raise MisfitError(f"{shorten(text)} is no truth value. Write true or false.")
    return _TRUTH[text.strip().lower()]


def _integer(text: str) -> int:
    if len(text) > DIGIT_LIMIT or not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text):
        raise MisfitError(f"{shorten(text)} is no integer of at most {DIGIT_LIMIT} digits. Correct it.")
    return int(text)


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise MisfitError(f"{shorten(text)} is no number. Correct it.") from error
    if not math.isfinite(number):
        raise MisfitError(f"{shorten(text)} is no finite number. Correct it.")
    return number


def _json(text: str) -> Any:
    return from_plain(parse(text), (None, "as JSON"))


_READERS: dict[str, Callable[[str], Any]] = {"boolean": _truth, "int": _integer, "long": _integer, "float": _float,
                                              "double": _float, "string": str, "json": _json}
