"""Graphs of operations flow in; patterns in which nets of one family agree come out, and a vector of them for each graph."""
