"""Clipping: any array flows in; the same held between two numbers comes out, in one pass over memory."""

from __future__ import annotations

import numpy as np


class ClipKernel:
    """min(max(x, low), high). It has no gradient: training runs the op's page."""

    title = "clip in one pass"

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def forward(self, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        """y, laid out as x."""
        out = np.empty_like(x) if out is None else out
        return np.clip(x, self.low, self.high, out=out)
