"""Moves of an array's numbers: away from its ends by padding, round by rolling, and back to front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Dims, Margins, Number
from netgraph.op import Op
from netgraph.ops.padding import BORDERS, bordered, folded
from netgraph.ops.word import word
from netgraph.shape import Shape, axis_of, sizes


@word("pad")
@dataclass(frozen=True)
class Pad(Op):
    """Numbers before and after each dim, the last dim first: pad=(left, right, top, bottom).

    By mode "constant" they are `value`, otherwise the image's own. Source: torch.nn.functional.pad.
    """

    pad: Margins
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Number = 0.0

    examples = (({"pad": (1, 1)}, ((2, 3),)), ({"pad": (1, 0, 2, 1), "value": 0.5}, ((3, 2),)),
                ({"pad": (2, 1, 1, 0), "mode": "reflect"}, ((1, 3, 4),)), ({"pad": (2, 3), "mode": "circular"}, ((2, 3),)),
                ({"pad": (1, 1, 2, 0), "mode": "replicate"}, ((1, 2, 2),)))

    @property
    def ends(self) -> list[int]:
        return list(self.pad)

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """Before and after each dim that is padded, first to last."""
        return tuple(zip(self.pad[-2::-2], self.pad[::-2], strict=True))

    def shape(self, x: Shape) -> Shape:
        rest = len(x) - len(self.widths)
        if rest < 0 or (self.mode != "constant" and rest != 1):
            raise ShapeError(f"'pad' was given pad={self.pad} for the last {len(self.widths)} dims with mode={self.mode!r}, but got {x}. "
                             + ("Give two numbers for each dim." if rest < 0 else "That mode pads all dims but the channels'."))
        padded = sizes(x[rest:], "'pad'")
        most = {"reflect": -1, "circular": 0}.get(self.mode)
        for n, ends in zip(padded, self.widths, strict=True):
            if most is not None and max(ends) > n + most:
                raise ShapeError(f"'pad' adds {max(ends)} numbers by mode={self.mode!r}, but a side of {n} has only {n + most} to give. "
                                 f"Pad less, or with mode='constant'.")
        return (*x[:rest], *(n + before + after for n, (before, after) in zip(padded, self.widths, strict=True)))

    def at(self, x: Shape) -> Op:
        if self.mode != "constant":
            return Bordered(self.pad, self.mode)
        return Padded(self.pad, self.mode, self.value, ((0, 0),) * (len(x) + 1 - len(self.widths)) + self.widths)


@dataclass(frozen=True)
class Padded(Pad):
    """`value` around an array. `around` says how often, before and after each axis of the batch."""

    around: Any = ()

    @property
    def within(self) -> tuple[Any, ...]:
        """The index of the array in the padded one."""
        return tuple(slice(before or None, -after or None) for before, after in self.around)

    def at(self, x: Shape) -> Op:
        return self

    def forward(self, x: Any) -> Any:
        y = np.pad(x, self.around, constant_values=self.value)
        return y

    def backward(self, gy: Any) -> Any:
        gx = gy[self.within]
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.pad(x, self.ends, value=self.value)


@dataclass(frozen=True)
class Bordered(Pad):
    """An image's own numbers around it."""

    @property
    def border(self) -> Any:
        return BORDERS[self.mode]

    def at(self, x: Shape) -> Op:
        return self

    def forward(self, x: Any) -> Any:
        y = bordered(x, self.widths, self.border)
        return y

    def backward(self, gy: Any) -> Any:
        gx = folded(gy, self.widths, self.border)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.pad(x, self.ends, self.mode)


@word("roll")
@dataclass(frozen=True)
class Roll(Op):
    """Moved by `shifts` along `dims`; what leaves at one end comes in at the other. Source: torch.roll."""

    shifts: Dims
    dims: Dims = (1,)

    examples = (({"shifts": 1}, ((4,),)), ({"shifts": (-1, 2), "dims": (1, -1)}, ((3, 4),)))

    @property
    def back(self) -> tuple[int, ...]:
        return tuple(-shift for shift in self.shifts)

    def shape(self, x: Shape) -> Shape:
        for dim in self.dims:
            axis_of(dim, len(x), "'roll'")
        if len(self.shifts) != len(self.dims):
            raise ShapeError(f"'roll' has shifts={self.shifts} for dims={self.dims}. Give one shift for each dim.")
        return x

    def forward(self, x: Any) -> Any:
        y = np.roll(x, self.shifts, self.dims)
        return y

    def backward(self, gy: Any) -> Any:
        gx = np.roll(gy, self.back, self.dims)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.roll(self.shifts, self.dims)


@word("flip")
@dataclass(frozen=True)
class Flip(Op):
    """Turned round along `dims`. Source: torch.flip."""

    dims: Dims

    examples = (({"dims": 1}, ((4,),)), ({"dims": (1, -1)}, ((2, 3),)))

    def shape(self, x: Shape) -> Shape:
        for dim in self.dims:
            axis_of(dim, len(x), "'flip'")
        return x

    def forward(self, x: Any) -> Any:
        y = np.flip(x, self.dims)
        return y

    def backward(self, gy: Any) -> Any:
        gx = np.flip(gy, self.dims)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x.flip(self.dims)
