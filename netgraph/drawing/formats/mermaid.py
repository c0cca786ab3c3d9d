"""A picture goes in; Mermaid text of a flowchart comes out. Ids are made up, and no character of a label means anything to Mermaid."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

from netgraph.drawing.text import clean, fit
from netgraph.drawing.themes.paint import Theme
from netgraph.errors import DrawWarning
from netgraph.picture import Box, Cluster, Picture, PictureWire

PLAIN = frozenset(" ,/()=·×…−→")       # besides letters and digits, what is written as it is
ARROWS = {"data": "-->", "gain": "-.->", "side": "-.-", "delay": "-->", "added": "==>", "removed": "-.->", "changed": "-->"}
FORMS = {"card": ("[", "]"), "pill": ("([", "])"), "glyph": ("((", "))")}
WIDEST, SIZE = 400, 14.0               # pixels that a line of a label may take, and of its type
MOST_WIRES, MOST_CHARACTERS = 500, 50_000      # maxEdges and maxTextSize of Mermaid, which a text cannot raise for itself


def escaped(text: str) -> str:
    """The text as a quoted Mermaid label: all but letters, digits and a few signs by their numbers.

    >>> print(escaped('a "b"'), escaped("]-->X"))
    "a #34;b#34;" "#93;#45;#45;#62;X"
    """
    return '"' + "".join(c if c.isalnum() or c in PLAIN else f"#{ord(c)};" for c in fit(clean(text), WIDEST, SIZE) or "·") + '"'


def mermaid_text(picture: Picture, theme: Theme, is_down: bool = False) -> str:
    """The Mermaid text of a picture, its totals as its description for those who cannot see it.

    Warns: DrawWarning when it is larger than Mermaid takes unless it is set up otherwise.
    """
    families = dict.fromkeys(box.family for box in picture.boxes)
    classes = {family: f"f{number}" for number, family in enumerate(families)}
    faded = ",".join(box.id for box in picture.boxes if box.look.faded)
    lines = [
        "---", f"title: {json.dumps(clean(picture.title), ensure_ascii=False)}", f"config: {json.dumps(_config(theme))}", "---",
        f"flowchart {'TB' if is_down else 'LR'}",
        f"  accTitle: {_spoken(picture.title)}", f"  accDescr: {_spoken(picture.caption)}",
        *(f"  {_box(box)}:::{classes[box.family]}" for box in picture.boxes),
        *(line for number, cluster in enumerate(picture.clusters) for line in _cluster(cluster, f"g{number}", "  ", theme)),
        *(f"  {_wire(wire)}" for wire in picture.wires),
        *(f"  classDef {name} {_colours(family, theme)}" for family, name in classes.items()),
        *(line for box in picture.boxes for line in _look(box, theme)),
        *(("  classDef faded opacity:0.35", f"  class {faded} faded") if faded else ()),
    ]
    text = "\n".join(lines) + "\n"
    _warn_of_limits(picture, text)
    return text


def _config(theme: Theme) -> dict[str, Any]:
    """Mermaid's own theme in our colours, for what no class reaches: wires, their labels, the title."""
    colours = {"background": theme.paper, "lineColor": theme.wire, "textColor": theme.ink, "titleColor": theme.ink,
               "edgeLabelBackground": theme.paper,
               "nodeTextColor": theme.ink, "primaryTextColor": theme.ink, "fontSize": "14px"}
    return {"theme": "base", "themeVariables": colours, "flowchart": {"wrappingWidth": 400}}


def _warn_of_limits(picture: Picture, text: str) -> None:
    if len(picture.wires) > MOST_WIRES or len(text) > MOST_CHARACTERS:
        warnings.warn(f"Mermaid draws {MOST_WIRES} edges and {MOST_CHARACTERS:,} characters unless it is set up for more, but this text "
                      f"has {len(picture.wires):,} and {len(text):,}. Fold or focus the picture, or raise maxEdges and maxTextSize.",
                      DrawWarning, stacklevel=4)


def _spoken(text: str) -> str:
    """Words for a screen reader, which Mermaid takes as they are up to the end of the line."""
    return "".join(c if c.isalnum() or c in " .,·×→-_/()" else " " for c in clean(text)).strip() or "net"


def _box(box: Box) -> str:
    heading = " · ".join(part for part in (box.title, box.badge) if part) or "·"
    label = "<br>".join(escaped(line)[1:-1] for line in (heading, *box.lines))
    opening, closing = ("[[", "]]") if box.repeats > 1 else FORMS["pill" if box.form == "glyph" and box.lines else box.form]
    return f'{box.id}{opening}"{label}"{closing}'


def _wire(wire: PictureWire) -> str:
    label = f"|{escaped(wire.label)}|" if wire.label else ""
    return f"{wire.source} {ARROWS[wire.kind]}{label} {wire.target}"


def _cluster(cluster: Cluster, id: str, indent: str, theme: Theme) -> Iterator[str]:
    yield f"{indent}subgraph {id}[{escaped(cluster.name)}]"
    yield from (f"{indent}  {box}" for box in cluster.boxes)
    for number, inner in enumerate(cluster.clusters):
        yield from _cluster(inner, f"{id}_{number}", f"{indent}  ", theme)
    yield f"{indent}end"
    fill = theme.frames[id.count("_") % 2]
    yield f"{indent}style {id} fill:{fill},stroke:{theme.frame_edge},color:{theme.quiet}"


def _colours(family: str, theme: Theme) -> str:
    paint = theme.paint(family)
    dashes = ",stroke-dasharray:4 3" if family == "noise" else ""
    return f"fill:{paint.fill},stroke:{paint.edge},color:{theme.title_on(paint.fill)}{dashes}"


def _look(box: Box, theme: Theme) -> Iterator[str]:
    look = box.look
    said = {"fill": look.fill, "stroke": look.edge, "color": look.ink or (theme.title_on(look.fill) if look.fill else None),
            "stroke-width": f"{look.width:g}px" if look.width is not None else "2px" if box.is_output else None,
            "stroke-dasharray": {True: "4 3", False: "0", None: None}[look.dashed]}
    if words := ",".join(f"{key}:{value}" for key, value in said.items() if value):
        yield f"  style {box.id} {words}"
