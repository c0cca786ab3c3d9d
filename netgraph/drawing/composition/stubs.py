"""A box on another page, or out of the view, goes in; the stub that stands for it where its wires are cut comes out."""

from __future__ import annotations

from netgraph.picture import Box, Look

CUT = Look(dashed=True)


def stub(box: Box, id: str, title: str, line: str = "") -> Box:
    """A dashed pill with no members: what it stands for is drawn elsewhere, or not at all.

    >>> stub(Box("b7", "conv1", tip="conv1: conv2d 64"), "b7i", "conv1", "from page 1").lines
    ('from page 1',)
    """
    said = f"{title}, {line}" if line else title
    return Box(id, title, (line,) if line else (), form="pill", tip=f"{said} ({box.tip or box.title})", look=CUT)
