"""Graphs of single neurons: one flows in and comes out as a net of layers that trains fast, and the other way round."""

from netgraph.neurons.layering import from_neurons
from netgraph.neurons.unfolding import to_neurons

__all__ = ["from_neurons", "to_neurons"]
