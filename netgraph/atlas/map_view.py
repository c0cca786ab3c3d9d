"""The marks of a map and what its points are come in; a view goes out that is also written as a page of HTML, whose points speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netgraph.atlas.page import page
from netgraph.drawing.marks import Mark
from netgraph.drawing.themes.theme import Theme
from netgraph.drawing.view import View
from netgraph.picture import Picture

LONGEST = 1.2            # times as high as it is wide is a map that fits a window; a longer one is scrolled through
REACH = 14               # pixels from a point within which it is meant

STYLE = """
svg { cursor: crosshair; touch-action: pan-y; }
svg.fits { max-width: none; height: 100vh; }
"""

SCRIPT = """
svg.querySelectorAll('title').forEach(title => title.remove());
const ring = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
ring.setAttribute('fill', 'none'); ring.setAttribute('stroke', '%(ink)s'); ring.setAttribute('visibility', 'hidden');
svg.appendChild(ring);
svg.classList.toggle('fits', svg.viewBox.baseVal.height < %(longest)g * svg.viewBox.baseVal.width);
const view = svg.viewBox.baseVal, whole = {x: view.x, y: view.y, width: view.width, height: view.height};
let held = null;
svg.addEventListener('pointermove', event => {
  const here = place(event);
  if (held) { view.x += held.x - here.x; view.y += held.y - here.y; return; }
  const scale = svg.getScreenCTM().a;
  let best = null, least = (%(reach)d / scale) ** 2;
  for (const spot of data) {
    const far = (spot[0] - here.x) ** 2 + (spot[1] - here.y) ** 2;
    if (far < least) { least = far; best = spot; }
  }
  tell(best && best[2], best && best[3], event);
  ring.setAttribute('visibility', best ? 'visible' : 'hidden');
  if (!best) return;
  ring.setAttribute('cx', best[0]); ring.setAttribute('cy', best[1]);
  ring.setAttribute('r', 8 / scale); ring.setAttribute('stroke-width', 2 / scale);
});
svg.addEventListener('pointerdown', event => { held = place(event); svg.setPointerCapture(event.pointerId); });
svg.addEventListener('pointerup', () => { held = null; });
svg.addEventListener('wheel', event => {
  if (!event.ctrlKey && !svg.classList.contains('fits')) return;
  event.preventDefault();
  const here = place(event), factor = Math.min(Math.exp(event.deltaY / 500), whole.width / view.width);
  view.x = here.x + (view.x - here.x) * factor; view.y = here.y + (view.y - here.y) * factor;
  view.width *= factor; view.height *= factor;
}, {passive: false});
svg.addEventListener('dblclick', () => Object.assign(view, whole));
"""


@dataclass(frozen=True)
class Spot:
    """A point of a map, in the pixels of its marks, and what it says of itself."""

    x: float
    y: float
    name: str
    label: str


class MapView(View):
    """A map. Saved as .html it is one page that needs no network: points tell their names, the wheel
    zooms (with Ctrl where the page is long), and a double click goes back.

    >>> import netgraph as ng, numpy as np
    >>> view = ng.draw_map(np.eye(3), names=["a", "b", "c"])
    >>> view.html().count("<svg"), " src=" in view.html()
    (1, False)
    """

    WRITERS: ClassVar = {**View.WRITERS, ".html": lambda view, dpi: view.html().encode()}

    def __init__(self, picture: Picture, marks: Sequence[Mark], theme: Theme, spots: Sequence[Spot]) -> None:
        super().__init__(picture, marks, theme)
        self.spots = tuple(spots)

    def html(self) -> str:
        """The map as a page.

        >>> import netgraph as ng, numpy as np
        >>> ng.draw_map(np.eye(2)).html()[:15]
        '<!doctype html>'
        """
        rows = [[round(spot.x, 2), round(spot.y, 2), spot.name, spot.label] for spot in self.spots]
        return page(self, rows, SCRIPT % {"ink": self.theme.ink, "reach": REACH, "longest": LONGEST}, STYLE)
