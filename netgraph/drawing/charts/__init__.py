"""The charts: a net goes in, histograms of its weights come out; a history goes in, its curves come out."""

from netgraph.drawing.charts.histograms import draw_histograms
from netgraph.drawing.charts.history import draw_history

__all__ = ["draw_histograms", "draw_history"]
