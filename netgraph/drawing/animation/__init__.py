"""The animation: a small net and one sample go in; its forward and backward pass, step by step, with every number, come out."""

from netgraph.drawing.animation.animation import Animation, animate

__all__ = ["Animation", "animate"]
