"""A graph and a path go in, a file in the format that the suffix names comes out; a path goes in, the graph it holds comes out."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import BinaryIO

import networkx as nx

from netgraph.errors import FileError, suggestion
from netgraph.exchange.misfit import MisfitError
from netgraph.exchange.structure import graph_of
from netgraph.files import as_path, readable_path, reason, replacing, writable_path

_MODULES = {".safetensors": "safetensors_file", ".json": "json_file", ".graphml": "graphml_file"}


def save(net: object, path: str | os.PathLike[str]) -> None:
    """Write a graph, or the graph of a compiled net with its present weights, in the format of the path's suffix.

    `.safetensors` keeps arrays as tensors, `.json` as text; both give back exactly what went in. `.graphml` is for other tools
    and keeps no arrays. An array's byte order and memory layout are not kept. The file is written beside `path` and then takes
    its place, so that a failure leaves what was there.

    Raises: FileError when the path cannot be written or the format cannot hold the graph; GraphError for what is no DiGraph.

    >>> import tempfile
    >>> G = nx.DiGraph([("x", "y")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(G, f"{folder}/net.json")
    ...     load(f"{folder}/net.json").edges
    OutEdgeView([('x', 'y')])
    """
    writable_path(path)
    write = _format(path).write
    graph = graph_of(net)
    try:
        with replacing(path) as temporary:
            write(graph, temporary)
    except MisfitError as misfit:
        raise FileError(f"'{path}' cannot hold this graph. {misfit}") from misfit


def load(path: str | os.PathLike[str]) -> nx.DiGraph:
    """The graph that stands in a file, exactly as it was saved.

    No code is run. A `.json` file may have 64 MiB, a `.graphml` file 32; a `.safetensors` file has no limit for its tensors.

    Raises: FileError when there is no such file, or it is not what its suffix says, naming the line, node or edge.

    >>> load("net.jsn")
    Traceback (most recent call last):
    netgraph.errors.FileError: 'net.jsn' has a suffix that netgraph does not know. Did you mean '.json'?
    """
    read = _format(path).read
    source = readable_path(path)
    try:
        graph: nx.DiGraph = read(source)
    except MisfitError as misfit:
        raise FileError(f"'{path}' cannot be read. {misfit}") from misfit
    except MemoryError as error:
        raise FileError(f"'{path}' needs more memory than there is. Use a machine with more, or a smaller net.") from error
    except OSError as error:
        raise FileError(f"'{path}' could not be read: {reason(error)}. Check its permissions.") from error
    return graph


def load_stream(stream: BinaryIO, name: str) -> nx.DiGraph:
    """The graph that stands as JSON in a stream of bytes, of at most 64 MiB; `name` is what a refusal calls it.

    Raises: FileError when it is no such text.

    >>> import io
    >>> load_stream(io.BytesIO(b'{"netgraph": 1, "nodes": [{"id": "x"}]}'), "stdin").nodes
    NodeView(('x',))
    """
    from netgraph.exchange import json_file
    from netgraph.exchange.strict_json import text_of
    content = stream.read(json_file.SIZE_BUDGET + 1)
    if len(content) > json_file.SIZE_BUDGET:
        raise FileError(f"{name} holds more than the {json_file.SIZE_BUDGET // 2**20} MiB that netgraph reads of JSON. "
                        "Large nets belong in a .safetensors file.")
    try:
        return json_file.from_text(text_of(content))
    except MisfitError as misfit:
        raise FileError(f"{name} cannot be read as JSON. {misfit}") from misfit


def _format(path: str | os.PathLike[str]) -> ModuleType:
    if os.path.isdir(as_path(path)):
        raise FileError(f"'{path}' is a folder. Name a file in it.")
    suffix = as_path(path).suffix.lower()
    if suffix == ".py":
        raise FileError(f"'{path}' is a Python file, which `load` and `save` leave alone. "
                        "Run it with netgraph.load_declaration, or name a .json, .safetensors or .graphml file.")
    if suffix not in _MODULES:
        raise FileError(f"'{path}' has a suffix that netgraph does not know. {suggestion(suffix, _MODULES)}")
    return import_module(f"netgraph.exchange.{_MODULES[suffix]}")   # imported when its format is first asked for
