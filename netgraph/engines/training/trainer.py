"""The trainer: batches flow in one at a time, and each moves the weights of a net once."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from netgraph.engines.compiler.routine import kept_buffers
from netgraph.engines.losses import loss as choose_loss
from netgraph.engines.runner import MOST_ROUTINES
from netgraph.engines.samples import not_finite
from netgraph.engines.training.optimizer_state import OPTIMIZER_STATE, kept_state, resume_state
from netgraph.engines.training.optimizers import Optimizer, optimizer as choose_optimizer
from netgraph.errors import OpError, TrainingError, shorten
from netgraph.fields import positive
from netgraph.op import Op

if TYPE_CHECKING:
    from netgraph.engines.numpy_net import NumpyNet


NOT_COPIED = ("weights", "_gradient", "_lock", "_rate", "_kept", "_ready", "_quiet")     # what is the net's own, and what goes with it


class Trainer:
    """One training step to be called again and again: `loss = trainer(x, y)`. It keeps the optimiser's state.

    `loss` and `optimizer` are names or configured; `lr` goes before the optimiser's own. `clip_norm` shortens the gradient of
    all weights together to that length, `clip_value` holds each number of it between −clip_value and clip_value. With `resume` the
    optimiser goes on from the state that the net's graph carries, which is that of a `trainer.graph`.

    Raises: OpError for unknown names; TrainingError when the loss is no longer finite, and then the weights are left as they are, and
    when there is nothing to resume from.

    >>> import netgraph as ng, numpy as np
    >>> net = ng.compile(ng.chain(3, 1))
    >>> trainer = net.trainer(loss="mse", optimizer="sgd", lr=0.1)
    >>> first, second = (trainer(np.ones((5, 3)), np.zeros((5, 1))) for _ in range(2))
    >>> second < first
    True
    """

    def __init__(self, net: NumpyNet, loss: str | Op, *, optimizer: str | Optimizer = "sgd", lr: float | None = None,
                 clip_norm: float | None = None, clip_value: float | None = None, resume: bool = False) -> None:
        self.net, self.loss = net, choose_loss(loss)
        self.optimizer = choose_optimizer(optimizer)
        if lr is not None:
            self.optimizer = replace(self.optimizer, lr=_positive("lr", lr))
        self.lr = self.optimizer.lr
        self.clip_norm = None if clip_norm is None else _positive("clip_norm", clip_norm)
        self.clip_value = None if clip_value is None else _positive("clip_value", clip_value)
        self.steps = 0
        self._is_plain = self.optimizer.is_plain
        self._bind()
        self._state = self.optimizer.start(self.weights)
        if resume:
            self.steps = resume_state(net.optimizer_state, self.optimizer, self._state, self._trainable())

    def __repr__(self) -> str:
        return f"<Trainer: {self.loss.word} by {type(self.optimizer).__name__}, lr {self.lr:g}, step {self.steps:,}>"

    @property
    def graph(self) -> nx.DiGraph:
        """The net's graph, and in it what the optimiser keeps: saved, loaded and compiled, it is trained on as if nothing had happened.

        >>> import netgraph as ng, numpy as np
        >>> trainer = ng.compile(ng.chain(3, 1)).trainer(loss="mse", optimizer="adam", lr=0.1)
        >>> loss = trainer(np.ones((5, 3)), np.zeros((5, 1)))
        >>> again = ng.compile(trainer.graph).trainer(loss="mse", optimizer="adam", lr=0.1, resume=True)
        >>> again.steps, again(np.ones((5, 3)), np.zeros((5, 1))) == trainer(np.ones((5, 3)), np.zeros((5, 1)))
        (1, True)
        """
        graph = self.net.graph
        graph.graph[OPTIMIZER_STATE] = kept_state(self.optimizer, self._state, self.steps, self._trainable())
        return graph

    def _trainable(self) -> dict[str, np.ndarray]:
        return {name: self.net.parameters[name] for name in self.net.trainable}

    def _bind(self) -> None:
        """Take hold of the net's own arrays, lock and routines."""
        net, runner = self.net, self.net.runner
        self.weights = net.parameters.flat[:sum(net.parameters[name].size for name in net.trainable)]
        self._gradient, self._lock, self._rate = runner.gradient, runner.lock, runner.rate
        self._kept = kept_buffers(runner.program(self.loss))
        self._ready: dict[Any, Callable[..., tuple[Any, ...]]] = {}
        self._quiet = copy_context()
        self._quiet.run(np.seterr, over="ignore", divide="ignore", invalid="ignore")     # what overflows is refused, in a sentence

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in NOT_COPIED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()                                       # to the copy's arrays, not to those of the net that was copied

    def __call__(self, x: Any, y: Any) -> float:
        """Move the weights once; the loss is the one before the move."""
        with self._lock:
            return self._quiet.run(self._step, x, y)

    def _step(self, x: Any, y: Any) -> float:
        is_clipped = self.clip_norm is not None or self.clip_value is not None
        is_scaled = self._is_plain and not is_clipped and not self.net.check_finite
        if is_scaled:
            self._rate.set(self.lr)                        # the routine's gradients are times lr already, which saves a pass
        values = self._run(x, y, is_scaled)
        loss = float(values[0])
        if not math.isfinite(loss):
            raise TrainingError(f"The loss is {loss} at step {self.steps + 1}{self._why(self.net.training_data(x, y, self.loss))}")
        if is_clipped:
            self._clip()
        self.steps += 1
        if is_scaled:
            np.subtract(self.weights, self._gradient, self.weights)
        else:
            self.optimizer.move(self.weights, self._gradient, self._state, self.lr, self.steps)
        if self._kept:
            for name, value in zip(self._kept, values[1:], strict=True):
                self.net.buffers[name] = value
        return loss

    def _run(self, x: Any, y: Any, is_scaled: bool) -> tuple[Any, ...]:
        """(loss, *new values of the buffers). Arrays that need no change and came in this shape before go straight to their routine."""
        are_arrays = type(x) is type(y) is np.ndarray
        key = (x.shape, x.dtype, y.shape, y.dtype, is_scaled) if are_arrays else None
        run = self._ready.get(key)
        if run is not None:
            return run(x, y)
        net, data = self.net, self.net.training_data(x, y, self.loss)
        values = net.runner.train(data, self.loss, net.check_finite, is_scaled)
        if are_arrays and not net.check_finite and len(data) == 2 and data[0] is x and data[1] is y:
            if len(self._ready) >= MOST_ROUTINES:
                self._ready.clear()
            self._ready[key] = net.runner.routine(data, self.loss, is_scaled).run
        return values

    def _why(self, data: list[np.ndarray]) -> str:
        """What made the loss of a step infinite or NaN, and the cure."""
        inputs = [f"input {shorten(name)}" for name in self.net.layers.inputs]
        wrong = not_finite(zip([*inputs, *["the target"] * (len(data) - len(inputs))], data, strict=True))
        if wrong is not None:
            return f": {wrong}"
        if not self.steps:
            return ", before any weight was moved. Scale the data, or compile the net anew if an earlier run left it with large weights."
        return (f": training diverged, and the weights were left as they are. Lower lr (now {self.lr:g}), clip the gradient with "
                "clip_norm=1.0, or scale the data.")

    def _clip(self) -> None:
        if self.clip_value is not None:
            np.clip(self._gradient, -self.clip_value, self.clip_value, out=self._gradient)
        if self.clip_norm is not None:
            norm = float(np.linalg.norm(self._gradient))
            self._gradient *= min(1.0, self.clip_norm / (norm + 1e-6))     # as torch.nn.utils.clip_grad_norm_


def _positive(word: str, value: object) -> float:
    try:
        return positive(value)
    except ValueError:
        raise OpError(f"{word}={shorten(value)} is no positive number. Give one, such as {word}=0.01.") from None
