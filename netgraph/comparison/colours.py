"""Two sides go in; colours come out: nodes of one colour compute the same from the same, up to so many edges away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from netgraph.comparison.side import Side

Colours = tuple[list[int], list[int]]      # of the nodes of both sides


class Palette:
    """A number for each colour mixed; the same mixture has the same number on both sides."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def mix(self, *parts: Hashable) -> int:
        """The colour of a mixture."""
        return self._numbers.setdefault(parts, len(self._numbers))


def upstream(old: Side, new: Side) -> Colours:
    """Colours that tell a node by its content and all that it hears from, directly or not.

    Source: the refinement of Weisfeiler & Leman 1968, here along the edges of a graph without circles, where one pass is exact.
    """
    palette = Palette()
    return _heard(old, palette), _heard(new, palette)


def downstream(old: Side, new: Side) -> Colours:
    """Colours that tell a node by its content and all that hears it, directly or not."""
    palette = Palette()
    return _hearers(old, palette), _hearers(new, palette)


def nearby(old: Side, new: Side, steps: int) -> list[Colours]:
    """Colours that tell a node by what is at most 0, 1, 2, ... `steps` edges away."""
    palette = Palette()
    found = [(_own(old, palette), _own(new, palette))]
    for _ in range(steps):
        a, b = found[-1]
        found.append((_refined(old, a, palette), _refined(new, b, palette)))
    return found


def _own(side: Side, palette: Palette) -> list[int]:
    return [palette.mix(content) for content in side.contents]


def _heard(side: Side, palette: Palette) -> list[int]:
    colours = [NO_COLOUR] * len(side)
    for node, content in enumerate(side.contents):
        colours[node] = palette.mix(content, _sorted((colours[source], key) for source, key in side.sources[node].items()))
    return colours


def _hearers(side: Side, palette: Palette) -> list[int]:
    colours = [NO_COLOUR] * len(side)
    for node in reversed(range(len(side))):
        colours[node] = palette.mix(side.contents[node],
                                    _sorted((colours[target], side.sources[target][node]) for target in side.targets[node]))
    return colours


def _refined(side: Side, colours: list[int], palette: Palette) -> list[int]:
    return [palette.mix(colours[node], _sorted((colours[source], key) for source, key in side.sources[node].items()),
                        _sorted((colours[target], side.sources[target][node]) for target in side.targets[node]))
            for node in range(len(side))]


NO_COLOUR = -1       # of a node that comes later on a circle


def _sorted(parts: Iterable[tuple[int, Hashable]]) -> tuple[tuple[int, Hashable], ...]:
    return tuple(sorted(parts, key=lambda part: (part[0], repr(part[1]))))
