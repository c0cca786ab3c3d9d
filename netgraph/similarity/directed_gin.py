"""A batch of graphs goes in; a vector for each node and for each graph comes out, by the learned encoder for edit distances.

    h_0 = table[op]
    h_k = relu(W2_k relu(W1_k [h, sum of h over sources, sum of h over targets] + b1_k) + b2_k)
    node vector = R [h_0, ..., h_4]
    graph vector = R p + C relu(B relu(A p/8 + a) + b), where p is the sum of [h_0, ..., h_4] over the nodes

The first term is the sum of the node vectors, and carries large graphs; the second, which is bounded, bends it where small ones need that.
All numbers lie on the grid of `fixed_point`, so that the vectors of a graph are the same to the last bit in any order and any batch. Nets
repeat themselves: nodes that look alike as far as the encoder sees have one vector, which is computed once.

Source: Xu et al. 2019 (graph isomorphism network), with sources and targets apart as in Rossi et al. 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from netgraph.cache import cached
from netgraph.similarity.canonical import mixed, word_hash
from netgraph.similarity.fixed_point import gathered, product, snapped
from netgraph.similarity.labelled import Batch, LabelledGraph, batch_of
from netgraph.similarity.traced import traced_name

HOPS = 4
ROWS = 128
HIGHEST = 64.0                         # of a value, and that of a sum over neighbours: far above what occurs, far below the grid's limit
HIGHEST_SUM = 1024.0
HIGHEST_POOLED = 2.0**17                # of a sum over the nodes of a graph: some 10,000 nodes and more
SCALE = 8.0                             # about the nodes of a cell
WORDS = (
    "input", "output", "conv2d", "conv2d_1x1", "conv2d_depthwise", "linear", "batch_norm", "relu", "max_pool", "attention", "add", "concat",
    "adaptive_avg_pool", "avg_pool", "clamp", "conv1d", "conv2d_grouped", "conv2d_transposed", "conv3d", "conv3d_1x1", "cos", "cumsum",
    "div", "embedding", "fft", "gather", "gelu", "group_norm", "hardsigmoid", "hardswish", "index", "index_select", "instance_norm",
    "layer_norm", "leaky_relu", "lstm", "matmul", "max", "mean", "mul", "neg", "norm", "pad", "pow", "prelu", "relu6", "rms_norm", "roll",
    "rsqrt", "sigmoid", "silu", "sin", "softmax", "stack", "sub", "sum", "tanh", "upsample_linear", "upsample_nearest", "where",
)

Layer = tuple[np.ndarray, np.ndarray]


@cached
def row_of(op: str) -> int:
    """The row of the table that an op has; words that nobody foresaw share the rest.

    >>> row_of("conv2d"), row_of("warp drive") >= len(WORDS)
    (2, True)
    """
    word = traced_name(op)
    return WORDS.index(word) if word in WORDS else len(WORDS) + word_hash(word) % (ROWS - len(WORDS))


@dataclass(frozen=True, eq=False)
class DirectedGin:
    """The learned arrays, layers as (weight, bias).

    Shapes: table (ROWS, H); first (3H, M), second (M, H), for each hop; read ((HOPS + 1)·H, D); bend ((HOPS + 1)·H, B), (B, B);
    back (B, D).
    """

    table: np.ndarray
    first: tuple[Layer, ...]
    second: tuple[Layer, ...]
    read: np.ndarray
    bend: tuple[Layer, ...]
    back: np.ndarray

    def nodes(self, batch: Batch) -> np.ndarray:
        """A vector for each node, (N, D)."""
        values, kind_of = self._kinds(batch)
        return np.asarray(product(values, self.read)[kind_of])

    def vectors(self, batch: Batch) -> np.ndarray:
        """A vector for each graph, (G, D)."""
        values, kind_of = self._kinds(batch)
        pooled = np.minimum(gathered(values, kind_of, batch.owners, len(batch)), HIGHEST_POOLED)
        bent = snapped(pooled / SCALE)
        for layer in self.bend:
            bent = _dense(bent, *layer)
        return np.asarray(product(pooled, self.read) + product(bent, self.back))

    def _kinds(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """The values of each kind of node at all hops, (K, (HOPS + 1)·H), and the kind of each node, (N,)."""
        hashes = {op: word_hash(traced_name(op)) for op in set(batch.ops)}
        colours = np.array([hashes[op] for op in batch.ops], np.uint64)
        chosen, kind_of = _first_of_each(colours)
        h = self.table[[row_of(batch.ops[node]) for node in chosen]]
        hops = [(h, kind_of)]
        for first, second in zip(self.first, self.second, strict=True):
            colours = mixed(colours, batch.edges)
            chosen, now = _first_of_each(colours)
            h = _dense(_dense(np.concatenate([h[kind_of[chosen]], *_around(h, kind_of, chosen, batch.edges)], axis=1), *first), *second)
            hops.append((h, now))
            kind_of = now
        return np.concatenate([values[kinds[chosen]] for values, kinds in hops], axis=1), kind_of


def _first_of_each(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One node of each colour, and for each node the place of its colour's."""
    order = colours.argsort()
    ranked, is_new = colours[order], np.ones(len(colours), bool)
    is_new[1:] = ranked[1:] != ranked[:-1]
    places = np.empty(len(colours), np.int64)
    places[order] = np.cumsum(is_new) - 1
    return order[is_new], places


def _around(h: np.ndarray, kind_of: np.ndarray, chosen: np.ndarray, edges: np.ndarray) -> list[np.ndarray]:
    """The sums over the sources and over the targets of the chosen nodes, (K, H) each."""
    place = np.full(len(kind_of), -1)
    place[chosen] = np.arange(len(chosen))
    sums = []
    for far, near in (edges, edges[::-1]):
        wanted = place[near] >= 0
        sums.append(np.minimum(gathered(h, kind_of[far[wanted]], place[near[wanted]], len(chosen)), HIGHEST_SUM))
    return sums


def _dense(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(product(x, weight) + bias, 0.0, HIGHEST))


def read_encoder(content: bytes) -> DirectedGin:
    """The encoder that the bytes of a safetensors file hold."""
    from safetensors.numpy import load

    return _encoder({name: snapped(array) for name, array in load(content).items()})


def untrained_encoder(seed: int, hidden: int = 64, width: int = 128, bend: int = 256) -> DirectedGin:
    """An encoder with random weights, to see what training is worth.

    >>> untrained_encoder(0).read.shape
    (320, 128)
    """
    draw = np.random.default_rng(seed)
    pooled = (HOPS + 1) * hidden
    shapes = {"table.weight": (ROWS, hidden), "read.weight": (pooled, width), "back.weight": (bend, width),
              "bend.0.weight": (pooled, bend), "bend.1.weight": (bend, bend)}
    for k in range(HOPS):
        shapes |= {f"first.{k}.weight": (3 * hidden, hidden), f"second.{k}.weight": (hidden, hidden)}
    arrays = {name: snapped(draw.normal(size=shape) * np.sqrt(1 / shape[0])) for name, shape in shapes.items()}
    return _encoder(arrays | {name.replace("weight", "bias"): np.zeros(array.shape[1]) for name, array in arrays.items()})


def _encoder(arrays: Mapping[str, np.ndarray]) -> DirectedGin:
    first, second, bend = (tuple((arrays[f"{name}.{k}.weight"], arrays[f"{name}.{k}.bias"]) for k in range(count))
                           for name, count in (("first", HOPS), ("second", HOPS), ("bend", 2)))
    return DirectedGin(arrays["table.weight"], first, second, arrays["read.weight"], bend, arrays["back.weight"])


@cached
def distance_encoder() -> DirectedGin:
    """The encoder that is shipped, read once."""
    return read_encoder(files(__package__).joinpath("models/distance.safetensors").read_bytes())


def distance_vectors(graphs: Sequence[LabelledGraph]) -> np.ndarray:
    """A vector for each graph, (G, D), such that Euclidean distances between them foretell edit distances."""
    return distance_encoder().vectors(batch_of(graphs))
