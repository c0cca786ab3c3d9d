"""The command `draw`: nets flow in, their pictures come out as files, or one of them on stdout."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.options import NET_HELP, STREAM, Example, Positive, Theme, input_option, nets_argument, read_net, require_one_stream
from netgraph.cli.outputs import places
from netgraph.cli.speech import complain, refuse, report
from netgraph.cli.views import VIEWS, chosen
from netgraph.errors import DrawError, NetgraphError

if TYPE_CHECKING:
    import networkx as nx

direction_option = click.option("--direction", type=click.Choice(["auto", "LR", "TB"]), default="auto",
                                help="Left to right, top to bottom, or what fills the page best.")
theme_option = click.option("--theme", type=Theme(), help="The colours: light, dark, print, colour-blind, or the path of a "
                            ".toml of your own.  [default: light]")
fold_option = click.option("--fold/--no-fold", default=None, help="Draw runs of equal layers once.  [default: in large nets]")
format_option = click.option("--format", metavar="SUFFIX", help="What to write, where no path says it: png, svg, ...  [default: png]")
dpi_option = click.option("--dpi", type=Positive(most=10_000), default=192,
                          help="Dots an inch of a PNG; 96 is one pixel for each SVG pixel.")


@click.command(short_help="Draw nets as PNG, SVG, PDF, HTML, TikZ, Mermaid or DOT.", epilog=f"{NET_HELP} - is a net as JSON on stdin.")
@nets_argument
@click.option("-o", "--output", metavar="FILE", help="The picture: .png, .svg, .pdf, .html, .tex, .mmd or .dot; {name} stands for "
              "the net's name, - for stdout.  [default: {name}.png]")
@format_option
@click.option("--view", type=click.Choice(list(VIEWS)), default="layers", help="What is drawn of the net.")
@dpi_option
@direction_option
@theme_option
@click.option("--show", multiple=True, default=["shapes", "parameters", "legend"],
              type=click.Choice(["shapes", "parameters", "flops", "weights", "magnitudes", "legend"]),
              help="What is written beside the layers; may be repeated.")
@fold_option
@click.option("--depth", type=click.IntRange(min=0), help="Draw groups nested deeper as one card each.  [default: what can be read]")
@click.option("--unfold", is_flag=True, help="Draw the parts of blocks, such as attention, in place of one card each.")
@click.option("--focus", metavar="QUERY", help='The layers to look at, such as "within=encoder/*" or "op=conv2d, stride=2".')
@click.option("--rest", type=click.Choice(["fade", "cut"]), help="What becomes of all layers that are not in focus.  [default: fade]")
@click.option("--page", metavar="PAPER", help="The paper that it is for: a4, letter, ...; several pages where one could not be read.")
@input_option
def draw(nets: tuple[str, ...], output: str | None, format: str | None, view: str, dpi: float, inputs: tuple[Example, ...],
         **given: Any) -> None:
    """Draw nets: a card for each layer, a wire for each edge, a frame for each group; or another view.

    Of several nets one that is wrong is told, and the others are drawn; the exit code is then 1.

    \b
      netgraph draw net.py -o net.png
      netgraph draw nets.py:resnet -o resnet.svg --theme dark
      netgraph draw model.py:Net --input 1x3x224x224 -o net.png
      netgraph draw nets/*.py -o out/{name}.svg
      netgraph draw net.py -o net.pdf --page a4 --theme print
      netgraph draw net.py -o part.svg --focus within=encoder --rest cut
      netgraph draw - -o - --format svg < net.json > net.svg
    """
    options = chosen(view, click.get_current_context(), given)
    require_one_stream(nets)
    paths = places(nets, output, format, VIEWS[view].suffixes)
    require_room(paths)
    if len(nets) == 1:
        write_picture(_drawn(nets[0], view, inputs, options), paths[0], dpi, format)
    else:
        _draw_all(list(zip(nets, paths, strict=True)), partial(_drawn, view=view, inputs=inputs, options=options), dpi)


def _drawn(net: str, view: str, inputs: tuple[Example, ...], options: dict[str, Any]) -> Any:
    graph = read_net(net, inputs)
    if VIEWS[view].needs_weights and not _has_weights(graph):
        raise DrawError(f"'{net}' carries no weights to show as {view}. Train it first, with 'netgraph train', and draw what that saves.")
    return VIEWS[view].draw(graph, **options)


def _has_weights(graph: nx.DiGraph) -> bool:
    from netgraph.drawing.subject import read_subject
    return bool(read_subject(graph)[1])


def _draw_all(jobs: Sequence[tuple[str, str]], draw_net: Callable[[str], Any], dpi: float) -> None:
    from tqdm import tqdm
    wrong = 0
    for net, path in tqdm(jobs, desc="drawing", unit="net", disable=None, leave=False):
        try:
            drawing = draw_net(net)
            with tqdm.external_write_mode():
                write_picture(drawing, path, dpi)
        except NetgraphError as error:
            wrong += 1
            with tqdm.external_write_mode():
                refuse(error, about=net)
    if wrong:
        complain(f"{wrong:,} of {len(jobs):,} nets could not be drawn.")
        raise click.exceptions.Exit(1)


def require_room(paths: Sequence[str]) -> None:
    """Raises: FileError for a path that cannot be written, which is better said before the drawing than after it."""
    from netgraph.files import writable_path
    for path in paths:
        if path != STREAM:
            writable_path(path)


def write_picture(drawing: Any, path: str, dpi: float, format: str | None = None) -> None:
    """Write a drawing to its file, or several where it has pages, and say so; or its bytes to stdout, without a word."""
    if path != STREAM:
        for written in drawing.save(path, dpi=dpi) or [path]:
            report(written, picture_size(written))
        return
    with tempfile.TemporaryDirectory() as folder:
        pages = drawing.save(Path(folder, f"picture.{format}"), dpi=dpi) or [Path(folder, f"picture.{format}")]
        if len(pages) > 1:
            raise click.UsageError(f"The drawing has {len(pages)} pages, but stdout takes one. Name a file, or use --format pdf.")
        content = Path(pages[0]).read_bytes()
    sys.stdout.buffer.write(content)


def picture_size(path: str | Path) -> str:
    """The pixels of a PNG, as its header has them; nothing for other formats."""
    if Path(path).suffix.lower() != ".png":
        return ""
    with Path(path).open("rb") as file:
        header = file.read(24)
    return f"{int.from_bytes(header[16:20]):,} × {int.from_bytes(header[20:24]):,} pixels"
