"""The neuron view: a graph of dense layers goes in; every unit as a circle, every weight as a line comes out."""

from netgraph.drawing.neurons.neurons import draw_neurons

__all__ = ["draw_neurons"]
