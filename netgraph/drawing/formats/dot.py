"""A picture goes in; DOT text that any Graphviz reads comes out. Ids are made up, and every label is quoted."""

from __future__ import annotations

from collections.abc import Iterator

from netgraph.drawing.formats.svg import edge_width, is_dashed
from netgraph.drawing.text import clean
from netgraph.drawing.themes.paint import Theme
from netgraph.picture import Box, Cluster, Picture, PictureWire

FADED = "4d"         # the opacity of what stands in the background, as colours of Graphviz end in it
STYLES = {"data": "solid", "gain": "dashed", "side": "dotted", "delay": "solid", "added": "bold", "removed": "dashed", "changed": "solid"}
MARKS = ("added", "removed", "changed")


def quoted(text: str) -> str:
    r"""The text as a DOT string: nothing in it is markup, an escape or an end of the string.

    >>> print(quoted('"]; evil'), quoted("<b>"), quoted("\\N"))
    "\"]; evil" "<b>" "\\N"
    """
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def dot_text(picture: Picture, theme: Theme, is_down: bool = False) -> str:
    """The DOT of a picture."""
    return "\n".join((
        "digraph {",
        f"  graph [rankdir={'TB' if is_down else 'LR'} label={quoted(picture.title)} labelloc=t fontname=\"Helvetica\" fontsize=18"
        f" bgcolor=\"{theme.paper}\" fontcolor=\"{theme.ink}\"]",
        f"  node [shape=box style=\"rounded,filled\" fontname=\"Helvetica\" fontsize=12 fontcolor=\"{theme.ink}\"]",
        f"  edge [color=\"{theme.wire}\" fontname=\"Helvetica\" fontsize=10 fontcolor=\"{theme.quiet}\" arrowsize=0.7]",
        *(_box(box, theme) for box in picture.boxes),
        *(line for number, cluster in enumerate(picture.clusters) for line in _cluster(cluster, f"{number}", theme)),
        *(_wire(wire, theme) for wire in picture.wires),
        "}", ""))


def _box(box: Box, theme: Theme) -> str:
    paint = theme.paint_of(box)
    heading = "  ".join(part for part in (box.title, box.badge) if part)
    label = '"' + r"\n".join(quoted(line)[1:-1] for line in (heading, *box.lines)) + '"'
    shape = " shape=circle" if box.form == "glyph" and not box.lines else ""
    fade = FADED if box.look.faded else ""
    dashes = ' style="rounded,filled,dashed"' if is_dashed(box) else ""
    return (f'  {box.id} [label={label} tooltip={quoted(box.tip or box.title)} fillcolor="{paint.fill}{fade}" color="{paint.edge}{fade}"'
            f' fontcolor="{theme.title_on(paint.fill)}{fade}" penwidth={edge_width(box, theme):g}{shape}{dashes}]')


def _wire(wire: PictureWire, theme: Theme) -> str:
    label = f" label={quoted(wire.label)}" if wire.label else ""
    colour = f' color="{theme.paint(wire.kind).edge}"' if wire.kind in MARKS else ""
    return f"  {wire.source} -> {wire.target} [style={STYLES[wire.kind]}{colour}{label}]"


def _cluster(cluster: Cluster, path: str, theme: Theme) -> Iterator[str]:
    yield f"  subgraph cluster_{path} {{ label={quoted(cluster.name)} labeljust=l style=\"rounded,filled\" fontsize=11"
    yield f"    fillcolor=\"{theme.frames[path.count('_') % 2]}\" color=\"{theme.frame_edge}\""
    yield f"    {' '.join(cluster.boxes)}"
    for number, inner in enumerate(cluster.clusters):
        yield from _cluster(inner, f"{path}_{number}", theme)
    yield "  }"
