"""A graph goes in and a file comes out; a file goes in and a graph comes out."""

from netgraph.exchange.formats import load, load_stream, save
from netgraph.exchange.python_file import load_declaration

__all__ = ["load", "load_declaration", "load_stream", "save"]
