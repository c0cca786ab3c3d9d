r"""Sheets go in; a LaTeX document of TikZ pictures comes out, everything where the sheet has it. No label can be a command."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence

from netgraph.drawing.card import GLYPH_SIZE, STACK, Card, Text
from netgraph.drawing.formats.svg import MERGE, RADIUS, ROUNDEST, THICKER, edge_width, is_dashed, plus_in, sample_route, with_arrow
from netgraph.drawing.formats.tex import UNSET, escaped, unset
from netgraph.drawing.layout.frame_titles import chip_place
from netgraph.drawing.paper import PT_PER_PX
from netgraph.drawing.placement import Frame, Place, Point, Route
from netgraph.drawing.sheet import Sheet
from netgraph.drawing.themes.paint import Theme
from netgraph.errors import DrawError, DrawWarning
from netgraph.picture import WIRES, Box, PictureWire

LARGEST_PX = 20_000      # TeX has no dimension of 16,384 pt or more
BROKEN = ",dash pattern=on 3.8bp off 3bp"
DASHES = {"gain": BROKEN, "removed": BROKEN, "side": ",dash pattern=on 1.1bp off 2.3bp"}
GLYPHS = {"+": ((-1, 0, 1, 0), (0, -1, 0, 1)), "×": ((-.75, -.75, .75, .75), (-.75, .75, .75, -.75)), "−": ((-1, 0, 1, 0),)}

PREAMBLE = r"""% Drawn by netgraph. pdflatex sets it; lualatex and xelatex also set other scripts, where Noto Sans CJK is installed.
\documentclass[tikz,border=0pt]{standalone}
\ifdefined\pdftexversion
  \usepackage[T1]{fontenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\else
  \usepackage{fontspec}
  \IfFontExistsTF{Noto Sans CJK SC}{\newfontfamily\netother{Noto Sans CJK SC}}{\let\netother\relax}
\fi
\renewcommand\familydefault{\sfdefault}
% A character that pdflatex lacks: its number stands in its place.
\newcommand\netchar[1]{\ifdefined\pdftexversion[U+#1]\else{\netother\char"#1}\fi}
% Text on a line of a given width, condensed where it would be wider: x, y, width, size, text.
\newsavebox\netbox
\newcommand\nettext[6][]{\node[anchor=base west,inner sep=0pt,#1] at (#2,#3) {\sbox\netbox{\fontsize{#5}{#5}\selectfont#6}%
  \ifdim\wd\netbox>#4\resizebox{#4}{\height}{\usebox\netbox}\else\usebox\netbox\fi};}
"""


def tikz_text(sheets: Sequence[Sheet], theme: Theme) -> str:
    """The LaTeX text of sheets, a page each.

    Raises: DrawError for a sheet that is too large for TeX. Warns: DrawWarning of characters that pdflatex lacks.
    """
    for sheet in sheets:
        if max(sheet.width, sheet.height) > LARGEST_PX:
            raise DrawError(f"This picture has {sheet.width:,} × {sheet.height:,} pixels, more than TeX can place. "
                            'Draw it with page="a4", with fold=True, or with a focus.')
    bodies = ["\n".join(_picture(sheet, theme)) for sheet in sheets]
    _warn_of_characters(sheets)
    return "\n".join((PREAMBLE + r"\begin{document}", *bodies, r"\end{document}", ""))


def _warn_of_characters(sheets: Iterable[Sheet]) -> None:
    missing = sorted({c for sheet in sheets for text in _texts(sheet) for c in unset(text.text)})
    if missing:
        sample = " ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
        warnings.warn(f"pdflatex cannot set {sample}; it writes {UNSET.format(ord(missing[0]))} in place of {missing[0]}. Compile the text "
                      "by lualatex where Noto Sans CJK is installed, or save the picture as .pdf.", DrawWarning, stacklevel=4)


def _texts(sheet: Sheet) -> Iterator[Text]:
    yield from (text for card in sheet.cards.values() for text in card.texts)
    yield from (text for text in (*sheet.labels, *sheet.frame_titles, *sheet.frame_marks, *sheet.headings) if text)
    yield from (text for _, _, text in sheet.legend)


def _picture(sheet: Sheet, theme: Theme) -> Iterator[str]:
    picture, layout, faded = sheet.picture, sheet.layout, sheet.picture.faded
    wires = [(wire, wire.source in faded or wire.target in faded) for wire in picture.wires]
    yield rf"\begin{{tikzpicture}}[x={PT_PER_PX}bp,y=-{PT_PER_PX}bp]"
    yield from (rf"\definecolor{{{_name(colour)}}}{{HTML}}{{{colour[1:].upper()}}}" for colour in _colours(sheet, theme))
    yield rf"\useasboundingbox[fill={_name(theme.paper)}] (0,0) rectangle ({sheet.width},{sheet.height});"
    yield from (_frame(frame, theme) for frame in layout.frames)
    yield from (_wire(wire, route, theme, fade) for (wire, fade), route in zip(wires, layout.routes, strict=True))
    yield from (_line(text, theme.quiet if wire.kind in ("data", "side") else theme.stroke(wire.kind), fade=fade)
                for (wire, fade), text in zip(wires, sheet.labels, strict=True) if text)
    yield from (_line(title, theme.quiet) for title in sheet.frame_titles if title)
    yield from (part for mark in sheet.frame_marks if mark for part in _chip(mark, theme))
    yield from (part for box in picture.boxes for part in _box(box, sheet.cards[box.id], layout.boxes[box.id], theme))
    yield from (_line(text, theme.ink if text.role == "title" else theme.quiet) for text in sheet.headings)
    yield from (part for family, place, text in sheet.legend for part in _swatch(family, place, text, theme))
    yield r"\end{tikzpicture}"


def _name(colour: str) -> str:
    return f"net{colour[1:]}"


def _colours(sheet: Sheet, theme: Theme) -> list[str]:
    paints = [theme.paint_of(box) for box in sheet.picture.boxes] + [theme.paint(family) for family, _, _ in sheet.legend]
    own = [theme.paper, theme.ink, theme.quiet, theme.wire, theme.gain, theme.frame_edge, *theme.frames,
           *(theme.stroke(wire.kind) for wire in sheet.picture.wires)]
    painted = (colour for paint in paints for colour in (paint.fill, paint.edge, paint.ink, theme.title_on(paint.fill)))
    return list(dict.fromkeys([*own, *painted]))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _point(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _rect(place: Place, radius: float, fill: str, edge: str, more: str) -> str:
    return (rf"\filldraw[fill={_name(fill)},draw={_name(edge)},rounded corners={radius * PT_PER_PX:.1f}bp,{more}] "
            f"{_point((place.x, place.y))} rectangle {_point((place.right, place.bottom))};")


def _width(px: float) -> str:
    return f"line width={px * PT_PER_PX:.2f}bp"


def _frame(frame: Frame, theme: Theme) -> str:
    return _rect(frame.place, 8, theme.frames[frame.depth % 2], theme.frame_edge, _width(theme.frame_width))


def _chip(mark: Text, theme: Theme) -> Iterator[str]:
    place = chip_place(mark)
    yield _rect(place, place.height / 2, theme.quiet, theme.quiet, _width(0))
    yield _line(mark, theme.paper)


def _wire(wire: PictureWire, route: Route, theme: Theme, fade: bool) -> str:
    points, head = with_arrow(route.points)
    colour = _name(theme.stroke(wire.kind)) + (",opacity=0.3" if fade else "")
    curves = "".join(f" .. controls {_point(points[at])} and {_point(points[at + 1])} .. {_point(points[at + 2])}"
                     for at in range(1, len(points), 3))
    style = _width(theme.wire_width + THICKER * wire.weight) + DASHES.get(wire.kind, "")
    return (rf"\draw[{colour},{style}] {_point(points[0])}{curves};"
            rf"\fill[{colour}] {' -- '.join(_point(point) for point in head)} -- cycle;")


def _box(box: Box, card: Card, place: Place, theme: Theme) -> Iterator[str]:
    paint = theme.paint_of(box)
    front = Place(place.x, place.y, *card.face)
    radius = min(front.height / 2, ROUNDEST) if box.form != "card" else RADIUS
    more = _width(edge_width(box, theme)) + (",dash pattern=on 3bp off 2.3bp" if is_dashed(box) else "")
    behind = [front.moved(step * STACK, step * STACK) for step in (2, 1)] if card.stacked else []
    if box.look.faded:
        yield r"\begin{scope}[opacity=0.3]"
    yield from (_rect(face, radius, paint.fill, paint.edge, more) for face in (*behind, front))
    for text in card.texts:
        if text.role == "glyph":
            yield from _glyph(text.text, (front.x + GLYPH_SIZE / 2, front.y + GLYPH_SIZE / 2), theme.title_on(paint.fill))
        else:
            yield _line(text, theme.title_on(paint.fill) if text.role == "title" else paint.ink, place.x, place.y, fade=box.look.faded)
    if box.look.faded:
        yield r"\end{scope}"


def _glyph(sign: str, centre: Point, colour: str) -> Iterator[str]:
    """The sign of a sum, product or difference by strokes, since fonts of TeX set it at other heights."""
    x, y = centre
    for a, b, c, d in GLYPHS.get(sign, ()):
        yield (rf"\draw[{_name(colour)},{_width(2)}] {_point((x + 6 * a, y + 6 * b))} -- {_point((x + 6 * c, y + 6 * d))};")


def _line(text: Text, colour: str, dx: float = 0, dy: float = 0, fade: bool = False) -> str:
    style = f"text={_name(colour)}" + (",opacity=0.3" if fade else "")
    weight = r"\bfseries " if text.weight == "SemiBold" else ""
    return (rf"\nettext[{style}]{{{_number(text.x + dx)}}}{{{_number(text.y + dy)}}}{{{text.width * PT_PER_PX:.1f}bp}}"
            rf"{{{text.size * PT_PER_PX:.2f}}}{{{weight}{escaped(text.text)}}}")


def _swatch(family: str, place: Place, text: Text, theme: Theme) -> Iterator[str]:
    if family == WIRES:
        yield _wire(PictureWire("", ""), sample_route(place), theme, fade=False)
        yield _line(text, theme.quiet)
        return
    paint = theme.paint(family)
    yield _rect(place, place.width / 2 if family == MERGE else 3, paint.fill, paint.edge, _width(theme.edge_width))
    if family == MERGE:
        yield from (rf"\draw[{_name(theme.title_on(paint.fill))},{_width(1.4)}] {_point(start)} -- {_point(end)};"
                    for start, end in plus_in(place))
    yield _line(text, theme.quiet)
