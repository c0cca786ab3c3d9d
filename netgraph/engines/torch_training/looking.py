"""After an epoch: a module and a set of samples flow in; the loss on them and the metrics asked for come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netgraph.engines.losses import is_summed
from netgraph.engines.torch_training.batches import Feed, listed
from netgraph.engines.torch_training.step import Step
from netgraph.engines.training.metrics import Metric, measure


@dataclass(frozen=True)
class Look:
    """Samples to measure the module on, dropout off and batch norm on its running statistics, `batch_size` of them at a time."""

    step: Step
    feed: Feed
    x: Sequence[np.ndarray]
    y: Sequence[np.ndarray]
    batch_size: int | None

    def loss(self) -> float:
        """The loss of the whole set."""
        total, count = 0.0, len(self.x[0])
        for rows in self._rows():
            value = self._loss_of(rows)
            total += value if is_summed(self.step.loss) else value * len(range(count)[rows]) / count
        return total

    def metrics(self, metrics: Sequence[str | Metric]) -> dict[str, float]:
        """Each metric by its name."""
        if not metrics:
            return {}
        parts = [self._outputs(rows) for rows in self._rows()]
        outputs: Any = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        y: Any = tuple(self.y)
        if len(outputs) == 1:
            outputs, y = outputs[0], self.y[0]
        return {metric_name(metric): measure(metric, outputs, y, is_recurrent=self.step.is_recurrent) for metric in metrics}

    def _loss_of(self, rows: slice) -> float:
        x, y = self._tensors(self.x, rows), self._tensors(self.y, rows)
        return float(self._quietly(lambda: self.step.loss_of(self.step.module, x, y)))

    def _outputs(self, rows: slice) -> list[np.ndarray]:
        outputs = self._quietly(lambda: listed(self.step.module(*self._tensors(self.x, rows))))
        return [output.float().cpu().numpy() if output.dtype == torch.bfloat16 else output.cpu().numpy() for output in outputs]

    def _tensors(self, arrays: Sequence[np.ndarray], rows: slice) -> tuple[torch.Tensor, ...]:
        return self.feed.tensors([array[rows] for array in arrays])

    def _rows(self) -> Iterator[slice]:
        count = len(self.x[0])
        size = self.batch_size or count
        return (slice(start, start + size) for start in range(0, count, size))

    def _quietly(self, look: Callable[[], Any]) -> Any:
        self.step.module.eval()
        try:
            with torch.no_grad():
                return look()
        finally:
            self.step.module.train()


def metric_name(metric: str | Metric) -> str:
    """What the history calls a metric.

    >>> metric_name("accuracy"), metric_name(np.mean)
    ('accuracy', 'mean')
    """
    return metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
