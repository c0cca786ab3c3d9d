"""A graph or plan goes in; the drawing of its layers comes out, which can also be written as DOT."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any, ClassVar, Literal

from netgraph.drawing.cards import SHOWN
from netgraph.drawing.detail import Depth, Fold, detailed
from netgraph.drawing.dot import dot_text
from netgraph.drawing.figure import Figure
from netgraph.drawing.sheet import Sheet, set_sheet
from netgraph.drawing.svg import paint
from netgraph.drawing.theme import Theme, theme as theme_named
from netgraph.errors import DrawError, suggestion
from netgraph.inference import infer
from netgraph.picture import Picture
from netgraph.plan import Plan

Direction = Literal["auto", "LR", "TB"]
DIRECTIONS = ("auto", "LR", "TB")


class Drawing(Figure):
    """A picture of layers on a sheet. It is laid out when it is first shown or saved.

    >>> import netgraph as ng
    >>> drawing = ng.draw(ng.chain(3, 4, "tanh", 1))
    >>> len(drawing.picture.boxes), drawing.svg()[:4]
    (3, '<svg')
    """

    WRITERS: ClassVar = {**Figure.WRITERS, ".dot": lambda drawing, dpi: drawing.dot().encode()}

    def __init__(self, picture: Picture, *, direction: Direction = "auto", theme: str = "light") -> None:
        if direction not in DIRECTIONS:
            raise DrawError(f"There is no direction {str(direction)[:60]!r}. {suggestion(direction, DIRECTIONS)}")
        self.picture = picture
        self.direction: Direction = direction
        self.theme: Theme = theme_named(theme)

    @cached_property
    def sheet(self) -> Sheet:
        """The measured sheet: where everything stands, in pixels from the top left.

        >>> import netgraph as ng
        >>> sheet = ng.draw(ng.chain(3, 4, "tanh", 1)).sheet
        >>> sheet.width < sheet.height < 1000
        True
        """
        return set_sheet(self.picture, self.direction)

    @property
    def title(self) -> str:
        """The name of what is drawn.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1, name="small")).title
        'small'
        """
        return self.picture.title

    @property
    def width(self) -> int:
        """Pixels from left to right.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1)).width > 100
        True
        """
        return self.sheet.width

    @property
    def height(self) -> int:
        """Pixels from top to bottom.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1)).height > 100
        True
        """
        return self.sheet.height

    @cached_property
    def _svg(self) -> str:
        return paint(self.sheet, self.theme)

    def svg(self) -> str:
        """The drawing as SVG text.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).svg().count("<svg")
        1
        """
        return self._svg

    def dot(self) -> str:
        """The drawing as DOT text for Graphviz, which then lays it out its own way.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).dot().startswith("digraph")
        True
        """
        return dot_text(self.picture, self.theme, is_down=self.direction == "TB")

    def __repr__(self) -> str:
        return f"<Drawing {self.picture.title!r}: {len(self.picture.boxes)} boxes, {len(self.picture.wires)} wires>"


def draw(graph: Any, *, direction: Direction = "auto", theme: str = "light",
         show: Collection[str] = ("shapes", "parameters", "legend"), fold: Fold = "auto", depth: Depth = "auto") -> Drawing:
    """The drawing of a graph or plan: a card for each layer, coloured by family, a wire for each edge, a frame for each group.

    `direction` is "LR", "TB" or "auto", which takes what fills a page best and wraps long nets into rows; `theme` is
    "light" or "dark"; `show` names what is written beside the layers, of "shapes", "parameters", "flops", "weights",
    "magnitudes" (lines as thick as the given weights are large) and "legend". `fold` draws runs of equal layers or blocks once,
    marked ×N; groups nested deeper than `depth` are drawn as one card each. At "auto" both are done in nets of more than 40
    layers, as far as it takes to be read on one page, and runs that differ in sizes only are folded too where need be.

    Raises: DrawError for a word it does not know, and whatever `infer` finds wrong with the graph.

    >>> import netgraph as ng
    >>> ng.draw(ng.chain(3, 4, "tanh", 1)).picture.caption
    '21 parameters · 32 FLOPs · 3 → 1'
    """
    shown = (show,) if isinstance(show, str) else tuple(show or ())
    if fold not in (True, False, "auto"):
        raise DrawError(f"fold is True, False or 'auto', but got {str(fold)[:60]!r}. Leave it out for 'auto'.")
    for word in shown:
        if word not in SHOWN:
            raise DrawError(f"A drawing cannot show {str(word)[:60]!r}. {suggestion(word, SHOWN)}")
    plan = graph if isinstance(graph, Plan) else infer(graph)
    if depth not in (None, "auto") and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise DrawError(f"depth counts nested groups from 0, but got {str(depth)[:60]!r}. Leave it out for 'auto', or give None for all.")
    return Drawing(detailed(plan, shown, fold, depth), direction=direction, theme=theme)
