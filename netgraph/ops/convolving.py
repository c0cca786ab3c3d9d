"""What convolutions and transposed ones have in common: their axes, their groups, their bias."""

from __future__ import annotations

from typing import Any, ClassVar

from netgraph.errors import ShapeError
from netgraph.op import Op
from netgraph.ops.channel_bias import AddChannelBias
from netgraph.shape import Shape
from netgraph.weights import Array


class Convolving(Op):
    """Over images of `rank` sides. The subclasses hold the constants, whose types depend on the rank, and the torch calls."""

    is_weighted = True
    rank: ClassVar[int]
    channels: Any
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    groups: Any

    @property
    def who(self) -> str:
        return f"'{self.word}'"

    @property
    def sides(self) -> tuple[int, ...]:
        """The axes of an image's sides, and of the batch before them."""
        return (0, *range(2, self.rank + 2))

    @property
    def seen_axes(self) -> tuple[int, ...]:
        """The axes of the channels and of the kernel in what a kernel sees, or spreads a pixel to."""
        return (1, *range(self.rank + 2, 2 * self.rank + 2))

    @property
    def kernel_axes(self) -> tuple[int, ...]:
        """The same in the weight."""
        return tuple(range(1, self.rank + 2))

    @property
    def channel_axis(self) -> int:
        """Where the channels stand in (N, H', W', C, kh, kw)."""
        return self.rank + 1

    @property
    def letters(self) -> tuple[str, str]:
        """For the sides of an image, and of the kernel, in the equations of groups."""
        return "zyx"[-self.rank:], "dhw"[-self.rank:]

    def require_groups(self, channels: int) -> None:
        """Raises ShapeError where the groups do not divide the channels of the input and of the output."""
        if channels % self.groups or self.channels % self.groups:
            raise ShapeError(f"{self.who} has groups={self.groups}, which must divide its {channels} input and {self.channels} output "
                             f"channels. Choose groups that divide both.")

    def add_bias(self, x: Shape) -> tuple[Op, Array]:
        return AddChannelBias(self.rank), Array((self.channels,), fan_in=self.weight(x).fan_in)
