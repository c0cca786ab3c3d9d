"""The command `profile`: a net flows in; what each layer of it takes and gives comes out, as a table and painted on its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.draw import direction_option, dpi_option, fold_option, require_room, theme_option, write_picture
from netgraph.cli.options import NET_HELP, STREAM, Example, Word, input_option, loss_word, net_argument, read_net
from netgraph.cli.outputs import places
from netgraph.cli.speech import say
from netgraph.cli.views import VIEWS, explicit

if TYPE_CHECKING:
    import networkx as nx

    from netgraph.engines.profiling.profiles import Profile


@click.command(short_help="Measure what each layer takes, and paint it.", epilog=NET_HELP)
@net_argument
@click.option("-o", "--output", metavar="FILE", help="Draw the net with the figures on it too: .png, .svg, .pdf, .html, ...")
@click.option("--overlay", type=Word("netgraph.engines.profiling.profiles", "COLUMNS"), default="time",
              help="What is painted: time, forward, backward, memory, std, zeros, gradient_std, ...")
@click.option("--loss", type=loss_word, help="Measure the way back of this loss too, such as sse.")
@click.option("--backend", type=click.Choice(["numpy", "torch"]), default="numpy", help="The engine that is measured.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", help="Where torch runs.")
@click.option("--batch", type=click.IntRange(min=1), default=32, help="Samples, drawn at random, that the net is run on.")
@click.option("--repeats", type=click.IntRange(min=1), default=7, help="Passes, of which the median times are told.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="The start of the weights and samples.")
@dpi_option
@direction_option
@theme_option
@fold_option
@input_option
def profile(net: str, output: str | None, overlay: str, loss: str | None, backend: str, device: str, batch: int, repeats: int, seed: int,
            dpi: float, inputs: tuple[Example, ...], **options: Any) -> None:
    """Run a net on random samples and say for each layer: time, bytes, and how its activations and gradients lie.

    \b
      netgraph profile net.py
      netgraph profile net.py --backend torch --loss cross_entropy -o time.png
      netgraph profile model.py:Net --input 1x3x224x224 --overlay memory -o memory.png
    """
    context = click.get_current_context()
    _require_sense(context, output, overlay, loss, backend, device)
    path = places([net], output, None, VIEWS["layers"].suffixes)[0] if output else None
    require_room([path] if path else [])
    graph = read_net(net, inputs)
    told = measured(graph, loss, backend, device, batch=batch, repeats=repeats, seed=seed)
    say(str(told))
    if path is not None:
        write_picture(VIEWS["layers"].draw(graph, overlay=told.overlay(overlay), **explicit(context, options)), path, dpi)


def _require_sense(context: click.Context, output: str | None, overlay: str, loss: str | None, backend: str, device: str) -> None:
    """Raises: UsageError for an option that goes with another which was not given."""
    if output is None and explicit(context, {"overlay": overlay}):
        raise click.UsageError(f"--overlay {overlay} is painted on a picture, but none is asked for. Add -o net.png.")
    if output == STREAM:
        raise click.UsageError("stdout has the table, so the picture needs a file. Name one, as in -o net.png.")
    if loss is None and overlay.startswith(("backward", "gradient")):
        raise click.UsageError(f"--overlay {overlay} is of the way back, which begins at a loss. Add --loss sse, or another.")
    if device != "cpu" and backend != "torch":
        raise click.UsageError("--device goes with --backend torch. Add that, or leave --device out.")


def measured(graph: nx.DiGraph, loss: str | None, backend: str, device: str, *, batch: int, repeats: int, seed: int) -> Profile:
    """The profile of a net on random samples."""
    from netgraph.cli.random_samples import random_inputs, random_targets
    from netgraph.engines.compile import compile as compiled
    from netgraph.engines.profiling.measuring import profile as profile_of
    from netgraph.inference import infer
    plan = infer(graph)
    net: Any = compiled(graph, seed=seed) if backend == "numpy" else _moved(compiled(graph, "torch", seed=seed), device)
    x = tuple(random_inputs(plan, batch, seed))
    y = random_targets(plan, loss, batch, seed) if loss else None
    return profile_of(net, x if len(x) > 1 else x[0], y[0] if y and len(y) == 1 else y, loss=loss, repeats=repeats)


def _moved(module: Any, device: str) -> Any:
    from netgraph.engines.torch_training.processes import chosen_device
    return module.to(chosen_device(device, module))
