"""A picture, its plan and the user's style go in; the same picture comes out with the looks that the style gives to its boxes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netgraph.drawing.themes.colours import colour
from netgraph.drawing.themes.theme import width
from netgraph.errors import DrawError, shorten, suggestion
from netgraph.picture import Box, Look, Picture
from netgraph.plan import Layer, Plan
from netgraph.query import select

WORDS = ("fill", "edge", "ink", "width", "dashed", "faded")
Style = Mapping[str, Mapping[str, Any]] | Callable[[Layer], Mapping[str, Any] | None]


def styled(picture: Picture, plan: Plan, style: Style) -> Picture:
    """The picture with looks. A style maps queries to looks, of which later ones go over earlier; or it is a function of a layer.

    A look is a dict of fill, edge and ink (colours), width (pixels of the edge), dashed and faded (True or False).

    Raises: DrawError for a style or look of another form, GraphError for a query that cannot be read.

    >>> import netgraph as ng
    >>> style = {"op=dense": {"fill": "gold"}, "units=1": {"fill": "#abc"}}
    >>> [box.look.fill for box in ng.draw(ng.chain(3, 4, 1), style=style).picture.boxes]
    [None, '#ffd700', '#aabbcc']
    """
    looks = _asked(plan, style) if callable(style) else _selected(plan, style)
    return with_looks(picture, looks)


def with_looks(picture: Picture, looks: Mapping[Hashable, Look]) -> Picture:
    """The picture with looks by the ids of nodes. Boxes that look different are not folded into one."""
    return replace(picture, boxes=tuple(_looking(box, [looks.get(node, box.look) for node in box.members]) for box in picture.boxes))


def _looking(box: Box, looks: Sequence[Look]) -> Box:
    """The box with the look that all of its nodes have; as it is where they differ, as those of a group may."""
    look = looks[0] if looks and all(other == looks[0] for other in looks) else box.look
    return box if look == box.look else replace(box, look=look, alike=f"{box.alike} {look}", kind=box.kind and f"{box.kind} {look}")


def _asked(plan: Plan, style: Callable[[Layer], Mapping[str, Any] | None]) -> dict[Hashable, Look]:
    return {layer.id: look_of(look, f"The style of {shorten(layer.id)}") for layer in plan if (look := style(layer)) is not None}


def _selected(plan: Plan, style: Any) -> dict[Hashable, Look]:
    if not isinstance(style, Mapping):
        raise DrawError(f"style is {shorten(style)}, but takes a dict from queries to looks, or a function of a layer. "
                        'Write style={"op=conv2d": {"fill": "gold"}}.')
    looks: dict[Hashable, Look] = {}
    for query, look in style.items():
        for id in select(plan, query):
            looks[id] = look_of(look, f"The style of {shorten(query)}", looks.get(id, Look()))
    return looks


def look_of(given: object, where: str, base: Look | None = None) -> Look:
    """The look that a dict spells, over another one. `where` begins the sentence of a refusal.

    >>> look_of({"edge": "red", "width": 2}, "The style").width
    2.0
    """
    if not isinstance(given, Mapping):
        raise DrawError(f"{where} is {shorten(given)}, but takes a dict, such as {{'fill': 'gold'}}. Write one.")
    for word in given:
        if word not in WORDS:
            raise DrawError(f"{where} has no {shorten(word)}. {suggestion(word, WORDS)}")
    return replace(base or Look(), **{word: _value(word, value, f"{where}: {word}") for word, value in given.items()})


def _value(word: str, value: object, where: str) -> Any:
    if word == "width":
        return width(value, where)
    if word in ("dashed", "faded"):
        if not isinstance(value, bool):
            raise DrawError(f"{where} is {shorten(value)}. Write True or False.")
        return value
    return colour(value, where)
