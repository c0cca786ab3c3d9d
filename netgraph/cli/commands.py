"""The commands under the one name `netgraph`, in the order in which a newcomer needs them."""

from __future__ import annotations

import click

from netgraph import __version__
from netgraph.cli.autograd import autograd
from netgraph.cli.compare import compare
from netgraph.cli.demo import demo
from netgraph.cli.diff import diff
from netgraph.cli.draw import draw
from netgraph.cli.export import export
from netgraph.cli.index import index
from netgraph.cli.ops import ops
from netgraph.cli.profile import profile
from netgraph.cli.search import search
from netgraph.cli.source import source
from netgraph.cli.summary import check, summary
from netgraph.cli.train import train
from netgraph.errors import suggestion

SETTINGS = {"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 100}


class Commands(click.Group):
    """A group that lists its commands as they were added and knows a near miss."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command '{args[0]}'. {suggestion(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings=SETTINGS, invoke_without_command=True, no_args_is_help=False,
             epilog="Exit codes: 0 done, 1 the net or a file is wrong, 2 the command line is wrong.")
@click.version_option(__version__, prog_name="netgraph", message="%(prog)s %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
    """Draw, check, train and export neural networks that are declared as a networkx.DiGraph.

    A net is read from net.py, net.py:name, net.json, net.safetensors or net.graphml. A .py file is code, and it is run:
    name only files that you trust.

    \b
      netgraph demo                   declare, train and draw a small net
      netgraph draw net.py -o net.png
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (draw, diff, compare, search, index, summary, check, train, export, source, autograd, profile, ops, demo):
    commands.add_command(_command)
