"""Pairs of graphs with labels come in; every graph once as arrays, and the training of a network on them, go out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import distributed

from netgraph.errors import DataError, TrainingError, shorten
from netgraph.history import History
from netgraph.similarity.encoder.featured import FeaturedGraph, featured_batch
from netgraph.similarity.encoder.network import Network


@dataclass(frozen=True, eq=False)
class Pairs:
    """Graphs, and pairs of them by their places.

    Shapes: places (P, 2), labels (P,), true for what is similar.
    """

    graphs: Sequence[FeaturedGraph]
    places: np.ndarray
    labels: np.ndarray


def read_pairs(pairs: Iterable[tuple[nx.Graph, nx.Graph]], labels: Iterable[bool], read: Callable[[Any], FeaturedGraph]) -> Pairs:
    """The pairs, every graph read once.

    Raises: DataError where there are none, or not a label of 0 or 1 for each.
    """
    listed, marks = [tuple(pair) for pair in pairs], list(labels)
    if not listed or len(listed) != len(marks):
        raise DataError(f"There are {len(listed)} pairs and {len(marks)} labels. Give at least one pair, and a label for each.")
    for pair, mark in zip(listed, marks, strict=True):
        if len(pair) != 2:
            raise DataError(f"A pair is two graphs, but got {len(pair)}. Write (G, H).")
        if not isinstance(mark, bool | int | float | np.bool_ | np.integer | np.floating) or mark not in (0, 1):
            raise DataError(f"A label is 1 for a similar pair and 0 for another, but got {shorten(mark)}. Correct it.")
    order: dict[int, int] = {}
    graphs: list[FeaturedGraph] = []
    for graph in (graph for pair in listed for graph in pair):
        if id(graph) not in order:
            order[id(graph)] = len(graphs)
            graphs.append(read(graph))
    places = np.array([[order[id(graph)] for graph in pair] for pair in listed])
    return Pairs(graphs, places, np.array(marks, bool))


def trained(network: Network, pairs: Pairs, *, epochs: int, lr: float, batch_size: int | None) -> History:
    """The history of training a network by Adam (Kingma & Ba 2015), which leaves it with what it learned.

    Where torch.distributed is initialised, as under torchrun, each process takes its share of every step's pairs.

    Raises: TrainingError where the loss is no number any more.
    """
    history = History()
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    rng = np.random.default_rng(network.options.seed)
    for epoch in range(epochs):
        losses = [_step(network, optimizer, part) for part in _parts(pairs, batch_size, rng)]
        history.loss.append(sum(losses) / len(pairs.labels))
        history.lr.append(lr)
        if not np.isfinite(history.loss[-1]):
            raise TrainingError(f"The loss is {history.loss[-1]:g} in epoch {epoch + 1}: training diverged. Lower lr (now {lr:g}).")
    return history


def _step(network: Network, optimizer: torch.optim.Optimizer, pairs: Pairs) -> float:
    """The summed loss of the pairs before a step that follows the gradient of their mean."""
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)      # of every process, also of one that has no pairs left
    own = _chosen(pairs, np.arange(distributed.get_rank(), len(pairs.labels), distributed.get_world_size())) if _is_shared() else pairs
    total = torch.zeros((), dtype=torch.float64, device=network.sharpness.device)
    if len(own.labels):
        vectors = network(featured_batch(own.graphs, network.widths[1]))
        first, second = torch.from_numpy(own.places).T.to(vectors.device)
        total = network.loss(vectors[first], vectors[second], torch.from_numpy(own.labels).to(vectors.device)) * len(own.labels)
        (total / len(pairs.labels)).backward()  # type: ignore[no-untyped-call]
    total = total.detach()
    if _is_shared():
        for tensor in (total, *(parameter.grad for parameter in network.parameters())):
            distributed.all_reduce(tensor)
    optimizer.step()
    return float(total)


def _is_shared() -> bool:
    return bool(distributed.is_available() and distributed.is_initialized())


def _parts(pairs: Pairs, size: int | None, rng: np.random.Generator) -> Iterator[Pairs]:
    """All pairs at once and in order, or some at a time and shuffled, each part with the graphs that it needs."""
    if size is None:
        yield pairs
        return
    order = rng.permutation(len(pairs.labels))
    for start in range(0, len(order), size):
        yield _chosen(pairs, order[start:start + size])


def _chosen(pairs: Pairs, rows: np.ndarray) -> Pairs:
    """Some of the pairs, with the graphs that they need."""
    needed, places = np.unique(pairs.places[rows], return_inverse=True)
    return Pairs([pairs.graphs[at] for at in needed], places.reshape(-1, 2), pairs.labels[rows])
