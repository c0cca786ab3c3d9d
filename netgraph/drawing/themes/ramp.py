"""Numbers come in; colours go out: one hue for each sign, deeper the larger the number."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from netgraph.drawing.themes.theme import Theme


@dataclass(frozen=True)
class Ramp:
    """Colours from -`most` through 0, the colour of the paper, to `most`.

    >>> from netgraph.drawing.themes.theme import theme
    >>> ramp = Ramp(theme("light"), most=2.0)
    >>> ramp.colour(0), ramp.colour(2) == theme("light").paint("dense").edge
    ('#ffffff', True)
    """

    theme: Theme
    most: float

    @property
    def positive(self) -> str:
        """The full colour of what is above 0."""
        return self.theme.paint("dense").edge

    @property
    def negative(self) -> str:
        """The full colour of what is below 0."""
        return self.theme.paint("conv").edge

    @property
    def is_grey(self) -> bool:
        """Whether the theme has one colour for both signs, which are then told apart by dashes and by lightness."""
        return self.positive == self.negative

    def dashes(self, value: float) -> str:
        """The dashes of a line for a number: none, unless only they can say that it is below 0."""
        return "5 3" if self.is_grey and value < 0 else ""

    def strength(self, value: float) -> float:
        """How far the number is from 0 towards the largest, from 0 to 1; 1 for what is no number."""
        if math.isnan(value):
            return 1.0
        return min(abs(value) / self.most, 1.0) if self.most else 0.0

    def colour(self, value: float, least: float = 0.0) -> str:
        """The colour of a number; `least` is how strong even the smallest is painted. What is no number has a colour of its own."""
        if math.isnan(value):
            return self.theme.gain
        strength = least + (1 - least) * self.strength(value)
        return mixed(self.theme.paper, self.negative if value < 0 else self.positive, strength)

    def shade(self, value: float) -> str:
        """The colour of a cell for a number; where one colour does for both signs, from light through grey to dark.

        >>> from netgraph.drawing.themes.theme import theme
        >>> Ramp(theme("light"), most=2.0).shade(0)
        '#ffffff'
        """
        if not self.is_grey:
            return self.colour(value)
        share = 0.5 + 0.5 * max(-1.0, min(value / (self.most or 1.0), 1.0))
        return mixed(self.theme.paper, self.positive, share)


def largest(arrays: Iterable[np.ndarray]) -> float:
    """The largest absolute finite number in arrays, 0 where there is none.

    >>> largest([np.array([1.0, -3.0]), np.array([np.inf])])
    3.0
    """
    finite = [np.abs(array[np.isfinite(array)]) for array in map(np.asarray, arrays)]
    return max((float(part.max()) for part in finite if part.size), default=0.0)


def mixed(start: str, end: str, share: float) -> str:
    """The colour `share` of the way from one to the other, both #rrggbb.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    ends = [(int(start[at:at + 2], 16), int(end[at:at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in ends)
