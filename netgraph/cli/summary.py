"""The commands `summary` and `check`: a net flows in, its table or what is wrong with it comes out."""

from __future__ import annotations

import sys

import click

from netgraph.cli.options import NET_HELP, Example, input_option, net_argument, read_net
from netgraph.cli.speech import refuse, say
from netgraph.errors import NetgraphError

UNBOUNDED = 10_000     # columns, where no terminal limits them


@click.command(short_help="Print a net's layers, shapes, parameters and costs.", epilog=NET_HELP)
@net_argument
@click.option("--all", "complete", is_flag=True, help="Print every row of a long table.")
@click.option("--unfold", is_flag=True, help="Print the parts of blocks, such as attention, too.")
@input_option
def summary(net: str, complete: bool, unfold: bool, inputs: tuple[Example, ...]) -> None:
    """Print a table of a net: layer, op, sources, output shape, parameters, FLOPs and bytes, with totals.

    On a terminal the table is cut to its width, and a long one in its middle; in a file or pipe the names stand in full.

    \b
      netgraph summary net.py
      netgraph summary model.py:Net --input 1x3x224x224
    """
    from netgraph.table import summarize
    table = summarize(read_net(net, inputs), unfold=unfold)
    say(table.text(complete=complete, width=None if sys.stdout and sys.stdout.isatty() else UNBOUNDED))


@click.command(short_help="Say whether a net is right, or all that is wrong.", epilog=NET_HELP)
@net_argument
@input_option
def check(net: str, inputs: tuple[Example, ...]) -> None:
    """Say whether a net is right; if not, all that is wrong with it, one complaint a line, and exit with 1.

    \b
      netgraph check net.py
    """
    from netgraph.inference import infer
    from netgraph.wording import net_text
    graph = read_net(net, inputs)
    try:
        plan = infer(graph)
    except NetgraphError as error:
        refuse(error, most=None)
        raise click.exceptions.Exit(1) from None
    say(f"ok: {net_text(plan)}, {plan.parameter_count:,} parameters")
