"""One number a channel: how it meets samples of a known rank, and how what came of it is summed up again."""

from __future__ import annotations

from typing import Any

from netgraph.op import Op
from netgraph.shape import Shape


class ByChannel(Op):
    """An op at samples of `rank` axes, the first of which are channels."""

    rank: Any

    @property
    def column(self) -> tuple[int, ...]:
        """The shape in which one number a channel meets the input."""
        return (1, -1, *(1,) * (self.rank - 1))

    @property
    def others(self) -> int | tuple[int, ...]:
        """All axes but the channels'."""
        return (0, *range(2, self.rank + 1)) if self.rank > 1 else 0

    def at(self, x: Shape) -> Op:
        return self
