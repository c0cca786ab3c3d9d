"""What a user names on the command line goes in (`net.py`, `net.py:resnet`, `net.json`); the DiGraph declared there comes out."""

from __future__ import annotations

import difflib
import inspect
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import networkx as nx

from netgraph.errors import FileError, shorten
from netgraph.exchange.formats import load
from netgraph.files import read_bytes

MODULE_NAME = "__netgraph_declaration__"
USUAL_NAMES = ("G", "net", "graph", "model")
SIZE_BUDGET = 16 * 2**20


def load_declaration(place: str | os.PathLike[str], convert: Callable[[Any], nx.DiGraph | None] | None = None) -> nx.DiGraph:
    """The DiGraph that a file declares: `net.json`, `net.safetensors`, `net.graphml`, `net.py`, or `net.py:name`.

    A Python file is code, and it is run. The name may stand for a DiGraph, a function that returns one without arguments, or
    a compiled net, or for whatever else `convert` makes a DiGraph of. Without a name `G`, `net`, `graph` or `model` is taken, in this
    order, or the only DiGraph of the file.

    Raises: FileError when the file is not there, fails, or declares no such graph.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "net.py")
    ...     _ = path.write_text("import networkx as nx\\ndef mlp(): return nx.DiGraph([('x', 'y')])")
    ...     load_declaration(f"{path}:mlp").edges
    OutEdgeView([('x', 'y')])
    """
    path, name = split_name(place)
    if name is None and not str(path).lower().endswith(".py"):
        return load(path)
    source = read_bytes(path, SIZE_BUDGET)
    with _running(path):
        with _reporting(path):
            names = _run(source, path)
            value = _built(names.get(name)) if name else _choose(names)
            found = _declared(value)
        if found is None and convert is not None:          # whose refusals are its own
            found = convert(value) if name else next(filter(None, (convert(_built(names.get(usual))) for usual in USUAL_NAMES)), None)
    if found is None:
        raise FileError(_nothing_found(path, name, names))
    return found


def split_name(place: str | os.PathLike[str]) -> tuple[str, str | None]:
    r"""The path, and the name after its last colon where a Python file stands before it.

    >>> split_name("nets/small.py:mlp"), split_name(r"C:\nets\small.py"), split_name("a:b.json")
    (('nets/small.py', 'mlp'), ('C:\\nets\\small.py', None), ('a:b.json', None))
    """
    text = os.fspath(place) if isinstance(place, str | os.PathLike) else place
    if not isinstance(text, str):
        raise FileError(f"A path is wanted, but {shorten(place)} came. Write it as text, such as 'net.py'.")
    path, colon, name = text.rpartition(":")
    if not colon or not path.lower().endswith(".py") or os.path.exists(text):
        return text, None
    if not name.isidentifier():
        raise FileError(f"'{text}' ends in {shorten(name)}, which is no name of Python. Write '{path}:G', or '{path}' alone.")
    return path, name


def _run(source: bytes, path: str) -> dict[str, Any]:
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = path
    sys.modules[MODULE_NAME] = module   # dataclasses and pickle look their module up
    exec(compile(source, path, "exec", dont_inherit=True), vars(module))
    return vars(module)


@contextmanager
def _running(path: str) -> Iterator[None]:
    """The file's folder is where its imports are looked for, until the block ends; modules found there are forgotten then."""
    folder = os.path.dirname(os.path.abspath(path))
    before, modules, module = list(sys.path), set(sys.modules), sys.modules.get(MODULE_NAME)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path[:] = before
        for name in set(sys.modules) - modules:   # else a file of the same name in another folder would get these
            if os.path.dirname(getattr(sys.modules[name], "__file__", None) or "") == folder:
                del sys.modules[name]
        sys.modules.pop(MODULE_NAME, None)
        if module is not None:
            sys.modules[MODULE_NAME] = module


@contextmanager
def _reporting(path: str) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:   # the user's own code, which may raise anything
        said = " ".join(traceback.format_exception_only(error)[-1].split())
        line = _line_of(error, path)
        raise FileError(f"'{path}' failed{f' in line {line}' if line else ''}: {said[:300]}. "
                        f"Correct it there; `python {path}` shows more.") from error


def _line_of(error: BaseException, path: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
    return lines[-1] if lines else None


def _choose(names: dict[str, Any]) -> nx.DiGraph | None:
    for usual in USUAL_NAMES:
        if (graph := _declared(_built(names.get(usual)))) is not None:
            return graph
    graphs = {id(value): value for value in names.values() if _is_declaration(value)}
    return next(iter(graphs.values())) if len(graphs) == 1 else None


def _built(value: Any) -> Any:
    """What a function that takes no arguments returns; any other value itself."""
    return value() if _is_builder(value) else value


def _declared(value: Any) -> nx.DiGraph | None:
    if not isinstance(value, nx.Graph | type | types.ModuleType):
        value = getattr(value, "graph", None)
    return value if _is_declaration(value) else None


def _is_declaration(value: object) -> bool:
    return isinstance(value, nx.DiGraph) and not value.is_multigraph()


def _is_builder(value: object) -> bool:
    if not inspect.isfunction(value):
        return False
    parameters = inspect.signature(value).parameters.values()
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _is_module(value: object) -> bool:
    """Whether it is a torch module, or a class of them that the file itself declares; torch is not imported for it."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    kind: type = torch.nn.Module
    return isinstance(value, kind) or (isinstance(value, type) and issubclass(value, kind) and value.__module__ == MODULE_NAME)


def _nothing_found(path: str, name: str | None, names: dict[str, Any]) -> str:
    own = [key for key, value in names.items() if not key.startswith("_") and (
        _is_declaration(value) or _is_module(value) or (_is_builder(value) and value.__module__ == MODULE_NAME))]
    near = (difflib.get_close_matches(name or "", own, n=1) or own)[-1:]
    there = f"It has: {', '.join(own)}. Write '{path}:{near[0]}'." if own else "Declare one there: G = networkx.DiGraph()."
    if name is None:
        return f"'{path}' declares {'no one graph' if own else 'no graph'} under a usual name ({', '.join(USUAL_NAMES)}). {there}"
    if name not in names:
        return f"'{path}' has no '{name}'. {there}"
    kind = type(names[name]).__name__
    return f"'{name}' of '{path}' is a {kind}, not a DiGraph, nor a function that returns one without arguments. {there}"
