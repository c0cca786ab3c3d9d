"""Training runs: a net and its data flow in; epoch by epoch the trainer is fed with batches; a History comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from netgraph.engines.history import History
from netgraph.engines.losses import is_summed
from netgraph.engines.metrics import Metric, measure
from netgraph.engines.optimizers import Optimizer
from netgraph.engines.samples import as_array, input_arrays
from netgraph.engines.schedules import Rate
from netgraph.engines.trainer import Trainer
from netgraph.errors import DataError, OpError, TrainingError, shorten
from netgraph.op import Op

if TYPE_CHECKING:
    from netgraph.engines.numpy_net import NumpyNet

Callback = Callable[["NumpyNet", History], object]


def fit(net: NumpyNet, x: Any, y: Any, *, loss: str | Op | None = None, optimizer: str | Optimizer = "sgd", lr: Rate | None = None,
        epochs: int = 1, batch_size: int | None = None, shuffle: bool = True, validation: tuple[Any, Any] | None = None,
        metrics: Sequence[str | Metric] = (), callbacks: Sequence[Callback] = (), trainer: Trainer | None = None,
        clip_norm: float | None = None, clip_value: float | None = None, progress: bool | None = None) -> History:
    """Train a net for some epochs, from its present weights on.

    Without `batch_size` each epoch is one step on the whole set, in order; with it, `shuffle` decides the order. `lr` is a number or a
    function of the epoch. A `trainer` brings its own loss and optimiser, and its state. `validation=(x, y)` is measured after each epoch,
    and so are the `metrics`, on the validation set where there is one. Each callback is called with (net, history) after each epoch; one
    that returns True ends the run. The progress bar shows on a terminal only, unless `progress` says otherwise.

    Raises: TrainingError when the loss diverges (the weights are then the last finite ones) or options contradict each other;
    DataError for data that does not fit.
    """
    trainer = trainer or _new_trainer(net, loss, optimizer, lr, clip_norm, clip_value)
    if trainer.net is not net:
        raise TrainingError("The trainer belongs to another net. Make one with net.trainer(...).")
    arrays, targets = _data(net, x, y)
    _require_count("epochs", epochs, 0)
    _require_count("batch_size", 1 if batch_size is None else batch_size, 1)
    history = History()
    bar = tqdm(range(epochs), desc="training", unit="epoch", disable=None if progress is None else not progress, leave=False)
    for epoch in bar:
        if callable(lr):
            trainer.lr = float(lr(epoch))
        _run_epoch(trainer, arrays, targets, batch_size, shuffle, history)
        _look(net, trainer, validation or (arrays, targets), validation is not None, metrics, history)
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
    return Trainer(net, loss, optimizer=optimizer, lr=lr(0) if callable(lr) else lr, clip_norm=clip_norm, clip_value=clip_value)


def _data(net: NumpyNet, x: Any, y: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    arrays = input_arrays(net._plan, (x,), net.dtype)
    several = len(net._plan.outputs) > 1 and isinstance(y, tuple | list)
    targets = [as_array(target, "The target") for target in (y if several else [y])]
    for target in targets:
        if not target.ndim or len(target) != len(arrays[0]):
            raise DataError(f"There are {len(arrays[0])} samples, but the target has shape {target.shape}. "
                            "Give one target for each sample.")
    return arrays, targets


def _require_count(word: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OpError(f"{word}={shorten(value)} is no whole number of at least {least}. Correct it.")


def _run_epoch(trainer: Trainer, arrays: list[np.ndarray], targets: list[np.ndarray], batch_size: int | None, shuffle: bool,
               history: History) -> None:
    count, total = len(arrays[0]), 0.0
    start = trainer.weights.copy()
    try:
        for rows in _batches(count, batch_size, shuffle, trainer.net.rng):
            loss = trainer([array[rows] for array in arrays] if len(arrays) > 1 else arrays[0][rows],
                           [target[rows] for target in targets] if len(targets) > 1 else targets[0][rows])
            total += loss if is_summed(trainer.loss) or batch_size is None else loss * (len(arrays[0][rows]) / count)
    except TrainingError:
        if not np.all(np.isfinite(trainer.weights)):
            trainer.weights[...] = start                   # those before this epoch, the last that are known to be finite
        raise
    history.loss.append(total)
    history.lr.append(trainer.lr)


def _batches(count: int, batch_size: int | None, shuffle: bool, rng: np.random.Generator) -> Iterator[Any]:
    if batch_size is None:
        yield slice(None)
        return
    order = rng.permutation(count) if shuffle else np.arange(count)
    for start in range(0, count, batch_size):
        yield order[start:start + batch_size]


@np.errstate(over="ignore", invalid="ignore")       # a run that diverges is refused by the next step
def _look(net: NumpyNet, trainer: Trainer, data: tuple[Any, Any], is_validation: bool, metrics: Sequence[str | Metric],
          history: History) -> None:
    if not is_validation and not metrics:
        return
    x, y = data
    if not is_validation:
        x, y = (part[0] if len(part) == 1 else part for part in data)
    if is_validation:
        history.validation.append(net.loss(x, y, loss=trainer.loss))
    for metric in metrics:
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
        history.metrics.setdefault(name, []).append(measure(metric, net.predict(x), y))


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
        self._arrays: list[np.ndarray] = []

    def __call__(self, net: NumpyNet, history: History) -> bool:
        losses = history.validation or history.loss
        if losses[-1] < self.best - self.min_delta:
            self.best, self.best_epoch = losses[-1], len(losses) - 1
            self._arrays = [net.parameters.flat.copy(), net.buffers.flat.copy()]
        is_over = len(losses) - 1 - self.best_epoch >= self.patience
        if is_over and self.restore and self._arrays:
            net.parameters.flat[...], net.buffers.flat[...] = self._arrays
        return is_over
