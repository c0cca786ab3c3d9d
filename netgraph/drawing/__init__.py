"""The drawing wing: a graph goes in, a picture of it in SVG, PNG, PDF or DOT comes out."""

from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.diff import Diff, diff
from netgraph.drawing.drawing import Drawing, draw
from netgraph.drawing.figure import Figure
from netgraph.drawing.neurons import draw_neurons
from netgraph.drawing.view import View
from netgraph.drawing.volumes import draw_volumes

__all__ = ["Diff", "Drawing", "Figure", "View", "diff", "draw", "draw_autograd", "draw_neurons", "draw_volumes"]
