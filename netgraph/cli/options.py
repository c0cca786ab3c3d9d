"""Words of the command line flow in; checked paths, numbers and names come out, or a usage error."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netgraph.errors import DrawError, suggestion

if TYPE_CHECKING:
    import networkx as nx

Example = tuple[tuple[int, ...], str]

NET_HELP = ("NET is net.py, net.py:name, net.json, net.safetensors or net.graphml. A .py file is code, and it is run: "
            "name only files that you trust.")

STREAM = "-"         # in the place of a file: stdin or stdout

net_argument = click.argument("net", metavar="NET")
nets_argument = click.argument("nets", metavar="NET...", nargs=-1, required=True)


def read_net(net: str, inputs: Sequence[Example] = ()) -> nx.DiGraph:
    """The graph that the argument NET names, or that stdin holds; of a torch module the graph of its forward pass on such inputs."""
    from netgraph.exchange import load_declaration, load_stream
    return load_stream(sys.stdin.buffer, "stdin") if net == STREAM else load_declaration(net, partial(_imported, inputs=inputs))


def _imported(value: Any, inputs: Sequence[Example]) -> nx.DiGraph | None:
    """The graph of a torch module, or of a class of them; None of anything else."""
    if "torch" not in sys.modules:
        return None
    from netgraph.importing import graph_of_module
    return graph_of_module(value, inputs)


def require_one_stream(nets: Sequence[str]) -> None:
    """Raises: UsageError when stdin shall be read twice."""
    if nets.count(STREAM) > 1:
        raise click.UsageError("stdin holds one net, but - is named twice. Name files for the others.")


def stem(net: str) -> str:
    """What files made of a net are called by default: the name of the graph where NET says it, or else of the file.

    >>> stem("nets/small.py"), stem("nets/small.py:mlp"), stem("-")
    ('small', 'mlp', 'net')
    """
    if net == STREAM:
        return "net"
    path, _, name = net.rpartition(":")
    return name if path.lower().endswith(".py") and name.isidentifier() else Path(net).stem


class InputShape(click.ParamType):  # type: ignore[type-arg]  # has a type argument in newer releases of click only
    """The shape of an example input, the batch in front, and "int" where it holds indices.

    >>> InputShape().convert("1x3x224x224", None, None), InputShape().convert("2x16:int", None, None)
    (((1, 3, 224, 224), 'float'), ((2, 16), 'int'))
    """

    name = "shape"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Example:
        if isinstance(value, tuple):
            return value
        sizes, _, kind = str(value).partition(":")
        parts = sizes.lower().split("x")
        if kind not in ("", "int", "float") or not all(part.isdecimal() and int(part) for part in parts):
            self.fail(f"'{value}' is no shape of an input. Write 1x3x224x224, the batch first, or 1x16:int for indices.", param, ctx)
        return tuple(int(part) for part in parts), kind or "float"


input_option = click.option("--input", "inputs", multiple=True, type=InputShape(), metavar="SHAPE",
                            help="For a torch module: an example input, 1x3x224x224 or 1x16:int, the batch first; one for each input.")


class Output(click.ParamType):  # type: ignore[type-arg]  # has a type argument in newer releases of click only
    """A path to write to, of one of some suffixes.

    >>> Output(".png", ".svg").convert("net.jpeg", None, None)
    Traceback (most recent call last):
    click.exceptions.BadParameter: 'net.jpeg' does not say what to write. End it in .png or .svg.
    """

    name = "file"

    def __init__(self, *suffixes: str) -> None:
        self.suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        path = str(value)
        if Path(path).suffix.lower() not in self.suffixes:
            others, last = ", ".join(self.suffixes[:-1]), self.suffixes[-1]
            self.fail(f"'{path}' does not say what to write. End it in {' or '.join(filter(None, (others, last)))}.", param, ctx)
        return path


class Positive(click.ParamType):  # type: ignore[type-arg]  # has a type argument in newer releases of click only
    """A finite number above 0, and at most `most`.

    >>> Positive().convert("0.1", None, None)
    0.1
    """

    name = "number"

    def __init__(self, most: float = math.inf) -> None:
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 < number <= self.most or math.isinf(number):
            self.fail(f"'{value}' is no number above 0{f' and up to {self.most:,g}' if self.most < math.inf else ''}.", param, ctx)
        return number


class Word(click.ParamType):  # type: ignore[type-arg]  # has a type argument in newer releases of click only
    """A word of a register, which is looked up only when the option is given: `Word("netgraph.ops", "LOSSES")`."""

    name = "name"

    def __init__(self, module: str, register: str) -> None:
        self.module, self.register = module, register

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = getattr(import_module(self.module), self.register)
        if value not in known:
            self.fail(f"'{value}' is unknown. {suggestion(value, known)}", param, ctx)
        return str(value)


class Theme(click.ParamType):  # type: ignore[type-arg]  # has a type argument in newer releases of click only
    """The name of a theme, which is looked up only when the option is given."""

    name = "theme"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from netgraph.drawing.themes.theme import theme
        try:
            theme(value)
        except DrawError as refusal:
            self.fail(str(refusal), param, ctx)
        return str(value)


loss_word = Word("netgraph.ops", "LOSSES")
optimizer_word = Word("netgraph.engines.training.optimizers", "OPTIMIZERS")
metric_word = Word("netgraph.engines.training.metrics", "METRICS")


def refuse_overwriting(output: str | None, net: str) -> None:
    """Raises: UsageError when the output is the declaration itself."""
    from netgraph.exchange.python_file import split_name
    path = split_name(net)[0]
    if output is not None and os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
        raise click.UsageError(f"'{output}' is the declaration itself. Name another output.")
