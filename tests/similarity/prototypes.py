"""A synthetic set of similar and dissimilar pairs: disturbed copies of prototypes.

A prototype is a random graph of 16 nodes, each pair joined with probability 0.2, with two numbers from the normal distribution on each
node and one from 0 to 1 on each edge. A copy has 1 edge in 10 led elsewhere, noise of deviation 0.1 on the first number of each node and
on those of the edges, a second number drawn anew on each node, which therefore says nothing, and its nodes renamed and in another order.
Two copies of one prototype are similar, copies of two prototypes dissimilar. All prototypes follow the same laws, so that only what
stands where tells them apart, and those that are tested on were not trained on: what can be learned is what to look at.
"""

from __future__ import annotations

import networkx as nx
import numpy as np

Pairs = list[tuple[nx.Graph, nx.Graph]]


def prototype(rng: np.random.Generator) -> nx.Graph:
    graph = nx.gnp_random_graph(16, 0.2, seed=int(rng.integers(2**31)))
    for node in graph:
        graph.nodes[node]["feat"] = rng.normal(size=2)
    for edge in graph.edges:
        graph.edges[edge]["feat"] = rng.uniform()
    return graph


def shuffled(graph: nx.Graph, rng: np.random.Generator) -> nx.Graph:
    """The same graph, its nodes and edges renamed and in another order."""
    names = dict(zip(graph, rng.permutation(len(graph)).tolist(), strict=True))
    copy = graph.__class__()
    copy.add_nodes_from((f"n{names[node]}", dict(graph.nodes[node])) for node in rng.permutation(list(graph)).tolist())
    edges = [(f"n{names[u]}", f"n{names[v]}", dict(words)) for u, v, words in graph.edges(data=True)]
    copy.add_edges_from(edges[at] for at in rng.permutation(len(edges)))
    return copy


def disturbed(graph: nx.Graph, rng: np.random.Generator) -> nx.Graph:
    copy = graph.copy()
    edges = list(copy.edges)
    for at in rng.permutation(len(edges))[:max(1, len(edges) // 10)]:
        copy.remove_edge(*edges[at])
        copy.add_edge(*rng.choice(len(copy), 2, replace=False).tolist(), feat=rng.uniform())
    for words in copy.nodes.values():
        words["feat"] = np.array([words["feat"][0] + rng.normal(scale=0.1), rng.normal()])
    for words in copy.edges.values():
        words["feat"] += rng.normal(scale=0.1)
    return shuffled(copy, rng)


def labelled_pairs(prototypes: int, seed: int) -> tuple[Pairs, list[int]]:
    """For each prototype 3 copies; all pairs within one, and as many of different ones."""
    rng = np.random.default_rng(seed)
    copies = [[disturbed(original, rng) for _ in range(3)] for original in [prototype(rng) for _ in range(prototypes)]]
    alike = [(group[i], group[j]) for group in copies for i, j in ((0, 1), (0, 2), (1, 2))]
    others: Pairs = []
    while len(others) < len(alike):
        first, second = rng.choice(prototypes, 2, replace=False)
        others.append((copies[first][rng.integers(3)], copies[second][rng.integers(3)]))
    return alike + others, [1] * len(alike) + [0] * len(others)


def area_under_curve(scores: np.ndarray, labels: np.ndarray) -> float:
    """The share of pairs of a similar and a dissimilar pair in which the similar one scores higher; half for a draw."""
    high, low = scores[labels == 1][:, None], scores[labels == 0][None]
    return float(((high > low) + 0.5 * (high == low)).mean())
