"""The path of a corpus of labelled architectures goes in; records, the tasks of retrieval on them and a ranking's scores come out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import log
from pathlib import Path

import networkx as nx
import numpy as np

MEASURES = ("p@1", "p@5", "mAP", "MRR")
TASKS = ("loo", "xlib", "hard")


@dataclass(frozen=True)
class Corpus:
    """Architectures with their families and libraries, and what is relevant to each as a query."""

    names: tuple[str, ...]
    families: np.ndarray
    libraries: np.ndarray
    graphs: tuple[nx.DiGraph, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_kin(self) -> np.ndarray:
        return self.families[:, None] == self.families

    @cached_property
    def relevant(self) -> dict[str, np.ndarray]:
        """For each task which graphs (column) count as found by which query (row): others of its family; those of another library;
        of these, those that differ by more than 20 % in node count and in params."""
        others = self.is_kin & ~np.eye(len(self), dtype=bool)
        abroad = others & (self.libraries[:, None] != self.libraries)
        nodes = np.array([len(graph) for graph in self.graphs], float)
        params = np.array([max(1, sum(graph.nodes[n]["params"] for n in graph)) for graph in self.graphs], float)
        differ = [np.abs(np.log(size[:, None] / size)) > log(1.2) for size in (nodes, params)]
        return {"loo": others, "xlib": abroad, "hard": abroad & differ[0] & differ[1]}

    def scores(self, likeness: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
        """The four measures of each task, averaged over those queries that have something relevant.

        Shapes: likeness (graphs, graphs), queries (graphs,) bool -> (4,) each.
        """
        return {task: np.mean([measures(likeness[q][found | ~self.is_kin[q]], found[found | ~self.is_kin[q]])
                               for q in np.flatnonzero(queries) if (found := self.relevant[task][q]).any()] or [np.full(4, np.nan)], axis=0)
                for task in TASKS}

    def splits(self, seed: int) -> Iterator[np.ndarray]:
        """Two halves of the families, those with several libraries and the others each halved; as (graphs,) bool, True for the held out."""
        draw = np.random.default_rng(seed)
        names = sorted(set(self.families))
        several = [name for name in names if len(set(self.libraries[self.families == name])) > 1]
        single = [name for name in names if name not in several]
        orders = [draw.permutation(group) for group in (several, single)]
        for half in range(2):
            yield np.isin(self.families, np.concatenate([order[half::2] for order in orders]))


def measures(likeness: np.ndarray, is_relevant: np.ndarray) -> np.ndarray:
    """Precision at 1 and 5, average precision and reciprocal rank of one ranking; ties go against it.

    >>> measures(np.array([0.9, 0.8, 0.1]), np.array([False, True, True])).round(3).tolist()
    [0.0, 1.0, 0.583, 0.5]
    """
    hits = is_relevant[np.lexsort((is_relevant, -likeness))]
    ranks = np.flatnonzero(hits) + 1
    return np.array([hits[0], hits[:5].sum() / min(5, len(ranks)), np.mean(np.arange(1, len(ranks) + 1) / ranks), 1 / ranks[0]])


def load_corpus(path: Path) -> Corpus:
    """The corpus in a file of one JSON record a line: name, family, library, nodes [op, params, shape], edges."""
    content = path.read_bytes()
    records = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    return Corpus(tuple(record["name"] for record in records), np.array([record["family"] for record in records]),
                  np.array([record["library"] for record in records]), tuple(map(as_graph, records)), sha256(content).hexdigest())


def as_graph(record: dict) -> nx.DiGraph:
    graph = nx.DiGraph(name=record["name"])
    graph.add_nodes_from((i, {"op": op, "params": params, "shape": shape}) for i, (op, params, shape) in enumerate(record["nodes"]))
    graph.add_edges_from(map(tuple, record["edges"]))
    return graph
