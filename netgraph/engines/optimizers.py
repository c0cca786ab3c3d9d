"""Optimisers: flat vectors of weights and gradients flow in, the weights are moved in place; each as its paper and PyTorch have it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np

from netgraph.errors import OpError, shorten, suggestion
from netgraph.fields import Number, Positive, Probability, Switch, probability, read_fields


def _pair_of_probabilities(value: object) -> tuple[float, float]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError("two numbers of at least 0 and less than 1")
    return probability(value[0]), probability(value[1])


Betas = Annotated[tuple[float, float], _pair_of_probabilities]
State = dict[str, np.ndarray]


@dataclass(frozen=True)
class Optimizer:
    """The rule by which weights w follow their gradient g. `moments` names the vectors that it keeps from step to step."""

    moments: ClassVar[tuple[str, ...]] = ()
    lr: Positive = 0.01

    def start(self, w: np.ndarray) -> State:
        """The state before the first step: zeros."""
        return {name: np.zeros_like(w) for name in self.moments}

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        """Change w in place; t counts the steps from 1."""
        raise NotImplementedError(f"{type(self).__name__} has no rule")


@dataclass(frozen=True)
class Sgd(Optimizer):
    """w ← w − lr · v, v ← momentum · v + (1 − dampening) g; the first v is g. Source: torch.optim.SGD; Sutskever et al. 2013."""

    moments = ("v",)
    momentum: Probability = 0.0
    dampening: Probability = 0.0
    nesterov: Switch = False
    weight_decay: Number = 0.0

    def start(self, w: np.ndarray) -> State:
        return super().start(w) if self.momentum else {}

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        if self.weight_decay:
            g = g + self.weight_decay * w
        if self.momentum:
            v = state["v"]
            v *= self.momentum
            v += g if t == 1 else (1 - self.dampening) * g
            g = g + self.momentum * v if self.nesterov else v
        w -= lr * g


@dataclass(frozen=True)
class Adam(Optimizer):
    """w ← w − lr · m̂ / (√v̂ + eps), m and v running means of g and g² (Kingma & Ba 2015, algorithm 1). Source: torch.optim.Adam."""

    moments = ("m", "v")
    lr: Positive = 0.001
    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: Number = 0.0

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        if self.weight_decay:
            g = g + self.weight_decay * w
        self._follow(w, g, state, lr, t)

    def _follow(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        m, v, (beta1, beta2) = state["m"], state["v"], self.betas
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * (g * g)
        w -= lr / (1 - beta1**t) * m / (np.sqrt(v) / math.sqrt(1 - beta2**t) + self.eps)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay shrinks w itself, not by way of g (Loshchilov & Hutter 2019, algorithm 2). Source: torch.optim.AdamW."""

    weight_decay: Number = 0.01

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        w *= 1 - lr * self.weight_decay
        self._follow(w, g, state, lr, t)


@dataclass(frozen=True)
class RmsProp(Optimizer):
    """w ← w − lr · g / (√s + eps), s a running mean of g² (Tieleman & Hinton 2012). Source: torch.optim.RMSprop."""

    moments = ("s", "v", "mean")
    alpha: Probability = 0.99
    eps: Positive = 1e-8
    weight_decay: Number = 0.0
    momentum: Probability = 0.0
    centered: Switch = False

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        if self.weight_decay:
            g = g + self.weight_decay * w
        s = state["s"]
        s *= self.alpha
        s += (1 - self.alpha) * (g * g)
        square = s
        if self.centered:
            state["mean"] += (1 - self.alpha) * (g - state["mean"])
            square = s - state["mean"] ** 2
        step = g / (np.sqrt(square) + self.eps)
        if self.momentum:
            state["v"] *= self.momentum
            state["v"] += step
            step = state["v"]
        w -= lr * step


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": Sgd, "adam": Adam, "adamw": AdamW, "rmsprop": RmsProp}


def optimizer(name: str | Optimizer, **constants: Any) -> Optimizer:
    """An optimiser by name, with its constants spelled as PyTorch spells them: "sgd", "adam", "adamw", "rmsprop".

    Raises: OpError for an unknown name or constant.

    >>> optimizer("sgd", momentum=0.9)
    Sgd(lr=0.01, momentum=0.9, dampening=0.0, nesterov=False, weight_decay=0.0)
    """
    if isinstance(name, Optimizer):
        return replace(name, **constants)
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise OpError(f"{shorten(name)} is no optimiser. {suggestion(name, OPTIMIZERS)}")
    return OPTIMIZERS[name](**read_fields(OPTIMIZERS[name], constants, f"The optimiser '{name}'"))
