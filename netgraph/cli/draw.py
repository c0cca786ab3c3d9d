"""The command `draw`: a net flows in, its picture comes out as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netgraph.cli.options import NET_HELP, Output, Positive, net_argument, read_net, stem
from netgraph.cli.speech import report

PICTURES = Output(".png", ".svg", ".pdf", ".dot")
FOLDS = {"auto": "auto", "yes": True, "no": False}

direction_option = click.option("--direction", type=click.Choice(["auto", "LR", "TB"]), default="auto",
                                help="Left to right, top to bottom, or what fills the page best.")
theme_option = click.option("--theme", type=click.Choice(["light", "dark"]), default="light", help="The colours.")
dpi_option = click.option("--dpi", type=Positive(most=10_000), default=192,
                          help="Dots an inch of a PNG; 96 is one pixel for each SVG pixel.")


@click.command(short_help="Draw a net as PNG, SVG, PDF or DOT.", epilog=NET_HELP)
@net_argument
@click.option("-o", "--output", type=PICTURES, help="The picture: .png, .svg, .pdf or .dot.  [default: NET's name.png]")
@dpi_option
@direction_option
@theme_option
@click.option("--show", multiple=True, default=["shapes", "parameters", "legend"],
              type=click.Choice(["shapes", "parameters", "weights", "legend"]),
              help="What is written beside the layers; may be repeated.")
@click.option("--fold", type=click.Choice(list(FOLDS)), default="auto",
              help="Draw runs of equal layers once; auto does in large nets.")
def draw(net: str, output: str | None, dpi: float, **options: Any) -> None:
    """Draw a net: a card for each layer, a wire for each edge, a frame for each group.

    \b
      netgraph draw net.py -o net.png
      netgraph draw nets.py:resnet -o resnet.svg --theme dark
    """
    from netgraph.drawing.drawing import draw as picture
    path = output or f"{stem(net)}.png"
    options["fold"] = FOLDS[options["fold"]]
    drawing = picture(read_net(net), **options)
    drawing.save(path, dpi=dpi)
    report(path, picture_size(path))


def picture_size(path: str) -> str:
    """The pixels of a PNG, as its header has them; nothing for other formats."""
    if not path.lower().endswith(".png"):
        return ""
    with Path(path).open("rb") as file:
        header = file.read(24)
    return f"{int.from_bytes(header[16:20]):,} × {int.from_bytes(header[20:24]):,} pixels"
