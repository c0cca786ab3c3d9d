"""The bias of convolutions: a number for each channel is added to an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netgraph.op import Op


@dataclass(frozen=True)
class AddChannelBias(Op):
    """y = x + b for each channel of an image (N, C, ...) of `rank` sides."""

    rank: Any

    @property
    def column(self) -> tuple[Any, ...]:
        return (slice(None), *(None,) * self.rank)

    @property
    def others(self) -> tuple[int, ...]:
        """All axes but the channels'."""
        return (0, *range(2, self.rank + 2))

    def forward(self, x: Any, *, bias: Any) -> Any:
        y = x + bias[self.column]
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy
        gbias = gy.sum(axis=self.others)
        return gx, gbias

    def torch(self, torch: Any, x: Any, *, bias: Any) -> Any:
        return x + bias[self.column]
