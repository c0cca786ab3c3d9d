"""Graphs go in; how alike they are comes out: vectors, similarities, edit distances, neighbours."""
