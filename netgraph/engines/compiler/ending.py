"""Endings: a kernel's numbers flow in, block by block while they are in the cache; added to and clipped, they flow out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

Bounds = tuple[float, float | None]


@dataclass(frozen=True)
class Ending:
    """What follows: other images are added, then all is clipped to `bounds`, of which the upper may be None."""

    adds: bool = False
    bounds: Bounds | None = None

    @property
    def title(self) -> str:
        return ", add" * self.adds + ", clip in one pass" * (self.bounds is not None)

    def with_addition(self) -> Ending | None:
        """The same and an addition; None where that would come too late."""
        return None if self.adds or self.bounds else replace(self, adds=True)

    def clipped(self, bounds: Bounds) -> Ending | None:
        """The same and then clipped; None where it is clipped already."""
        return None if self.bounds else replace(self, bounds=bounds)

    def finish(self, numbers: np.ndarray, out: np.ndarray, *added: np.ndarray) -> None:
        """Puts numbers, which are worked on where they are, into `out`, which may be the same array."""
        for images in added:
            np.add(numbers, images, out=numbers)
        low, high = self.bounds or (None, None)
        if low is None:
            if numbers is not out:
                np.copyto(out, numbers)
        elif high is None:
            np.maximum(numbers, low, out=out)
        else:
            np.clip(numbers, low, high, out=out)


@dataclass(frozen=True)
class Tail:
    """What follows a convolution in one call: each unit's `scale`, meant for the weights, its `shift`, what is `added`, and the ending."""

    scale: np.ndarray
    shift: np.ndarray
    added: Sequence[np.ndarray]
    ending: Ending

    def finish(self, numbers: np.ndarray, out: np.ndarray, *added: np.ndarray) -> None:
        """Puts packed numbers (N, ..., W, M), which are worked on where they are, into `out`."""
        runs = numbers.reshape(-1, numbers.shape[-2] * numbers.shape[-1])
        np.add(runs, np.tile(self.shift, numbers.shape[-2]), out=runs)
        self.ending.finish(numbers, out, *added)
