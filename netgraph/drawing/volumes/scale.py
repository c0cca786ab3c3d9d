"""The shapes of all blocks come in; how many pixels each side, each channel and each unit takes goes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

LARGEST_SIDE = 150.0     # pixels of the largest height or width
LARGEST_DEPTH = 52.0     # of the most channels
LARGEST_BAR = 170.0      # of the most units
SLANT = 0.34             # how far a side that runs away from the reader goes right and up
BAR = 9.0                # pixels that a vector is wide


@dataclass(frozen=True)
class Solid:
    """A block in pixels: as wide as it has channels, as high as its map, its width running away from the reader."""

    width: float
    height: float
    away: float

    @property
    def reach(self) -> float:
        """From its left to its right end."""
        return self.width + self.away


@dataclass(frozen=True)
class Scale:
    """Lengths that grow as the square root of the sizes: sides, channels and units each in their own measure.

    >>> Scale(side=100, channels=64, units=10).length(25)
    75.0
    """

    side: int
    channels: int
    units: int
    zoom: float = 1.0

    @classmethod
    def of(cls, shapes: Iterable[Any], zoom: float = 1.0) -> Scale:
        """The scale on which the largest of the shapes are as large as a block may be, times the zoom in height."""
        shapes = list(shapes)
        maps = [shape for shape in shapes if len(shape) > 1]
        return cls(max((max(shape[1:]) for shape in maps), default=1), max((shape[0] for shape in maps), default=1),
                   max((shape[0] for shape in shapes if len(shape) == 1), default=1), zoom)

    def length(self, size: int) -> float:
        """Pixels of a side."""
        return max(self.zoom * LARGEST_SIDE * sqrt(size / self.side), 5.0)

    def solid(self, shape: Any) -> Solid:
        """A feature map (channels, height[, width]) or a vector (units,) in pixels."""
        if len(shape) < 2:
            return Solid(BAR, max(self.zoom * LARGEST_BAR * sqrt((shape[0] if shape else 1) / self.units), 12.0), BAR * SLANT)
        return Solid(max(LARGEST_DEPTH * sqrt(shape[0] / self.channels), 3.0), self.length(shape[1]),
                     SLANT * self.length(shape[2] if len(shape) > 2 else 1))
