"""Two graphs go in; their edit distance comes out by trying every map of nodes, and small random graphs are made for it."""

from __future__ import annotations

import random
from itertools import permutations

import networkx as nx


def random_graph(size, edges, draw, words="abc", is_looped=False):
    """A directed graph with circles and, if wanted, edges from nodes to themselves."""
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"op": draw.choice(words)}) for node in range(size))
    ends = [(draw.randrange(size), draw.randrange(size)) for _ in range(edges)]
    graph.add_edges_from((a, b) for a, b in ends if a != b or is_looped)
    return graph


def random_net(size, draw, words=("conv2d", "batch_norm", "relu", "add", "linear", "warp")):
    """A long graph like a net: a path with skips."""
    graph = nx.DiGraph((node, node + 1) for node in range(size - 1))
    graph.add_nodes_from((node, {"op": draw.choice(words)}) for node in range(size))
    graph.add_edges_from((a, min(size - 1, a + draw.randint(2, 8))) for a in draw.sample(range(size - 2), size // 4))
    return graph


def fewest(a, b):
    """The fewest edits that a map of all nodes of the smaller graph into the larger one tells."""
    a, b = sorted((a, b), key=len)

    def edits(image):
        place = dict(zip(a, image, strict=True))
        labels = sum(a.nodes[node]["op"] != b.nodes[place[node]]["op"] for node in a)
        common = sum(b.has_edge(place[u], place[v]) for u, v in a.edges)
        return len(b) - len(a) + labels + a.number_of_edges() + b.number_of_edges() - 2 * common

    return min(edits(image) for image in permutations(b, len(a)))


def edited(graph, count, draw):
    """A copy that so many edits away from the graph at most."""
    graph = graph.copy()
    for _ in range(count):
        kind = draw.random()
        if kind < 0.5:
            graph.nodes[draw.choice(list(graph))]["op"] = draw.choice(["conv2d", "relu", "tanh", "mul"])
        elif kind < 0.75:
            graph.remove_edge(*draw.choice(list(graph.edges)))
        else:
            graph.add_edge(*draw.sample(list(graph), 2))
    return graph


def shuffled(graph, seed):
    """The same graph with other names, and everything in another order."""
    draw = random.Random(seed)
    names = {node: f"n{draw.random()}" for node in graph}
    nodes, edges = list(graph), list(graph.edges)
    draw.shuffle(nodes)
    draw.shuffle(edges)
    other = nx.DiGraph()
    other.add_nodes_from((names[node], dict(reversed(graph.nodes[node].items()))) for node in nodes)
    other.add_edges_from((names[a], names[b]) for a, b in edges)
    return other
