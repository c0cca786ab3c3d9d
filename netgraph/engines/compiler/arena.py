"""The arena: requests for memory flow in, in running order; buffers that are used again and again come out."""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np

ALIGNMENT = 64                                             # a cache line


class Arena:
    """Hands out byte buffers. What is given back is handed out again to the next request that it is large enough for.

    >>> arena = Arena()
    >>> first = arena.take(100); arena.give(first); arena.take(80) is first
    True
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self._free: list[tuple[int, int]] = []             # (size, number), smallest first
        self._buffers: list[np.ndarray] = []
        self._numbers: dict[int, int] = {}

    def take(self, size_bytes: int) -> np.ndarray:
        """A buffer of at least so many bytes: the smallest free one that is large enough, but not wastefully large, or a new one."""
        place = bisect_left(self._free, (size_bytes, -1))
        if place < len(self._free) and self._free[place][0] <= 4 * size_bytes + 4096:
            return self._buffers[self._free.pop(place)[1]]
        whole = np.empty(size_bytes + ALIGNMENT, np.uint8)
        start = -whole.ctypes.data % ALIGNMENT
        buffer = whole[start:start + size_bytes]
        self._numbers[id(buffer)] = len(self._buffers)
        self._buffers.append(buffer)
        self.size_bytes += size_bytes
        return buffer

    def give(self, buffer: np.ndarray) -> None:
        """Take a buffer back."""
        insort(self._free, (buffer.size, self._numbers[id(buffer)]))
