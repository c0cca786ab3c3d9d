"""Broadcasting: gradients of stretched arrays flow in, gradients in the arrays' own shapes come out."""

from __future__ import annotations

from typing import Any


def unbroadcast(g: Any, shape: Any) -> Any:
    """The gradient of an array that was stretched to g's shape: summed over the axes where it was stretched."""
    axes = tuple(i for i, size in enumerate(shape) if size != g.shape[i])
    return g.sum(axis=axes, keepdims=True) if axes else g
