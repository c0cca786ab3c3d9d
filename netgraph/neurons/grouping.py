"""Neurons flow in; groups of them come out that can be computed together: of one level and one activation, few enough for dense blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netgraph.neurons.reading import Neuron, Neurons
from netgraph.weights import NodeId

FEWEST = 48                            # neurons of a piece: below it, what a call of NumPy costs outweighs the zeros that are saved
SPARSEST = 16                          # numbers of a block for each edge in it, beyond which a group is cut


@dataclass(frozen=True)
class Group:
    """Neurons of one level, which is the length of the longest path from an input, and of one activation."""

    level: int
    activation: str
    neurons: tuple[Neuron, ...]


def groups_of(neurons: Neurons) -> list[Group]:
    """All neurons but the inputs in groups, level by level, otherwise as they were declared.

    A group whose matrix would hold many more zeros than weights is cut into pieces of neurons that have sources in common.
    """
    levels = _levels(neurons)
    kinds: dict[tuple[int, str], list[Neuron]] = {}
    for name, level in sorted(levels.items(), key=lambda item: item[1]):
        if level:
            neuron = neurons.by_id[name]
            kinds.setdefault((level, neuron.activation), []).append(neuron)
    return [Group(level, activation, piece) for (level, activation), members in kinds.items() for piece in _pieces(members)]


def _levels(neurons: Neurons) -> dict[NodeId, int]:
    inputs, levels = set(neurons.inputs), dict[NodeId, int]()
    for name, neuron in neurons.by_id.items():
        levels[name] = 0 if name in inputs else 1 + max((levels[source] for source in neuron.sources), default=0)
    return levels


def _pieces(members: list[Neuron]) -> Iterator[tuple[Neuron, ...]]:
    edges = sum(len(neuron.sources) for neuron in members)
    sources = {source for neuron in members for source in neuron.sources}
    if len(members) <= FEWEST or len(members) * len(sources) <= SPARSEST * edges:
        yield tuple(members)
        return
    place = {source: i for i, source in enumerate(sources)}
    alike = sorted(members, key=lambda neuron: min((place[source] for source in neuron.sources), default=0))
    for start in range(0, len(alike), FEWEST):
        yield tuple(alike[start:start + FEWEST])
