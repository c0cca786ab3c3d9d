"""A word of `--view` flows in; what draws a net that way comes out, and the options that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class View:
    """A way to draw a net: the function, which is looked up when it is first called, and the options that it takes."""

    module: str
    function: str
    options: tuple[str, ...] = ("theme",)
    suffixes: tuple[str, ...] = (".png", ".svg", ".pdf")

    def draw(self, graph: nx.DiGraph, **options: Any) -> Any:
        """The drawing."""
        return getattr(import_module(self.module), self.function)(graph, **options)


SUFFIXES = (".png", ".svg", ".pdf", ".dot")

VIEWS = {
    "layers": View("netgraph.drawing.drawing", "draw", ("direction", "theme", "show", "fold", "depth"), SUFFIXES),
    "neurons": View("netgraph.drawing.neurons", "draw_neurons"),
    "volumes": View("netgraph.drawing.volumes", "draw_volumes"),
    "matrix": View("netgraph.drawing.matrix", "draw_matrix"),
    "autograd": View("netgraph.cli.autograd", "recorded", ("direction", "theme"), SUFFIXES),
}


def explicit(context: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that the command line itself gave; the others are left to what draws."""
    return {word: value for word, value in given.items() if context.get_parameter_source(word) != ParameterSource.DEFAULT}


def chosen(view: str, context: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the command line itself gave, of which the view takes every one.

    Raises: UsageError for an option that does not go with the view.
    """
    said = explicit(context, given)
    for word in said:
        if word not in VIEWS[view].options:
            views = [name for name, other in VIEWS.items() if word in other.options]
            raise click.UsageError(f"--{word} does not go with --view {view}. Leave it out, or write --view {' or '.join(views)}.", context)
    return said
