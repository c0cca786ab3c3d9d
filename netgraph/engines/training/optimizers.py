"""Optimisers: flat vectors of weights and gradients flow in, the weights are moved in place; each as its paper and PyTorch have it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np

from netgraph.errors import OpError, shorten, suggestion
from netgraph.fields import Number, Positive, Probability, Switch, probability, read_fields


def _pair_of_probabilities(value: object) -> tuple[float, float]:
    """Two numbers of at least 0 and less than 1."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError("two numbers of at least 0 and less than 1")
    return probability(value[0]), probability(value[1])


Betas = Annotated[tuple[float, float], _pair_of_probabilities]
State = dict[str, np.ndarray]


BLOCK = 65536                                              # numbers that are moved together, so that w, g and state stay in the cache


@dataclass(frozen=True)
class Optimizer:
    """The rule by which weights w follow their gradient g. `moments` names the vectors that it keeps from step to step."""

    moments: ClassVar[tuple[str, ...]] = ()
    lr: Positive = 0.01

    @property
    def is_plain(self) -> bool:
        """Whether a step is w ← w − lr · g and nothing else."""
        return False

    def start(self, w: np.ndarray) -> State:
        """The state before the first step: zeros, and room for passing results."""
        return {**{name: np.zeros_like(w) for name in self.moments}, "room": np.empty_like(w[:BLOCK])}

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        """Change w in place, block by block; g is used up. t counts the steps from 1."""
        for start in range(0, len(w), BLOCK):
            block = slice(start, start + BLOCK)
            room = state["room"][:len(w) - start]
            self.move_block(w[block], g[block], {name: state[name][block] for name in self.moments}, room, lr, t)

    def move_block(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        """Change some of the weights in place; g and `room` may be written over."""
        raise NotImplementedError(f"{type(self).__name__} has no rule")


def decay(w: np.ndarray, g: np.ndarray, weight_decay: float, room: np.ndarray) -> None:
    """g ← g + weight_decay · w."""
    if weight_decay:
        np.multiply(w, weight_decay, room)
        np.add(g, room, g)


@dataclass(frozen=True)
class Sgd(Optimizer):
    """w ← w − lr · v, v ← momentum · v + (1 − dampening) g; the first v is g. Source: torch.optim.SGD; Sutskever et al. 2013."""

    momentum: Probability = 0.0
    dampening: Probability = 0.0
    nesterov: Switch = False
    weight_decay: Number = 0.0

    moments = ("v",)

    @property
    def is_plain(self) -> bool:
        """Whether there is neither momentum nor weight decay, nor a rule of a subclass."""
        return type(self) is Sgd and not self.momentum and not self.weight_decay

    def start(self, w: np.ndarray) -> State:
        return super().start(w) if self.momentum else {"v": np.empty_like(w[:0]), "room": np.empty_like(w[:BLOCK])}

    def move(self, w: np.ndarray, g: np.ndarray, state: State, lr: float, t: int) -> None:
        if self.is_plain:                                  # two passes: nothing is gained by blocks
            np.multiply(g, lr, g)
            np.subtract(w, g, w)
        else:
            super().move(w, g, state, lr, t)

    def move_block(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        decay(w, g, self.weight_decay, room)
        if self.momentum:
            v = state["v"]
            np.multiply(v, self.momentum, v)
            np.add(v, g if t == 1 else np.multiply(g, 1 - self.dampening, room), v)
            g = np.add(g, np.multiply(v, self.momentum, room), g) if self.nesterov else v
        np.subtract(w, np.multiply(g, lr, room), w)


@dataclass(frozen=True)
class Adam(Optimizer):
    """w ← w − lr · m̂ / (√v̂ + eps), m and v running means of g and g² (Kingma & Ba 2015, algorithm 1). Source: torch.optim.Adam."""

    lr: Positive = 0.001
    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: Number = 0.0

    moments = ("m", "v")

    def move_block(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        decay(w, g, self.weight_decay, room)
        self.follow(w, g, state, room, lr, t)

    def follow(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        """The step itself. Kept are m / (1 − beta1) and v / (1 − beta2), which saves two passes; the factors are in `eps` and the rate."""
        m, v, (beta1, beta2) = state["m"], state["v"], self.betas
        c = math.sqrt((1 - beta2**t) / (1 - beta2))        # √v̂ = √v / c
        np.multiply(m, beta1, m)
        np.add(m, g, m)
        np.multiply(v, beta2, v)
        np.add(v, np.multiply(g, g, g), v)
        np.add(np.sqrt(v, room), self.eps * c, room)
        np.divide(m, room, room)
        np.subtract(w, np.multiply(room, lr * c * (1 - beta1) / (1 - beta1**t), room), w)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay shrinks w itself, not by way of g (Loshchilov & Hutter 2019, algorithm 2). Source: torch.optim.AdamW."""

    weight_decay: Number = 0.01

    def move_block(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        np.multiply(w, 1 - lr * self.weight_decay, w)
        self.follow(w, g, state, room, lr, t)


@dataclass(frozen=True)
class RmsProp(Optimizer):
    """w ← w − lr · g / (√s + eps), s a running mean of g² (Tieleman & Hinton 2012). Source: torch.optim.RMSprop."""

    alpha: Probability = 0.99
    eps: Positive = 1e-8
    weight_decay: Number = 0.0
    momentum: Probability = 0.0
    centered: Switch = False

    moments = ("s", "v", "mean")

    def move_block(self, w: np.ndarray, g: np.ndarray, state: State, room: np.ndarray, lr: float, t: int) -> None:
        decay(w, g, self.weight_decay, room)
        s, v, mean = state["s"], state["v"], state["mean"]
        np.multiply(s, self.alpha, s)
        np.add(s, np.multiply(np.multiply(g, g, room), 1 - self.alpha, room), s)
        np.copyto(room, s)
        if self.centered:
            np.add(mean, (1 - self.alpha) * (g - mean), mean)
            np.subtract(room, mean * mean, room)
        np.add(np.sqrt(room, room), self.eps, room)
        np.divide(g, room, g)
        if self.momentum:
            np.add(np.multiply(v, self.momentum, v), g, v)
            g = v
        np.subtract(w, np.multiply(g, lr, room), w)


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
