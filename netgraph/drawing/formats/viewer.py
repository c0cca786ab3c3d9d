"""A sheet goes in; one HTML page to pan, zoom and search in comes out. It holds all it needs, and fetches nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from netgraph.drawing.card import Text
from netgraph.drawing.composition.facts import facts
from netgraph.drawing.formats.svg import is_dashed
from netgraph.drawing.placement import Frame, Place, Point
from netgraph.drawing.sheet import Sheet
from netgraph.drawing.text import clean
from netgraph.drawing.themes.paint import Paint, Theme
from netgraph.drawing.themes.theme import theme as theme_named
from netgraph.picture import Box, Picture, PictureWire
from netgraph.plan import Plan

WEB = Path(__file__).parent / "web"
FORMS = ("card", "pill", "glyph")
KINDS = ("data", "gain", "side", "delay", "added", "removed", "changed")
WEIGHTS = ("Regular", "Medium", "SemiBold")
MOST_LISTED = 40     # nodes that a box stands for which are named


def viewer_page(sheet: Sheet, theme: Theme, plan: Plan | None = None, unfolded: Sheet | None = None) -> str:
    """The page for a sheet. The light theme turns dark where the reader's system is; with a plan, a click tells all of a layer.

    Where there is a sheet of the same net with every layer by itself, a click on what is drawn once for many leads there.

    >>> import netgraph as ng
    >>> page = ng.draw(ng.chain(3, 4, 1)).html()
    >>> "default-src 'none'" in page, len(page) < 40_000
    (True, True)
    """
    style, script = (_read(f"viewer.{kind}") for kind in ("css", "js"))
    picture = sheet.picture
    net = net_data(sheet, theme, plan)
    if unfolded is not None:
        net |= {"unfolded": net_data(unfolded, theme, plan), "copies": _copies(picture, unfolded.picture)}
    said = f"{picture.title}: {picture.caption}. {len(picture.boxes):,} boxes and {len(picture.wires):,} wires."
    return Template(_read("viewer.html")).substitute(
        title=escape(clean(picture.title)), caption=escape(clean(picture.caption)), description=escape(clean(said)),
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script), net=embedded(net))


def _read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a Content-Security-Policy knows a text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def embedded(data: Any) -> str:
    r"""The JSON of data, with nothing in it that ends a script element.

    >>> print(embedded("</script>"))
    "\u003c/script>"
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def net_data(sheet: Sheet, theme: Theme, plan: Plan | None = None) -> dict[str, Any]:
    """What the script paints: geometry, words and colours, as plain lists in the order in which the script reads them."""
    picture, layout = sheet.picture, sheet.layout
    themes = [theme, theme_named("dark")] if theme.name == "light" else [theme]
    paints = list(dict.fromkeys((box.family, box.look.fill, box.look.edge, box.look.ink) for box in picture.boxes))
    looks = {(box.family, box.look.fill, box.look.edge, box.look.ink): box for box in picture.boxes}
    place = {box.id: number for number, box in enumerate(picture.boxes)}
    words: dict[str, int] = {}
    rows = [[[words.setdefault(part, len(words)) for part in row] for row in _facts(box, plan)] for box in picture.boxes]
    return {
        "width": sheet.width, "height": sheet.height, "isDark": _is_dark(theme.paper),
        "themes": [_theme(theme, [theme.paint_of(looks[paint]) for paint in paints]) for theme in themes],
        "boxes": [_box(box, layout.boxes[box.id], sheet.cards[box.id].texts,
                       paints.index((box.family, box.look.fill, box.look.edge, box.look.ink))) for box in picture.boxes],
        "wires": [_wire(wire, route.points, text, place) for wire, route, text in
                  zip(picture.wires, layout.routes, sheet.labels, strict=True)],
        "frames": [_frame(frame, layout.boxes, place) for frame in layout.frames],
        "facts": rows, "words": list(words),
    }


def _copies(picture: Picture, unfolded: Picture) -> list[list[int]]:
    """For each box the numbers of the boxes that have its layers where nothing is folded."""
    home: dict[Hashable, list[int]] = defaultdict(list)
    for number, box in enumerate(unfolded.boxes):
        for member in box.members:
            home[member].append(number)
    return [sorted({number for member in box.members for number in home.get(member, ())}) for box in picture.boxes]


def _is_dark(paper: str) -> bool:
    return sum(int(paper[at:at + 2], 16) for at in (1, 3, 5)) < 3 * 128


def _theme(theme: Theme, paints: Sequence[Paint]) -> dict[str, Any]:
    return {"paper": theme.paper, "ink": theme.ink, "quiet": theme.quiet, "strokes": [theme.stroke(kind) for kind in KINDS],
            "frames": theme.frames, "frameEdge": theme.frame_edge, "focus": theme.paint("dense").edge,
            "paints": [(paint.fill, paint.edge, paint.ink, theme.title_on(paint.fill)) for paint in paints]}


def _round(value: float) -> float:
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _box(box: Box, place: Place, texts: Sequence[Text], paint: int) -> list[Any]:
    marks = box.is_output + 2 * (box.repeats > 1) + 4 * is_dashed(box) + 8 * box.look.faded
    lines = [[text.text, _round(text.x), _round(text.y), text.size, WEIGHTS.index(text.weight), int(text.role not in ("title", "glyph")),
              _round(text.width + 1)] for text in texts]
    return [*map(_round, (place.x, place.y, place.width, place.height)), paint, FORMS.index(box.form), marks, lines, clean(box.name) or "·"]


def _wire(wire: PictureWire, points: Sequence[Point], label: Text | None, place: Mapping[str, int]) -> list[Any]:
    flat = [_round(value) for point in points for value in point]
    said = [[label.text, _round(label.x), _round(label.y), _round(label.width + 1)]] if label else []
    return [place[wire.source], place[wire.target], KINDS.index(wire.kind), flat, *said]


def _frame(frame: Frame, boxes: Mapping[str, Place], place: Mapping[str, int]) -> list[Any]:
    inside = [place[id] for id, box in boxes.items() if frame.place.overlaps(box)]
    place_of = map(_round, (frame.place.x, frame.place.y, frame.place.width, frame.place.height))
    return [*place_of, frame.depth, clean(frame.name), inside, int(bool(frame.mark))]


def _facts(box: Box, plan: Plan | None) -> list[tuple[str, str]]:
    """The facts of the first layer that a box stands for, and the names of all where they are several."""
    if plan is None or not box.members or box.members[0] not in plan.layers:
        return [("", clean(box.tip))] if box.tip else []
    names = [clean(member) for member in box.members[:MOST_LISTED]]
    more = f" and {len(box.members) - MOST_LISTED:,} more" if len(box.members) > MOST_LISTED else ""
    several = [("stands for", f"{len(box.members):,} layers: {', '.join(names)}{more}"), ("each", names[0])] if len(box.members) > 1 else []
    return [*several, *facts(plan[box.members[0]])]
