"""What a format cannot hold goes in with its place in the graph; a sentence naming that place comes out."""

from __future__ import annotations

from typing import Any

from netgraph.errors import shorten

Place = tuple[Any, ...]
"""Where a value stands: first its owner (a node's id, an edge as a pair, None for the graph), then keys from outside in."""


class MisfitError(ValueError):
    """Something that does not fit the format; `load` and `save` add the file's name and raise it as a FileError."""


def place_text(place: Place) -> str:
    """The place as a sentence begins with it.

    >>> place_text(("h", "weight", "query"))
    "Node 'h', attribute 'weight', 'query'"
    >>> place_text((("x", "h"),))
    "Edge 'x' -> 'h'"
    """
    owner, *keys = place
    begin = "The graph" if owner is None else f"Node {shorten(owner)}"
    if isinstance(owner, tuple):
        begin = f"Edge {shorten(owner[0])} -> {shorten(owner[1])}"
    if not keys:
        return begin
    return f"{begin}, attribute {', '.join(shorten(key, 30) for key in keys[:4])}"


def within(content: bytes, budget: int, language: str) -> bytes:
    """The content of a file, where it is small enough to be read again.

    Raises: MisfitError when it is not.

    >>> within(b"{}", 2**20, "JSON")
    b'{}'
    """
    if len(content) > budget:
        raise MisfitError(f"It would take {len(content) // 2**20} MiB of {language}, and {budget // 2**20} are read. "
                          "Save it as .safetensors.")
    return content
