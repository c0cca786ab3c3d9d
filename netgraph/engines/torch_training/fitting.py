"""Training in torch: a module and samples flow in; the module's weights are moved epoch by epoch, and a History comes out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from netgraph.engines.random_state import generator
from netgraph.engines.torch_recurrent import Recurrent
from netgraph.engines.torch_training.batches import Feed, SharedBatches, StreamedBatches, stream_of
from netgraph.engines.torch_training.checkpoint import Checkpoint, Run
from netgraph.engines.torch_training.epochs import Batches, run_epochs
from netgraph.engines.torch_training.looking import Look
from netgraph.engines.torch_training.optimizing import torch_optimizer
from netgraph.engines.torch_training.options import Options
from netgraph.engines.torch_training.processes import Processes, chosen_device, processes
from netgraph.engines.torch_training.step import Step
from netgraph.engines.training.batches import SampleSet
from netgraph.errors import TrainingError, shorten
from netgraph.history import History


def fit_torch(module: nn.Module, x: Any, y: Any = None, **options: Any) -> History:
    """Train a torch module for some epochs, from its present weights on; words, steps and history are those of `net.fit`.

    The same `seed` takes the samples in the order in which the NumPy executor compiled with that seed takes them, so that both come to
    the same weights up to rounding. torch's own random numbers stand afterwards where they stood before.

    Options, all by name, are `loss`, `optimizer`, `lr`, `epochs`, `batch_size`, `shuffle`, `validation`, `metrics`, `callbacks`,
    `clip_norm`, `clip_value` and `progress` as `net.fit` has them, and
    - `device`, "cpu", "cuda" or "cuda:1", to which the module is moved; without it, where the module is
    - `amp` (False): forward in bfloat16, or in float16 with a scaled loss on GPUs without it; weights and loss keep their precision
    - `seed` (0), for the order of samples and for dropout
    - `checkpoint`, a file that is replaced as a whole after each epoch; with `resume` a run that was killed goes on from it and comes to
      the very same weights on a CPU, and where there is no file yet it begins

    In a script started by `torchrun --nproc-per-node 4 script.py` the processes train together: each takes its share of every batch, and
    the gradients are those of the whole batch, with mean and summed losses alike. Batch norm sees each process's share alone. A module
    after `fully_shard` is trained too, but not checkpointed. Of a stream every process brings its own batches, all of one size.

    Raises: TrainingError when the loss diverges (the weights are then those before the epoch) or options contradict each other;
    OpError for a word, value or device that is none, DataError for data that does not fit, FileError for what is no checkpoint.

    >>> import netgraph as ng, numpy as np
    >>> x = np.random.default_rng(0).standard_normal((64, 3)).astype("float32")
    >>> y = (x.sum(axis=1) > 0).astype(int)
    >>> G = ng.chain(3, 16, "relu", 2)
    >>> words = {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.05, "epochs": 30, "batch_size": 16}
    >>> module = ng.compile(G, "torch", seed=0)
    >>> history = ng.fit_torch(module, x, y, **words)
    >>> bool(np.allclose(history.loss, ng.compile(G, seed=0).fit(x, y, **words).loss, rtol=0.01))
    True
    >>> trained = ng.with_weights(G, module)
    """
    if not isinstance(module, nn.Module):
        raise TrainingError(f"fit_torch trains a torch module, but got {shorten(type(module).__name__)}. Compile one first: "
                            "module = ng.compile(G, 'torch').")
    asked = Options(**options)
    device = chosen_device(asked.device, module)
    module.to(device)
    with processes(device) as together, _own_random_numbers(device, asked.seed + together.rank):
        return _fit(_step(module, asked, together, device), x, y, asked)


def _step(module: nn.Module, options: Options, together: Processes, device: torch.device) -> Step:
    return Step(module, options.op, torch_optimizer(options.rule, module), together, device, options.amp,
                isinstance(module, Recurrent), options.clip_norm, options.clip_value)


def _fit(step: Step, x: Any, y: Any, options: Options) -> History:
    rng = generator(None, options.seed)
    feed = Feed(step.module, step.device, step.loss)
    batches: Batches
    if y is None:
        batches = StreamedBatches(feed, stream_of(x, options.batch_size), step.together, step.is_recurrent)
    else:
        batches = SharedBatches(feed, SampleSet(*_arrays(feed, x, y, step), options.batch_size, options.shuffle, rng), step.together)
    terms = {"loss": repr(step.loss), "optimizer": repr(options.rule), "batch_size": options.batch_size, "seed": options.seed,
             "processes": step.together.count}
    run = Run(step, rng, History(), options.callbacks, terms)
    if options.checkpoint is not None:
        Checkpoint(options.checkpoint).begin(run, options.resume)
    run_epochs(run, batches, options, _look(step, feed, batches, options))
    return run.history


def _arrays(feed: Feed, x: Any, y: Any, step: Step) -> tuple[list[Any], list[Any]]:
    arrays = feed.arrays(x)
    return arrays, feed.targets(y, feed.outputs_for(arrays), step.is_recurrent)


def _look(step: Step, feed: Feed, batches: Batches, options: Options) -> Look | None:
    """What is measured after each epoch: the validation set, or for metrics without one the set that is trained on."""
    if options.validation is not None:
        return Look(step, feed, *_arrays(feed, *options.validation, step), options.batch_size)
    if not options.metrics:
        return None
    if batches.whole is None:
        raise TrainingError("Metrics of a stream of batches need a set to be measured on. Give validation=(x, y).")
    return Look(step, feed, *batches.whole, options.batch_size)


@contextmanager
def _own_random_numbers(device: torch.device, seed: int) -> Iterator[None]:
    """torch's generators, from this seed on for as long as the block lasts."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
