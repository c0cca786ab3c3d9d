"""The command `train`: a net and a data file flow in, the net with trained weights comes out as a file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.options import (
    NET_HELP,
    Example,
    Output,
    Positive,
    input_option,
    loss_word,
    metric_word,
    net_argument,
    optimizer_word,
    read_net,
    stem,
)
from netgraph.cli.speech import report, say

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np

    from netgraph.cli.samples import Samples
    from netgraph.history import History


@dataclass(frozen=True)
class Options:
    """What the command line said; each field is an option of the same name."""

    data: str
    x: tuple[str, ...]
    y: tuple[str, ...]
    target: tuple[str, ...]
    loss: str
    optimizer: str
    lr: float | None
    epochs: int
    batch_size: int | None
    validation: float
    patience: int | None
    clip_norm: float | None
    metric: tuple[str, ...]
    dtype: str
    seed: int
    output: str | None
    plot: str | None
    backend: str
    device: str
    amp: bool
    checkpoint: str | None
    resume: bool
    inputs: tuple[Example, ...]


@click.command(short_help="Train a net on a data file and save it.", epilog=NET_HELP)
@net_argument
@click.option("--data", required=True, type=Output(".npz", ".csv"), help="Samples: arrays in a .npz file, or numbers in a .csv file.")
@click.option("--x", multiple=True, metavar="NAME", help="Array of the .npz for an input; may be repeated.  [default: its id, or x]")
@click.option("--y", multiple=True, metavar="NAME", help="Array of the .npz for an output; may be repeated.  [default: its id, or y]")
@click.option("--target", multiple=True, metavar="NAME", help="Column of the .csv with the target; may be repeated.  [default: the last]")
@click.option("--loss", required=True, type=loss_word, help="What training makes small: cross_entropy, mse, ...; see 'netgraph ops loss'.")
@click.option("--optimizer", type=optimizer_word, default="adam", help="The rule of the steps: sgd, adam, adamw, rmsprop.")
@click.option("--lr", type=Positive(), help="The learning rate.  [default: the optimiser's own]")
@click.option("--epochs", type=click.IntRange(min=1), default=100, help="Passes over the samples.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Samples of one step.  [default: all]")
@click.option("--validation", type=click.FloatRange(0, 1, max_open=True), default=0.0,
              help="Share of the samples kept out of training.")
@click.option("--patience", type=click.IntRange(min=1), help="Stop when the loss has not fallen for so many epochs; keep the best.")
@click.option("--clip-norm", type=Positive(), help="Shorten longer gradients to this length.")
@click.option("--metric", multiple=True, type=metric_word, help="Also print accuracy, mse, mae or r2; may be repeated.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", help="The numbers that are computed with.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="The start of the weights, the split and the shuffling.")
@click.option("-o", "--output", type=Output(".safetensors", ".json"),
              help="The trained net: .safetensors or .json.  [default: NET's name-trained.safetensors]")
@click.option("--plot", type=Output(".png", ".svg", ".pdf"), help="Draw the loss curve too.")
@click.option("--backend", type=click.Choice(["numpy", "torch"]), default="numpy", help="The engine that trains.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", help="Where torch trains.")
@click.option("--amp", is_flag=True, help="With torch: forward in half the bits, bfloat16 or float16.")
@click.option("--checkpoint", type=Output(".pt"), help="With torch: a .pt file that keeps the run, renewed after each epoch.")
@click.option("--resume", is_flag=True, help="With torch: go on from the checkpoint, where there is one.")
@input_option
def train(net: str, **given: Any) -> None:
    """Train a net and save it with its weights, once training is over.

    Rows are reshaped where the net's input has as many numbers, so a .csv of pixels feeds an image net.

    \b
      netgraph train net.py --data digits.npz --loss cross_entropy --metric accuracy
      netgraph train net.py --data iris.csv --target kind --loss cross_entropy --validation 0.2
      netgraph train net.py --data data.npz --loss mse --backend torch --device cuda --amp
      netgraph train model.py:Net --input 1x1x28x28 --data digits.npz --loss cross_entropy --backend torch
      torchrun --nproc-per-node 4 --no-python netgraph train net.py --data data.npz --loss mse --backend torch
    """
    from netgraph.exchange import save
    from netgraph.files import writable_path
    options = Options(**given)
    _require_torch(options)
    output = options.output or f"{stem(net)}-trained.safetensors"
    for path in filter(None, (output, options.plot, options.checkpoint)):
        writable_path(path)                                         # better said before the training than after it
    graph, history, outcome = _trained(net, options)
    if options.backend == "torch" and not _is_first():
        return
    say(outcome)
    save(graph, output)
    report(output, "the net with its weights")
    if options.plot:
        save_curve(history, options.plot)
        report(options.plot)


def _require_torch(options: Options) -> None:
    """Raises: UsageError for an option of torch's without it, and for one that needs another."""
    asked = {"--device": options.device != "cpu", "--amp": options.amp, "--checkpoint": options.checkpoint, "--resume": options.resume}
    word = next((word for word, is_asked in asked.items() if is_asked), None)
    if word and options.backend != "torch":
        raise click.UsageError(f"{word} goes with --backend torch. Add that, or leave {word} out.")
    if options.resume and not options.checkpoint:
        raise click.UsageError("--resume goes on from a checkpoint, but none is named. Add --checkpoint run.pt.")


def _is_first() -> bool:
    from netgraph.engines.torch_training.processes import is_first
    return is_first()


def _trained(net: str, options: Options) -> tuple[nx.DiGraph, History, str]:
    from netgraph.cli.samples import read_samples
    from netgraph.inference import infer
    graph = read_net(net, options.inputs)
    plan = infer(graph)
    samples = read_samples(options.data, plan, (options.x, options.y), options.target, options.loss == "cross_entropy")
    used, kept = samples.split(options.validation, options.seed)
    fit = _fit_torch if options.backend == "torch" else _fit_numpy
    started = time.perf_counter()
    trained, history = fit(graph, used, kept, options)
    return trained, history, _outcome(history, used, kept, time.perf_counter() - started)


def _fit_numpy(graph: nx.DiGraph, used: Samples, kept: Samples | None, options: Options) -> tuple[nx.DiGraph, History]:
    from netgraph.engines.compile import compile as compiled
    net = compiled(graph, dtype=options.dtype, seed=options.seed)
    history = net.fit(dict(used.x), used.target, validation=kept and (dict(kept.x), kept.target), **_words(options))
    return net.graph, history


def _fit_torch(graph: nx.DiGraph, used: Samples, kept: Samples | None, options: Options) -> tuple[nx.DiGraph, History]:
    from netgraph.engines.compile import compile as compiled
    from netgraph.engines.torch_training import fit_torch, with_weights
    module = compiled(graph, "torch", dtype=options.dtype, seed=options.seed)
    x, *more = [_inputs(graph, part, options) for part in (used, kept) if part]
    history = fit_torch(module, x, used.target, validation=(more[0], kept.target) if kept else None, device=options.device,
                        amp=options.amp, seed=options.seed, checkpoint=options.checkpoint, resume=options.resume, **_words(options))
    return with_weights(graph, module), history


def _inputs(graph: nx.DiGraph, samples: Samples, options: Options) -> tuple[np.ndarray, ...]:
    """The inputs in the order of the module's arguments, looked at as the NumPy engine looks at them."""
    from numpy import dtype

    from netgraph.engines.samples import input_arrays
    from netgraph.inference import infer
    return tuple(input_arrays(infer(graph), (dict(samples.x),), dtype(options.dtype)))


def _words(options: Options) -> dict[str, Any]:
    """What both engines take."""
    from netgraph.engines.training.fitting import EarlyStopping
    return {"loss": options.loss, "optimizer": options.optimizer, "lr": options.lr, "epochs": options.epochs,
            "batch_size": options.batch_size, "clip_norm": options.clip_norm, "metrics": options.metric,
            "callbacks": [EarlyStopping(options.patience)] if options.patience else []}


def _outcome(history: History, used: Samples, kept: Samples | None, seconds: float) -> str:
    """What a run came to, in a line or two."""
    epochs = len(history.loss)
    lines = [f"loss {history.loss[0]:.4g} -> {history.loss[-1]:.4g} in {epochs:,} epoch{'s' * (epochs > 1)} "
             f"of {used.count:,} samples, {seconds:.1f} s"]
    looks = {**({"loss": history.validation} if history.validation else {}), **history.metrics}
    if looks:
        where = f"on {kept.count:,} samples kept for validation" if kept else "on the samples trained with"
        lines.append(f"{', '.join(f'{name} {values[-1]:.4g}' for name, values in looks.items())} {where}")
    return "\n".join(lines)


def save_curve(history: History, path: str) -> None:
    """Write the picture of a history."""
    from netgraph.files import replacing
    with replacing(path) as temporary:
        history.plot().savefig(temporary)
