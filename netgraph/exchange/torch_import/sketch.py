"""The graph in the making: values and words flow in, node after node; records of nodes and edges come out, not yet named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from netgraph.exchange.torch_import.calls import Call, Thing, Trace
from netgraph.exchange.torch_import.made import Made, order_words, shapes_of
from netgraph.exchange.torch_import.pieces import piece
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value, reshaped

OUT_OF_SIGHT = -1e9                                        # in the place of −∞: added to a score, it leaves a share of exactly 0


class TiedError(Exception):
    """A weight that layers use in different ways, so that it needs a node of its own."""

    def __init__(self, thing: Thing) -> None:
        super().__init__(thing.name)
        self.thing = thing


class FreeError(Exception):
    """Indices of which a net must know the numbers, and that follow from an input."""

    def __init__(self, thing: Thing) -> None:
        super().__init__(thing.name)
        self.thing = thing


@dataclass
class Sketch:
    """What rules write on. `batch_dims` are the dims of the inputs along which samples lie, None where all together are one sample."""

    trace: Trace
    batch_dims: Sequence[int] | None
    own_nodes: frozenset[Thing] = frozenset()              # the weights that need a node of their own
    may_fix: bool = True                                   # whether inputs that are indices may become constants
    nodes: list[Made] = field(default_factory=list)
    values: dict[Thing, Value] = field(default_factory=dict)
    owners: dict[Thing, tuple[int, str]] = field(default_factory=dict)
    cut: dict[tuple[Thing, int, int], Thing] = field(default_factory=dict)
    call: Call | None = None
    samples: int = 1

    def __post_init__(self) -> None:
        for place, thing in enumerate(self.trace.inputs):
            batch = None if self.batch_dims is None else self.batch_dims[place]
            value = Value(thing.shape, len(self.nodes), batch=batch)
            self.values[thing] = value
            self.nodes.append(Made({"op": "input", "shape": value.sample, "name": thing.name}, shapes=(value.sample,)))
            if batch is not None:
                self.samples = thing.shape[batch]

    # What a traced tensor stands for.

    def value(self, thing: Any) -> Value:
        """What stands for a tensor, or for a plain number: a node's output, an array or a weight."""
        if not isinstance(thing, Thing):
            return Value((), array=np.asarray(thing, float))
        if thing in self.values:
            return self.values[thing]
        if thing.kind == "parameter" or thing.value is None or thing.value.is_meta:
            return Value(thing.shape, weight=thing)
        return Value(thing.shape, array=array_of(thing))

    def placed(self, value: Value) -> Value:
        """The same value with a node: a constant or a parameter gets one now.

        Raises: TiedError for a weight that stands on a layer already.
        """
        if value.node >= 0:
            return value
        if value.states is not None:
            return self._last_states(value)
        array = value.array
        if array is None:
            node = self._weight_node(value.weight)
        elif array.dtype.kind == "c":                      # numbers that a net of real ones has no place for
            node = self.new("torch.complex", [], shape=array.shape)
        else:
            node = self.new("constant", [], value=_finite(array))
        placed = Value(value.shape if not value.turned else value.shape[::-1], node)
        return self.permuted(placed, (1, 0)) if value.turned else placed

    def _last_states(self, value: Value) -> Value:
        assert value.states is not None and value.call is not None
        try:
            return value.states(None)
        except NoWordError:
            sources = [self.value(value.call.arguments["input"]), self.values[value.call.results[0]]]      # the node with the weights too
            return Value(value.shape, self.new(f"aten.{value.call.op}", sources, shape=value.sample), batch=value.batch)

    def pieces(self, thing: Thing, sizes: Sequence[int]) -> list[Thing]:
        """A parameter cut into pieces of so many rows: the same pieces, where it was cut so before."""
        ends = pairwise(accumulate(sizes, initial=0))
        return [self.cut.setdefault((thing, start, stop), piece(thing, start, stop)) for start, stop in ends]

    def _weight_node(self, thing: Any) -> int:
        if thing.whole is not None:
            raise TiedError(thing.whole)
        if thing in self.owners:
            node, kind = self.owners[thing]
            if kind != "alone":
                raise TiedError(thing)
            return node
        if thing.kind != "parameter":                      # of a module on the meta device: nobody knows its numbers
            node = self.new("torch.buffer", [], shape=thing.shape)
        else:
            node = self.new("parameter", [], shape=thing.shape or (1,))
            self.nodes[node].weights["weight"] = thing
        self.owners[thing] = node, "alone"
        return node

    # Nodes.

    def new(self, op: str, sources: Sequence[Value], **words: Any) -> int:
        """A new node, fed by its sources in order; what has no source of its own is fed by the first input.

        Raises: NoWordError where the op does not take inputs of these shapes.
        """
        edges: list[tuple[Value, dict[str, Any]]] = [(self.plain(self.placed(source)), {}) for source in sources]
        edges = edges or [(Value((), 0), {})]
        shapes = shapes_of(op, words, [self.nodes[source.node].shapes[source.output] for source, _ in edges])
        self.nodes.append(Made({"op": op, **words}, edges, call=self.call, shapes=shapes))
        return len(self.nodes) - 1

    def plain(self, value: Value) -> Value:
        """The value with all its dims at full size."""
        if not value.stretched:
            return value
        node = self.new("expand", [replace(value, stretched=frozenset())], shape=value.shape)
        return Value(value.shape, node)

    def like(self, op: str, x: Value, **words: Any) -> Value:
        """What an op gives that keeps the shape of its one input."""
        x = self.plain(self.placed(x))
        return x.at(self.new(op, [x], **words))

    def scaled(self, value: Value, gain: float) -> Value:
        """gain · value, by a number on an edge."""
        if value.fixed is not None:
            return replace(value, array=value.fixed * gain)
        if gain == 1:
            return value
        result = self.like("mul", value)
        self.nodes[result.node].edges[0][1]["weight"] = gain
        return result

    def weighted(self, op: str, x: Value, weights: Mapping[str, Thing | None], turned: bool = False, **words: Any) -> int:
        """A node that holds weights of the module, or shares those of a node that holds the very same.

        Raises: TiedError when another layer uses only some of them, or in another way.
        """
        held = {name: thing for name, thing in weights.items() if thing is not None}
        self._require_free(held)
        node = self.new(op, [x], **words)
        made = self.nodes[node]
        made.turned = turned
        owners = {self.owners.get(thing) for thing in held.values()}
        if owners == {None} or not held:
            made.weights = dict(held)
            self.owners.update({thing: (node, name) for name, thing in held.items()})
            self.owners.update({thing.whole: (node, "in pieces") for thing in held.values() if thing.whole is not None})
            return node
        first = next(iter(owners))
        if (len(owners - {first}) and None in owners) or first is None:
            raise TiedError(next(thing for thing in held.values() if thing in self.owners))
        owner = self.nodes[first[0]]
        is_alike = {owner.op, op} in ({op}, {"dense", "embedding"}) and owner.weights == held and owner.turned == turned
        if not is_alike:
            raise TiedError(next(iter(held.values())))
        made.share = first[0]
        return node

    def _require_free(self, held: Mapping[str, Thing]) -> None:
        for thing in held.values():
            if thing.whole is not None and self.owners.get(thing.whole, (0, "in pieces"))[1] != "in pieces":
                raise TiedError(thing.whole)
            if thing in self.own_nodes:
                raise NoWordError(f"'{thing.name}' is used in several ways")

    # Shapes.

    def reshape(self, value: Value, shape: Sequence[int]) -> Value:
        """The value in another of torch's shapes; a node only where a sample's shape changes."""
        if value.stretched == {0} and shape and shape[0] == value.shape[0]:
            return self.reshape(value.single(), (1, *shape[1:])).repeated(shape[0])
        value = self.plain(value)
        if value.fixed is not None:
            return Value(tuple(shape), array=value.fixed.reshape(shape))
        value = self.placed(value)
        new = reshaped(value, tuple(shape), self.samples)
        return new if new.sample == value.sample else replace(new, node=self.new("reshape", [value], shape=new.sample), output=0)

    def permuted(self, value: Value, order: Sequence[int]) -> Value:
        """Torch's dims in a new order; a node only where those of a sample change theirs."""
        if value.fixed is not None:
            return Value(tuple(value.shape[i] for i in order), array=value.fixed.transpose(order))
        if value.node < 0 and tuple(order) == (1, 0):
            return replace(value, shape=value.shape[::-1], turned=not value.turned)
        if value.stretched == {0} and order[0] == 0:
            return self.permuted(value.single(), order).repeated(value.shape[0])
        value = self.plain(self.placed(value))
        batch = None if value.batch is None else list(order).index(value.batch)
        new = replace(value, shape=tuple(value.shape[i] for i in order), batch=batch)
        axes = [value.axes.index(i) for i in order if i in value.axes]
        return new if axes == sorted(axes) else replace(new, node=self._moved(value, axes), output=0)

    def _moved(self, value: Value, axes: Sequence[int]) -> int:
        """A node that gives a sample's axes in a new order; those of size 1 are taken away before and put back behind."""
        sample = value.sample
        large = [axis for axis in axes if sample[axis] != 1]
        if len(large) < len(axes):
            shape = tuple(sample[axis] for axis in axes)
            if large != sorted(large):
                places = [sorted(large).index(axis) for axis in large]
                shorter = tuple(sample[axis] for axis in sorted(large))
                narrow = Value(shorter, self.new("reshape", [value], shape=shorter))
                value = Value((), self._moved(narrow, places))
            return self.new("reshape", [value], shape=shape)
        op, words = order_words(axes)
        return self.new(op, [value], **words)

    def is_alike(self, value: Value) -> bool:
        """Whether a value that has no batch is the same for all samples along dim 0, as what a module begins its states with."""
        if value.is_batched or value.rank < 2 or self.batch_dims is None or value.shape[0] != self.samples or self.samples < 2:
            return False
        return 0 in value.stretched or (value.fixed is not None and _repeats(value.fixed, 0))

    def aligned(self, values: Sequence[Value]) -> tuple[list[Value], Value]:
        """The values as inputs of one element-wise op, their samples of one rank; and what the op's result is like.

        Raises: MixedError when their batches lie in different places.
        """
        rank = max(value.rank for value in values)
        lead = next((value for value in values if value.is_batched), None)
        batch = None if lead is None or lead.batch is None else lead.batch + rank - lead.rank
        fitted = [self.fitted(value, rank, batch, lead) for value in values]
        sizes = [max(value.shape[i - rank + value.rank] if i >= rank - value.rank else 1 for value in values) for i in range(rank)]
        shape = tuple(0 if 0 in {v.shape[i - rank + v.rank] for v in values if i >= rank - v.rank} else n for i, n in enumerate(sizes))
        outer, inner = (1, 1) if lead is None else (lead.outer, lead.inner)
        return fitted, Value(shape, batch=batch, outer=outer, inner=inner)

    def fitted(self, value: Value, rank: int, batch: int | None, lead: Value | None) -> Value:
        """A value whose sample has the rank that it needs beside one whose batch is dim `batch` of `rank`."""
        full = (1,) * (rank - value.rank) + value.shape
        if value.is_batched:
            assert value.batch is not None and lead is not None
            if value.batch + rank - value.rank != batch or (value.outer, value.inner) != (lead.outer, lead.inner):
                raise MixedError
            return self.reshape(value, full)
        if batch is None or lead is None:
            return self.reshape(value, full)
        return self.spread(self.reshape(value, full) if value.rank != rank else value, batch, lead)

    def spread(self, value: Value, batch: int, lead: Value) -> Value:
        """A value that is the same for all samples, as one with a batch at that dim, where it has size 1 or repeats itself.

        Raises: MixedError when it differs from sample to sample.
        """
        rest = value.shape[:batch] + ((1,) if lead.merged > 1 else ()) + value.shape[batch + 1:]
        if value.shape[batch] == 1 or batch in value.stretched:
            whole = self.plain(replace(value, stretched=value.stretched - {batch},
                                       shape=(*value.shape[:batch], 1, *value.shape[batch + 1:])))
            flat = self.reshape(whole, rest)
        elif value.fixed is not None and _repeats(value.fixed, batch):
            flat = Value(rest, array=value.fixed.take([0], axis=batch).reshape(rest))
        else:
            raise MixedError
        flat = self.placed(flat)
        shape = (*value.shape[:batch], self.samples * lead.merged, *value.shape[batch + 1:])
        return Value(shape, flat.node, flat.output, batch, lead.outer, lead.inner)


def _repeats(array: np.ndarray, axis: int) -> bool:
    return bool(np.array_equal(array, np.broadcast_to(array.take([0], axis=axis), array.shape), equal_nan=array.dtype.kind == "f"))


def _finite(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "b":
        return array.astype(np.float32)
    return np.maximum(array, array.dtype.type(OUT_OF_SIGHT)) if array.dtype.kind == "f" and np.isneginf(array).any() else array


def array_of(thing: Thing) -> np.ndarray:
    """The numbers of a tensor, shared with it where NumPy has their type."""
    tensor = thing.value.detach().cpu()
    if str(tensor.dtype) in ("torch.bfloat16", "torch.float16", "torch.float8_e4m3fn", "torch.float8_e5m2"):
        tensor = tensor.float()
    array: np.ndarray = tensor.resolve_conj().resolve_neg().numpy()
    return array
