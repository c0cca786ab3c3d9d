"""Samples on their way into a module: arrays or a stream of batches flow in; tensors for one process come out, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from netgraph.engines.samples import as_array, target_arrays
from netgraph.engines.torch_training.processes import Processes
from netgraph.engines.training.batches import BatchStream, SampleSet
from netgraph.errors import DataError, shorten
from netgraph.op import Op
from netgraph.weights import escaped

Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Batch:
    """What one process computes with in one step, and the share that it has of the step's samples."""

    x: Tensors
    y: Tensors
    count: int
    share: float


@dataclass(frozen=True)
class Feed:
    """Turns samples into tensors that a module takes: its dtype, its device, its inputs in order."""

    module: nn.Module
    device: torch.device
    loss: Op

    @property
    def dtype(self) -> torch.dtype:
        """That of the module's parameters."""
        return next((p.dtype for p in self.module.parameters() if p.is_floating_point()), torch.get_default_dtype())

    def arrays(self, x: Any) -> list[np.ndarray]:
        """The inputs, one array each. Memory-mapped ones stay on disk.

        Raises: DataError when they are not of one length, or not those that the module takes.
        """
        arrays = [value if isinstance(value, np.memmap) else as_array(value, "An input") for value in self._in_order(x)]
        counts = {len(array) if array.ndim else 0 for array in arrays}
        if len(counts) != 1 or 0 in counts:
            raise DataError(f"The inputs have {' and '.join(map(str, sorted(counts)))} samples. Give each the same number, at least one.")
        return arrays

    def targets(self, y: Any, outputs: Sequence[tuple[int, ...]], is_recurrent: bool) -> list[np.ndarray]:
        """The targets, one array for each output, of which the shapes are given.

        Raises: DataError for targets that do not fit the outputs or the loss.
        """
        if len(outputs) > 1 and isinstance(y, Mapping):
            y = tuple(y.values())
        dtype = np.dtype(str(self.dtype).removeprefix("torch.")) if self.dtype != torch.bfloat16 else np.dtype("float32")
        return target_arrays(outputs, y, self.loss, dtype, is_recurrent)

    def outputs_for(self, arrays: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
        """The shapes of the outputs for all samples, seen by running the module on the first of them.

        Raises: DataError when the module cannot take them.
        """
        was_training = self.module.training
        try:
            with torch.no_grad():
                outputs = listed(self.module.eval()(*self.tensors([array[:1] for array in arrays])))
        except (RuntimeError, IndexError, TypeError) as error:
            shapes = ", ".join(str(array.shape) for array in arrays)
            kinds = ", ".join(dict.fromkeys(str(array.dtype) for array in arrays))
            raise DataError(f"The module cannot take inputs of shape {shapes} and {kinds}: {str(error).partition(chr(10))[0]}. "
                            "Give it samples of its shape; whole numbers are taken for indices, others are x.astype(float).") from error
        finally:
            self.module.train(was_training)
        return [(len(arrays[0]), *output.shape[1:]) for output in outputs]

    def tensors(self, arrays: Sequence[np.ndarray]) -> Tensors:
        """Arrays as tensors on the device: numbers with a point in the module's dtype, whole ones as they are."""
        found = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
        return tuple(on_device(tensor.to(self.dtype if tensor.is_floating_point() else torch.int64), self.device) for tensor in found)

    def _in_order(self, x: Any) -> Sequence[Any]:
        if isinstance(x, Mapping):
            names = _argument_names(self.module)
            given = {escaped(name): value for name, value in x.items()}
            if given.keys() != set(names):
                raise DataError(f"The module has the inputs {', '.join(map(shorten, names))}, but was given "
                                f"{', '.join(map(shorten, x)) or 'none'}. Give each input once, by its id.")
            return [given[name] for name in names]
        return x if isinstance(x, tuple) else [x]


def _argument_names(module: nn.Module) -> list[str]:
    if isinstance(module, fx.GraphModule):
        return [node.name if escaped(node.target) != node.target else str(node.target) for node in module.graph.nodes
                if node.op == "placeholder"]
    return list(getattr(module, "input_names", ()))


def on_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The tensor there. To CUDA it goes by pinned memory, so that nobody waits for the work that is done there."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def listed(outputs: Any) -> Tensors:
    """The outputs of a module, whether one or several."""
    return tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)


@dataclass(frozen=True)
class SharedBatches:
    """The batches of an epoch, of each of which every process takes its rows: every so-manyth, beginning with its own number.

    The order is that of `SampleSet`, so that training takes the samples as the NumPy executor does. torch's DistributedSampler is not
    used: it repeats samples where a batch cannot be divided evenly, and then the weights would depend on the number of processes.
    """

    feed: Feed
    samples: SampleSet
    together: Processes

    def epoch(self) -> Iterator[Batch]:
        for x, y, count in self.samples.epoch():
            rows = slice(self.together.rank, None, self.together.count)
            own = len(range(count)[rows])
            if not own:
                rows = slice(0, 1)                        # a module has to be run, or the others would wait; the share is 0
            yield Batch(self._own(x, rows), self._own(y, rows), count, own / count)

    def _own(self, arrays: Any, rows: slice) -> Tensors:
        return self.feed.tensors([array[rows] for array in (arrays if isinstance(arrays, list) else [arrays])])

    @property
    def whole(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """All inputs and all targets."""
        return list(self.samples.arrays), list(self.samples.targets)


@dataclass(frozen=True)
class StreamedBatches:
    """The batches of a stream; with several processes each brings its own, all of one size."""

    feed: Feed
    stream: BatchStream
    together: Processes
    is_recurrent: bool

    def epoch(self) -> Iterator[Batch]:
        for x, y, count in self.stream.epoch():
            arrays = self.feed.arrays(tuple(x) if isinstance(x, list) and x and hasattr(x[0], "shape") else x)
            targets = self.feed.targets(y, self.feed.outputs_for(arrays), self.is_recurrent)
            yield Batch(self.feed.tensors(arrays), self.feed.tensors(targets), count * self.together.count, 1 / self.together.count)

    whole = None


def stream_of(x: Any, batch_size: int | None) -> BatchStream:
    """What was given in place of samples, as a stream of batches.

    Raises: DataError when it is none.
    """
    if not isinstance(x, Iterable) or isinstance(x, np.ndarray | torch.Tensor | str | Mapping):
        raise DataError(f"fit_torch was given no targets, and {shorten(x)} is no stream of batches. "
                        "Give y, or an iterable of pairs (x, y).")
    if batch_size is not None:
        raise DataError(f"fit_torch was given batch_size={batch_size} and a stream, which brings batches of its own size. "
                        "Leave batch_size= out.")
    return BatchStream(x)
