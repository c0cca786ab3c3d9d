"""Retrieval of families, known and held out, by the family encoder and by untrained methods, and graphs embedded a second; as a table.

    python benchmarks/similarity_family.py architectures.jsonl.gz [--seeds 3]
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from corpus import MEASURES, TASKS, Corpus, load_corpus
from family_rivals import RIVALS, cosines
from train_family import train

from netgraph.similarity.embedding import embed
from netgraph.similarity.families.encoder import SIGNS, FamilyEncoder
from netgraph.similarity.labelled import batch_of, read_all

Scores = dict[str, list[dict[str, np.ndarray]]]


def encoder_of(corpus: Corpus, known: np.ndarray, seed: int) -> FamilyEncoder:
    """The encoder trained on the known graphs alone."""
    chosen = [graph for graph, is_known in zip(corpus.graphs, known, strict=True) if is_known]
    return train(batch_of(read_all(chosen)), corpus.families[known], corpus.libraries[known], seed)


def likenesses(corpus: Corpus, known: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The likeness of all graphs by each method, which may learn from the known ones."""
    vectors = encoder_of(corpus, known, seed).embed(batch_of(read_all(corpus.graphs))).astype(float)
    parts = {"its hashed signs alone": vectors[:, :SIGNS], "its graph convolution alone": vectors[:, SIGNS:], "netgraph": vectors}
    return {name: method(corpus, known, seed) for name, method in RIVALS.items()} | {name: cosines(part) for name, part in parts.items()}


def held_out_scores(corpus: Corpus, seeds: int) -> tuple[Scores, Scores]:
    """Each method's scores with queries of families that were held out, and of those that were known, one entry a run."""
    unseen, seen = defaultdict(list), defaultdict(list)
    for seed in range(seeds):
        for held_out in corpus.splits(seed):
            for name, likeness in likenesses(corpus, ~held_out, seed).items():
                unseen[name].append(corpus.scores(likeness, held_out))
                seen[name].append(corpus.scores(likeness, ~held_out))
    return unseen, seen


def full_scores(corpus: Corpus, seeds: int) -> Scores:
    """Each method's scores with all graphs known and all as queries."""
    everyone, found = np.ones(len(corpus), bool), defaultdict(list)
    for seed in range(seeds):
        for name, likeness in likenesses(corpus, everyone, seed).items():
            found[name].append(corpus.scores(likeness, everyone))
    return found


def graphs_per_second(corpus: Corpus, rounds: int = 5) -> float:
    """The best of some rounds of `ng.embed` over the whole corpus."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        embed(corpus.graphs)
        seconds.append(time.perf_counter() - begin)
    return len(corpus) / min(seconds)


def table(title: str, scores: Scores) -> str:
    """A table in Markdown: the mean of the runs for each method, task and measure."""
    lines = [f"| {title} | " + " | ".join(f"{task} {' / '.join(MEASURES)}" for task in TASKS) + " |", "|---" * (len(TASKS) + 1) + "|"]
    for name, runs in scores.items():
        cells = [" / ".join(f"{value:.3f}" for value in np.nanmean([run[task] for run in runs], axis=0)) for task in TASKS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(options.corpus)
    unseen, seen = held_out_scores(corpus, options.seeds)
    print(table("families held out", unseen), table("families known", seen), sep="\n\n")
    print("", table("all known, all queries", full_scores(corpus, options.seeds)), sep="\n")
    print("", f"{graphs_per_second(corpus):.0f} graphs a second", sep="\n")


if __name__ == "__main__":
    main()
