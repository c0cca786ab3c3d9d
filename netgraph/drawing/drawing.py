"""A graph or plan goes in; the drawing of its layers comes out, to be shown or saved in one of seven formats."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from netgraph.closing import closed, opened
from netgraph.drawing.composition.detail import Depth, Fold, detailed
from netgraph.drawing.composition.focus import Focus, Rest, focused
from netgraph.drawing.composition.overlaying import overlaid, require_overlay
from netgraph.drawing.composition.styles import Style, styled
from netgraph.drawing.figure import Figure
from netgraph.drawing.formats.dot import dot_text
from netgraph.drawing.formats.mermaid import mermaid_text
from netgraph.drawing.formats.raster import bound
from netgraph.drawing.formats.svg import paint
from netgraph.drawing.formats.tikz import tikz_text
from netgraph.drawing.options import Options
from netgraph.drawing.pages import Page, paged
from netgraph.drawing.paper import LEAST_PT, WHOLE, is_legible, paper_size, smallest_pt, zoom_on
from netgraph.drawing.sheet import Sheet, set_sheet
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.errors import DrawError, DrawWarning, shorten, suggestion
from netgraph.inference import plan_of
from netgraph.overlay import Overlay
from netgraph.picture import Picture
from netgraph.plan import Plan

Direction = Literal["auto", "LR", "TB"]
DIRECTIONS = ("auto", "LR", "TB")
PAGED = (".png", ".svg")       # suffixes of which each page has a file of its own
MOST_ACROSS = 8      # boxes that a Mermaid text has from left to right, unless that was asked for
MOST_UNFOLDED = 1500 # layers of a net whose page holds each of its repeats, besides the drawing that folds them
MOST_OPENED = 600    # the same for the groups within groups
Paper = str | tuple[float, float]


class Drawing(Figure):
    """A picture of layers on a sheet. It is laid out when it is first shown or saved.

    >>> import netgraph as ng
    >>> drawing = ng.draw(ng.chain(3, 4, "tanh", 1))
    >>> len(drawing.picture.boxes), drawing.svg()[:4]
    (3, '<svg')
    """

    WRITERS: ClassVar = {
        **Figure.WRITERS,
        ".html": lambda drawing, dpi: drawing.html().encode(),
        ".dot": lambda drawing, dpi: drawing.dot().encode(),
        ".mmd": lambda drawing, dpi: drawing.mermaid().encode(),
        ".tex": lambda drawing, dpi: drawing.tikz().encode(),
    }

    def __init__(self, picture: Picture, *, direction: Direction = "auto", theme: str | Theme = "light", page: Paper | None = None,
                 plan: Plan | None = None, unfolded: Callable[[], Picture] | None = None) -> None:
        if direction not in DIRECTIONS:
            raise DrawError(f"There is no direction {shorten(direction)}. {suggestion(direction, DIRECTIONS)}")
        if page not in (None, WHOLE):
            paper_size(page)
        self.picture = picture
        self.direction: Direction = direction
        self.theme: Theme = theme if isinstance(theme, Theme) else theme_named(theme)
        self.page = page
        self.plan = plan
        self._unfolded = unfolded       # what gives the picture with every layer by itself

    @cached_property
    def sheet(self) -> Sheet:
        """The measured sheet: where everything stands, in pixels from the top left.

        >>> import netgraph as ng
        >>> sheet = ng.draw(ng.chain(3, 4, "tanh", 1)).sheet
        >>> sheet.width < sheet.height < 1000
        True
        """
        return set_sheet(self.picture, self.direction)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The pages on paper; none where no paper was asked for.

        >>> import netgraph as ng
        >>> len(ng.draw(ng.zoo.resnet(18), page="a4", fold=False).pages) > 1
        True
        """
        return () if self.page in (None, WHOLE) else paged(self.picture, self.direction, paper_size(self.page), self.theme)

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
        """The drawing as SVG text, on one sheet.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).svg().count("<svg")
        1
        """
        return self._svg

    def pdf(self) -> bytes:
        """The drawing as a PDF, its text as text: its pages, or else one page as large as the sheet.

        Warns: DrawWarning when no paper was asked for, and the sheet could not be read on A4.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).pdf()[:4]
        b'%PDF'
        """
        if self.pages:
            return bound([page.pdf() for page in self.pages])
        if self.page is None:
            _warn_of_small_print(self.sheet)
        return super().pdf()

    def html(self) -> str:
        """The drawing as one HTML page to pan, zoom and search in, that shows all of a layer where it is clicked. It fetches nothing.

        A card or frame that stands for many layers opens where it is clicked, in nets of at most 1,500.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).html()[:15]
        '<!doctype html>'
        """
        from netgraph.drawing.formats.viewer import viewer_page

        return viewer_page(self.sheet, self.theme, self.plan, self._unfolded_sheet())

    def _unfolded_sheet(self) -> Sheet | None:
        """The sheet with every layer by itself, where the drawing has fewer boxes, and the net is not too large for that."""
        if self._unfolded is None or self.plan is None or len(self.plan) > MOST_UNFOLDED:
            return None
        picture = self._unfolded()
        return set_sheet(picture, self.direction) if len(picture.boxes) > len(self.picture.boxes) else None

    def dot(self) -> str:
        """The drawing as DOT text for Graphviz, which then lays it out its own way.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).dot().startswith("digraph")
        True
        """
        return dot_text(self.picture, self.theme, is_down=self.direction == "TB")

    def mermaid(self) -> str:
        """The drawing as Mermaid text, which then lays it out its own way, in a README for instance.

        >>> import netgraph as ng
        >>> "flowchart LR" in ng.draw(ng.chain(3, 4, 1)).mermaid()
        True
        """
        is_long = self.direction == "auto" and len(self.picture.boxes) > MOST_ACROSS
        return mermaid_text(self.picture, self.theme, is_down=is_long or self.direction == "TB")

    def tikz(self) -> str:
        """The drawing as a LaTeX document of TikZ that stands alone, everything in the place where the SVG has it.

        >>> import netgraph as ng
        >>> "{tikzpicture}" in ng.draw(ng.chain(3, 4, 1)).tikz()
        True
        """
        return tikz_text([page.sheet for page in self.pages] or [self.sheet], self.theme)

    def save(self, path: str | os.PathLike[str], *, dpi: float = 192) -> list[Path]:
        """Write the drawing to a file of one of its suffixes and give the paths written.

        Of several pages, .pdf and .tex hold all; "net.png" and "net.svg" become "net-1.png", "net-2.png", ...
        Raises: DrawError for another suffix, FileError when a file cannot be written.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).save("net.jpeg")
        Traceback (most recent call last):
        netgraph.errors.DrawError: 'net.jpeg' does not say what to write. End it in .png, .svg, .pdf, .html, .dot, .mmd or .tex.
        """
        if not self.page or not isinstance(path, str | os.PathLike) or Path(path).suffix.lower() not in PAGED or not self.pages:
            return super().save(path, dpi=dpi)
        if len(self.pages) == 1:
            return self.pages[0].save(path, dpi=dpi)
        whole = Path(path)
        return [file for page in self.pages for file in page.save(whole.with_stem(f"{whole.stem}-{page.number}"), dpi=dpi)]

    def __repr__(self) -> str:
        return f"<Drawing {self.picture.title!r}: {len(self.picture.boxes)} boxes, {len(self.picture.wires)} wires>"


def _warn_of_small_print(sheet: Sheet) -> None:
    a4 = paper_size("a4")
    if not any(is_legible(sheet, way) for way in (a4, a4[::-1])):
        size = max(smallest_pt(sheet, zoom_on(way, sheet.width, sheet.height)) for way in (a4, a4[::-1]))
        warnings.warn(f"Printed on A4, the smallest type of this picture would have {size:.1f} pt, less than the {LEAST_PT:g} that can be "
                      "read. Draw it with page=\"a4\" for several pages, or with page=\"whole\" if it is not for print.",
                      DrawWarning, stacklevel=4)


def draw(graph: Any, *, direction: Direction = "auto", theme: str = "light",
         show: Collection[str] = ("shapes", "parameters", "legend"), fold: Fold = "auto", depth: Depth = "auto",
         focus: Focus | None = None, rest: Rest = "fade", style: Style | None = None, page: Paper | None = None,
         unfold: bool = False, overlay: Overlay | Mapping[Any, float] | None = None) -> Drawing:
    """The drawing of a graph, plan or NumPy net: a card for each layer, coloured by family, a wire for each edge, a frame for each group.

    - `direction` is "LR", "TB" or "auto", which takes what fills a page best and wraps long nets into rows.
    - `theme` is "light", "dark", "print", "colour-blind", or the path of a TOML file of your own.
    - `show` names what is written beside the layers, of "shapes", "parameters", "flops", "weights", "magnitudes" (lines as thick
      as the given weights are large) and "legend".
    - `fold` draws runs of equal layers or blocks once, marked ×N; groups nested deeper than `depth` are drawn as one card each. At
      "auto" both are done in nets of more than 40 layers, as far as it takes to be read on one page, and runs that differ in sizes
      only are folded too where need be; where there is a style or focus, no group is shut.
    - `unfold` draws the parts of blocks, such as attention, within a frame, in place of one card a block.
    - `focus` is a query such as "within=encoder/*" or "op=conv2d, stride=2", or the ids of nodes; `rest` says what becomes of
      all others: they "fade", or are "cut" off, with a stub for each wire that is cut.
    - `style` maps queries to looks: {"op=conv2d": {"fill": "gold", "width": 2}}, or is a function from a layer to such a dict.
      A look has fill, edge and ink (colours), width (pixels of the edge), dashed and faded.
    - `page` is the paper that it is for: "a4", "letter", ... or (width, height) in millimetres. A net whose type would be smaller
      than 7 pt on it takes several pages. "whole" is one page as large as the picture.
    - `overlay` is a number for each node, such as `ng.profile(net, x).time` or a dict: cards have it on them and its colour.

    Raises: DrawError for a word it does not know, GraphError for a query that cannot be read, and whatever `infer` finds wrong
    with the graph.

    >>> import netgraph as ng
    >>> ng.draw(ng.chain(3, 4, "tanh", 1)).picture.caption
    '21 parameters · 32 FLOPs · 3 → 1'
    """
    options = Options(show, fold, None if unfold and depth == "auto" else depth, focus, rest, style)
    whole = plan_of(graph)
    plan = opened(whole) if unfold else closed(whole)

    def pictured(fold: Fold, depth: Depth) -> Picture:
        return detailed(plan, options.shown, fold, depth, lambda picture: _dressed(picture, plan, options))

    picture = pictured(fold, options.shut)
    if overlay is None:
        return Drawing(picture, direction=direction, theme=theme, page=page, plan=plan,
                       unfolded=lambda: pictured(False, None if len(plan) <= MOST_OPENED else 1))
    painted, colours = overlaid(picture, require_overlay(overlay, whole), theme_named(theme))
    return Drawing(painted, direction=direction, theme=colours, page=page, plan=plan)


def _dressed(picture: Picture, plan: Plan, options: Options) -> Picture:
    """The picture as style and focus have it, before anything is folded."""
    if options.style is not None:
        picture = styled(picture, plan, options.style)
    return picture if options.focus is None else focused(picture, plan, options.focus, options.rest)
