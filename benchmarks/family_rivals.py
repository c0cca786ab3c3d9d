"""A corpus goes in; the likeness of its graphs by methods without training comes out, for the family encoder to be held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import networkx as nx
import numpy as np
from corpus import Corpus

HIDDEN = (64, 128)
ROUNDS = 2


def by_node_count(corpus: Corpus, known: np.ndarray, seed: int) -> np.ndarray:
    """-|n1 - n2|."""
    nodes = np.array([len(graph) for graph in corpus.graphs], float)
    return -np.abs(nodes[:, None] - nodes)


def by_op_histogram(corpus: Corpus, known: np.ndarray, seed: int) -> np.ndarray:
    """The cosine of the square roots of the shares of each op (Hellinger)."""
    return cosines(np.sqrt(shares_of([Counter(ops_of(graph).values()) for graph in corpus.graphs])))


def by_wl(corpus: Corpus, known: np.ndarray, seed: int) -> np.ndarray:
    """Weisfeiler-Lehman labels of 0 to 2 directed rounds: square roots of their shares times log((graphs + 1) / (graphs with it + 1)),
    which is fitted on the known graphs."""
    counts = shares_of([wl_labels(graph) for graph in corpus.graphs])
    rarity = np.log((known.sum() + 1) / ((counts[known] > 0).sum(axis=0) + 1))
    return cosines(np.sqrt(counts) * rarity)


def by_untrained_gcn(corpus: Corpus, known: np.ndarray, seed: int) -> np.ndarray:
    """Two graph convolutions (Kipf & Welling 2017, eq. 2) of one-hot ops at random weights, averaged over the nodes."""
    draw = np.random.default_rng(seed)
    words = {op: i for i, op in enumerate(sorted({op for graph in corpus.graphs for op in ops_of(graph).values()}))}
    sizes = (len(words), *HIDDEN)
    weights = [draw.uniform(-1, 1, (a, b)) * (6 / (a + b)) ** 0.5 for a, b in pairwise(sizes)]
    return cosines(np.array([convolved(graph, words, weights) for graph in corpus.graphs]))


RIVALS: dict[str, Callable[[Corpus, np.ndarray, int], np.ndarray]] = {
    "node count": by_node_count, "op histogram, Hellinger": by_op_histogram, "WL, 2 rounds, sqrt x idf": by_wl,
    "GCN, untrained": by_untrained_gcn}


def convolved(graph: nx.DiGraph, words: dict[str, int], weights: list[np.ndarray]) -> np.ndarray:
    states = np.eye(len(words))[[words[op] for op in ops_of(graph).values()]]
    spread, wiring = normalised_wiring(graph)
    for weight in weights:
        states = states @ weight
        states = np.maximum(spread * gather(wiring, spread * states), 0)
    return states.mean(axis=0)


def gather(wiring: np.ndarray, states: np.ndarray) -> np.ndarray:
    sums = states.copy()
    np.add.at(sums, wiring[1], states[wiring[0]])
    np.add.at(sums, wiring[0], states[wiring[1]])
    return sums


@cache
def normalised_wiring(graph: nx.DiGraph) -> tuple[np.ndarray, np.ndarray]:
    """1 / sqrt(degree) of each node, itself counted, and the edges by number."""
    number = {node: i for i, node in enumerate(graph)}
    wiring = np.array([(number[a], number[b]) for a, b in graph.edges]).T
    return 1 / np.sqrt(1 + np.bincount(wiring.ravel(), minlength=len(graph)))[:, None], wiring


def wl_labels(graph: nx.DiGraph) -> Counter:
    labels: dict[object, object] = dict(ops_of(graph))
    counts = Counter(labels.values())
    for _ in range(ROUNDS):
        labels = {node: hash((label, *(tuple(sorted(hash(labels[other]) for other in beside(node)))
                                       for beside in (graph.predecessors, graph.successors)))) for node, label in labels.items()}
        counts.update(labels.values())
    return counts


def ops_of(graph: nx.DiGraph) -> dict[object, str]:
    return dict(graph.nodes(data="op"))


def shares_of(counts: list[Counter]) -> np.ndarray:
    """Counts as rows that sum to 1, a column for each key."""
    column = {key: i for i, key in enumerate(dict.fromkeys(key for count in counts for key in count))}
    table = np.zeros((len(counts), len(column)))
    for row, count in zip(table, counts, strict=True):
        row[[column[key] for key in count]] = list(count.values())
        row /= row.sum()
    return table


def cosines(rows: np.ndarray) -> np.ndarray:
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows @ rows.T
