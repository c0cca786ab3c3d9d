"""The pairs file goes in; graphs, their edited copies, and blocks of graphs with the edit distances of all pairs in a block come out."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netgraph.similarity.edits import Rows, fewest_edits, rows_of
from netgraph.similarity.labelled import LabelledGraph

BLOCK = 32
COPIES = 9
LARGEST = 9                            # nodes of a graph, as in the pairs file
SMALLEST = 4
LABELLED_AT_ONCE = 400                 # blocks
LABEL_WIDTHS = (4, 32)                 # proven for four pairs of five; of the others nearly all are right as well


@dataclass(frozen=True)
class PairsFile:
    """What a pairs file holds: graphs by id, and pairs (first, second, distance) by (split, condition)."""

    graphs: dict[int, LabelledGraph]
    pairs: dict[tuple[str, str], np.ndarray]
    digest: str

    def ids_of(self, split: str) -> list[int]:
        """The graphs of a split."""
        return sorted({int(graph) for (name, _), pairs in self.pairs.items() if name == split for graph in pairs[:, :2].ravel()})


def read_pairs(path: Path) -> PairsFile:
    """The graphs and pairs of a file of JSON lines."""
    graphs: dict[int, LabelledGraph] = {}
    pairs: dict[tuple[str, str], list[list[int]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if "graph" in record:
                graphs[record["graph"]] = labelled(record["ops"], record["edges"])
            else:
                pairs.setdefault((record["split"], record["condition"]), []).append([*record["pair"], record["ged"]])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PairsFile(graphs, {key: np.array(rows) for key, rows in pairs.items()}, digest)


def labelled(ops: list[str], edges: list[list[int]]) -> LabelledGraph:
    """A record of words and edges alone."""
    return LabelledGraph(tuple(ops), np.zeros(len(ops), np.int64), (None,) * len(ops), np.array(sorted(edges), np.int64).reshape(-1, 2).T)


def edited(graph: LabelledGraph, words: list[str], draw: np.random.Generator) -> LabelledGraph:
    """A copy with one to twelve random edits; edges keep running from lower to higher nodes."""
    ops, edges = list(graph.ops), {(int(a), int(b)) for a, b in graph.edges.T}
    for _ in range(draw.integers(1, 13)):
        kind = draw.choice(5, p=[0.4, 0.24, 0.16, 0.1, 0.1])
        if kind == 0:
            ops[draw.integers(len(ops))] = str(draw.choice(words))
        elif kind == 1:
            edges |= {tuple(sorted(int(node) for node in draw.choice(len(ops), 2, replace=False)))}
        elif kind == 2 and edges:
            edges.remove(sorted(edges)[draw.integers(len(edges))])
        elif kind == 3 and len(ops) < LARGEST and edges:
            ops, edges = _split(ops, edges, str(draw.choice(words)), draw)
        elif kind == 4 and len(ops) > SMALLEST:
            ops, edges = _without(ops, edges, int(draw.integers(len(ops))))
    return labelled(ops, [list(edge) for edge in edges])


def _split(ops: list[str], edges: set[tuple[int, int]], word: str, draw: np.random.Generator) -> tuple[list[str], set[tuple[int, int]]]:
    """A node of that word put into a random edge, right behind its source."""
    a, b = sorted(edges)[draw.integers(len(edges))]
    moved = {(u + (u > a), v + (v > a)) for u, v in edges - {(a, b)}}
    return [*ops[:a + 1], word, *ops[a + 1:]], moved | {(a, a + 1), (a + 1, b + 1)}


def _without(ops: list[str], edges: set[tuple[int, int]], node: int) -> tuple[list[str], set[tuple[int, int]]]:
    kept = {(u - (u > node), v - (v > node)) for u, v in edges if node not in (u, v)}
    return ops[:node] + ops[node + 1:], kept


@dataclass(frozen=True)
class Blocks:
    """Graphs in blocks. Shapes: members (blocks, BLOCK), numbers of graphs; edits (blocks, BLOCK, BLOCK)."""

    graphs: list[LabelledGraph]
    members: np.ndarray
    edits: np.ndarray


def blocks_of(graphs: list[LabelledGraph], seed: int, copies: int = COPIES) -> Blocks:
    """The graphs, twice, and their edited copies: two rounds of random blocks, then two of one node count and near edge counts."""
    draw = np.random.default_rng(seed)
    words = sorted({op for graph in graphs for op in graph.ops})
    graphs = [*graphs, *graphs, *(edited(graph, words, draw) for graph in graphs for _ in range(copies))]
    nodes, edges = np.array([len(graph) for graph in graphs]), np.array([graph.edges.shape[1] for graph in graphs])
    orders = [draw.permutation(len(graphs)) for _ in range(2)]
    orders += [np.lexsort((draw.random(len(graphs)), edges + draw.integers(0, 2, len(graphs)), nodes)) for _ in range(2)]
    members = np.concatenate([order[:len(order) // BLOCK * BLOCK].reshape(-1, BLOCK) for order in orders])
    rows = [rows_of(graph) for graph in graphs]
    parts = [_edits([[rows[place] for place in block] for block in members[start:start + LABELLED_AT_ONCE]])
             for start in range(0, len(members), LABELLED_AT_ONCE)]
    return Blocks(graphs, members, np.concatenate(parts))


def _edits(blocks: list[list[Rows]]) -> np.ndarray:
    """The edits of all pairs of each block, (blocks, BLOCK, BLOCK)."""
    first, second = np.triu_indices(BLOCK, 1)
    found, _ = fewest_edits([(block[i], block[j]) for block in blocks for i, j in zip(first, second, strict=True)], LABEL_WIDTHS)
    edits = np.zeros((len(blocks), BLOCK, BLOCK))
    edits[:, first, second] = edits[:, second, first] = found.reshape(len(blocks), -1)
    return edits
