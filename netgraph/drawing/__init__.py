"""The drawing wing: a graph goes in, a picture of it in SVG, PNG, PDF or DOT comes out."""

from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.drawing import Drawing, draw
from netgraph.drawing.figure import Figure
from netgraph.drawing.neurons import draw_neurons
from netgraph.drawing.view import View
from netgraph.drawing.volumes import draw_volumes

__all__ = ["Drawing", "Figure", "View", "draw", "draw_autograd", "draw_neurons", "draw_volumes"]
