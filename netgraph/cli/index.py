"""The command `index`: nets and folders of nets flow in; a file in which the nearest to any net can be found comes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.draw import require_room
from netgraph.cli.options import NET_HELP, STREAM, Example, input_option, nets_argument, read_net
from netgraph.cli.speech import complain, refuse, report
from netgraph.errors import NetgraphError

if TYPE_CHECKING:
    import networkx as nx

SUFFIXES = (".py", ".json", ".safetensors", ".graphml")


@click.command(short_help="Collect nets in a file that can be searched.", epilog=f"{NET_HELP} Of a folder every such file is taken.")
@nets_argument
@click.option("-o", "--output", metavar="FILE", required=True, help="The index, such as lib.idx.")
@click.option("--task", type=click.Choice(["family", "distance"]), default="family",
              help="What nearness means: of one family, or few edits away.")
@click.option("--keep-graphs", is_flag=True, help="Keep the graphs too, so that a search can align the best.")
@input_option
def index(nets: tuple[str, ...], output: str, task: Any, keep_graphs: bool, inputs: tuple[Example, ...]) -> None:
    """Collect nets under their paths in an index, which 'netgraph search' looks through.

    Of several nets one that is wrong is told, and the others are taken in; the exit code is then 1.

    \b
      netgraph index nets/ -o lib.idx
      netgraph index a.py nets.py:resnet more/*.json -o lib.idx --keep-graphs
    """
    from netgraph.similarity.library import Index
    places = [place for net in nets for place in found(net)]
    _refuse_twice(places)
    require_room([output])
    made = Index(task, keep_graphs=keep_graphs)
    wrong = _add_all(made, places, inputs)
    if not len(made):
        raise click.exceptions.Exit(1)
    made.save(output)
    report(output, f"{len(made):,} net{'s' * (len(made) != 1)}")
    if wrong:
        complain(f"{wrong:,} of {len(places):,} nets could not be read.")
        raise click.exceptions.Exit(1)


def found(net: str) -> list[str]:
    """The net itself, or of a folder the files of nets in it, in order; hidden ones are left out.

    Raises: UsageError for a folder without any.
    """
    if net == STREAM:
        raise click.UsageError("A net in an index is named by its path, which stdin has not. Name a file.")
    if not os.path.isdir(net):
        return [net]
    files = sorted(path for path in Path(net).rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
                   and not any(part.startswith((".", "__")) for part in path.relative_to(net).parts))
    if not files:
        raise click.UsageError(f"The folder '{net}' holds no net. Put files there that end in {', '.join(SUFFIXES)}.")
    return [str(path) for path in files]


def _refuse_twice(places: Sequence[str]) -> None:
    seen: set[str] = set()
    for place in places:
        if place in seen:
            raise click.UsageError(f"'{place}' is named twice. Name it once.")
        seen.add(place)


def _add_all(made: Any, places: Sequence[str], inputs: tuple[Example, ...]) -> int:
    """How many could not be taken in."""
    from tqdm import tqdm
    wrong = 0
    for place in tqdm(places, desc="reading", unit="net", disable=None, leave=False):
        try:
            graph = read_net(place, inputs)
            made.add([graph], [place], [_known(graph)])
        except NetgraphError as error:
            wrong += 1
            with tqdm.external_write_mode():
                refuse(error, about=place)
    return wrong


def _known(graph: nx.DiGraph) -> dict[str, str]:
    """What the graph says of itself."""
    return {word: graph.graph[word] for word in ("name", "family") if isinstance(graph.graph.get(word), str)}
