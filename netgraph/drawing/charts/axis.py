"""The numbers of a chart come in; an axis goes out: where each number stands, and which numbers are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_DECADES = 5         # that each get a tick of their own
CLOSEST = 1e-6           # two ends that differ by less than this share of themselves are one number
SMALLEST = 1e-100


@dataclass(frozen=True)
class Axis:
    """Numbers from `low` to `high` along pixels from `start` to `end`, evenly or by their logarithms.

    >>> Axis(0, 10, 100, 200).place(5), Axis(1, 100, 0, 50, is_log=True).place(10)
    (150.0, 25.0)
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """The pixel at which a number stands."""
        low, high, at = (math.log10(number) for number in (self.low, self.high, value)) if self.is_log else (self.low, self.high, value)
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers on the axis.

        >>> Axis(0, 10, 0, 1).ticks(), Axis(0.02, 3, 0, 1, is_log=True).ticks()
        ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.1, 1.0])
        """
        return _decades(self.low, self.high) if self.is_log else _round_numbers(self.low, self.high, most)


def tick_text(value: float) -> str:
    """A number as short as it is exact.

    >>> [tick_text(value) for value in (0.25, 1e-5, 3000.0, -0.5)]
    ['0.25', '1e−5', '3000', '−0.5']
    """
    text = f"{value:.10g}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")
    return text.replace("-", "−")


def span(values: Iterable[float], is_log: bool = False) -> tuple[float, float]:
    """The least and greatest of finite numbers, apart from each other; a logarithmic axis takes only those above 0.

    >>> span([3.0, float("nan"), 1.0]), span([2.0])
    ((1.0, 3.0), (1.5, 2.5))
    """
    finite = [value for value in values if math.isfinite(value) and (value > 0 or not is_log)]
    low, high = min(finite, default=1.0), max(finite, default=1.0)
    size = max(abs(low), abs(high))
    if high - low > CLOSEST * size and (is_log or size > SMALLEST):
        return low, high
    around = 0.25 * size if size > SMALLEST else 0.5
    return (low / 2, high * 2) if is_log else (low - around, high + around)


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, -(-(last - first + 1) // MOST_DECADES))
    decades = [float(f"1e{power}") for power in range(first, last + 1, step)]
    # Within one decade there is hardly a power of ten, so its ends are written.
    return decades if len(decades) > 1 else sorted({*decades, float(f"{low:.2g}"), float(f"{high:.2g}")})
