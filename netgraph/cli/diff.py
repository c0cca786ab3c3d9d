"""The command `diff`: two nets flow in, what became of one in the other comes out in words, and as a picture."""

from __future__ import annotations

from typing import Any

import click

from netgraph.cli.draw import direction_option, dpi_option, fold_option, format_option, require_room, theme_option, write_picture
from netgraph.cli.options import NET_HELP, STREAM, Example, input_option, read_net, require_one_stream
from netgraph.cli.outputs import places
from netgraph.cli.speech import say
from netgraph.cli.views import VIEWS, explicit

DIFFERENT = 3        # of --exit-code: neither a wrong net nor a wrong command line


@click.command(short_help="Say and draw what became of one net in another.",
               epilog=f"{NET_HELP} - is a net as JSON on stdin. Exit code: 0 whether or not the nets differ; with --exit-code {DIFFERENT} "
                      "if they do.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("-o", "--output", metavar="FILE", help="Draw both in one picture: .png, .svg, .pdf or .dot; - for stdout.")
@format_option
@click.option("--weights", is_flag=True, help="Compare arrays too.")
@click.option("--exit-code", is_flag=True, help=f"Exit with {DIFFERENT} if the nets differ.")
@dpi_option
@direction_option
@theme_option
@fold_option
@input_option
def diff(old: str, new: str, output: str | None, format: str | None, weights: bool, exit_code: bool, dpi: float,
         inputs: tuple[Example, ...], **given: Any) -> None:
    """Say which layers and edges were added (+), removed (−) and changed (~) from one net to another.

    \b
      netgraph diff old.py new.py
      netgraph diff nets.py:resnet18 nets.py:resnet34 -o diff.png
      netgraph diff model.py:Old model.py:New --input 1x3x224x224
    """
    from netgraph.drawing.diff import diff as difference_of
    require_one_stream((old, new))
    path = places([new], output, format, VIEWS["layers"].suffixes)[0] if output or format else None
    require_room([path] if path else [])
    difference = difference_of(read_net(old, inputs), read_net(new, inputs), weights=weights)
    if path != STREAM:
        say(str(difference))
    if path is not None:
        write_picture(difference.draw(**explicit(click.get_current_context(), given)), path, dpi, format)
    if exit_code and difference:
        raise click.exceptions.Exit(DIFFERENT)
