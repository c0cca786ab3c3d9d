"""Probing: a stretch of a sketch and numbers for its beginning flow in; what it makes of them comes out, and so which heads it cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netgraph.exchange.torch_import.made import Made, page_of
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import NoWordError, Value
from netgraph.shape import Shape, sizes

ARRANGING = frozenset({"reshape", "permute", "transpose", "slice", "select", "split", "expand", "tile", "flatten", "unflatten", "unsqueeze",
                       "squeeze"})
LINEAR = ARRANGING | {"mul", "add", "neg", "sub", "concat", "stack", "constant"}
MOST_NUMBERS = 2**25                                       # of a probe: what is larger stays as it is
NEARLY = 1e-3                                              # the sines of late places, computed in float32, differ by so much


@dataclass(frozen=True)
class Heads:
    """Columns of a projection as heads of attention: from `start` on `count` heads of `width`, each `times` in a row.

    They are multiplied by `scale`, and may be turned by their places as `rotary` turns them to a base, which is 0 where they are not.
    """

    start: int
    count: int
    width: int
    times: int
    base: float
    scale: float

    @property
    def stop(self) -> int:
        return self.start + self.count * self.width


class Probes:
    """Stretches of a sketch, run on numbers. Alike ones, as in every layer of a net, are run once."""

    def __init__(self, sketch: Sketch) -> None:
        self.nodes = sketch.nodes
        self.known: dict[Any, Heads] = {}

    def stretch(self, end: Value) -> tuple[list[int], int]:
        """The nodes between a projection and what is made of it, in order; and the projection, the one node that all begin at.

        Raises: NoWordError where there is more than arrangement, or more than one beginning.
        """
        waiting, seen, begins = [end.node], set[int](), set[int]()
        while waiting:
            index = waiting.pop()
            made = self.nodes[index]
            if made.op == "dense":
                begins.add(index)
            elif index not in seen:
                if made.op not in LINEAR:
                    raise NoWordError(f"'{made.op}' stands behind the projection")
                seen.add(index)
                waiting += [source.node for source, _ in made.edges if made.op != "constant"]
        if len(begins) != 1:
            raise NoWordError("its heads come from several projections")
        return sorted(seen), begins.pop()

    def heads(self, end: Value, is_turned: bool) -> tuple[Heads, int, list[int]]:
        """The heads (heads, T, d), or where turned (heads, d, T), that a value holds; their projection, and the nodes in between.

        Raises: NoWordError where it is something else.
        """
        between, begin = self.stretch(end)
        key = (is_turned, end.output, self.nodes[begin].shapes[0], *(self._likeness(index, begin, between) for index in between))
        if key not in self.known:
            self.known[key] = self._heads(end, between, begin, is_turned)
        return self.known[key], begin, between

    def _likeness(self, index: int, begin: int, between: list[int]) -> Any:
        made = self.nodes[index]
        if made.op == "constant":
            return index
        places = [(-1 if source.node == begin else between.index(source.node), source.output, repr(words)) for source, words in made.edges]
        return repr({word: value for word, value in made.words.items() if word != "name"}), *places

    def _heads(self, end: Value, between: list[int], begin: int, is_turned: bool) -> Heads:
        shape = sizes(self.nodes[begin].shapes[0], "'attention'")
        if len(shape) != 2 or shape[0] * shape[1] > MOST_NUMBERS:
            raise NoWordError("its projection is no sequence")

        def ran(given: np.ndarray) -> np.ndarray:
            y = self.run(end, between, begin, np.broadcast_to(given, shape)[None])
            y = y[None] if y.ndim == 2 else y
            return y.swapaxes(1, 2) if is_turned else y

        ones = ran(np.ones(()))                            # at place 0 nothing is turned: what a 1 becomes is the scale
        scale = float(ones[0, 0, 0]) if ones.ndim == 3 and ones.size else 0.0
        if not scale or ones.shape[1] != shape[0] or not np.allclose(ones[:, 0], scale):
            raise NoWordError("its scale differs from number to number")
        columns = np.rint(ran(np.arange(shape[1], dtype=float))[:, 0] / scale).astype(int)
        heads, width = columns.shape
        count = len(np.unique(columns[:, 0]))
        cut = Heads(int(columns[0, 0]), count, width, heads // count, 0.0, scale)
        if heads % count or cut.stop > shape[1]:
            raise NoWordError("its heads lie in another order")
        numbers = np.random.default_rng(0).standard_normal(shape)
        wanted = split_heads(numbers[:, cut.start:cut.stop], cut)
        given = ran(numbers) / scale
        for base in (0.0, base_of(given, wanted)):
            likely = page_of("rotary", {"base": base}).at(wanted.shape).forward(wanted[None])[0] if base else wanted
            if np.allclose(given, likely, rtol=0, atol=NEARLY):
                return replace(cut, base=base)
        raise NoWordError("its heads lie in another order")

    def run(self, end: Value, between: list[int], begin: int, given: np.ndarray) -> np.ndarray:
        """What a stretch makes of numbers for its first node, one sample (1, ...): without the axis of samples."""
        results: dict[tuple[int, int], np.ndarray] = {(begin, 0): given}
        for index in between:
            made = self.nodes[index]
            wanted = {end.output if end.node == index else 0, *(source.output for later in between
                                                                for source, _ in self.nodes[later].edges if source.node == index)}
            inputs = [] if made.op == "constant" else [results[source.node, source.output] * words.get("weight", 1)
                                                       for source, words in made.edges]
            shapes = [] if made.op == "constant" else [self.nodes[source.node].shapes[source.output] for source, _ in made.edges]
            for output in wanted:
                results[index, output] = computed(made, inputs, shapes, output)
        y: np.ndarray = results[end.node, end.output][0]
        return y


def base_of(turned: np.ndarray, x: np.ndarray) -> float:
    """The base to which heads (heads, T, d) were turned, by what became of their second pair at place 1; 0 where there is none.

    >>> from netgraph.ops import OPS
    >>> x = np.random.default_rng(0).standard_normal((2, 3, 8))
    >>> base_of(OPS["rotary"](base=500.0).at(x.shape).forward(x[None])[0], x)
    500.0
    """
    _, places, width = x.shape
    if places < 2 or width % 2 or width < 4:
        return 0.0 if places < 2 or width % 2 else 10000.0
    (a, b), (c, d) = (y[0, 1, [1, 1 + width // 2]] for y in (x, turned))
    angle = float(np.arctan2(a * d - b * c, a * c + b * d))
    return float(f"{angle ** (-width / 2):.4g}") if angle > 0 else 0.0


def split_heads(x: np.ndarray, cut: Heads) -> np.ndarray:
    """(T, count · width) -> (count · times, T, width)."""
    parts = x.reshape(len(x), cut.count, cut.width).transpose(1, 0, 2)
    return np.repeat(parts, cut.times, axis=0)


def computed(made: Made, inputs: list[np.ndarray], shapes: list[Shape], output: int) -> np.ndarray:
    """What a node gives, of one sample.

    >>> computed(Made({"op": "neg"}), [np.ones((1, 2))], [(2,)], 0)
    array([[-1., -1.]])
    """
    if made.op == "constant":
        return np.asarray(made.words["value"], float)[None]
    if made.op in ("add", "mul"):
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other if made.op == "add" else total * other
        return total
    page = page_of(made.op, made.words).parts(*shapes)[output].at(*shapes)
    y: np.ndarray = page.forward(*inputs)
    return y
