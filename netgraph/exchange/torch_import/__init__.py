"""A torch module goes in; the DiGraph of its forward pass comes out, its own weights on the edges and nodes."""

from netgraph.exchange.torch_import.capture import call, tensors_in
from netgraph.exchange.torch_import.precision import HALVES, InFull
from netgraph.exchange.torch_import.reading import Reading, read_module

__all__ = ["HALVES", "InFull", "Reading", "call", "read_module", "tensors_in"]
