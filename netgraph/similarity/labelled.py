"""Graphs as users have them go in; small frozen records of arrays come out, one for each graph or one for many: names, numbers, edges."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from operator import itemgetter
from typing import Any

import networkx as nx
import numpy as np

from netgraph.errors import GraphError, NetgraphError, OpError, ShapeError, shorten
from netgraph.graph import require_digraph
from netgraph.inference import infer
from netgraph.ops import OPS
from netgraph.plan import Plan
from netgraph.similarity.sizes import Shapes, Sizes, joined, shapes_of
from netgraph.similarity.traced import operation_of, traced_name

_OP, _PARAMS, _SHAPE = map(itemgetter, ("op", "params", "shape"))


@dataclass(frozen=True, eq=False)
class LabelledGraph:
    """A graph whose nodes are operations. The order of nodes and edges means nothing.

    Shapes: ops, params and shapes have one entry a node; edges (2, E), sources above targets.
    Units: params are weight elements that an operation reads; a shape is that of its first output, batch 1 included, None if unknown.
    """

    ops: tuple[str, ...]
    params: np.ndarray
    shapes: Shapes | Sequence[Sizes]
    edges: np.ndarray

    def __len__(self) -> int:
        return len(self.ops)


@dataclass(frozen=True, eq=False)
class Batch:
    """Several graphs as one: nodes of graph i are those from offsets[i] to offsets[i + 1], and edges count through all.

    Shapes: offsets (graphs + 1,), all else as in a LabelledGraph.
    """

    ops: tuple[str, ...]
    params: np.ndarray
    shapes: Shapes
    edges: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def owners(self) -> np.ndarray:
        """The graph of each node, as its number in the batch."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))


def batch_of(graphs: Sequence[LabelledGraph]) -> Batch:
    """The graphs as one record, in the order in which they are given.

    >>> import netgraph as ng
    >>> batch = batch_of([read_labelled(ng.chain(3, 2)), read_labelled(ng.chain(3, 1))])
    >>> batch.offsets, batch.edges
    (array([0, 3, 6]), array([[0, 1, 3, 4],
           [1, 2, 4, 5]]))
    """
    offsets = np.array(list(accumulate(map(len, graphs), initial=0)))
    edges = [graph.edges + start for graph, start in zip(graphs, offsets, strict=False)]
    return Batch(tuple(chain.from_iterable(graph.ops for graph in graphs)),
                 np.concatenate([graph.params for graph in graphs]) if graphs else np.zeros(0, np.int64),
                 joined([shapes_of(graph.shapes) for graph in graphs]),
                 np.concatenate(edges, axis=1) if edges else np.zeros((2, 0), np.int64), offsets)


def read_all(graphs: nx.DiGraph | Iterable[nx.DiGraph | LabelledGraph]) -> list[LabelledGraph]:
    """The records of several graphs.

    Raises: GraphError for a single graph or for what cannot be gone through; as `read_labelled` does for each.
    """
    return list(chain.from_iterable(read_in_batches(graphs)))


def read_in_batches(graphs: nx.DiGraph | Iterable[nx.DiGraph | LabelledGraph], size: int = 1024) -> Iterator[list[LabelledGraph]]:
    """The records of some graphs at a time, of an iterator too, of which no more need be held.

    Raises: as `read_all` does.

    >>> import netgraph as ng
    >>> [len(batch) for batch in read_in_batches((ng.chain(3, width) for width in range(1, 8)), size=3)]
    [3, 3, 1]
    """
    if isinstance(graphs, nx.Graph):
        raise GraphError("Wanted are several graphs, but got one. Write it in a list: [graph].")
    if isinstance(graphs, str | Mapping) or not isinstance(graphs, Iterable):
        raise GraphError(f"Wanted are several graphs, but got {shorten(graphs)} of type {type(graphs).__name__}. Give a list of graphs.")
    rest = iter(graphs)
    while batch := [read_labelled(graph) for graph in islice(rest, size)]:
        yield batch


def read_labelled(graph: nx.DiGraph | LabelledGraph) -> LabelledGraph:
    """The operations of a graph.

    A net that netgraph can run gives the tensor operations of its plan: blocks as their parts, an activation as a node behind its
    layer, an `output` behind each output. Any other DiGraph is taken by its nodes' `op`, `params` and `shape`, unknown ops included.

    Raises: GraphError for what is no DiGraph or has no nodes, OpError for a node without an op, ShapeError for a shape of anything
    but sizes; whatever `infer` finds wrong where an input leaves its op out, as only nets of netgraph do.

    >>> import netgraph as ng, networkx as nx
    >>> read_labelled(ng.chain(3, 4, "relu", 1)).ops
    ('input', 'linear', 'relu', 'linear', 'output')
    >>> G = nx.DiGraph([(0, 1)]); G.add_node(0, op="input"); G.add_node(1, op="warp", params=12)
    >>> read_labelled(G).ops, read_labelled(G).params
    (('input', 'warp'), array([ 0, 12]))
    """
    if isinstance(graph, LabelledGraph):
        return graph
    if not len(require_digraph(graph)):
        raise GraphError("The graph has no nodes, so there is nothing to compare. Add nodes with an op.")
    traced = _from_traced(graph)
    if traced is not None:
        return traced
    plan = _plan(graph)
    return _from_words(graph) if plan is None else _from_plan(plan)


def _from_traced(graph: nx.DiGraph) -> LabelledGraph | None:
    """The record of a graph whose nodes all tell op, params and shape in plain Python, as those of large corpora do; None for others."""
    told = [words for _, words in graph.nodes(data=True)]
    try:
        ops, params, told_shapes = (list(map(word, told)) for word in (_OP, _PARAMS, _SHAPE))
        names = set(ops)
        if not (set(map(type, names)) == {str} and "" not in names and set(map(type, params)) == {int}
                and set(map(type, told_shapes)) <= {list, tuple, type(None)}
                and (max(map(len, told)) == 3 or not any("activation" in words for words in told))):
            return None
        counts, shapes = np.array(params, np.int64), shapes_of(told_shapes)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not 0 <= counts.min() <= counts.max() < 2**62:
        return None
    return LabelledGraph(tuple(map({name: traced_name(name) for name in names}.__getitem__, ops)), counts, shapes, _edges(graph))


def _edges(graph: nx.DiGraph) -> np.ndarray:
    neighbours = [targets for _, targets in graph.adjacency()]
    number = dict(zip(graph, range(len(neighbours)), strict=True))
    counts = np.fromiter(map(len, neighbours), np.int64, len(neighbours))
    targets = np.fromiter(map(number.__getitem__, chain.from_iterable(neighbours)), np.int64, counts.sum())
    return np.stack([np.repeat(np.arange(len(counts)), counts), targets])


def _plan(graph: nx.DiGraph) -> Plan | None:
    """The plan of a net that was declared for netgraph; a traced graph tells its params, and is not looked at twice."""
    told = graph.nodes.values()
    if all("params" in words for words in told) or any("op" in words and not _is_known(words["op"]) for words in told):
        return None
    try:
        return infer(graph)
    except NetgraphError:
        if any("shape" in words and "op" not in words for words in told):
            raise                                          # only the inputs of a net of netgraph's own leave their op out
        return None


def _is_known(op: object) -> bool:
    return isinstance(op, str) and op in OPS


class _Nodes:
    """A record in the making."""

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.params: list[int] = []
        self.shapes: list[Sizes] = []
        self.edges: list[tuple[int, int]] = []

    def add(self, op: str, params: int, shape: Sizes, sources: Iterable[int] = ()) -> int:
        number = len(self.ops)
        self.ops.append(op)
        self.params.append(params)
        self.shapes.append(shape)
        self.edges.extend((source, number) for source in sources)
        return number

    def record(self) -> LabelledGraph:
        edges = np.array(sorted(set(self.edges)), np.int64).reshape(-1, 2).T
        return LabelledGraph(tuple(self.ops), np.array(self.params, np.int64), shapes_of(self.shapes), edges)


def _from_plan(plan: Plan) -> LabelledGraph:
    nodes = _Nodes()
    ends: dict[Hashable, int] = {}
    firsts: dict[Hashable, int] = {}
    for layer in plan:
        if layer.parts:
            ends[layer.id] = ends[layer.wires[0].source]
            continue
        shape = _sizes_of(layer.shape)
        count = sum(p.count for p in layer.parameters if not p.is_buffer)
        firsts[layer.id] = ends[layer.id] = nodes.add(operation_of(layer), count, shape)
        if layer.activation is not None:
            ends[layer.id] = nodes.add(traced_name(layer.activation.word), 0, shape, [ends[layer.id]])
    for layer in plan:
        if not layer.parts:
            nodes.edges.extend((ends[wire.source], firsts[layer.id]) for wire in layer.wires)
    for output in plan.outputs:
        nodes.add("output", 0, None, [ends[output]])
    return nodes.record()


def _sizes_of(shape: Sequence[object]) -> Sizes:
    return (1, *(size if isinstance(size, int) else 1 for size in shape))


def _from_words(graph: nx.DiGraph) -> LabelledGraph:
    nodes = _Nodes()
    number = {name: _add_words(nodes, name, words) for name, words in graph.nodes(data=True)}
    ends = {name: start if end is None else end for name, (start, end) in number.items()}
    nodes.edges.extend((ends[source], number[target][0]) for source, target in graph.edges)
    return nodes.record()


def _add_words(nodes: _Nodes, name: Hashable, words: Mapping[str, Any]) -> tuple[int, int | None]:
    op = words.get("op", "linear" if "units" in words else None)
    if not isinstance(op, str) or not op:
        raise OpError(f"Node {shorten(name)} has op={shorten(op)}, but a node that is compared wants a word. "
                      "Write op='conv2d' or the like.")
    shape = _shape(name, words.get("shape"))
    start = nodes.add(traced_name(op), _params(name, words.get("params")), shape)
    activation = words.get("activation")
    return start, nodes.add(traced_name(activation), 0, shape, [start]) if isinstance(activation, str) else None


def _params(name: Hashable, value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) and 0 <= value < 2**62:
        return int(value)
    raise GraphError(f"Node {shorten(name)} has params={shorten(value)}, but wants the number of its weights. Write an int.")


def _shape(name: Hashable, value: object) -> Sizes:
    if value is None:
        return None
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(map(_is_size, value)):
        raise ShapeError(f"Node {shorten(name)} has shape={shorten(value)}, but wants a tuple of sizes. "
                         "Write (1, 64, 56, 56) or the like.")
    return tuple(_size(size) for size in value)


def _is_size(size: object) -> bool:
    if isinstance(size, int | float | np.integer | np.floating):
        return bool(-2**53 < size < 2**53 and size == int(size))
    return size is None or isinstance(size, str)


def _size(size: Any) -> int:
    """A size that only a run knows, such as None or "batch", counts as 1."""
    if size is None or (isinstance(size, str) and not size.isdecimal()):
        return 1
    return int(size)
