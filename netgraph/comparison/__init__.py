"""The room of comparison: two graphs go in; which layers of one are those of the other, and what became of them, comes out."""

from netgraph.comparison.compare import compare
from netgraph.comparison.difference import Difference

__all__ = ["Difference", "compare"]
