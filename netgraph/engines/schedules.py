"""Schedules: an epoch's number flows in, its learning rate comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from netgraph.errors import OpError, shorten, suggestion

Rate = float | Callable[[int], float]


@dataclass(frozen=True)
class Step:
    """lr · gamma^⌊epoch / step_size⌋."""

    lr: float
    step_size: int
    gamma: float = 0.1

    def __call__(self, epoch: int) -> float:
        return self.lr * self.gamma ** (epoch // self.step_size)


@dataclass(frozen=True)
class Exponential:
    """lr · gamma^epoch."""

    lr: float
    gamma: float = 0.95

    def __call__(self, epoch: int) -> float:
        return self.lr * self.gamma**epoch


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from lr to `final` over `epochs` (Loshchilov & Hutter 2017, eq. 5), after `warmup` epochs of even rise."""

    lr: float
    epochs: int
    warmup: int = 0
    final: float = 0.0

    def __call__(self, epoch: int) -> float:
        if epoch < self.warmup:
            return self.lr * (epoch + 1) / self.warmup
        share = min((epoch - self.warmup) / max(self.epochs - self.warmup, 1), 1.0)
        return self.final + (self.lr - self.final) * (1 + math.cos(math.pi * share)) / 2


SCHEDULES: dict[str, type[Step] | type[Exponential] | type[Cosine]] = {"step": Step, "exponential": Exponential, "cosine": Cosine}


def schedule(name: str, lr: float, **constants: Any) -> Callable[[int], float]:
    """A learning rate that changes from epoch to epoch: "step", "exponential" or "cosine". Any function of the epoch serves as well.

    Raises: OpError for an unknown name or constant.

    >>> rate = schedule("cosine", lr=0.1, epochs=10, warmup=2)
    >>> [round(rate(epoch), 3) for epoch in (0, 1, 2, 6, 10)]
    [0.05, 0.1, 0.1, 0.05, 0.0]
    """
    if name not in SCHEDULES:
        raise OpError(f"{shorten(name)} is no schedule. {suggestion(name, SCHEDULES)}")
    try:
        return SCHEDULES[name](lr, **constants)
    except TypeError:
        wanted = [field.name for field in fields(SCHEDULES[name]) if field.name != "lr"]
        raise OpError(f"The schedule '{name}' was given {', '.join(constants) or 'nothing'}, but takes {', '.join(wanted)}. "
                      "Correct them.") from None
