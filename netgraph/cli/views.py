"""A word of `--view` flows in; what draws a net that way comes out, and the options that go with it."""

from __future__ import annotations

import inspect
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
    """A way to draw a net: the function, and the kind of figure that it gives. Both are looked up when they are first asked for."""

    module: str
    function: str
    figure: tuple[str, str] = ("netgraph.drawing.figure", "Figure")
    needs_weights: bool = False

    def draw(self, graph: nx.DiGraph, **options: Any) -> Any:
        """The drawing."""
        return self._drawer(graph, **options)

    @property
    def options(self) -> frozenset[str]:
        """The words that the function takes beside the net.

        >>> "fold" in VIEWS["layers"].options, "fold" in VIEWS["matrix"].options
        (True, False)
        """
        return frozenset(inspect.signature(self._drawer).parameters)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What its figures can be written as.

        >>> VIEWS["matrix"].suffixes
        ('.png', '.svg', '.pdf')
        """
        module, name = self.figure
        return tuple(getattr(import_module(module), name).WRITERS)

    @property
    def _drawer(self) -> Any:
        return getattr(import_module(self.module), self.function)


DRAWING = ("netgraph.drawing.drawing", "Drawing")
VIEWS = {
    "layers": View("netgraph.drawing.drawing", "draw", DRAWING),
    "neurons": View("netgraph.drawing.neurons", "draw_neurons"),
    "volumes": View("netgraph.drawing.volumes", "draw_volumes"),
    "matrix": View("netgraph.drawing.matrix", "draw_matrix"),
    "autograd": View("netgraph.cli.autograd", "recorded", DRAWING),
    "weights": View("netgraph.drawing.matrix", "draw_weights", needs_weights=True),
    "histograms": View("netgraph.drawing.charts", "draw_histograms", needs_weights=True),
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
