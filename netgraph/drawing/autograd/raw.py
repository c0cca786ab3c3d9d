"""Tensors that were computed go in; the picture of all that autograd recorded comes out: functions, parameters, results."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from netgraph.drawing.layout.graphviz_engine import program
from netgraph.drawing.text import clean
from netgraph.errors import DrawError
from netgraph.picture import Box, Picture, PictureWire

if TYPE_CHECKING:
    from torch import Tensor

# What torchviz says by its fill colours.
FAMILIES = {"lightblue": "parameter", "orange": "saved", "darkolivegreen1": "result", "darkolivegreen3": "result"}
LEGEND = {"parameter": "parameter", "": "gradient function", "saved": "saved tensor", "result": "result"}
SECONDS = 30.0
SHALLOW = 300            # functions that need no more stack than there is
STACK_BYTES = 256 << 20


def raw_picture(title: str, results: Sequence[Tensor], names: Mapping[str, Tensor]) -> Picture:
    """The picture of every node that autograd recorded behind the results, `names` telling tensors by name.

    Raises: DrawError where the graph is too deep for torchviz.
    Source: the nodes and edges are those of torchviz.make_dot.
    """
    recorded = _recorded(results)      # held while torchviz runs: its ids are those of these very objects
    recorded |= {str(id(tensor)): tensor for tensor in (*names.values(), *results)}
    nodes, edges = _nodes_and_edges(_source(results, names, len(recorded)))
    place = {name: number for number, name in enumerate(_running_order(nodes, edges))}
    boxes = tuple(_box(f"b{place[name]}", nodes[name], recorded.get(name, name)) for name in place)
    wires = tuple(PictureWire(f"b{place[a]}", f"b{place[b]}", members=((recorded.get(a, a), recorded.get(b, b)),))
                  for a, b in sorted(edges, key=lambda edge: (place[edge[1]], place[edge[0]])))
    parameters = sum(box.family == "parameter" for box in boxes)
    families = dict.fromkeys(box.family for box in boxes)
    functions = sum(not box.family for box in boxes)
    caption = f"autograd graph · {_counted(functions, 'function')} · {_counted(parameters, 'parameter')}"
    return Picture(clean(title), caption, boxes, wires, legend=tuple((family, LEGEND[family]) for family in families))


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _recorded(results: Sequence[Tensor]) -> dict[str, Any]:
    """Every function that autograd recorded, by the id that torchviz gives it."""
    found: dict[str, Any] = {}
    waiting = [result.grad_fn for result in results]
    while waiting:
        function = waiting.pop()
        if function is not None and str(id(function)) not in found:
            found[str(id(function))] = function
            waiting += [source for source, _ in function.next_functions]
    return found


def _source(results: Sequence[Tensor], names: Mapping[str, Tensor], size: int) -> str:
    """The DOT text of torchviz, which walks the graph by recursion: a deep one in a thread with a stack for it."""
    if size < SHALLOW:
        return _made_dot(results, names)
    from concurrent.futures import ThreadPoolExecutor

    limit, stack = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(max(limit, 2 * size + 1000))
    try:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(_made_dot, results, names).result()
    except (RecursionError, MemoryError) as error:
        raise DrawError(f"The autograd graph of {size:,} functions is too deep for torchviz. "
                        "Draw a part of the net, or fewer of its repeated layers.") from error
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(stack)


def _made_dot(results: Sequence[Tensor], names: Mapping[str, Tensor]) -> str:
    from torchviz import make_dot

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)     # torchviz compares versions by distutils
        return str(make_dot(tuple(results), params=dict(names)).source)


def _nodes_and_edges(source: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str]]]:
    """The DOT text, read by Graphviz itself; the layout it comes with is the quickest there is, and not used."""
    command = program()
    if command is None:
        raise DrawError("No Graphviz was found to read torchviz's graph. Install it: pip install graphviz-pure.")
    done = subprocess.run([command, "-Kpatchwork", "-Tdot_json"], input=source.encode(), capture_output=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise DrawError(f"Graphviz could not read torchviz's graph: {done.stderr.decode(errors='replace').strip()[:200]}. "
                        "Install the versions that constraints.txt names.")
    read = json.loads(done.stdout)
    things = {thing["_gvid"]: thing for thing in read.get("objects", ())}
    return ({thing["name"]: thing for thing in things.values()},
            [(things[edge["tail"]]["name"], things[edge["head"]]["name"]) for edge in read.get("edges", ())])


def _running_order(nodes: Mapping[str, Any], edges: Sequence[tuple[str, str]]) -> Iterable[str]:
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(reversed(list(nodes)), ()))
    for source, target in edges:
        order.add(target, source)
    return order.static_order()


def _box(id: str, node: Mapping[str, str], member: Any) -> Box:
    family = FAMILIES.get(node.get("fillcolor", ""), "")
    title, *rest = [line.strip() for line in node.get("label", "").replace("\\n", "\n").split("\n")] or [""]
    lines = tuple(_shape(line) for line in rest if line.strip("-"))
    is_result = family == "result"
    return Box(id, title or family or "tensor", lines, family, "pill" if is_result else "card",
               members=(member,), is_output=is_result)


def _shape(text: str) -> str:
    """A shape as torchviz writes it, as a reader does; other text as it is."""
    inner = text.strip("() ")
    if text.startswith("(") and all(part.strip().isdigit() for part in inner.split(",") if part.strip()):
        return " × ".join(part.strip() for part in inner.split(",") if part.strip()) or "scalar"
    return text
