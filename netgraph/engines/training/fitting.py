"""Training runs: a net and its data flow in; epoch by epoch the trainer is fed with batches; a History comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from netgraph.engines.losses import is_summed
from netgraph.engines.training.batches import Batches, SampleSet, choose_batches
from netgraph.engines.training.metrics import Metric
from netgraph.engines.training.optimizers import Optimizer
from netgraph.engines.training.schedules import Rate
from netgraph.engines.training.trainer import Trainer
from netgraph.errors import DataError, OpError, TrainingError, shorten
from netgraph.fields import real, whole_number
from netgraph.history import History
from netgraph.op import Op

if TYPE_CHECKING:
    from netgraph.engines.numpy_net import NumpyNet

Callback = Callable[["NumpyNet", History], object]


def fit(net: NumpyNet, x: Any, y: Any = None, *, loss: str | Op | None = None, optimizer: str | Optimizer = "sgd", lr: Rate | None = None,
        epochs: int = 1, batch_size: int | None = None, shuffle: bool = True, validation: tuple[Any, Any] | None = None,
        metrics: Sequence[str | Metric] = (), callbacks: Sequence[Callback] = (), trainer: Trainer | None = None,
        clip_norm: float | None = None, clip_value: float | None = None, progress: bool | None = None) -> History:
    """Train a net for some epochs, from its present weights on.

    Without `batch_size` each epoch is one step on the whole set, in order; with it, `shuffle` decides the order. `lr` is a number or a
    function of the epoch. A `trainer` brings its own loss and optimiser, and its state. `validation=(x, y)` is measured after each epoch,
    and so are the `metrics`, on the validation set where there is one. Each callback is called with (net, history) after each epoch; one
    that returns True ends the run. The progress bar shows on a terminal only, unless `progress` says otherwise.

    Data that is larger than memory comes as memory-mapped arrays, of which only the rows of a batch are read, or as a stream: any iterable
    of pairs (x, y) in place of x, and no y; each epoch goes through it once.

    Raises: TrainingError when the loss diverges (the weights are then the last finite ones) or options contradict each other;
    DataError for data that does not fit.
    """
    trainer = trainer or _new_trainer(net, loss, optimizer, lr, clip_norm, clip_value)
    if not isinstance(trainer, Trainer):
        raise TrainingError(f"trainer={shorten(trainer)} is no trainer. Make one with net.trainer(...).")
    if trainer.net is not net:
        raise TrainingError("The trainer belongs to another net. Make one with net.trainer(...).")
    epochs = whole_number("epochs", epochs, 0)
    batch_size = None if batch_size is None else whole_number("batch_size", batch_size, 1)
    metrics, callbacks = require_list("metrics", metrics, "['accuracy']"), require_callbacks(callbacks)
    require_pair(validation)
    batches = choose_batches(net, x, y, batch_size, shuffle)
    data = batches.whole if isinstance(batches, SampleSet) else None
    history = History()
    bar = tqdm(range(epochs), desc="training", unit="epoch", disable=None if progress is None else not progress, leave=False)
    for epoch in bar:
        if callable(lr):
            trainer.lr = rate_of(lr(epoch), epoch)
        _run_epoch(trainer, batches, history)
        _look(net, trainer, data, validation, metrics, history)
        bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
        answers = [callback(net, history) for callback in callbacks]      # each is asked, whatever the first says
        if any(answer is True for answer in answers):
            break
    bar.close()
    return history


def _new_trainer(net: NumpyNet, loss: str | Op | None, optimizer: str | Optimizer, lr: Rate | None,
                 clip_norm: float | None, clip_value: float | None) -> Trainer:
    if loss is None:
        raise OpError("fit needs a loss. Write loss='mse' for numbers, 'cross_entropy' for classes, 'bce' for probabilities.")
    return Trainer(net, loss, optimizer=optimizer, lr=None if callable(lr) else lr, clip_norm=clip_norm, clip_value=clip_value)


def rate_of(value: object, epoch: int) -> float:
    """What a function of the epoch gave, as a learning rate.

    Raises: OpError when it is no finite number.

    >>> rate_of(1, epoch=0)
    1.0
    """
    try:
        return real(value)
    except ValueError as error:
        raise OpError(f"lr gave {shorten(value)} for epoch {epoch}, but wants {error}. Correct the function.") from None


def require_list(word: str, value: object, example: str) -> list[Any]:
    """The value of an option that takes several.

    Raises: OpError for what is no list; the example shows how to write one.

    >>> require_list("metrics", ("mse",), "['accuracy']")
    ['mse']
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise OpError(f"{word}={shorten(value)} is no list. Write {word}={example}.")
    return list(value)


def require_callbacks(value: object) -> list[Any]:
    """The callbacks of a run.

    Raises: OpError for what is no list of functions.

    >>> require_callbacks([print])
    [<built-in function print>]
    """
    callbacks = require_list("callbacks", value, "[ng.EarlyStopping()]")
    for callback in callbacks:
        if not callable(callback):
            raise OpError(f"The callback {shorten(callback)} cannot be called. Give a function of (net, history).")
    return callbacks


def require_pair(validation: object) -> None:
    """Refuse what is no pair of inputs and targets.

    Raises: DataError.

    >>> require_pair(None)
    """
    if validation is not None and not (isinstance(validation, tuple | list) and len(validation) == 2):
        raise DataError(f"validation={shorten(validation)} is no pair. Give validation=(x, y).")


def _run_epoch(trainer: Trainer, batches: Batches, history: History) -> None:
    start = trainer.weights.copy()
    losses, counts = [], []
    try:
        for x, y, count in batches.epoch():
            losses.append(trainer(x, y))
            counts.append(count)
        if not np.all(np.isfinite(trainer.weights)):
            raise TrainingError(f"The weights are no longer finite after step {trainer.steps}: training diverged. Lower lr (now "
                                f"{trainer.lr:g}), clip the gradient with clip_norm=1.0, or scale the data.")
    except TrainingError:
        if not np.all(np.isfinite(trainer.weights)):
            trainer.weights[...] = start                   # those before this epoch, the last that are known to be finite
        raise
    shares = [1.0] * len(losses) if is_summed(trainer.loss) else [count / sum(counts) for count in counts]
    history.loss.append(sum(loss * share for loss, share in zip(losses, shares, strict=True)))
    history.lr.append(trainer.lr)


@np.errstate(over="ignore", invalid="ignore")       # a run that diverges is refused by the next step
def _look(net: NumpyNet, trainer: Trainer, data: tuple[Any, Any] | None, validation: tuple[Any, Any] | None,
          metrics: Sequence[str | Metric], history: History) -> None:
    if validation is not None:
        history.validation.append(net.loss(*validation, loss=trainer.loss))
    for metric in metrics:
        x, y = validation or data or _no_data()
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
        history.metrics.setdefault(name, []).append(net.score(x, y, metric))


def _no_data() -> tuple[Any, Any]:
    raise TrainingError("Metrics of a stream of batches need a set to be measured on. Give validation=(x, y).")


class EarlyStopping:
    """A callback that ends training when the loss (the validation loss, where there is one) has not fallen for `patience` epochs.

    A fall counts when it is more than `min_delta`. With `restore`, the net gets back the weights of its best epoch.

    >>> import netgraph as ng, numpy as np
    >>> net = ng.compile(ng.chain(2, 1))
    >>> stop = ng.EarlyStopping(patience=2, min_delta=1e9)
    >>> len(net.fit(np.ones((4, 2)), np.ones((4, 1)), loss="mse", lr=0.1, epochs=50, callbacks=[stop]).loss)
    3
    """

    def __init__(self, patience: int = 5, *, min_delta: float = 0.0, restore: bool = True) -> None:
        self.patience, self.min_delta, self.restore = patience, min_delta, restore
        self.best, self.best_epoch = float("inf"), -1
        self._arrays: dict[str, Any] = {}

    def __call__(self, net: Any, history: History) -> bool:
        losses = history.validation or history.loss
        if losses[-1] < self.best - self.min_delta:
            self.best, self.best_epoch = losses[-1], len(losses) - 1
            self._arrays = _arrays_of(net)
        is_over = len(losses) - 1 - self.best_epoch >= self.patience
        if is_over and self.restore and self._arrays:
            _restore(net, self._arrays)
        return is_over


def _arrays_of(net: Any) -> dict[str, Any]:
    """Copies of all arrays of a NumPy net or a torch module."""
    if hasattr(net, "state_dict"):
        return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}
    return {"parameters": net.parameters.flat.copy(), "buffers": net.buffers.flat.copy()}


def _restore(net: Any, arrays: dict[str, Any]) -> None:
    if hasattr(net, "state_dict"):
        net.load_state_dict(arrays)
    else:
        net.parameters.flat[...], net.buffers.flat[...] = arrays["parameters"], arrays["buffers"]
