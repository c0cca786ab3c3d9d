"""Schedules: an epoch's number flows in, its learning rate comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netgraph.errors import OpError, shorten, suggestion
from netgraph.fields import Count, NotNegative, Positive, Size, read_fields, required

Rate = float | Callable[[int], float]


@dataclass(frozen=True)
class Step:
    """lr · gamma^⌊epoch / step_size⌋."""

    lr: Positive
    step_size: Size
    gamma: Positive = 0.1

    def __call__(self, epoch: int) -> float:
        return self.lr * self.gamma ** (epoch // self.step_size)


@dataclass(frozen=True)
class Exponential:
    """lr · gamma^epoch."""

    lr: Positive
    gamma: Positive = 0.95

    def __call__(self, epoch: int) -> float:
        return self.lr * self.gamma**epoch


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from lr to `final` over `epochs` (Loshchilov & Hutter 2017, eq. 5), after `warmup` epochs of even rise."""

    lr: Positive
    epochs: Size
    warmup: Count = 0
    final: NotNegative = 0.0

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
    if not isinstance(name, str) or name not in SCHEDULES:
        raise OpError(f"{shorten(name)} is no schedule. {suggestion(name, SCHEDULES)}")
    kind, given = SCHEDULES[name], {"lr": lr, **constants}
    read = read_fields(kind, given, f"The schedule '{name}'")
    if missing := sorted(required(kind) - given.keys()):
        raise OpError(f"The schedule '{name}' lacks {' and '.join(missing)}. Add {', '.join(f'{word}=...' for word in missing)} to it.")
    return kind(**read)
