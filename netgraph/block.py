"""What a block is: a word of the vocabulary that unfolds into a small DiGraph of other words."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import networkx as nx

from netgraph.cache import cached
from netgraph.op import Op, arguments
from netgraph.shape import Shape

OUT_OF_SIGHT = -1e9   # added to a score, it leaves a share of exactly 0 in float32 and float64

@dataclass(frozen=True)
class Block(Op):
    """A composite layer. A subclass has constants as an op has, and `unfold`; all else follows from what it unfolds into.

    `unfold` takes the shapes of its inputs by name, None for one that was left out, and gives a net in the ordinary grammar, with an
    `input` of that name for each and a single output. The parts of block 'h' are 'h/query', 'h/scores' and so on; their parameters are
    `h.query.weight`. As a step of a program a block does nothing: it hands on what the last of its parts gives.
    """

    is_identity = True

    def unfold(self, *inputs: Any, **more: Any) -> nx.DiGraph:
        """The block as a net of its own."""
        raise NotImplementedError(f"{type(self).__name__} does not unfold")

    def shape(self, x: Shape) -> Shape:
        return x


def add(graph: nx.DiGraph, name: str, *sources: str, **words: Any) -> str:
    """The id of a new node, fed by its sources in the order of its op's inputs.

    >>> graph = nx.DiGraph()
    >>> add(graph, "difference", "x", "y", op="sub")
    'difference'
    >>> graph.edges["y", "difference"]
    {'slot': 1}
    """
    graph.add_node(name, **words)
    for slot, source in enumerate(sources):
        graph.add_edge(source, name, **({"slot": slot} if len(sources) > 1 else {}))
    return name


@cached
def inlets(kind: type[Op]) -> tuple[str, ...]:
    """The names of a block's inputs.

    >>> from netgraph.ops import OPS
    >>> inlets(OPS["attention"])
    ('query', 'key', 'value', 'mask', 'added')
    """
    return arguments(kind, "unfold")


@cached
def optional_inlets(kind: type[Op]) -> tuple[str, ...]:
    """Those that may be left out.

    >>> from netgraph.ops import OPS
    >>> optional_inlets(OPS["attention"])
    ('key', 'value', 'mask', 'added')
    """
    parameters = inspect.signature(kind.unfold).parameters.values() if issubclass(kind, Block) else ()
    return tuple(p.name for p in parameters if p.default is None)
