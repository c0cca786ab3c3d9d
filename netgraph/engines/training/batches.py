"""Batches: a set of samples, or a stream of batches, flows in; epoch by epoch the batches to train on come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from netgraph.engines.samples import as_array, sample_arrays
from netgraph.errors import DataError, shorten

if TYPE_CHECKING:
    from netgraph.engines.numpy_net import NumpyNet

Batch = tuple[Any, Any, int]                               # inputs, targets, how many samples


class Batches(Protocol):
    """Where batches come from."""

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch."""


@dataclass(frozen=True)
class SampleSet:
    """Arrays of samples, cut into batches: one of all samples in order, or `batch_size` at a time, shuffled or not.

    Memory-mapped arrays stay on disk; only the rows of a batch are read.
    """

    arrays: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]
    batch_size: int | None
    shuffle: bool
    rng: np.random.Generator

    def epoch(self) -> Iterator[Batch]:
        count = len(self.arrays[0])
        if self.batch_size is None:
            yield _one_or_all(self.arrays), _one_or_all(self.targets), count
            return
        order = self.rng.permutation(count) if self.shuffle else np.arange(count)
        for start in range(0, count, self.batch_size):
            rows = order[start:start + self.batch_size]
            yield _one_or_all([array[rows] for array in self.arrays]), _one_or_all([target[rows] for target in self.targets]), len(rows)

    @property
    def whole(self) -> tuple[Any, Any]:
        """All inputs and all targets."""
        return _one_or_all(self.arrays), _one_or_all(self.targets)


@dataclass(frozen=True)
class BatchStream:
    """An iterable that gives (inputs, targets), batch after batch; each epoch goes through it once."""

    batches: Iterable[Any]

    def epoch(self) -> Iterator[Batch]:
        is_empty = True
        for batch in self.batches:
            if not isinstance(batch, tuple | list) or len(batch) != 2:
                raise DataError(f"A stream of batches gives pairs (x, y), but it gave {shorten(batch)}. Yield x, y from it.")
            is_empty = False
            yield batch[0], batch[1], _sample_count(batch[1])
        if is_empty:
            raise DataError("The stream of batches gave none in this epoch. Give something that can be gone through anew for each epoch, "
                            "such as a list or a class with __iter__; a generator can be used for one epoch only.")


def _one_or_all(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else list(parts)


def _sample_count(target: Any) -> int:
    first = next(iter(target.values())) if isinstance(target, Mapping) else target[0] if isinstance(target, tuple) else target
    return len(first)


def choose_batches(net: NumpyNet, x: Any, y: Any, batch_size: int | None, shuffle: bool) -> SampleSet | BatchStream:
    """A stream where there is no `y`, a set of samples otherwise.

    Raises: DataError when inputs and targets do not fit the net or each other.
    """
    if y is None:
        if not isinstance(x, Iterable) or isinstance(x, np.ndarray | str | Mapping):
            raise DataError(f"fit was given no targets, and {shorten(x)} is no stream of batches. Give y, or an iterable of pairs (x, y).")
        if batch_size is not None:
            raise DataError(f"fit was given batch_size={batch_size} and a stream, which brings batches of its own size. "
                            "Leave batch_size= out.")
        return BatchStream(x)
    arrays = sample_arrays(net.layers, (x,), net.dtype)
    targets = [target if isinstance(target, np.memmap) else as_array(target, "The target") for target in _by_output(net, y)]
    for target in targets:
        if not target.ndim or len(target) != len(arrays[0]):
            raise DataError(f"There are {len(arrays[0])} samples, but the target has shape {target.shape}. "
                            "Give one target for each sample.")
    return SampleSet(arrays, targets, batch_size, shuffle, net.rng)


def _by_output(net: NumpyNet, y: Any) -> Sequence[Any]:
    if isinstance(y, Mapping):
        if set(y) != set(net.outputs):
            raise DataError(f"The net has the outputs {', '.join(map(shorten, net.outputs))}, but was given targets for "
                            f"{', '.join(map(shorten, y)) or 'none'}. Give one for each, by its id.")
        return [y[name] for name in net.outputs]
    return y if len(net.outputs) > 1 and isinstance(y, tuple | list) else [y]
