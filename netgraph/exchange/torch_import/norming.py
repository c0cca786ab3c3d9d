"""Root mean square norms recognised: a sketch flows in; where a module writes one out in arithmetic, it is one node."""

from __future__ import annotations

import numpy as np

from netgraph.exchange.torch_import.made import Made
from netgraph.exchange.torch_import.rulebook import unlike
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.tidying import outputs_of, reaching, users_of
from netgraph.exchange.torch_import.values import NoWordError, Value


def recognise_norms(sketch: Sketch) -> None:
    """Put an 'rmsnorm' in the place of every weight · x · (mean of x² + eps)^−½ over the last axis."""
    search = Search(sketch)
    for index in reaching(sketch):
        if sketch.nodes[index].op == "mul":
            try:
                sketch.nodes[index] = search.norm_at(index)
            except NoWordError:
                continue


class Search:
    """The neighbourhood of nodes, and steps backwards in it."""

    def __init__(self, sketch: Sketch) -> None:
        self.nodes, self.users = sketch.nodes, users_of(sketch)
        self.outputs = outputs_of(sketch)

    def norm_at(self, index: int) -> Made:
        """The norm whose last step a node is.

        Raises: NoWordError where it is none, or something else wants what happens inside.
        """
        shape = self.nodes[index].shapes[0]
        parameter, scaled = self.two(index, "parameter", "mul")
        root, x = self.value_beside(scaled, "pow")
        mean, eps = self.two(self.before(root, "add"), "mean", "constant")
        square = self.before(mean, "square")
        (squared, words), = self.nodes[square].edges
        number = np.asarray(self.nodes[eps].words["value"])
        is_last = self.nodes[mean].words.get("dim", 1) in (-1, len(shape)) and self.nodes[mean].words.get("keepdim") is True
        fits = (self.nodes[root].words["exponent"] == -0.5 and is_last and number.size == 1 and not words
                and squared.is_of(x) and self.nodes[parameter].shapes[0] == shape[-1:])
        if not fits or len(self.nodes[parameter].shapes) > 1 or self.nodes[parameter].share is not None:
            raise NoWordError("it is no norm")
        for inner in (scaled, root, mean, square, parameter):
            self.require_inner(inner)
        return Made({"op": "rmsnorm", **unlike(eps=(float(number.item()), None))}, [(x, {})], dict(self.nodes[parameter].weights),
                    call=self.nodes[index].call, shapes=(shape,))

    def two(self, index: int, first: str, second: str) -> tuple[int, int]:
        """The two nodes of these ops, in this order, that a node takes."""
        found = {self.nodes[source].op: source for source in map(self.unfolded, self.sources(index))}
        if set(found) != {first, second}:
            raise NoWordError("it takes something else")
        return found[first], found[second]

    def value_beside(self, index: int, op: str) -> tuple[int, Value]:
        """Of the two that a node takes the one of that op, and the other."""
        values = [value for value, _ in self.nodes[index].edges]
        place = next((i for i, value in enumerate(values) if self.nodes[value.node].op == op), None)
        if place is None or len(self.sources(index)) != 2:
            raise NoWordError("it takes something else")
        return values[place].node, values[1 - place]

    def before(self, index: int, op: str) -> int:
        source, *others = self.sources(index)
        if others or self.nodes[source].op != op:
            raise NoWordError("it takes something else")
        return source

    def sources(self, index: int) -> list[int]:
        made = self.nodes[index]
        if any(words for _, words in made.edges) or "activation" in made.words:
            raise NoWordError("it does more")
        return [value.node for value, _ in made.edges]

    def unfolded(self, index: int) -> int:
        """A weight or a number before it was given more axes of size 1."""
        while (made := self.nodes[index]).op == "reshape":
            source = made.edges[0][0].node
            if self.nodes[source].shapes[0][-1:] != made.shapes[0][-1:]:
                raise NoWordError("it takes something else")
            index = source
        return index

    def require_inner(self, index: int) -> None:
        """Raises: NoWordError for a node that several use, or that the module gives out."""
        if len(self.users.get(index, [])) != 1 or index in self.outputs:
            raise NoWordError("something else wants it too")
