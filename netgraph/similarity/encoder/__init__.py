"""Graphs with numbers on their nodes and edges go in; a graph convolutional network that learns how alike they are comes out."""

from netgraph.similarity.encoder.graph_encoder import GraphEncoder

__all__ = ["GraphEncoder"]
