"""The matrix views: a graph goes in, the table of its edges comes out; a net goes in, heat maps of its weights come out."""

from netgraph.drawing.matrix.adjacency import draw_matrix
from netgraph.drawing.matrix.heat import draw_weights

__all__ = ["draw_matrix", "draw_weights"]
