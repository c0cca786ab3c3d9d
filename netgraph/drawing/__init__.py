"""The drawing wing: a graph goes in, a picture of it in SVG, PNG, PDF or DOT comes out."""

from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.drawing import Drawing, draw
from netgraph.drawing.figure import Figure

__all__ = ["Drawing", "Figure", "draw", "draw_autograd"]
