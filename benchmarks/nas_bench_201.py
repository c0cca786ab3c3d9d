"""Nothing flows in; all 15,625 cells of NAS-Bench-201 are embedded, indexed and mapped: python benchmarks/nas_bench_201.py [FOLDER].

A cell has 4 places and an op on each of the 6 edges between them (Dong & Yang 2020, section 2.1): none, a skip, a convolution of 1 × 1 or
3 × 3, or average pooling. The rates that are measured here say what a million architectures take.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path
from typing import TypeVar

import networkx as nx
import numpy as np

import netgraph as ng
from netgraph.similarity.embedding import embed

OPS = ("none", "skip", "conv2d_1x1", "conv2d", "avg_pool")
PLACES = 4
EDGES = tuple(combinations(range(PLACES), 2))
MILLION = 1_000_000
QUERIES = 200
Value = TypeVar("Value")


def cell(ops: tuple[str, ...]) -> nx.DiGraph:
    """A cell as a graph of operations: a place adds up what comes in, a skip is a wire; what does not reach the output is left out."""
    graph = nx.DiGraph(name="|".join(ops))
    for place in range(PLACES):
        graph.add_node(place, op="add" if place else "input")
    graph.add_node("output", op="output")
    graph.add_edge(PLACES - 1, "output")
    for (source, target), op in zip(EDGES, ops, strict=True):
        if op == "skip":
            graph.add_edge(source, target)
        elif op != "none":
            graph.add_node((source, target), op=op)
            nx.add_path(graph, [source, (source, target), target])
    alive = (nx.descendants(graph, 0) | {0}) & (nx.ancestors(graph, "output") | {"output"})
    graph = graph.subgraph(alive | {0, "output"}).copy()
    for place in [place for place in range(1, PLACES) if place in graph and graph.in_degree(place) == 1]:     # it adds nothing up: a wire
        (source,), targets = graph.predecessors(place), list(graph.successors(place))
        if not any(graph.has_edge(source, target) for target in targets):
            graph.remove_node(place)
            graph.add_edges_from((source, target) for target in targets)
    return graph


def cells() -> Iterator[nx.DiGraph]:
    """All cells, in the order of their ops."""
    return map(cell, product(OPS, repeat=len(EDGES)))


def written(ops: tuple[str, ...]) -> str:
    """A cell as the text by which its authors count: a place is the sum of what comes in, # for nothing, and a skip is what it skips from.

    Parts that two ways share are written twice, and a sum of nothings stays a sum: this is not yet whether two graphs are the same.
    """
    op_of = dict(zip(EDGES, ops, strict=True))
    texts = ["in"]
    for place in range(1, PLACES):
        parts = []
        for source in range(place):
            op = op_of[source, place]
            is_nothing = op == "none" or texts[source] == "#"
            parts.append("#" if is_nothing else texts[source] if op == "skip" else f"({texts[source]})@{op}")
        texts.append("+".join(sorted(parts)))
    return texts[-1]


def timed(what: str, count: int, work: Callable[[], Value]) -> tuple[Value, float]:
    """What the work gives, and how many in a second of one processor; a line says so."""
    start = time.process_time()
    value = work()
    rate = count / (time.process_time() - start)
    print(f"{what:28} {count:>7,} at {rate:>9,.0f} a CPU second; a million in {MILLION / rate / 60:5.1f} CPU minutes")
    return value, rate


def main(folder: Path) -> None:
    """Print the rates, and write the map."""
    every = len(OPS) ** len(EDGES)
    graphs, _ = timed("cells enumerated", every, lambda: list(cells()))
    vectors, _ = timed("embedded for edit distance", every, lambda: np.asarray(embed(graphs, task="distance"), np.float32))
    names = [graph.graph["name"] for graph in graphs]
    print(f"{len(set(map(written, product(OPS, repeat=len(EDGES))))):,} cells are different as texts, "
          f"{len(np.unique(vectors, axis=0)):,} as graphs; a vector has {vectors.shape[1]} numbers, "
          f"a million of them {MILLION * vectors.shape[1] * 4 / 2**30:.2f} GiB")
    for method in ("exact", "approximate"):
        index = ng.Index("distance", method=method)
        timed(f"indexed, {method}", every, lambda index=index: (index.add(vectors, names), index.query(vectors[0])))
        timed(f"found, {method}", QUERIES, lambda index=index: [index.query(vector) for vector in vectors[::every // QUERIES][:QUERIES]])
    counts = [sum(isinstance(node, tuple) for node in graph) for graph in graphs]
    labels = [f"{count} operation{'s' * (count != 1)}" for count in counts]
    view, _ = timed("mapped", every, lambda: ng.draw_map(vectors, labels, names=names))
    for suffix in ("png", "html"):
        view.save(folder / f"nas_bench_201.{suffix}", dpi=144)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
