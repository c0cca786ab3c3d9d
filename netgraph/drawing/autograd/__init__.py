"""What is to be trained comes in; the drawing of its way back, from the loss to the weights, goes out."""

from netgraph.drawing.autograd.draw import draw_autograd as draw_autograd
