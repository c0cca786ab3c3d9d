"""Groups of channels: an array flows in, the same with its channels as two axes comes out."""

from __future__ import annotations

from typing import Any


def by_group(x: Any, groups: int, axis: int) -> Any:
    """The axis of channels as two: (groups, channels of one)."""
    return x.reshape(*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1:])
