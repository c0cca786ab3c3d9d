"""The epochs of a run: batches flow in; weights move, the history grows, checkpoints are written."""

from __future__ import annotations

import math

import torch
from tqdm import tqdm

from netgraph.engines.losses import is_summed
from netgraph.engines.samples import not_finite
from netgraph.engines.torch_training.batches import SharedBatches, StreamedBatches
from netgraph.engines.torch_training.checkpoint import Checkpoint, Run
from netgraph.engines.torch_training.looking import Look
from netgraph.engines.torch_training.options import Options
from netgraph.engines.torch_training.step import Step
from netgraph.engines.training.fitting import rate_of
from netgraph.errors import TrainingError

Batches = SharedBatches | StreamedBatches


def run_epochs(run: Run, batches: Batches, options: Options, look: Look | None) -> None:
    """Train from the epoch that the run has come to up to the last, or until a callback ends it.

    Raises: TrainingError when the loss diverges; the weights are then those before the epoch.
    """
    bar = _bar(run, options)
    for epoch in bar:
        if callable(options.lr):
            _set_rate(run.step, rate_of(options.lr(epoch), epoch))
        run.history.loss.append(_loss_of_epoch(run, batches))
        run.history.lr.append(float(run.step.optimizer.param_groups[0]["lr"]))
        _measure(run, look, options)
        bar.set_postfix_str(f"loss {run.history.loss[-1]:.4g}", refresh=False)
        answers = [callback(run.step.module, run.history) for callback in options.callbacks]
        run.is_over = run.step.together.told(any(answer is True for answer in answers))
        if options.checkpoint is not None:
            Checkpoint(options.checkpoint).write(run)
        if run.is_over:
            break
    bar.close()


def _bar(run: Run, options: Options) -> tqdm[int]:
    epochs = range(run.epoch, run.epoch if run.is_over else max(options.epochs, run.epoch))
    is_hidden = True if not run.step.together.is_first else None if options.progress is None else not options.progress
    return tqdm(epochs, desc="training", unit="epoch", disable=is_hidden, leave=False, initial=run.epoch, total=options.epochs)


def _set_rate(step: Step, lr: float) -> None:
    for group in step.optimizer.param_groups:
        group["lr"] = lr


def _loss_of_epoch(run: Run, batches: Batches) -> float:
    """The loss that the epoch's steps saw before their moves. Nothing is asked of the device before the last step is done."""
    step = run.step
    before = [p.detach().clone() for p in step.moving]
    step.run.train()
    losses, counts = [], []
    for batch in batches.epoch():
        losses.append(step(batch))
        counts.append(batch.count)
    shares = [1.0] * len(losses) if is_summed(step.loss) else [count / sum(counts) for count in counts]
    own = torch.stack(losses).cpu().double() @ torch.tensor(shares, dtype=torch.float64)
    loss = float(step.together.total(own.to(step.device)))
    if not math.isfinite(loss) or not _are_finite(step):
        with torch.no_grad():
            for parameter, value in zip(step.moving, before, strict=True):
                parameter.copy_(value)
        raise TrainingError(f"The loss of epoch {run.epoch} is {loss}: {_why(step, batches)}")
    return loss


def _why(step: Step, batches: Batches) -> str:
    inputs, targets = batches.whole or ((), ())
    wrong = not_finite([*(("an input", array) for array in inputs), *(("the target", array) for array in targets)])
    if wrong is not None:
        return wrong
    return ("training diverged, and the weights are those before the epoch. Lower lr (now "
            f"{step.optimizer.param_groups[0]['lr']:g}), clip the gradient with clip_norm=1.0, or scale the data.")


def _are_finite(step: Step) -> bool:
    wrong = torch.stack([(~_local(p).isfinite()).any() for p in step.moving]).any().to(torch.float64)
    return not bool(step.together.total(wrong))


def _local(parameter: torch.Tensor) -> torch.Tensor:
    """What this process holds of a parameter."""
    local: torch.Tensor = parameter.detach()
    return local.to_local() if hasattr(local, "to_local") else local


def _measure(run: Run, look: Look | None, options: Options) -> None:
    """Every process looks, since a sharded module needs them all; what the first one saw is written down by all."""
    if look is None:
        return
    told = run.step.together.told
    if options.validation is not None:
        run.history.validation.append(told(look.loss()))
    for name, value in told(look.metrics(options.metrics)).items():
        run.history.metrics.setdefault(name, []).append(value)
