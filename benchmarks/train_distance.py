"""The pairs file goes in; the encoder for edit distances comes out, as a safetensors file beside a card that says how it was made.

    python benchmarks/train_distance.py ged_pairs.jsonl.gz -o netgraph/similarity/models/distance.safetensors

Only graphs of the train split are used. With --hold-out a part of them is kept for a look at the way.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from distance_data import LARGEST, Blocks, blocks_of, read_pairs
from safetensors.numpy import save_file
from torch import Tensor, nn

from netgraph.similarity.directed_gin import HOPS, ROWS, SCALE, row_of
from netgraph.similarity.fixed_point import snapped
from netgraph.similarity.labelled import LabelledGraph

HIDDEN, WIDTH, BEND = 64, 128, 256
LEARNING_RATE = 3e-3
BLOCKS_A_STEP = 6
RANDOM_SHARE = 0.75                    # of blocks at random; the others are of one node count
ALONE = 0.2                            # what errors of the linear part by itself count


class DirectedGin(nn.Module):
    """The encoder in torch; netgraph/similarity/directed_gin.py has the formulas."""

    def __init__(self) -> None:
        super().__init__()
        pooled = (HOPS + 1) * HIDDEN
        self.table = nn.Embedding(ROWS, HIDDEN)
        nn.init.normal_(self.table.weight, std=0.5)
        self.first = nn.ModuleList(nn.Linear(3 * HIDDEN, HIDDEN) for _ in range(HOPS))
        self.second = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in range(HOPS))
        self.read = nn.Linear(pooled, WIDTH, bias=False)
        self.bend = nn.ModuleList([nn.Linear(pooled, BEND), nn.Linear(BEND, BEND)])
        self.back = nn.Linear(BEND, WIDTH, bias=False)

    def forward(self, words: Tensor, links: Tensor) -> tuple[Tensor, Tensor]:
        """words (G, N), -1 where there is no node; links (G, N, N) -> vectors (G, WIDTH), and their linear part alone."""
        places = (words >= 0).flatten().nonzero()[:, 0]
        h = self.table(words.flatten()[places])
        hops = [h]
        for first, second in zip(self.first, self.second, strict=True):
            cells = torch.zeros(words.numel(), HIDDEN).index_copy(0, places, h).unflatten(0, words.shape)
            around = torch.cat([links.transpose(1, 2) @ cells, links @ cells], dim=-1).flatten(0, 1)[places]
            h = torch.relu(second(torch.relu(first(torch.cat([h, around], dim=-1)))))
            hops.append(h)
        pooled = torch.zeros(len(words), self.read.in_features).index_add(0, places // words.shape[1], torch.cat(hops, dim=-1))
        linear, bent = self.read(pooled), pooled / SCALE
        for layer in self.bend:
            bent = torch.relu(layer(bent))
        return linear + self.back(bent), linear


def distances(vectors: Tensor) -> Tensor:
    """Euclidean distances between the vectors of a block: (B, K, D) -> (B, K, K)."""
    squares = (vectors * vectors).sum(dim=-1)
    inner = vectors @ vectors.transpose(1, 2)
    return (squares[:, :, None] + squares[:, None] - 2 * inner).clamp(min=1e-6).sqrt()


class Dense:
    """Graphs as dense matrices."""

    def __init__(self, graphs: list[LabelledGraph]) -> None:
        self.words = torch.full((len(graphs), LARGEST), -1)
        self.links = torch.zeros(len(graphs), LARGEST, LARGEST)
        self.sizes = torch.tensor([float(len(graph)) for graph in graphs])
        for place, graph in enumerate(graphs):
            self.words[place, :len(graph)] = torch.tensor([row_of(op) for op in graph.ops])
            self.links[place, graph.edges[0], graph.edges[1]] = 1.0


def renamed(words: Tensor, known: Tensor) -> Tensor:
    """The graphs of each block with other words: edits count whether words are equal, so that their distances stay.

    Of ten blocks one has its words exchanged and one gets any rows of the table; the others keep their words.
    """
    tables = torch.arange(ROWS + 1).repeat(len(words), 1)
    for table in tables:
        chance = torch.rand(()).item()
        if chance < 0.1:
            table[known] = known[torch.randperm(len(known))]
        elif chance < 0.2:
            table[known] = torch.randperm(ROWS)[:len(known)]
        table[ROWS] = -1
    return torch.gather(tables, 1, words.flatten(1) % (ROWS + 1)).reshape(words.shape)


def misses(predicted: Tensor, edits: Tensor, size: Tensor) -> Tensor:
    """Squared errors of exp(-d / n), in which near pairs count most, and a few of those of d / n, in which all count alike."""
    near = (torch.exp(-predicted / size) - torch.exp(-edits / size)).square()
    return 100 * near.mean() + 0.3 * ((predicted - edits) / size).square().mean()


def disorder(predicted: Tensor, exact: Tensor) -> Tensor:
    """1 - the correlation of each graph's row with the exact one, but for the graph itself: (B, K, K) each."""
    others = 1 - torch.eye(predicted.shape[-1])
    a, b = ((row - (row * others).sum(dim=-1, keepdim=True) / others.sum(dim=-1, keepdim=True)) * others for row in (predicted, exact))
    return (1 - (a * b).sum(dim=-1) / (a.square().sum(dim=-1) * b.square().sum(dim=-1) + 1e-4).sqrt()).mean()


def loss_of(vectors: Tensor, linear: Tensor, edits: Tensor, size: Tensor) -> Tensor:
    """How far the distances of a block's vectors, and a little how far those of their linear parts, are from edits and their order."""
    predicted = distances(vectors)
    return misses(predicted, edits, size) + disorder(predicted / size, edits / size) + ALONE * misses(distances(linear), edits, size)


def train(net: DirectedGin, blocks: Blocks, steps: int) -> None:
    """Move the encoder by so many steps."""
    dense = Dense(blocks.graphs)
    members, edits = torch.tensor(blocks.members), torch.tensor(blocks.edits, dtype=torch.float32)
    known = dense.words[dense.words >= 0].unique()
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 200) * (1 + math.cos(math.pi * step / steps)) / 2)
    half = len(members) // 2                                      # blocks at random come first
    for step in range(steps):
        chosen = torch.randint(half, (BLOCKS_A_STEP,)) + half * (torch.rand(BLOCKS_A_STEP) > RANDOM_SHARE).long()
        who = members[chosen]
        words = renamed(dense.words[who], known)
        vectors, linear = (part.unflatten(0, who.shape) for part in net(words.flatten(0, 1), dense.links[who].flatten(0, 1)))
        size = (dense.sizes[who][:, :, None] + dense.sizes[who][:, None]) / 2
        loss = loss_of(vectors, linear, edits[chosen], size)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.process_time():.0f} CPU seconds", flush=True)


def arrays_of(net: DirectedGin) -> dict[str, np.ndarray]:
    """The arrays of the file, weights turned so that rows are multiplied from the left, on the grid of fixed_point."""
    named = {name: tensor.detach().double().numpy() for name, tensor in net.named_parameters()}
    turned = {name: array.T if array.ndim == 2 and name != "table.weight" else array for name, array in named.items()}
    return {name: np.ascontiguousarray(snapped(array), np.float32) for name, array in turned.items()}


def main() -> None:
    """Train, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="train graphs to leave out")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    data = read_pairs(asked.pairs)
    ids = data.ids_of("train")
    blocks = blocks_of([data.graphs[i] for i in ids[asked.hold_out:]], asked.seed)
    print(f"{len(blocks.graphs)} graphs, {len(blocks.members)} blocks, {time.process_time():.0f} CPU seconds", flush=True)
    torch.manual_seed(asked.seed)
    net = DirectedGin()
    train(net, blocks, asked.steps)
    made = {"data": data.digest, "seed": asked.seed, "steps": asked.steps, "held out": asked.hold_out, "graphs": len(blocks.graphs)}
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays_of(net), asked.output, metadata={"netgraph": json.dumps({"encoder": "distance", **made}, sort_keys=True)})
    print(f"{time.process_time():.0f} CPU seconds")


if __name__ == "__main__":
    main()
