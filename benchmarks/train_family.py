"""Trains the family encoder that ships with netgraph: a corpus goes in; its weights with their card come out.

    python benchmarks/train_family.py architectures.jsonl.gz [--seed 0] [--out netgraph/similarity/models/family.safetensors]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import load_corpus
from safetensors.numpy import save_file

from netgraph.similarity.families.encoder import RARITY_BITS, VIEW_WEIGHTS, FamilyEncoder, keys_of
from netgraph.similarity.families.labelling import Views, views_of
from netgraph.similarity.families.patterns import Patterns, label_keys
from netgraph.similarity.fixed_point import snapped
from netgraph.similarity.labelled import Batch, batch_of, read_all

NOTE = "The weights were learned from labelled computation graphs of public model libraries; no weights or code of theirs are in them."


@dataclass(frozen=True)
class Training:
    """How the graph convolution is trained."""

    code_size: int = 12
    states: int = 128
    steps: int = 100
    lr: float = 0.01
    temperature: float = 0.1
    decay: float = 0.01
    share: float = 0.5
    spread: float = 1.3


def train(batch: Batch, families: np.ndarray, libraries: np.ndarray, seed: int, how: Training = Training()) -> FamilyEncoder:
    """The encoder for graphs of known families. Queries find their family in other libraries first, then anywhere.

    The loss is the supervised contrastive one (Khosla et al. 2020, eq. 2) on the similarity of the whole vector, of which the part by
    hashed signs is fixed: what that part tells apart already needs no learning. Weights are kept near their random start.
    """
    views = views_of(batch)
    keys, rarity = rarities(views, len(batch))
    unseen = np.rint(np.log(len(batch) + 1) * 2**RARITY_BITS) / 2**RARITY_BITS
    fixed = torch.tensor(likeness_by_patterns(views, len(batch)), dtype=torch.float32)
    labels = used_labels(views.kin)
    parts = torch.tensor(neighbourhoods(views.kin, labels), dtype=torch.float32)
    weights = torch.tensor(shares(views.kin, len(batch)), dtype=torch.float32)

    torch.manual_seed(seed)
    codes = torch.nn.Parameter(torch.randn(len(labels), how.code_size) * how.spread / how.code_size**0.5)
    weight = torch.nn.Parameter(torch.randn(3 * how.code_size, how.states) * 0.64)
    with torch.no_grad():
        weight[:how.code_size] *= 2                       # a node's own label counts twice
    bias = torch.rand(how.states) * 4
    start = [codes.detach().clone(), weight.detach().clone()]
    optimizer = torch.optim.Adam([codes, weight], lr=how.lr)
    goals = Goals.of(families, libraries)
    for _ in range(how.steps):
        states = torch.cat([part @ codes for part in parts], 1) @ weight + bias
        vectors = torch.nn.functional.normalize(weights @ ((torch.remainder(states, 4) - 2).abs() - 1), dim=1)
        loss = goals.loss((fixed + how.share * vectors @ vectors.T) / (1 + how.share) / how.temperature)
        loss = loss + how.decay * (((codes - start[0]) ** 2).sum() + 0.1 * ((weight - start[1]) ** 2).sum())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    order = np.argsort(label_keys(labels))
    return FamilyEncoder(keys, rarity.astype(np.float32), np.array(unseen, np.float32), label_keys(labels)[order],
                         snapped(codes.detach().numpy()[order]).astype(np.float32), snapped(weight.detach().numpy()).astype(np.float32),
                         snapped(bias.numpy()).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Goals:
    """Which graphs each is to find: those of its family in other libraries, and those of its family at all."""

    abroad: torch.Tensor
    all: torch.Tensor
    alone: torch.Tensor
    at_home: torch.Tensor

    @classmethod
    def of(cls, families: np.ndarray, libraries: np.ndarray) -> Goals:
        kin = torch.tensor(families[:, None] == families)
        home = torch.tensor(libraries[:, None] == libraries)
        alone = torch.eye(len(families), dtype=torch.bool)
        return cls(kin & ~home, kin & ~alone, alone, alone | (kin & home))

    def loss(self, likeness: torch.Tensor) -> torch.Tensor:
        return contrast(likeness, self.abroad, self.at_home) + 0.5 * contrast(likeness, self.all, self.alone)


def contrast(likeness: torch.Tensor, goals: torch.Tensor, aside: torch.Tensor) -> torch.Tensor:
    """Minus the mean log share of the goals of each graph that has some, among all that are not set aside."""
    shares = likeness.masked_fill(aside, -1e9).log_softmax(1)
    counts = goals.sum(1)
    return -((shares * goals).sum(1)[counts > 0] / counts[counts > 0]).mean()


def rarities(views: Views, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys of all patterns, ascending, and log((graphs + 1) / (graphs with the pattern + 1)) of each, on a grid."""
    keys = np.concatenate(keys_of(views))
    rarity = np.concatenate([rarity_of(view, count) for view in views])
    order = np.argsort(keys)
    return keys[order], rarity[order]


def rarity_of(patterns: Patterns, count: int) -> np.ndarray:
    owners = np.bincount(patterns.members, minlength=len(patterns.keys))
    return np.rint(np.log((count + 1) / (owners + 1)) * 2**RARITY_BITS) / 2**RARITY_BITS


def shares(patterns: Patterns, count: int) -> np.ndarray:
    """Each graph's patterns by rarity, as rows of length 1; (graphs, patterns)."""
    rows = np.zeros((count, len(patterns.keys)))
    rows[patterns.graphs, patterns.members] = rarity_of(patterns, count)[patterns.members]
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def likeness_by_patterns(views: Views, count: int) -> np.ndarray:
    """The cosines that endlessly many hashed signs would give."""
    total = sum(weight * (rows := shares(view, count)) @ rows.T for view, weight in zip(views, VIEW_WEIGHTS, strict=True))
    return total / sum(VIEW_WEIGHTS)


def used_labels(patterns: Patterns) -> list[str]:
    used = np.unique(np.concatenate([patterns.center, patterns.sources[1], patterns.targets[1]]))
    return sorted({patterns.labels[place] for place in used})


def neighbourhoods(patterns: Patterns, labels: list[str]) -> np.ndarray:
    """Each pattern's label, and the shares of the labels before and behind it; (3, patterns, labels)."""
    column = {label: i for i, label in enumerate(labels)}
    place = np.array([column.get(label, -1) for label in patterns.labels])
    parts = np.zeros((3, len(patterns.keys), len(labels)))
    parts[0, np.arange(len(patterns.keys)), place[patterns.center]] = 1
    for part, (pattern, label) in zip(parts[1:], (patterns.sources, patterns.targets), strict=True):
        part[pattern, place[label]] = 1
        part /= np.maximum(part.sum(axis=1, keepdims=True), 1)
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("netgraph/similarity/models/family.safetensors"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(options.corpus)
    encoder = train(batch_of(read_all(corpus.graphs)), corpus.families, corpus.libraries, options.seed)
    card = {"task": "family", "trained_by": "benchmarks/train_family.py", "seed": options.seed, "sha256_of_corpus": corpus.digest,
            "graphs": len(corpus), "families": len(set(corpus.families)), "training": asdict(Training()), "torch": torch.__version__,
            "note": NOTE}
    save_file({name: np.ascontiguousarray(array) for name, array in encoder.arrays().items()}, options.out,
              metadata={"card": json.dumps(card)})   # under one key, since safetensors writes several in no fixed order
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
