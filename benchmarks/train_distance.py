r"""The pairs file goes in; the encoder for edit distances comes out, as a safetensors file beside a card that says how it was made.

    python benchmarks/train_distance.py ged_pairs.jsonl.gz -o near.safetensors
    python benchmarks/train_distance.py ged_pairs.jsonl.gz -o netgraph/similarity/models/distance.safetensors --start near.safetensors \
        --seed 1 --steps 4000 --far 5

The first run learns what is near; the second may go on from there and let distant pairs, which ranks depend on as much, count too.
Only graphs of the train split are used. With --hold-out a part of them is kept for a look at the way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np
import torch
from distance_data import Blocks, blocks_of, read_pairs
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from netgraph.similarity.directed_gin import HOPS, ROWS, row_of
from netgraph.similarity.fixed_point import snapped
from netgraph.similarity.labelled import LabelledGraph

HIDDEN, WIDTH = 64, 128
LARGEST = 10
LEARNING_RATE = 2e-3
BLOCKS_A_STEP = 6


class DirectedGin(nn.Module):
    """The encoder in torch, on graphs as dense matrices; netgraph/similarity/directed_gin.py has the formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, HIDDEN)
        nn.init.normal_(self.table.weight, std=0.5)
        self.first = nn.ModuleList(nn.Linear(3 * HIDDEN, 2 * HIDDEN) for _ in range(HOPS))
        self.second = nn.ModuleList(nn.Linear(2 * HIDDEN, HIDDEN) for _ in range(HOPS))
        self.read = nn.Linear((HOPS + 1) * HIDDEN, WIDTH, bias=False)

    def forward(self, words: Tensor, links: Tensor) -> Tensor:
        """words (G, N), -1 where there is no node; links (G, N, N) -> vectors (G, WIDTH)."""
        present = (words >= 0).float().unsqueeze(-1)
        h = self.table(words.clamp(min=0)) * present
        hops = [h]
        for first, second in zip(self.first, self.second, strict=True):
            around = torch.cat([h, links.transpose(1, 2) @ h, links @ h], dim=-1)
            h = torch.relu(second(torch.relu(first(around)))) * present
            hops.append(h)
        return self.read(torch.cat(hops, dim=-1).sum(dim=1))


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


def loss_of(predicted: Tensor, edits: Tensor, size: Tensor, far: float) -> Tensor:
    """Squared errors of exp(-d / n), in which near pairs count most, and `far` times those of d / n, in which all count alike."""
    near = (torch.exp(-predicted / size) - torch.exp(-edits / size)) ** 2
    return 100 * near.mean() + far * ((predicted - edits) / size).square().mean()


def train(net: DirectedGin, blocks: Blocks, steps: int, far: float) -> None:
    """Move the encoder by so many steps."""
    dense = Dense(blocks.graphs)
    members, edits = torch.tensor(blocks.members), torch.tensor(blocks.edits, dtype=torch.float32)
    known = dense.words[dense.words >= 0].unique()
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / 200) * (1 - step / steps))
    first, second = torch.triu_indices(members.shape[1], members.shape[1], 1)
    for step in range(steps):
        chosen = torch.randint(len(members), (BLOCKS_A_STEP,))
        who = members[chosen]
        words = renamed(dense.words[who], known)
        vectors = net(words.flatten(0, 1), dense.links[who].flatten(0, 1)).unflatten(0, who.shape)
        size = (dense.sizes[who][:, first] + dense.sizes[who][:, second]) / 2
        loss = loss_of(distances(vectors)[:, first, second], edits[chosen][:, first, second], size, far)
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


def state_of(path: Path) -> dict[str, Tensor]:
    """The arrays of a file, turned back."""
    return {name: torch.tensor(array.T if array.ndim == 2 and name != "table.weight" else array) for name, array in load_file(path).items()}


def main() -> None:
    """Train, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="train graphs to leave out")
    parser.add_argument("--start", type=Path, help="an encoder to go on from")
    parser.add_argument("--far", type=float, default=0.1, help="what errors of distant pairs count")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    data = read_pairs(asked.pairs)
    ids = data.ids_of("train")
    blocks = blocks_of([data.graphs[i] for i in ids[asked.hold_out:]], asked.seed)
    print(f"{len(blocks.graphs)} graphs, {len(blocks.members)} blocks, {time.process_time():.0f} CPU seconds", flush=True)
    torch.manual_seed(asked.seed)
    net = DirectedGin()
    if asked.start:
        net.load_state_dict(state_of(asked.start))
    train(net, blocks, asked.steps, asked.far)
    made = {"data": data.digest, "seed": asked.seed, "steps": asked.steps, "held out": asked.hold_out, "graphs": len(blocks.graphs),
            "far": asked.far, "start": hashlib.sha256(asked.start.read_bytes()).hexdigest() if asked.start else None}
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays_of(net), asked.output, metadata={"netgraph": json.dumps({"encoder": "distance", **made}, sort_keys=True)})
    print(f"{time.process_time():.0f} CPU seconds")


if __name__ == "__main__":
    main()
