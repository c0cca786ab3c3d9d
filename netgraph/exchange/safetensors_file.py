"""A graph goes in and one safetensors file comes out, its arrays as tensors and the rest as JSON in the metadata; and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from netgraph.errors import shorten
from netgraph.exchange.arrays import check_truth_values, native
from netgraph.exchange.json_file import from_text, to_text
from netgraph.exchange.misfit import MisfitError, Place
from netgraph.exchange.plain import put_inline
from netgraph.exchange.strict_json import parse, text_of
from netgraph.weights import escaped

HEADER_BUDGET = 100_000_000   # the format's own limit
METADATA_KEY = "netgraph"
_DTYPES = {"bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64", "uint8": "U8", "uint16": "U16",
           "uint32": "U32", "uint64": "U64", "float16": "F16", "float32": "F32", "float64": "F64", "complex64": "C64"}


def write(graph: nx.DiGraph, path: Path) -> None:
    """Write the arrays as tensors, named as the net's parameters are, and the graph that refers to them."""
    tensors: dict[str, np.ndarray] = {}
    learned = {node: sum(_is_array(edge.get("weight")) for _, _, edge in graph.in_edges(node, data=True)) for node in graph}

    def put(array: np.ndarray, place: Place) -> dict[str, Any]:
        if array.dtype.name not in _DTYPES:
            return put_inline(array, place)   # complex128, which safetensors has no word for
        name = _free_name(tensor_name(place, learned), tensors)
        tensors[name] = native(array)
        return {"$tensor": name}

    text = to_text(graph, put)
    try:
        save_file(tensors, path, metadata={METADATA_KEY: text})
    except SafetensorError as error:
        raise OSError(f"safetensors says: {error}") from error
    _header(path)   # what is too large to be read again takes no file's place


def read(path: Path) -> nx.DiGraph:
    """The graph of the metadata with the tensors in their places.

    Raises: MisfitError when the file is cut, its header lies, or tensors and graph do not agree.
    """
    header = _header(path)
    metadata = header.pop("__metadata__", None)
    text = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        raise MisfitError("It holds tensors but no graph. Load the weights into a declared net, and write it with netgraph.save.")
    try:
        with safe_open(path, framework="numpy") as file:
            return _read_graph(text, header, file)
    except SafetensorError as error:
        raise MisfitError(f"It is no sound safetensors file: {error}. Write or download it again.") from error


def tensor_name(place: Place, learned: dict[Any, int]) -> str:
    """The name under which an array is kept: a parameter's own name where it is one.

    `learned` counts the in-edges of a node that hold an array: with a single one its source is not named.

    >>> tensor_name(("h", "bias"), {}), tensor_name((("x", "h"), "weight"), {"h": 1}), tensor_name((("x", "h"), "weight"), {"h": 2})
    ('h.bias', 'h.weight', 'h.weight.x')
    """
    owner, *keys = place
    if owner is None:
        return ".".join(map(str, ["graph", *keys]))
    if not isinstance(owner, tuple):
        return ".".join(map(str, [escaped(owner), *keys]))
    source, target = map(escaped, owner)
    is_single = keys[0] == "weight" and (learned[owner[1]] == 1 or len(keys) > 1)
    return ".".join(map(str, [target, *keys] if is_single else [target, keys[0], source, *keys[1:]]))


def _is_array(weight: object) -> bool:
    return isinstance(weight, np.ndarray | dict)


def _free_name(name: str, taken: dict[str, np.ndarray]) -> str:
    free, count = name, 1
    while free in taken or free == "__metadata__":
        count += 1
        free = f"{name}~{count}"
    return free


def _header(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        start = file.read(8)
        size, rest = int.from_bytes(start, "little"), os.fstat(file.fileno()).st_size - 8
        if len(start) < 8 or size > rest:
            raise MisfitError("It is cut off, or no safetensors file: its header should be longer than the file. "
                              "Write or download it again.")
        if size > HEADER_BUDGET:
            raise MisfitError(f"Its header claims {size} bytes, and {HEADER_BUDGET} are the format's limit. Split the graph.")
        header = parse(text_of(file.read(size)))
    if not isinstance(header, dict):
        raise MisfitError("Its header is no JSON object, so it is no safetensors file. Write or download it again.")
    return header


def _read_graph(text: str, header: dict[str, Any], file: Any) -> nx.DiGraph:
    unused = set(file.keys())

    def take(name: Any, where: str) -> np.ndarray:
        if not isinstance(name, str) or name not in unused:
            raise MisfitError(f"{where} wants a tensor {shorten(name)} that is missing or used twice. Write the file again.")
        if header[name]["dtype"] not in _DTYPES.values():
            raise MisfitError(f"{where} has a tensor of {shorten(header[name]['dtype'])}, which NumPy has no type for. "
                              "Convert it to F32.")
        unused.remove(name)
        array: np.ndarray = file.get_tensor(name)
        check_truth_values(array, where)
        return array

    graph = from_text(text, take)
    if unused:
        raise MisfitError(f"It has a tensor {shorten(min(unused))} that no node or edge of its graph uses. Write the file again.")
    return graph
