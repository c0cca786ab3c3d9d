"""A picture and its marks come in; a view goes out: a figure with a title block, its page as large as the marks need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import ceil

from netgraph.drawing.figure import Figure
from netgraph.drawing.formats.svg import FAMILY
from netgraph.drawing.marks import Mark, Words, around_all, safe
from netgraph.drawing.placement import Place
from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.theme import Theme
from netgraph.picture import Picture

MARGIN = 24
TITLE_SIZE = 18.0
CAPTION_SIZE = 12.0
HEAD_GAP = 24
NARROWEST = 480     # pixels that a heading may take even where the marks need less


class View(Figure):
    """A drawing that is not made of layers and wires alone: units, blocks, matrices, curves.

    `picture` says what is drawn, in boxes and wires that can be counted; `marks` are all that is painted, in their places.

    >>> import netgraph as ng
    >>> view = ng.draw_neurons(ng.chain(3, 4, 1))
    >>> view.picture.title, len(view.picture.boxes)
    ('net', 10)
    """

    def __init__(self, picture: Picture, marks: Sequence[Mark], theme: Theme) -> None:
        self.picture, self.theme = picture, theme
        self.body = around_all(mark.place for mark in marks)
        self.marks = (*marks, *self._headings())

    @property
    def title(self) -> str:
        """The name of what is drawn.

        >>> import netgraph as ng
        >>> ng.draw_neurons(ng.chain(3, 1, name="small")).title
        'small'
        """
        return self.picture.title

    @cached_property
    def page(self) -> Place:
        """The rectangle that is shown, in the pixels of the marks.

        >>> import netgraph as ng
        >>> view = ng.draw_neurons(ng.chain(3, 1))
        >>> all(view.page.overlaps(mark.place) for mark in view.marks)
        True
        """
        all_marks = around_all(mark.place for mark in self.marks)
        return Place(all_marks.x - MARGIN, all_marks.y - MARGIN, ceil(all_marks.width + 2 * MARGIN), ceil(all_marks.height + 2 * MARGIN))

    @property
    def width(self) -> int:
        """Pixels from left to right.

        >>> import netgraph as ng
        >>> ng.draw_neurons(ng.chain(3, 1)).width > 100
        True
        """
        return int(self.page.width)

    @property
    def height(self) -> int:
        """Pixels from top to bottom.

        >>> import netgraph as ng
        >>> ng.draw_neurons(ng.chain(3, 1)).height > 100
        True
        """
        return int(self.page.height)

    @cached_property
    def _svg(self) -> str:
        page, paper = self.page, self.theme.paper
        box = f"{page.x:.2f} {page.y:.2f} {page.width:g} {page.height:g}"
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="{box}" role="img" '
            f'font-family="{FAMILY}">',
            f"<title>{safe(self.title)}</title><desc>{safe(self.description)}</desc>",
            f'<rect x="{page.x:.2f}" y="{page.y:.2f}" width="{page.width:g}" height="{page.height:g}" fill="{paper}"/>',
            *(mark.svg() for mark in self.marks), "</svg>", ""])

    @property
    def description(self) -> str:
        """What is seen, for those who cannot see it.

        >>> import netgraph as ng
        >>> ng.draw_neurons(ng.chain(1, 1)).description
        '2 parameters · 2 FLOPs · 1 → 1. x 1, bias of dense1, dense1 1.'
        """
        boxes = self.picture.boxes
        named = ", ".join(box.title for box in boxes[:40]) + (f", and {len(boxes) - 40} more" if len(boxes) > 40 else "")
        return f"{self.picture.caption}. {named}."

    def svg(self) -> str:
        """The view as SVG text.

        >>> import netgraph as ng
        >>> ng.draw_neurons(ng.chain(3, 4, 1)).svg()[:4]
        '<svg'
        """
        return self._svg

    def _headings(self) -> list[Words]:
        body, ink, quiet = self.body, self.theme.ink, self.theme.quiet
        room = max(body.width, NARROWEST)
        title = fit(clean(self.picture.title), room, TITLE_SIZE, "SemiBold")
        caption = fit(clean(self.picture.caption), room, CAPTION_SIZE)
        y = body.y - HEAD_GAP
        return [words for words in (Words(caption, body.x, y, CAPTION_SIZE, quiet),
                                    Words(title, body.x, y - 20 * bool(caption), TITLE_SIZE, ink, "SemiBold")) if words.text]

    def __repr__(self) -> str:
        return f"<View {self.title!r}: {len(self.picture.boxes)} boxes, {len(self.picture.wires)} wires>"
