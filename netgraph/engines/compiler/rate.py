"""The rate of a routine: a number flows in before a run; all gradients of the run are that many times as large."""

from __future__ import annotations

import numpy as np


class Rate:
    """A number that is set before a run, and its products with numbers that are known before, as arrays without dims.

    >>> rate = Rate(np.dtype("float32"))
    >>> doubled = rate.times(2.0)
    >>> rate.set(0.25)
    >>> doubled
    array(0.5, dtype=float32)
    """

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype, self.value = dtype, 1.0
        self._products: dict[float, np.ndarray] = {}

    def times(self, factor: float) -> np.ndarray:
        """The rate times a number; it follows the rate."""
        return self._products.setdefault(factor, np.array(self.value * factor, self.dtype))

    def set(self, value: float) -> None:
        """Make the rate another number."""
        if value != self.value:
            self.value = value
            for factor, product in self._products.items():
                product[...] = value * factor
