"""The house: which room may import which, read from the real imports."""

from __future__ import annotations

import ast
from functools import cache
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

import netgraph

ROOT = Path(netgraph.__file__).parent

# Top to bottom. A room imports only rooms of lower floors; those on one floor never import one another.
FLOORS = (
    ("__main__",),
    ("cli",),
    ("netgraph",),                                                      # the front door, which is lazy: see test_purity
    ("importing", "atlas"),
    ("engines", "drawing", "similarity", "exchange"),
    ("table", "neurons", "comparison"),
    ("gradient", "unrolling"),
    ("lowering",),
    ("inference", "cell", "closing"),
    ("loops",),
    ("laying",),
    ("unfolding",),
    ("indices", "layers"),
    ("rules", "stack", "zoo"),
    ("graph", "program", "wording", "query"),
    ("edge",),
    ("trace", "history"),
    ("plan", "anatomy", "picture", "overlay"),
    ("blocks",),
    ("ops",),
    ("block",),
    ("op",),
    ("fields", "weights"),
    ("shape", "files", "packages", "blas"),
    ("errors", "cache", "synonyms"),
)
HEIGHT = {room: -floor for floor, rooms in enumerate(FLOORS) for room in rooms}
WITH_TORCH = ("engines.torch_", "engines.profiling.torch_", "exchange.torch_import", "importing", "drawing.autograd", "cli.autograd",
              "similarity.encoder.")


def name_of(path: Path) -> str:
    parts = ["netgraph", *path.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in ROOT.rglob("*.py")}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def import_statements(tree: ast.AST):
    """Every import that runs, those in functions too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif is_for_types_only(node):
            for other in node.orelse:
                yield from import_statements(other)
        else:
            yield from import_statements(node)


@cache
def imported(module: str) -> frozenset[str]:
    """The modules that a module imports: netgraph's own by their full names, others by their first word."""
    found = set()
    for node in import_statements(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{module} has a relative import"
            found |= {inner if (inner := f"{node.module}.{alias.name}") in MODULES else node.module for alias in node.names}
    return frozenset(name if name in MODULES else name.split(".")[0] for name in found)


def own_imports(module: str) -> list[str]:
    return sorted(name for name in imported(module) if name in MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_stands_on_a_floor(module):
    assert room_of(module) in HEIGHT


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_its_own_room_and_lower_floors(module):
    room = room_of(module)
    assert [other for other in own_imports(module) if room_of(other) != room and HEIGHT[room_of(other)] >= HEIGHT[room]] == []


def test_no_modules_import_each_other_in_a_circle():
    graph = nx.DiGraph((module, other) for module in MODULES for other in own_imports(module))
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


@pytest.mark.parametrize("room", [module for module, path in sorted(MODULES.items()) if path.name == "__init__.py"])
def test_rooms_within_a_room_stand_on_floors_too(room):
    def inner(module):
        return module.removeprefix(f"{room}.").split(".")[0]

    within = [module for module in MODULES if module.startswith(f"{room}.")]
    pairs = {(inner(module), inner(other)) for module in within for other in own_imports(module) if other in within}
    circles = nx.strongly_connected_components(nx.DiGraph(pair for pair in pairs if len(set(pair)) == 2))
    assert [sorted(circle) for circle in circles if len(circle) > 1] == []


def test_pages_of_the_vocabulary_import_no_other_page_with_words():
    pages = {module for module in MODULES if room_of(module) == "ops" and "\n@word(" in MODULES[module].read_text(encoding="utf-8")}
    assert len(pages) > 5
    assert [(page, other) for page in sorted(pages) for other in own_imports(page) if other in pages] == []


@pytest.mark.parametrize(("library", "places"), [
    ("torch", WITH_TORCH), ("torchviz", ("drawing.autograd",)), ("matplotlib", ("history",)), ("click", ("cli.",)),
    ("resvg_py", ("drawing.",)), ("svg2pdf_py", ("drawing.",)), ("pypdf", ("drawing.",)), ("graphviz", ("drawing.",)),
    ("safetensors", ("exchange.", "similarity.")), ("PIL", ("drawing.animation.",)), ("scipy", ("similarity.",))])
def test_a_library_is_imported_in_its_room_only(library, places):
    users = [module for module in MODULES if library in imported(module)]
    assert [module for module in users if not module.removeprefix("netgraph.").startswith(places)] == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_opens_with_a_sentence(module):
    docstring = ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8"))) or ""
    assert docstring.partition("\n")[0].endswith(".")


def test_floors_are_listed_once():
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))
    assert all(HEIGHT[upper[0]] > HEIGHT[lower[0]] for upper, lower in pairwise(FLOORS))
