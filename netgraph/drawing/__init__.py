"""The drawing wing: a graph goes in, a picture of it in SVG, PNG, PDF or DOT comes out."""

from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.diff import Diff, diff
from netgraph.drawing.drawing import Drawing, draw
from netgraph.drawing.figure import Figure

__all__ = ["Diff", "Drawing", "Figure", "diff", "draw", "draw_autograd"]
