"""The pairs file goes in; the table of all ways to foretell an edit distance comes out, both conditions side by side.

    python benchmarks/similarity_distance.py ged_pairs.jsonl.gz [--encoder seed1.safetensors ...] [--no-alignment]

Queries and candidates are those of the dev split. Only the monotone maps from other ways' scores to distances see the train split.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import numpy as np
from distance_baselines import BASELINES, untrained_gcn
from distance_data import PairsFile, read_pairs
from scipy.stats import kendalltau, spearmanr
from sklearn.isotonic import IsotonicRegression

from netgraph.similarity.canonical import canonical
from netgraph.similarity.directed_gin import DirectedGin, distance_encoder, read_encoder, untrained_encoder
from netgraph.similarity.distance import distance_matrix
from netgraph.similarity.edit_distance.alignment import aligned_edits
from netgraph.similarity.labelled import LabelledGraph, batch_of

Way = Callable[[list[LabelledGraph], list[LabelledGraph]], np.ndarray]
TRAIN_PAIRS = 3000
COLUMNS = ("rho", "tau", "p@10", "p@20", "MSE e-3")


def nearest_share(predicted: np.ndarray, exact: np.ndarray, k: int) -> float:
    """Of the k that are nearest by prediction, the share whose exact value is no worse than the k-th best."""
    return float((exact[np.argsort(predicted, kind="stable")[:k]] <= np.sort(exact)[k - 1]).mean())


def correlation(measure: Callable, a: np.ndarray, b: np.ndarray) -> float:
    """A rank correlation; 0 for a constant."""
    return 0.0 if np.ptp(a) == 0 or np.ptp(b) == 0 else float(measure(a, b)[0])


def scores(data: PairsFile, condition: str, predicted: np.ndarray) -> np.ndarray:
    """rho, tau, p@10, p@20, averaged over the queries, and the mean squared error of exp(-d / n), times 1000."""
    pairs = data.pairs["dev", condition]
    size = np.array([len(data.graphs[a]) + len(data.graphs[b]) for a, b, _ in pairs]) / 2
    near, exact_near = np.exp(-predicted / size), np.exp(-pairs[:, 2] / size)
    rows = [(correlation(spearmanr, near[at], exact_near[at]), correlation(kendalltau, near[at], exact_near[at]),
             nearest_share(-near[at], -exact_near[at], 10), nearest_share(-near[at], -exact_near[at], 20))
            for at in (pairs[:, 0] == query for query in np.unique(pairs[:, 0]))]
    return np.array([*np.mean(rows, axis=0), 1000 * np.mean((near - exact_near) ** 2)])


def foretold(data: PairsFile, way: Way, split: str, condition: str, most: int | None = None) -> np.ndarray:
    """What a way says of the pairs of a split."""
    pairs = data.pairs[split, condition][:most]
    return way([data.graphs[a] for a in pairs[:, 0]], [data.graphs[b] for b in pairs[:, 1]])


def fitted(data: PairsFile, way: Way, condition: str) -> np.ndarray:
    """What a way says of the dev pairs, brought to distances by the best monotone map on train pairs of that condition."""
    seen = foretold(data, way, "train", condition, TRAIN_PAIRS)
    edits = data.pairs["train", condition][:TRAIN_PAIRS, 2]
    return IsotonicRegression(out_of_bounds="clip").fit(seen, edits).predict(foretold(data, way, "dev", condition))


def by_vectors(encoder: DirectedGin) -> Way:
    """Euclidean distances of an encoder's vectors."""
    def way(first: list[LabelledGraph], second: list[LabelledGraph]) -> np.ndarray:
        return np.sqrt(((encoder.vectors(batch_of(first)) - encoder.vectors(batch_of(second))) ** 2).sum(axis=1))
    return way


def by_alignment(encoder: DirectedGin) -> Way:
    """The edits of an alignment that starts from an encoder's node vectors, as large graphs are compared."""
    def edits(first: LabelledGraph, second: LabelledGraph) -> int:
        small, large = sorted((canonical(first), canonical(second)), key=len)
        return aligned_edits(small, large, encoder.nodes(batch_of([small])), encoder.nodes(batch_of([large])))
    return lambda first, second: np.array([edits(a, b) for a, b in zip(first, second, strict=True)])


def by_edits(first: list[LabelledGraph], second: list[LabelledGraph]) -> np.ndarray:
    """What ng.distance_matrix says, one query and its candidates at a time."""
    queries = {id(graph): graph for graph in first}
    rows = {key: iter(distance_matrix([query], [b for a, b in zip(first, second, strict=True) if a is query])[0])
            for key, query in queries.items()}
    return np.array([next(rows[id(graph)]) for graph in first])


def line(name: str, data: PairsFile, ways: Iterable[Way], is_distance: bool) -> str:
    """One line of the table: the mean over the ways, which are one method with several seeds, and how far seeds differ in rho."""
    begun = time.process_time()
    ways = list(ways)
    found = np.array([[_scores_of(data, way, condition, is_distance) for condition in "AB"] for way in ways])
    mean, spread = found.mean(axis=0), np.ptp(found[:, :, 0], axis=0)
    cells = [" / ".join([*(f"{value:.3f}" for value in row[:-1]), f"{row[-1]:.2f}"]) for row in mean]
    seeds = f" ({len(ways)} seeds, rho ± {spread.max() / 2:.3f})" if len(ways) > 1 else ""
    return f"| {name}{seeds} | {' | '.join(cells)} | {(time.process_time() - begun) / len(ways):.1f} |"


def _scores_of(data: PairsFile, way: Way, condition: str, is_distance: bool) -> np.ndarray:
    """Ranks by the way's own number; the squared error of any but a distance after the monotone map."""
    own = scores(data, condition, foretold(data, way, "dev", condition))
    return own if is_distance else np.array([*own[:-1], scores(data, condition, fitted(data, way, condition))[-1]])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--encoder", type=Path, nargs="*", default=[], help="encoders of other seeds, beside the shipped one")
    parser.add_argument("--no-alignment", action="store_true", help="leave out what takes a minute a line")
    asked = parser.parse_args()
    data = read_pairs(asked.pairs)
    trained = [distance_encoder(), *(read_encoder(path.read_bytes()) for path in asked.encoder)]
    untrained = [untrained_encoder(seed) for seed in range(3)]
    methods = [*((name, [way], False) for name, way in BASELINES.items()),
               ("untrained GCN, cosine", [untrained_gcn(seed) for seed in range(3)], False),
               ("untrained directed GIN, vectors", map(by_vectors, untrained), False),
               ("trained directed GIN, vectors", map(by_vectors, trained), True)]
    alignments = [("alignment from untrained node vectors", [by_alignment(untrained[0])], True),
                  ("alignment from trained node vectors", [by_alignment(trained[0])], True)]
    names = " / ".join(COLUMNS)
    print(f"| method | A {names} | B {names} | CPU s |\n|---|---|---|---|")
    for method in chain(methods, [] if asked.no_alignment else alignments, [("ng.distance_matrix", [by_edits], True)]):
        print(line(method[0], data, *method[1:]), flush=True)


if __name__ == "__main__":
    main()
