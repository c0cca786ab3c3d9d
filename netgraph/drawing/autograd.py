"""A torch module and its inputs go in; a drawing of the graph that autograd recorded comes out: functions, parameters, results."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from netgraph.drawing.drawing import Direction, Drawing
from netgraph.drawing.graphviz_engine import program
from netgraph.drawing.text import clean
from netgraph.errors import DrawError, suggestion
from netgraph.picture import Box, Picture, PictureWire

if TYPE_CHECKING:
    from torch import Tensor

STYLES = ("raw",)
# What torchviz says by its fill colours.
FAMILIES = {"lightblue": "parameter", "orange": "saved", "darkolivegreen1": "result", "darkolivegreen3": "result"}
LEGEND = {"parameter": "parameter", "": "gradient function", "saved": "saved tensor", "result": "result"}
SECONDS = 30.0
SHALLOW = 300            # functions that need no more stack than there is
STACK_BYTES = 256 << 20


def draw_autograd(module: Any, *inputs: Any, loss: Any = None, style: str = "raw", parameters: Mapping[str, Tensor] | None = None,
                  direction: Direction = "auto", theme: str = "light") -> Drawing:
    """The drawing of the graph that autograd records when the module is called on the inputs.

    `module` is a torch module, such as `ng.compile(G, "torch")`, or a tensor that was computed already; the inputs are tensors. `loss` is
    a function of the module's output, or a tensor. `parameters` are the tensors to call by name: by default the module's own, and those
    inputs that require a gradient. `style` is "raw": every node that autograd recorded. `direction` and `theme` are those of `draw`.

    Raises: DrawError when nothing in the computation requires a gradient, the first argument is no module, or for an unknown word.
    Source: the nodes and edges are those of torchviz.make_dot.

    >>> import torch
    >>> drawing = draw_autograd(torch.nn.Linear(3, 2), torch.ones(1, 3))
    >>> [box.title for box in drawing.picture.boxes if box.family == "parameter"]
    ['weight', 'bias']
    """
    if style not in STYLES:
        raise DrawError(f"There is no style {str(style)[:60]!r} of autograd drawings. {suggestion(style, STYLES)}")
    results = _results(module, inputs, loss)
    names = _names(module, inputs) if parameters is None else dict(parameters)
    return Drawing(_picture(_title(module), results, names), direction=direction, theme=theme)


def _title(module: Any) -> str:
    """The name of the net where it has one, or else of the module's class."""
    if isinstance(module, _torch().Tensor):
        return "tensor"
    name = getattr(module, "netgraph_name", "")
    return name if isinstance(name, str) and name else type(module).__name__


def _torch() -> Any:
    import torch

    return torch


def _results(module: Any, inputs: Sequence[Any], loss: Any) -> tuple[Tensor, ...]:
    torch = _torch()
    with torch.enable_grad():
        output = loss if isinstance(loss, torch.Tensor) else module if isinstance(module, torch.Tensor) else _called(module, inputs)
        if callable(loss) and not isinstance(loss, torch.Tensor):
            output = loss(output)
    results = tuple(_tensors(output, torch))
    if not any(result.grad_fn is not None for result in results):
        raise DrawError("Autograd recorded nothing: no tensor that this computation used requires a gradient. "
                        "Hand in a module whose parameters have requires_grad=True, outside of torch.no_grad().")
    return tuple(result for result in results if result.grad_fn is not None)


def _called(module: Any, inputs: Sequence[Any]) -> Any:
    if not callable(module):
        raise DrawError(f"draw_autograd takes a torch module, but got {type(module).__name__}. "
                        'Compile the graph first: ng.compile(G, "torch").')
    for place, value in enumerate(inputs, start=1):
        if isinstance(value, np.ndarray):
            raise DrawError(f"Input {place} is a NumPy array, but a torch module takes tensors. Write torch.tensor(x).")
    return module(*inputs)


def _tensors(output: Any, torch: Any) -> Iterator[Tensor]:
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, Mapping):
        yield from (tensor for part in output.values() for tensor in _tensors(part, torch))
    elif isinstance(output, tuple | list):
        yield from (tensor for part in output for tensor in _tensors(part, torch))


def _names(module: Any, inputs: Sequence[Any]) -> dict[str, Tensor]:
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        return {}
    words = list(signature(module.forward).parameters)
    named = {words[place] if place < len(words) else f"input {place}": tensor for place, tensor in enumerate(inputs)
             if isinstance(tensor, torch.Tensor) and tensor.requires_grad}
    return {**dict(module.named_parameters()), **named}


def _picture(title: str, results: Sequence[Tensor], names: Mapping[str, Tensor]) -> Picture:
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
