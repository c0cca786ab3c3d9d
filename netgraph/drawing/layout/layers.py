"""Items in running order and the links between them go in; the layer of each comes out, and the gaps all layouts keep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

RANK_GAP = 30    # pixels between one layer and the next, the wire's arrow included
BOX_GAP = 20     # pixels between boxes of one layer
MOST_IN_LINE = 2 # wires of a box to one layer, one of which goes straight; more spread evenly


def layers_of(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each item: one more than the last of those it hears from; links go forward in the order of `ids`.

    >>> layers_of(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    {'a': 0, 'b': 1, 'c': 2}
    """
    place = {id: number for number, id in enumerate(ids)}
    sources: dict[str, list[str]] = defaultdict(list)
    for source, target in links:
        if place[source] < place[target]:      # a loop's wire runs back, and lifts nothing
            sources[target].append(source)
    layers: dict[str, int] = {}
    for id in ids:
        layers[id] = 1 + max((layers[source] for source in sources[id]), default=-1)
    return layers


def main_links(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> list[int]:
    """The numbers of the links that make the main lines: at most one into and one out of each item, from a layer to the next.

    Where three or more wires fan out or in, none is the main one.

    >>> main_links(["a", "b", "c"], [("a", "c"), ("a", "b"), ("b", "c")])
    [1, 2]
    """
    layers = layers_of(ids, links)
    near = [(source, target) for source, target in links if layers[target] == layers[source] + 1]
    fan = Counter(end for source, target in near for end in (("out", source), ("in", target)))
    left: set[str] = set()
    reached: set[str] = set()
    found = []
    for number, (source, target) in enumerate(links):
        is_fan = fan["out", source] > MOST_IN_LINE or fan["in", target] > MOST_IN_LINE
        if layers[target] == layers[source] + 1 and not is_fan and source not in left and target not in reached:
            left.add(source)
            reached.add(target)
            found.append(number)
    return found
