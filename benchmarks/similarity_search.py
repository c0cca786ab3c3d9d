"""Nothing flows in; how fast and how truly an index finds the nearest comes out: python benchmarks/similarity_search.py [COUNT].

The vectors are those of random architectures by the family encoder (a few thousand are embedded, and small steps from them make up the
rest), 100,000 by default. Exact and approximate answers are timed one after the other, each query once, and compared. Times are those of
one processor: run it with OMP_NUM_THREADS=1, so that all the work is done by the thread that is timed.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import networkx as nx
import numpy as np

import netgraph as ng
from netgraph.similarity.embedding import embed

EMBEDDED, QUERIES, NEAREST = 2_000, 300, 10
STEP = 0.35              # length of the step from an embedded vector to one that stands in for a net like it
OPS = ("conv2d", "conv2d_1x1", "conv2d_depthwise", "batch_norm", "relu", "gelu", "linear", "layer_norm", "softmax", "matmul", "max_pool")


def random_net(rng: np.random.Generator) -> nx.DiGraph:
    """A row of 2 to 5 ops, repeated and now and then skipped, as in stages of published nets."""
    block = rng.choice(OPS, rng.integers(2, 6)).tolist()
    graph = nx.DiGraph()
    graph.add_node(0, op="input", params=0, shape=None)
    for _ in range(rng.integers(2, 9)):
        start = len(graph) - 1
        for op in block:
            graph.add_node(len(graph), op=op, params=int(rng.integers(1, 100_000)), shape=None)
            graph.add_edge(len(graph) - 2, len(graph) - 1)
        if rng.random() < 0.5:
            graph.add_node(len(graph), op="add", params=0, shape=None)
            graph.add_edges_from([(len(graph) - 2, len(graph) - 1), (start, len(graph) - 1)])
    return graph


def vectors(count: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """The vectors, and how many graphs a second were embedded."""
    nets = [random_net(rng) for _ in range(min(count, EMBEDDED))]
    start = time.process_time()
    seen = np.asarray(embed(nets, task="family"), np.float32)
    rate = len(nets) / (time.process_time() - start)
    table = seen[rng.integers(len(seen), size=count)]
    step = rng.normal(size=table.shape).astype(np.float32)
    return table + STEP * step / np.linalg.norm(step, axis=1, keepdims=True), rate


def timed(index: ng.Index, queries: np.ndarray) -> tuple[list[list[str]], list[float]]:
    """What each query finds, and its milliseconds of one processor."""
    found, spent = [], []
    index.query(queries[0], NEAREST)
    for query in queries:
        start = time.thread_time()
        matches = index.query(query, NEAREST)
        spent.append(1000 * (time.thread_time() - start))
        found.append([match.id for match in matches])
    return found, spent


def main(count: int) -> None:
    """Print a line for each way."""
    rng = np.random.default_rng(0)
    table, rate = vectors(count, rng)
    queries = table[rng.integers(count, size=QUERIES)] + 0.05 * rng.normal(size=(QUERIES, table.shape[1])).astype(np.float32) / 20
    print(f"{count:,} vectors of {table.shape[1]} numbers; {rate:,.0f} graphs embedded a second")
    truth: list[list[str]] = []
    for method in ("exact", "approximate"):
        index = ng.Index(method=method)
        start = time.process_time()
        index.add(table)
        index.query(table[0])
        built = time.process_time() - start
        found, spent = timed(index, queries)
        truth = truth or found
        recall = np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(truth, found, strict=True)])
        print(f"{method:12} built in {built:6.1f} s; a query {median(spent):6.2f} ms (fastest {min(spent):.2f}, "
              f"95 % within {np.quantile(spent, 0.95):.2f}); recall of {NEAREST}: {recall:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
