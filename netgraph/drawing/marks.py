"""The marks that views are made of: discs, lines, areas, bars, cells and words, each with its place on the page and its SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

from netgraph.drawing.formats.svg import FAMILY, WEIGHTS
from netgraph.drawing.placement import Place, Point
from netgraph.drawing.text import Weight, clean, foreign, width_of

ASCENT, DESCENT = 0.76, 0.24     # of a line of text above and below its baseline, in em


@dataclass(frozen=True)
class Disc:
    """A circle around (x, y). `tip` is read by those who point at it."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str
    edge_width: float = 1.2
    tip: str = ""

    @property
    def place(self) -> Place:
        return Place(self.x - self.radius, self.y - self.radius, 2 * self.radius, 2 * self.radius)

    def svg(self) -> str:
        return (f'<circle cx="{number(self.x)}" cy="{number(self.y)}" r="{number(self.radius)}" fill="{self.fill}" stroke="{self.edge}" '
                f'stroke-width="{number(self.edge_width)}">{titled(self.tip)}</circle>')


@dataclass(frozen=True)
class Line:
    """A line through points, straight from each to the next; or where it `bends`, cubic Bézier curves (1 + 3n points)."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.4
    bends: bool = False
    opacity: float = 1.0
    dashes: str = ""
    tip: str = ""

    @property
    def place(self) -> Place:
        return around(self.points)

    def svg(self) -> str:
        pairs = [f"{number(x)} {number(y)}" for x, y in self.points]
        way = "".join(f"C{' '.join(pairs[at:at + 3])}" for at in range(1, len(pairs), 3)) if self.bends else "L" + " ".join(pairs[1:])
        more = f' stroke-opacity="{self.opacity:.2f}"' * (self.opacity < 1) + f' stroke-dasharray="{self.dashes}"' * bool(self.dashes)
        return (f'<path d="M{pairs[0]}{way}" fill="none" stroke="{self.colour}" stroke-width="{self.width:.2f}" '
                f'stroke-linecap="round" stroke-linejoin="round"{more}>{titled(self.tip)}</path>')


@dataclass(frozen=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str
    edge: str = "none"
    edge_width: float = 1.0
    opacity: float = 1.0
    tip: str = ""

    @property
    def place(self) -> Place:
        return around(self.points)

    def svg(self) -> str:
        corners = " ".join(f"{number(x)},{number(y)}" for x, y in self.points)
        more = f' fill-opacity="{self.opacity:.2f}"' * (self.opacity < 1)
        return (f'<polygon points="{corners}" fill="{self.fill}" stroke="{self.edge}" stroke-width="{number(self.edge_width)}" '
                f'stroke-linejoin="round"{more}>{titled(self.tip)}</polygon>')


@dataclass(frozen=True)
class Bar:
    """An upright rectangle."""

    place: Place
    fill: str
    edge: str = "none"
    radius: float = 0
    edge_width: float = 1.0
    tip: str = ""

    def svg(self) -> str:
        place = self.place
        edge = f' stroke="{self.edge}" stroke-width="{number(self.edge_width)}"' if self.edge != "none" else ""
        round_off = f' rx="{number(self.radius)}"' if self.radius else ""
        return (f'<rect x="{number(place.x)}" y="{number(place.y)}" width="{number(place.width)}" height="{number(place.height)}"'
                f'{round_off} fill="{self.fill}"{edge}>{titled(self.tip)}</rect>')


@dataclass(frozen=True)
class Cells:
    """A table of coloured cells, row by row, that fill a place; all cells of one colour are one path."""

    place: Place
    colours: tuple[tuple[str, ...], ...]
    tip: str = ""

    def svg(self) -> str:
        wide, high = self.place.width / len(self.colours[0]), self.place.height / len(self.colours)
        cell = f"h{number(wide)}v{number(high)}h-{number(wide)}z"
        by_colour: dict[str, list[str]] = {}
        for row, line in enumerate(self.colours):
            y = number(self.place.y + row * high)
            for column, colour in enumerate(line):
                by_colour.setdefault(colour, []).append(f"M{number(self.place.x + column * wide)} {y}{cell}")
        paths = "".join(f'<path d="{"".join(ways)}" fill="{colour}"/>' for colour, ways in by_colour.items())
        return f'<g shape-rendering="crispEdges">{titled(self.tip)}{paths}</g>'


@dataclass(frozen=True)
class Words:
    """A line of text that begins at (x, y), its baseline. `halo` is the colour that keeps it readable where lines run below it."""

    text: str
    x: float
    y: float
    size: float
    colour: str
    weight: Weight = "Regular"
    halo: str = ""

    @property
    def place(self) -> Place:
        return Place(self.x, self.y - ASCENT * self.size, width_of(self.text, self.size, self.weight), (ASCENT + DESCENT) * self.size)

    def svg(self) -> str:
        # textLength keeps a line in its place where the viewer has no Inter; text that Inter lacks was measured too roughly for that.
        length = "" if foreign(self.text) else f' textLength="{self.place.width:.1f}" lengthAdjust="spacingAndGlyphs"'
        halo = f' stroke="{self.halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"' if self.halo else ""
        return (f'<text x="{number(self.x)}" y="{number(self.y)}" font-size="{number(self.size)}" '
                f'font-weight="{WEIGHTS[self.weight]}" fill="{self.colour}"{length}{halo}>{safe(self.text)}</text>')


@dataclass(frozen=True)
class Inset:
    """Another figure, small: the part of its SVG text that lies in `shown`, fitted into a place."""

    place: Place
    content: str
    shown: Place

    def svg(self) -> str:
        place, shown, start = self.place, self.shown, self.content.index(">") + 1
        box = " ".join(map(number, (shown.x, shown.y, shown.width, shown.height)))
        return (f'<svg x="{number(place.x)}" y="{number(place.y)}" width="{number(place.width)}" height="{number(place.height)}" '
                f'viewBox="{box}" font-family="{FAMILY}">{self.content[start:]}')


Mark = Disc | Line | Area | Bar | Cells | Words | Inset


def centred(text: str, x: float, y: float, size: float, colour: str, weight: Weight = "Regular") -> Words:
    """Words whose middle stands at x.

    >>> centred("mm", 100, 0, 12, "black").place.centre[0]
    100.0
    """
    return Words(text, x - width_of(text, size, weight) / 2, y, size, colour, weight)


def ending(text: str, x: float, y: float, size: float, colour: str, weight: Weight = "Regular") -> Words:
    """Words that end at x."""
    return Words(text, x - width_of(text, size, weight), y, size, colour, weight)


def moved(mark: Bar | Area, dx: float, dy: float) -> Bar | Area:
    """The same mark elsewhere.

    >>> moved(Bar(Place(0, 0, 2, 2), "black"), 5, 1).place
    Place(x=5, y=1, width=2, height=2)
    """
    if isinstance(mark, Bar):
        return replace(mark, place=mark.place.moved(dx, dy))
    return replace(mark, points=tuple((x + dx, y + dy) for x, y in mark.points))


def around(points: Iterable[Point]) -> Place:
    """The smallest rectangle around points.

    >>> around([(0, 2), (3, 1)])
    Place(x=0, y=1, width=3, height=1)
    """
    xs, ys = zip(*points, strict=True)
    return Place(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def around_all(places: Iterable[Place]) -> Place:
    """The smallest rectangle around rectangles; an empty one around none.

    >>> around_all([Place(0, 0, 2, 2), Place(5, 1, 1, 4)])
    Place(x=0, y=0, width=6, height=5)
    """
    corners = [corner for place in places for corner in ((place.x, place.y), (place.right, place.bottom))]
    return around(corners) if corners else Place(0, 0, 0, 0)


def number(value: float) -> str:
    """A length in pixels as SVG, to a hundredth.

    >>> number(3.0), number(2.456)
    ('3', '2.46')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def safe(text: object) -> str:
    """Text as SVG, markup in it made harmless."""
    return escape(clean(text))


def titled(tip: str) -> str:
    """What a viewer shows to those who point at a mark."""
    return f"<title>{safe(tip)}</title>" if tip else ""
