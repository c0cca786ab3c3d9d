"""The drawing wing: a graph goes in, a picture of it in SVG, PNG, PDF or another format comes out."""

from netgraph.drawing.drawing import Drawing, draw
from netgraph.drawing.figure import Figure

__all__ = ["Drawing", "Figure", "draw"]
