"""What one of two processes runs: each case of training, whose weights the first process writes to the file that it was given."""

from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import numpy as np
from torch import distributed, nn
from torch.distributed.fsdp import fully_shard

import netgraph as ng

SAMPLES = 23                                               # of which the last batch of 8 has 7, that two cannot share evenly
CASES = {
    "mean": {"loss": "mse"},
    "sum": {"loss": "sse", "lr": 1e-3},
    "classes": {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.01},
    "clipped": {"loss": "mae", "clip_norm": 0.1},
    "one left over": {"loss": "mse", "batch_size": 11},
    "all at once": {"loss": "huber", "batch_size": None},
    "sharded": {"loss": "mse", "optimizer": "adam", "lr": 0.01, "clip_norm": 0.5},
}


def net() -> nx.DiGraph:
    return ng.chain(3, 8, "tanh", 5, "relu", 2)


def data(loss: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((SAMPLES, 3))
    return x, rng.integers(0, 2, SAMPLES) if loss == "cross_entropy" else rng.standard_normal((SAMPLES, 2))


def words(case: str) -> dict:
    return {"optimizer": "sgd", "lr": 0.05, "epochs": 3, "batch_size": 8, "validation": data(CASES[case]["loss"]), **CASES[case]}


def sharded(module: nn.Module) -> nn.Module:
    for layer in module.children():
        fully_shard(layer)
    fully_shard(module)
    return module


def main(output: Path) -> None:
    distributed.init_process_group("gloo")
    arrays = {}
    for case in CASES:
        G, options = net(), words(case)
        module = ng.compile(G, "torch", dtype="float64", seed=0)
        history = ng.fit_torch(sharded(module) if case == "sharded" else module, *data(options["loss"]), **options)
        trained = ng.compile(ng.with_weights(G, module), dtype="float64").parameters
        arrays |= {f"{case}/{name}": array for name, array in trained.items()}
        arrays |= {f"{case}/loss": history.loss, f"{case}/validation": history.validation}
    if distributed.get_rank() == 0:
        np.savez(output, **arrays)
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
