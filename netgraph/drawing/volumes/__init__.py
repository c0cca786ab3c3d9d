"""The volume view: a convolutional net goes in; its feature maps as blocks to scale come out."""

from netgraph.drawing.volumes.volumes import draw_volumes

__all__ = ["draw_volumes"]
