"""The command `compare`: two nets flow in; how alike they are, how many edits apart, and what became of one in the other come out."""

from __future__ import annotations

import click

from netgraph.cli.options import NET_HELP, Example, input_option, read_net, require_one_stream
from netgraph.cli.speech import say


@click.command(short_help="Say how alike two nets are, and how many edits apart.",
               epilog=f"{NET_HELP} - is a net as JSON on stdin. The similarity is that of families, from 0 to 1; an edit is an operation "
                      "or wire added or removed, or an operation replaced.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--fast", is_flag=True, help="Foretell the edits from one vector a net; large nets take seconds else.")
@input_option
def compare(old: str, new: str, fast: bool, inputs: tuple[Example, ...]) -> None:
    """Say how alike two nets are, how many edits lie between them, and what was added (+), removed (−) and changed (~).

    \b
      netgraph compare old.py new.py
    """
    from netgraph.comparison import compare as difference_of
    from netgraph.similarity.distance import distance
    from netgraph.similarity.family import similarity
    require_one_stream((old, new))
    first, second = read_net(old, inputs), read_net(new, inputs)
    edits = distance(first, second, by="vectors" if fast else "edits")
    about = "about " * fast
    say(f"similarity {similarity(first, second):.3f}, {about}{edits:,.0f} edit{'s' * (round(edits) != 1)} apart")
    say(str(difference_of(first, second)))
