"""Where a net grows: names, ops and sources flow in, nodes of a DiGraph come out, their ids and groups in step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx

from netgraph.errors import GraphError, shorten
from netgraph.ops import OPS
from netgraph.shape import Shape
from netgraph.weights import NodeId


@dataclass(frozen=True)
class Scope:
    """A place in a growing graph: `path` begins the ids of its nodes, `group` holds the groups that they are within.

    >>> graph = nx.DiGraph()
    >>> top = Scope(graph)
    >>> x = top.add("x", op="input", shape=(3, 8, 8))
    >>> top.inside("layer1").inside("0", "block0").add("conv1", x, op="conv2d", channels=4, kernel_size=3)
    'layer1_0_conv1'
    >>> graph.nodes["layer1_0_conv1"]["within"], graph.nodes["layer1_0_conv1"]["label"]
    ('layer1/block0', 'conv1')
    """

    graph: nx.DiGraph
    path: tuple[str, ...] = ()
    group: tuple[str, ...] = ()

    def inside(self, part: str, title: str | None = None) -> Scope:
        """The scope of a part of this one; `title` names its group where that shall read otherwise than its ids, which then have labels."""
        return Scope(self.graph, (*self.path, part), (*self.group, title or part))

    def framed(self, title: str) -> Scope:
        """The scope of a group whose nodes keep this one's ids."""
        return Scope(self.graph, self.path, (*self.group, title))

    def add(self, name: str, *sources: NodeId, op: str, **words: Any) -> str:
        """The id of a new node, fed by its sources in the order of the op's inputs.

        Raises: GraphError when the graph already has a node of that id.
        """
        node = "_".join((*self.path, name))
        if node in self.graph:
            raise GraphError(f"The graph already has a node {shorten(node)}. Give what you add another name.")
        within = {"within": "/".join(self.group)} if self.group else {}
        label = {"label": name} if self.path and "_".join(self.path) != "_".join(self.group) else {}
        self.graph.add_node(node, op=op, **words, **within, **label)
        is_ordered = len(sources) > 1 and not (OPS[op].is_symmetric or OPS[op].is_weighted)
        for slot, source in enumerate(sources):
            self.graph.add_edge(source, node, **({"slot": slot} if is_ordered else {}))
        return node


def begin(name: str, shape: Shape, source: str = "x", **words: Any) -> tuple[Scope, str]:
    """The scope of a new graph that holds only its input, and the input's id.

    >>> scope, x = begin("lenet5", (1, 32, 32))
    >>> x, scope.graph.name
    ('x', 'lenet5')
    """
    scope = Scope(nx.DiGraph(name=name))
    return scope, scope.add(source, op="input", shape=shape, **words)
