"""Loops: the nodes of a recurrent net flow in; what their delayed edges bring comes out, told before all layers are known."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace

from netgraph.errors import NetgraphError, ShapeError, shorten
from netgraph.graph import Node
from netgraph.laying import lay
from netgraph.plan import Layer
from netgraph.weights import NodeId


def early_layers(order: Sequence[NodeId], nodes: MutableMapping[NodeId, Node]) -> tuple[dict[NodeId, Layer], list[NetgraphError]]:
    """Layers as far as their shapes can be told from the in-edges that are known: those of a sum all bring one shape.

    And the refusals of those that could not be made: they count where nothing else says what is wrong.
    """
    telling = _Telling(order, nodes)
    telling.tell()
    return telling.known, telling.refusals


def loop_complaints(order: Sequence[NodeId], layers: Mapping[NodeId, Layer]) -> list[NetgraphError]:
    """What is wrong with the loops of a net without any other mistake: a shape that nothing tells, or two that differ."""
    lost = [name for name in order if name not in layers]
    if lost:
        return [ShapeError(f"Node {shorten(lost[0])} stands in a loop whose shapes cannot be told: what would tell them comes by way of "
                           f"delayed edges. Feed the loop from an input too, or put a dense layer into it.")]
    delayed = [(f"The delayed edge {shorten(wire.source)} -> {shorten(layer.id)}", wire.shape, layers[wire.source].shapes[wire.output])
               for layer in layers.values() for wire in layer.wires if wire.delay]
    complaints: list[NetgraphError] = []
    for who, wanted, brought in delayed:
        unnumbered = [dim for dim in brought if isinstance(dim, str)]
        if brought != wanted:
            complaints.append(ShapeError(f"{who} brings {brought} where {wanted} is wanted. Give the layers of the loop one shape."))
        elif unnumbered:
            complaints.append(ShapeError(f"{who} brings {brought}, and zeros of that shape before the first step, so every size has to be "
                                         f"a number. Give the input a number in place of {shorten(unnumbered[0])}."))
    return complaints


class _Telling:
    """Every node waits until its shape can be told; `plain` and `delayed` count its in-edges whose sources are not known yet."""

    def __init__(self, order: Sequence[NodeId], nodes: MutableMapping[NodeId, Node]) -> None:
        self.nodes = nodes
        self.known: dict[NodeId, Layer] = {}
        self.refusals: list[NetgraphError] = []
        self.waiting = dict.fromkeys(name for name in order if name in nodes)
        self.plain, self.delayed = dict.fromkeys(self.waiting, 0), dict.fromkeys(self.waiting, 0)
        self.fed: dict[NodeId, list[tuple[NodeId, int]]] = {}
        for name in self.waiting:
            for edge in nodes[name].edges:
                (self.delayed if edge.delay else self.plain)[name] += 1
                self.fed.setdefault(edge.source, []).append((name, edge.delay))
        self.ready = deque(name for name in self.waiting if not nodes[name].edges)

    def tell(self) -> None:
        guesses = self.guesses()
        while self.ready or any(guesses):                  # which goes on to the next guess alone
            name = self.ready.popleft()
            if name in self.waiting:                       # a sum is ready with each of its edges
                del self.waiting[name]
                self.lay(self.nodes[name])

    def lay(self, node: Node) -> None:
        edges = tuple(edge for edge in node.edges if edge.source in self.known)
        is_guessed = node.id in self.known
        try:
            lay(replace(node, edges=edges, share=None), ChainMap({}, self.nodes), self.known, {})
        except NetgraphError as error:
            self.refusals.extend(error.complaints)
            return
        if not is_guessed:
            self.learn(node.id)

    def learn(self, source: NodeId) -> None:
        """Nodes that this source feeds know one edge more."""
        for name, delay in self.fed.get(source, ()):
            (self.delayed if delay else self.plain)[name] -= 1
            op = self.nodes[name].op
            if not self.plain[name] and (not self.delayed[name] or op.is_weighted or op.is_symmetric):
                self.ready.append(name)

    def guesses(self) -> Iterator[bool]:
        """Take one dense layer after the other, from which a delayed edge comes, to give samples of its units.

        Whole layers tell if that is right.
        """
        delayed = [(name, edge.source) for name in self.waiting for edge in self.nodes[name].edges if edge.delay]
        for name, source_id in delayed:
            source = self.nodes.get(source_id)
            if source is None or source.id in self.known or name not in self.waiting:
                continue
            if isinstance(units := getattr(source.op, "units", None), int):
                self.known[source.id] = Layer(source.id, source.op, source.op_name, (), ((units,),))
                self.learn(source.id)
                if self.ready:
                    yield True
