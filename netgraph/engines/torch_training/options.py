"""The options of a training run in torch, checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from netgraph.engines.losses import loss as choose_loss
from netgraph.engines.training.fitting import require_callbacks, require_list, require_pair
from netgraph.engines.training.metrics import Metric
from netgraph.engines.training.optimizers import Optimizer, optimizer as choose_optimizer
from netgraph.engines.training.schedules import Rate
from netgraph.errors import OpError, TrainingError, shorten
from netgraph.fields import positive, whole_number
from netgraph.history import History
from netgraph.op import Op

Callback = Callable[[nn.Module, History], object]


@dataclass(frozen=True)
class Options:
    """What `fit_torch` takes by name; see there.

    >>> Options(loss="mse", optimizer="adam", lr=0.1).rule.lr
    0.1
    """

    loss: str | Op | None = None
    optimizer: str | Optimizer = "sgd"
    lr: Rate | None = None
    epochs: int = 1
    batch_size: int | None = None
    shuffle: bool = True
    validation: tuple[Any, Any] | None = None
    metrics: Sequence[str | Metric] = ()
    callbacks: Sequence[Callback] = ()
    clip_norm: float | None = None
    clip_value: float | None = None
    progress: bool | None = None
    device: str | torch.device | None = None
    amp: bool = False
    seed: int = 0
    checkpoint: str | os.PathLike[str] | None = None
    resume: bool = False

    def __post_init__(self) -> None:
        if self.loss is None:
            raise OpError("fit_torch needs a loss. Write loss='mse' for numbers, 'cross_entropy' for classes, 'bce' for probabilities.")
        if self.resume and self.checkpoint is None:
            raise TrainingError("resume goes on from a checkpoint, but none is named. Give checkpoint='run.pt'.")
        for word, least in (("epochs", 0), ("batch_size", 1), ("seed", 0)):
            if getattr(self, word) is not None:
                whole_number(word, getattr(self, word), least)
        for word in ("clip_norm", "clip_value", "lr"):
            if getattr(self, word) is not None and not callable(getattr(self, word)):
                _require_positive(word, getattr(self, word))
        require_list("metrics", self.metrics, "['accuracy']")
        require_callbacks(self.callbacks)
        require_pair(self.validation)

    @property
    def op(self) -> Op:
        """The loss.

        Raises: OpError when there is none of that name.
        """
        assert self.loss is not None
        return choose_loss(self.loss)

    @property
    def rule(self) -> Optimizer:
        """The optimiser, with the learning rate that goes before its own.

        Raises: OpError when there is none of that name.
        """
        rule = choose_optimizer(self.optimizer)
        return rule if self.lr is None or callable(self.lr) else replace(rule, lr=float(self.lr))


def _require_positive(word: str, value: object) -> None:
    try:
        positive(value)
    except ValueError:
        raise OpError(f"{word}={shorten(value)} is no positive number. Give one, such as {word}=0.01.") from None
