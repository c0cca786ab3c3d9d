"""The groups of a map come in; a form and a colour for each go out, and the marks that are painted with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netgraph.drawing.marks import Area, Bar, Disc
from netgraph.drawing.placement import Place
from netgraph.drawing.themes.theme import Theme

COLOURS = ("dense", "conv", "norm", "slope", "pool", "gate", "recurrent", "activation", "reduce", "source")   # families that lend theirs
OTHERS = "others"        # a label that tells nothing apart
FORMS = ("disc", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Symbol:
    """How the points of a group are painted."""

    form: str
    colour: str

    def at(self, x: float, y: float, radius: float, edge: str, tip: str = "") -> Disc | Bar | Area:
        """The mark around a place; all forms look equally large."""
        line = min(0.8, radius / 3)
        if self.form == "disc":
            return Disc(x, y, radius, self.colour, edge, line, tip)
        if self.form == "square":
            side = 1.77 * radius
            return Bar(Place(x - side / 2, y - side / 2, side, side), self.colour, edge, 0, line, tip)
        reach = 1.25 * radius
        corners = (((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)) if self.form == "diamond" else
                   ((x, y - 1.25 * radius), (x + 1.2 * radius, y + 0.85 * radius), (x - 1.2 * radius, y + 0.85 * radius)))
        return Area(corners, self.colour, edge, line, tip=tip)


def symbols(groups: Sequence[str], theme: Theme) -> Mapping[str, Symbol]:
    """A symbol for each group, the first in colours of discs, further ones in other forms; those beyond are grey, as are `others`.

    >>> from netgraph.drawing.themes.theme import theme
    >>> {group: symbol.form for group, symbol in symbols(["resnet", "vit"], theme("light")).items()}
    {'': 'disc', 'others': 'disc', 'resnet': 'disc', 'vit': 'disc'}
    """
    plain = Symbol("disc", theme.paint("dense").edge if not groups else theme.wire)
    colours = dict.fromkeys(theme.paint(family).edge for family in COLOURS)       # a single one in a theme without hues
    kinds = [Symbol(form, colour) for form in FORMS for colour in colours]
    told = [group for group in groups if group != OTHERS]
    return {"": plain, OTHERS: plain} | {group: kinds[at] if at < len(kinds) else plain for at, group in enumerate(told)}
