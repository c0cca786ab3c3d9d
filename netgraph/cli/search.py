"""The command `search`: a net flows in; the nets of an index that are nearest to it come out, in lines or as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.draw import dpi_option, require_room, theme_option, write_picture
from netgraph.cli.options import NET_HELP, Example, input_option, net_argument, read_net
from netgraph.cli.outputs import places
from netgraph.cli.speech import one_line, say
from netgraph.cli.views import explicit

if TYPE_CHECKING:
    from netgraph.similarity.library import Index, Match

ALIKE = 0.5          # the cosine from which nets are likely to be kin


@click.command(short_help="Find the nets that are nearest to a net.", epilog=f"{NET_HELP} - is a net as JSON on stdin.")
@net_argument
@click.option("--index", "library", metavar="FILE", help="The index that is searched.  [default: the nets that come with netgraph]")
@click.option("-k", "--count", type=click.IntRange(min=1), default=10, help="How many are told.")
@click.option("--rerank", is_flag=True, help="Align the best 100, and put those first that are the fewest edits away.")
@click.option("-o", "--output", metavar="FILE", help="Draw them as a page too: .png, .svg, .pdf or .html.")
@dpi_option
@theme_option
@input_option
def search(net: str, library: str | None, count: int, rerank: bool, output: str | None, dpi: float, inputs: tuple[Example, ...],
           **given: Any) -> None:
    """Find the nets of an index that are nearest to a net, best first: the score, the name, and what is known of it.

    \b
      netgraph search net.py
      netgraph search net.py --index lib.idx -k 3
    """
    from netgraph.atlas.table_view import TableView
    from netgraph.similarity.library import Index
    from netgraph.similarity.ready import ready_index
    page = places([net], output, None, tuple(TableView.WRITERS))[0] if output else None
    require_room([page] if page else [])
    graph = read_net(net, inputs)
    index = ready_index() if library is None else Index.load(library)
    matches = index.query(graph, count, rerank=rerank)
    say("\n".join(lines(net, matches, index)))
    if page:
        from netgraph.atlas.neighbours import draw_neighbours
        write_picture(draw_neighbours(graph, index, count, **explicit(click.get_current_context(), given)), page, dpi)


def lines(net: str, matches: Sequence[Match], index: Index) -> list[str]:
    """What is found as a sentence and a table."""
    if not matches:
        return ["The index is empty."]
    first = matches[0]
    width = min(max(len(one_line(match.id)) for match in matches), 60)
    rows = [f"{at:>3}  {_how_near(match)}  {one_line(match.id):{width}}  {_known(match)}".rstrip() for at, match in enumerate(matches, 1)]
    about = f" ({_known(first)})" if _known(first) else ""
    is_like = index.task != "family" or first.score >= ALIKE
    found = "is nearest to" if is_like else "is not much like any net; the nearest is"
    return [f"{one_line(net)} {found} {one_line(first.id)}{about}, of {len(index):,} net{'s' * (len(index) != 1)}.", *rows]


def _how_near(match: Match) -> str:
    return f"{match.score:6.3f}" if match.distance is None else f"{match.score:6.3f}  {match.distance:>5g} edits"


def _known(match: Match) -> str:
    words = (match.metadata.get(word) for word in ("family", "library"))
    return one_line(", ".join(str(word) for word in words if word))
