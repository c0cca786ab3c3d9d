"""The marks of a table and what its cells say come in; a view goes out that is also written as a page of HTML, whose cells speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netgraph.atlas.page import page
from netgraph.drawing.marks import Mark
from netgraph.drawing.placement import Place
from netgraph.drawing.themes.theme import Theme
from netgraph.drawing.view import View
from netgraph.picture import Picture

SCRIPT = """
svg.querySelectorAll('title').forEach(title => title.remove());
const frame = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
const set = words => Object.entries(words).forEach(([name, value]) => frame.setAttribute(name, value));
set({fill: 'none', stroke: '%(ink)s', visibility: 'hidden', width: data.width, height: data.height});
svg.appendChild(frame);
svg.addEventListener('pointermove', event => {
  const here = place(event), row = Math.floor((here.y - data.y) / data.height), column = Math.floor((here.x - data.x) / data.width);
  const inside = row >= 0 && row < data.rows.length && column >= 0 && column < data.columns;
  const other = inside && data.columns > 1 && column !== row ? data.rows[column] : '';
  tell(inside && [data.rows[row], other].filter(Boolean).join(' and '),
       inside && String(data.words[Math.max(row, column)][Math.min(row, column)]), event);
  set({visibility: inside ? 'visible' : 'hidden', 'stroke-width': 2 / svg.getScreenCTM().a});
  if (inside) set({x: data.x + column * data.width, y: data.y + row * data.height});
});
svg.addEventListener('pointerleave', () => { tell(''); set({visibility: 'hidden'}); });
"""


@dataclass(frozen=True)
class Speech:
    """What the cells of a table say: the names of the rows, and words for each.

    `first` is the place of the first cell. `words[row][column]` stand for both sides of the diagonal, so that of a row the columns up to
    its own are enough; a list has one column.
    """

    first: Place
    rows: Sequence[str]
    words: Sequence[Sequence[str | float]]


class TableView(View):
    """A table. Saved as .html it is one page that needs no network: what is pointed at tells its names and its number.

    >>> import netgraph as ng, numpy as np
    >>> view = ng.draw_similarity(np.eye(3), names=["a", "b", "c"])
    >>> view.html().count("<svg"), " src=" in view.html()
    (1, False)
    """

    WRITERS: ClassVar = {**View.WRITERS, ".html": lambda view, dpi: view.html().encode()}

    def __init__(self, picture: Picture, marks: Sequence[Mark], theme: Theme, speech: Speech) -> None:
        super().__init__(picture, marks, theme)
        self.speech = speech

    def html(self) -> str:
        """The table as a page.

        >>> import netgraph as ng, numpy as np
        >>> ng.draw_similarity(np.eye(2)).html()[:15]
        '<!doctype html>'
        """
        first, rows, words = self.speech.first, self.speech.rows, self.speech.words
        data = {"x": first.x, "y": first.y, "width": first.width, "height": first.height, "columns": max(map(len, words)),
                "rows": list(rows), "words": [list(row) for row in words]}
        return page(self, data, SCRIPT % {"ink": self.theme.ink})
