"""The command `source`: a net flows in, a program that a person could have written comes out."""

from __future__ import annotations

import click

from netgraph.cli.options import NET_HELP, Example, Output, input_option, loss_word, net_argument, read_net, refuse_overwriting
from netgraph.cli.speech import report, say


@click.command(short_help="Write a net as NumPy or torch source.", epilog=NET_HELP)
@net_argument
@click.option("--backend", type=click.Choice(["numpy", "torch"]), default="numpy",
              help="The library that the source is written for.")
@click.option("--loss", type=loss_word, default="mse", help="The loss whose gradient the NumPy source writes out.")
@click.option("-o", "--output", type=Output(".py"), help="A .py file; left out, the source is printed.")
@input_option
def source(net: str, backend: str, loss: str, output: str | None, inputs: tuple[Example, ...]) -> None:
    """Write a net as Python that runs alone: NumPy forward and backward line by line, or a torch nn.Module.

    \b
      netgraph source net.py --backend torch -o module.py
    """
    from netgraph.engines.writing.source import to_source
    from netgraph.files import replacing
    refuse_overwriting(output, net)
    text = to_source(read_net(net, inputs), backend, loss=loss)
    if output is None:
        say(text.rstrip("\n"))
        return
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    report(output, f"{len(text.splitlines()):,} lines")
