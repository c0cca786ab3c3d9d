"""Graphs or vectors go in under names of their own; those nearest to another come out, and the whole as one file."""

from netgraph.similarity.library.index import Index, Match

__all__ = ["Index", "Match"]
