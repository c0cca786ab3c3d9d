"""Scratch memory: requests of kernels flow in; memory that they use one after the other, and that so stays in the cache, comes out."""

from __future__ import annotations

import numpy as np

from netgraph.engines.compiler.arena import ALIGNMENT


class Scratch:
    """Numbered places for intermediate results. What is in them means nothing from one call of a kernel to the next.

    >>> scratch = Scratch()
    >>> first, second = scratch.take(0, 6, np.dtype("float32")), scratch.take(0, 4, np.dtype("float32"))
    >>> np.shares_memory(first, second), np.shares_memory(first, scratch.take(1, 6, np.dtype("float32")))
    (True, False)
    """

    def __init__(self) -> None:
        self.buffers: dict[int, np.ndarray] = {}

    def take(self, place: int, count: int, dtype: np.dtype) -> np.ndarray:
        """So many numbers at the place."""
        size_bytes = count * dtype.itemsize
        if place not in self.buffers or self.buffers[place].size < size_bytes:
            whole = np.empty(size_bytes + ALIGNMENT, np.uint8)
            start = -whole.ctypes.data % ALIGNMENT
            self.buffers[place] = whole[start:start + size_bytes]
        return self.buffers[place][:size_bytes].view(dtype)
