"""What a theme is: the colours and lines of a picture, with a paint for each family of ops. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from netgraph.drawing.themes.colours import contrast
from netgraph.picture import Box

MARKS = ("added", "removed", "changed")      # kinds of wires that have the colour of the family of that name
LEGIBLE = 4.5        # contrast of small print with what it stands on


@dataclass(frozen=True)
class Paint:
    """How one family looks: the card's fill, its edge, the small print on it, and a hatch along its side ("" for none)."""

    fill: str
    edge: str
    ink: str
    hatch: str = ""


@dataclass(frozen=True)
class Theme:
    """The colours of a picture as "#rrggbb", and the widths of its lines in pixels.

    >>> from netgraph.drawing.themes.theme import theme
    >>> theme("light").paint("conv").edge
    '#c2621b'
    """

    name: str
    paper: str
    ink: str
    quiet: str
    wire: str
    gain: str
    frames: tuple[str, str]
    frame_edge: str
    plain: Paint
    families: dict[str, Paint]
    wire_width: float = 1.4
    edge_width: float = 1.2
    frame_width: float = 1.0

    def paint(self, family: str) -> Paint:
        """The colours of a family; the plain ones for a family it does not know."""
        return self.families.get(family, self.plain)

    def stroke(self, kind: str) -> str:
        """The colour of a wire of that kind."""
        return self.families[kind].edge if kind in MARKS else self.gain if kind == "gain" else self.wire

    def paint_of(self, box: Box) -> Paint:
        """The colours of a box: those of its family, but for what its look says otherwise."""
        paint, look = self.paint(box.family), box.look
        fill = look.fill or paint.fill
        ink = look.ink or (paint.ink if fill == paint.fill else self.title_on(fill))
        return Paint(fill, look.edge or paint.edge, ink, paint.hatch)

    def title_on(self, fill: str) -> str:
        """The colour of a title on a fill: the theme's ink, or black or white where that could not be read.

        >>> from netgraph.drawing.themes.theme import theme
        >>> theme("light").title_on("#ffffff"), theme("light").title_on("#000080")
        ('#1b2430', '#ffffff')
        """
        return self.ink if contrast(self.ink, fill) >= LEGIBLE else max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, fill))
