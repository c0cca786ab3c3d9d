"""Two lists of graphs go in; what the simplest ways say of each pair comes out, the lower the more alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from netgraph.similarity.labelled import LabelledGraph

Graphs = list[LabelledGraph]
ROUNDS = 2


def node_count(first: Graphs, second: Graphs) -> np.ndarray:
    """|n1 - n2|."""
    return np.array([abs(len(a) - len(b)) for a, b in zip(first, second, strict=True)], float)


def count_bound(first: Graphs, second: Graphs) -> np.ndarray:
    """The edits that labels and the number of edges alone make necessary."""
    def bound(a: LabelledGraph, b: LabelledGraph) -> int:
        common = (Counter(a.ops) & Counter(b.ops)).total()
        return max(len(a), len(b)) - common + abs(a.edges.shape[1] - b.edges.shape[1])
    return np.array([bound(a, b) for a, b in zip(first, second, strict=True)], float)


def histogram(first: Graphs, second: Graphs) -> np.ndarray:
    """The Hellinger distance of the op histograms."""
    return _far([Counter(graph.ops) for graph in first], [Counter(graph.ops) for graph in second], np.sqrt)


def colours(first: Graphs, second: Graphs) -> np.ndarray:
    """1 - cosine of Weisfeiler-Leman colours of two directed rounds: roots of relative counts, times idf of the same graphs."""
    told = {id(graph): _coloured(graph) for graph in (*first, *second)}
    seen = Counter(colour for counts in told.values() for colour in counts)
    idf = {colour: np.log(len(told) / count) + 1e-9 for colour, count in seen.items()}

    def cosine(a: Counter, b: Counter) -> float:
        x, y = ({colour: np.sqrt(count / graph.total()) * idf[colour] for colour, count in graph.items()} for graph in (a, b))
        norm = np.sqrt(sum(v * v for v in x.values()) * sum(v * v for v in y.values()))
        return sum(x[colour] * y[colour] for colour in x.keys() & y.keys()) / max(norm, 1e-12)

    return np.array([1 - cosine(told[id(a)], told[id(b)]) for a, b in zip(first, second, strict=True)])


def _coloured(graph: LabelledGraph) -> Counter:
    now = list(graph.ops)
    counts = Counter((0, colour) for colour in now)
    for step in range(1, ROUNDS + 1):
        above: list[list[str]] = [[] for _ in now]
        below: list[list[str]] = [[] for _ in now]
        for a, b in graph.edges.T.tolist():
            above[b].append(now[a])
            below[a].append(now[b])
        now = [f"{own}({','.join(sorted(up))})({','.join(sorted(down))})" for own, up, down in zip(now, above, below, strict=True)]
        counts.update((step, colour) for colour in now)
    return counts


def _far(first: list[Counter], second: list[Counter], bent: Callable) -> np.ndarray:
    words = sorted({word for counts in (*first, *second) for word in counts})
    a, b = (np.array([[counts[word] / counts.total() for word in words] for counts in side]) for side in (first, second))
    return np.sqrt(((bent(a) - bent(b)) ** 2).sum(axis=1) / 2)


def untrained_gcn(seed: int) -> Callable[[Graphs, Graphs], np.ndarray]:
    """1 - cosine of mean-pooled nodes after two graph convolutions of random weights, 64 and 128 wide (Kipf & Welling 2017, eq. 2)."""
    def way(first: Graphs, second: Graphs) -> np.ndarray:
        draw = np.random.default_rng(seed)
        words = sorted({op for graph in (*first, *second) for op in graph.ops})
        weights = [draw.normal(size=shape) / np.sqrt(shape[0]) for shape in ((len(words), 64), (64, 128))]
        vectors = {id(graph): _convolved(graph, words, weights) for graph in (*first, *second)}
        a, b = (np.array([vectors[id(graph)] for graph in side]) for side in (first, second))
        return 1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return way


def _convolved(graph: LabelledGraph, words: list[str], weights: list[np.ndarray]) -> np.ndarray:
    linked = np.eye(len(graph))
    linked[graph.edges[0], graph.edges[1]] = linked[graph.edges[1], graph.edges[0]] = 1
    degree = 1 / np.sqrt(linked.sum(axis=1))
    x = np.array([[float(op == word) for word in words] for op in graph.ops])
    for weight in weights:
        x = np.maximum(degree[:, None] * linked * degree @ x @ weight, 0)
    return x.mean(axis=0)


BASELINES = {"\\|n1 − n2\\|": node_count, "label and edge-count bound": count_bound, "op histogram, Hellinger": histogram,
             "WL, 2 directed rounds, √ × idf": colours}
