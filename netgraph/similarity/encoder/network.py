"""Widths and options come in; a torch module goes out that turns a batch of graphs into vectors, and vectors into similarities."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from netgraph.packages import package
from netgraph.similarity.encoder.featured import FeaturedBatch

Convolution = Literal["gcn", "gat", "cheb", "gin", "sage"]
Pool = Literal["mean", "sum", "max"]
Measure = Literal["cosine", "euclidean"]
CHEB_ORDER = 2
HEADS = 4                        # of attention, each with its own weights; their mean goes on
BY_VECTOR = ("gat", "gin")       # convolutions that take an edge's features as they are; the others take one weight above 0
NEAREST = 1e-9                   # a gap below this is one of rounding


@dataclass(frozen=True)
class Options:
    """What an encoder is made of, as `GraphEncoder` takes it."""

    node_features: str | None = "feat"
    edge_features: str | None = "feat"
    conv: Convolution = "gcn"
    hidden: tuple[int, ...] = (16, 32)
    pool: Pool = "mean"
    measure: Measure = "cosine"
    seed: int = 0


class Network(nn.Module):
    """Graph convolutions with a ReLU between them, pooled over the nodes of each graph.

    Shapes: a batch of n graphs -> (n, hidden[-1]). Everything is float64, so that the order of a sum is not seen in its outcome.
    """

    node_centre: Tensor
    node_scale: Tensor
    edge_centre: Tensor
    edge_scale: Tensor
    fits: Tensor

    def __init__(self, widths: tuple[int, int], options: Options) -> None:
        super().__init__()
        library = package("torch_geometric.nn", "similarity", "A graph encoder")
        node_width, edge_width = widths
        self.options, self.widths = options, widths
        sizes = (node_width, *options.hidden)
        self.layers = nn.ModuleList(_convolution(library, options.conv, pair, edge_width) for pair in pairwise(sizes))
        self.gate = nn.Linear(edge_width, 1) if edge_width and options.conv not in BY_VECTOR else None
        self.sharpness = nn.Parameter(torch.tensor(1.0))
        for name, width in (("node", node_width), ("edge", edge_width)):
            self.register_buffer(f"{name}_centre", torch.zeros(width))
            self.register_buffer(f"{name}_scale", torch.ones(width))
        self.register_buffer("fits", torch.zeros((), dtype=torch.int64))       # of which the first settles means and spreads
        self._pool = getattr(library, {"mean": "global_mean_pool", "sum": "global_add_pool", "max": "global_max_pool"}[options.pool])
        self.double()

    def standardise(self, batch: FeaturedBatch) -> None:
        """Take the mean and spread of the features from these graphs, so that all weigh alike from now on."""
        for name, table in (("node", batch.nodes), ("edge", batch.weights)):
            if table.size:
                spread = table.std(axis=0)
                spread[spread == 0] = 1.0
                getattr(self, f"{name}_centre").copy_(torch.from_numpy(table.mean(axis=0)))
                getattr(self, f"{name}_scale").copy_(torch.from_numpy(spread))

    def forward(self, batch: FeaturedBatch) -> Tensor:
        """The vectors of the graphs."""
        home = self.sharpness.device
        x = (torch.from_numpy(batch.nodes).to(home) - self.node_centre) / self.node_scale
        edges, owners = torch.from_numpy(batch.edges).to(home), torch.from_numpy(batch.owners).to(home)
        marks = self._marks(torch.from_numpy(batch.weights).to(home))
        if self.options.conv == "cheb":            # whose Laplacian is that of a graph without directions
            edges, marks = torch.cat([edges, edges.flip(0)], 1), None if marks is None else torch.cat([marks, marks])
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x, edges, *([] if marks is None else [marks])))
        x = self.layers[-1](x, edges, *([] if marks is None else [marks]))
        pooled: Tensor = self._pool(x, owners, size=batch.count)
        return pooled

    def _marks(self, weights: Tensor) -> Tensor | None:
        """What the convolutions take of the edges: their features, one weight above 0, or nothing."""
        if not self.widths[1]:
            return None
        weights = (weights - self.edge_centre) / self.edge_scale
        return weights if self.gate is None else nn.functional.softplus(self.gate(weights)).squeeze(1)

    def gaps(self, x: Tensor, y: Tensor) -> Tensor:
        """How far the vectors of pairs are apart, times the learned sharpness: -log of their similarity.

        Shapes: x, y (n, hidden[-1]) -> (n,).
        """
        if self.options.measure == "cosine":
            apart = 1 - nn.functional.cosine_similarity(x, y, dim=1)
        else:
            apart = (x - y).square().sum(1).add(NEAREST ** 2).sqrt()
        return nn.functional.softplus(self.sharpness) * apart.clamp_min(NEAREST)

    def loss(self, x: Tensor, y: Tensor, labels: Tensor) -> Tensor:
        """The mean binary cross-entropy of pairs, whose probability to be similar is exp(-gap)."""
        gaps = self.gaps(x, y)
        return torch.where(labels, gaps, -torch.log(-torch.expm1(-gaps))).mean()


def _convolution(library: Any, conv: Convolution, sizes: tuple[int, int], edge_width: int) -> nn.Module:
    """One layer; GraphSAGE's mean is taken with weights, which PyTorch Geometric calls a GraphConv."""
    known = {"edge_dim": edge_width} if edge_width else {}
    match conv:
        case "gcn":
            layer = library.GCNConv(*sizes)
        case "gat":
            layer = library.GATConv(*sizes, heads=HEADS, concat=False, **known)
        case "cheb":
            layer = library.ChebConv(*sizes, K=CHEB_ORDER)
        case "gin":
            step = nn.Sequential(nn.Linear(*sizes), nn.ReLU(), nn.Linear(sizes[1], sizes[1]))
            layer = library.GINEConv(step, train_eps=True, **known) if edge_width else library.GINConv(step, train_eps=True)
        case "sage":
            layer = library.GraphConv(*sizes, aggr="mean")
    found: nn.Module = layer
    return found
