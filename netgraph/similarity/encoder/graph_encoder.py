"""Pairs of graphs and whether they are similar go in; an encoder that foretells it for others comes out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, get_args

import networkx as nx
import numpy as np
import torch

from netgraph.errors import DataError, FileError, GraphError, OpError, ShapeError, shorten, suggestion
from netgraph.history import History
from netgraph.similarity.encoder.featured import FeaturedGraph, common_widths, featured_batch, read_featured
from netgraph.similarity.encoder.network import Convolution, Measure, Network, Options, Pool
from netgraph.similarity.encoder.pairs import read_pairs, trained
from netgraph.similarity.record_file import AGAIN, read_record, write_record

KIND = "graph encoder"
CHUNK = 512              # graphs that are encoded at once


class GraphEncoder:
    """A graph convolutional network that tells how alike two graphs are, learned from pairs of which it is known.

    `node_features` and `edge_features` name the attributes that hold numbers; edges may carry none, and None leaves them out. `conv`
    is gcn (Kipf & Welling 2017), gat (Veličković et al. 2018), cheb (Defferrard et al. 2016), gin (Xu et al. 2019) or sage (Hamilton et al.
    2017); `hidden` are the widths of its layers, `pool` makes one vector of the nodes'. gat and gin take an edge's features as they
    are; for the others a learned layer makes of them one weight above 0. cheb reads every edge in both directions.

    The similarity of two graphs is exp(-s · gap), s a learned sharpness and gap either 1 - cosine or the Euclidean distance of their
    vectors: from 0 to 1, symmetric, 1 for a graph with itself, and unchanged by the names and order of nodes.

    Raises: OpError for an option that there is not, InstallError without PyTorch Geometric (`pip install 'netgraph-nn[similarity]'`).

    >>> def line(*numbers):
    ...     G = nx.path_graph(len(numbers))
    ...     nx.set_node_attributes(G, dict(enumerate(numbers)), "feat")
    ...     return G
    >>> low, high, other = line(0.1, 0.2, 0.1), line(0.9, 0.8), line(0.2, 0.1)
    >>> encoder = GraphEncoder(conv="gin", measure="euclidean")
    >>> history = encoder.fit([(low, other), (low, high)], [True, False], epochs=50)
    >>> encoder.similarity(low, other) > 0.9 > 0.1 > encoder.similarity(other, high)
    True
    """

    def __init__(self, node_features: str | None = "feat", edge_features: str | None = "feat", *, conv: Convolution = "gcn",
                 hidden: Sequence[int] = (16, 32), pool: Pool = "mean", measure: Measure = "cosine", seed: int = 0) -> None:
        self.options = Options(node_features, edge_features, _choice("conv", conv, Convolution), _widths(hidden),
                               _choice("pool", pool, Pool), _choice("measure", measure, Measure), seed)
        self._network: Network | None = None

    def __repr__(self) -> str:
        options, fits = self.options, 0 if self._network is None else self._network.fits
        widths = "-".join(map(str, options.hidden))
        return f"<GraphEncoder: {options.conv} {widths}, {options.pool}, {options.measure}, {'trained' if fits else 'untrained'}>"

    def fit(self, pairs: Iterable[tuple[nx.Graph, nx.Graph]], labels: Iterable[bool], *, epochs: int = 100, lr: float = 0.01,
            batch_size: int | None = None) -> History:
        """Learn from pairs of graphs, of which `labels` says whether they are similar, by cross-entropy; goes on from what was learned.

        `batch_size` is how many pairs a step sees, None for all. A graph that stands in several pairs is encoded once.

        Raises: DataError for pairs and labels that do not fit, TrainingError where training diverges.

        >>> triangle, line = nx.complete_graph(3), nx.path_graph(3)
        >>> encoder = GraphEncoder(node_features=None, conv="gin", pool="sum")
        >>> len(encoder.fit([(triangle, triangle), (triangle, line)], [1, 0], epochs=3).loss)
        3
        """
        known = read_pairs(pairs, labels, self._read)
        network = self._built(known.graphs)
        if not network.fits:
            network.standardise(featured_batch(known.graphs, network.widths[1]))
        network.fits += 1
        return trained(network, known, epochs=epochs, lr=lr, batch_size=batch_size)

    def similarity(self, first: nx.Graph, second: nx.Graph) -> float:
        """How alike two graphs are, from 0 to 1.

        >>> G = nx.complete_graph(4)
        >>> GraphEncoder(node_features=None).similarity(G, nx.relabel_nodes(G, {0: "a"}))
        1.0
        """
        x, y = self.embed([first, second]).astype(np.float64)
        if np.array_equal(x, y):
            return 1.0
        with torch.no_grad():
            gap = self._known.gaps(*(torch.from_numpy(vector[None]).to(self._known.sharpness.device) for vector in (x, y)))
        return float(torch.exp(-gap))

    def embed(self, graphs: Iterable[nx.Graph]) -> np.ndarray:
        """The vectors of graphs, whatever their batch mates.

        Shapes: n graphs -> (n, hidden[-1]), float32.

        >>> GraphEncoder(node_features=None).embed([nx.path_graph(3), nx.path_graph(4)]).shape
        (2, 32)
        """
        if isinstance(graphs, nx.Graph):
            raise GraphError("Wanted are several graphs, but got one. Write it in a list: [graph].")
        read = [self._read(graph) for graph in graphs]
        if not read:
            return np.zeros((0, self.options.hidden[-1]), np.float32)
        network = self._built(read)
        with torch.no_grad():
            vectors = [network(featured_batch(read[at:at + CHUNK], network.widths[1])).cpu().numpy() for at in range(0, len(read), CHUNK)]
        # float64 differs in its last digits with the order of a sum, which float32 does not see.
        return np.concatenate(vectors).astype(np.float32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the encoder, with its options, as a safetensors file.

        Raises: FileError when it cannot be written, DataError before its first graph, when there is nothing to write.

        >>> import tempfile
        >>> G, encoder = nx.path_graph(3), GraphEncoder(node_features=None)
        >>> vectors = encoder.embed([G])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     encoder.save(f"{folder}/encoder.safetensors")
        ...     bool((GraphEncoder.load(f"{folder}/encoder.safetensors").embed([G]) == vectors).all())
        True
        """
        arrays = {name: tensor.cpu().numpy() for name, tensor in self._known.state_dict().items()}
        write_record(path, KIND, {"options": asdict(self.options), "widths": self._known.widths}, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GraphEncoder:
        """The encoder that `save` wrote.

        Raises: FileError for a file that is missing, broken, or holds something else.

        >>> GraphEncoder.load("missing.safetensors")
        Traceback (most recent call last):
        netgraph.errors.FileError: There is no file 'missing.safetensors'. Check the path.
        """
        record, arrays = read_record(path, KIND, "GraphEncoder.save")
        try:
            encoder = cls(**record["options"])
            node_width, edge_width = record["widths"]
            network = Network((node_width, edge_width), encoder.options)
            network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        except (KeyError, TypeError, ValueError, RuntimeError, OpError) as error:
            raise FileError(f"'{path}' holds options and arrays that do not go together: {shorten(str(error), 120)}. {AGAIN}") from error
        encoder._network = _placed(network)
        return encoder

    @property
    def _known(self) -> Network:
        if self._network is None:
            raise DataError("The encoder has seen no graph yet and does not know how many numbers a node carries. Call fit or embed first.")
        return self._network

    def _read(self, graph: Any) -> FeaturedGraph:
        return read_featured(graph, self.options.node_features, self.options.edge_features)

    def _built(self, graphs: Sequence[FeaturedGraph]) -> Network:
        """The network, made when the first graphs tell its widths."""
        if self._network is None:
            self._network = self._made(common_widths(graphs))
        for graph in graphs:
            _refuse_other_widths(graph, self._network.widths)
        return self._network

    def _made(self, widths: tuple[int, int]) -> Network:
        with torch.random.fork_rng():
            torch.manual_seed(self.options.seed)
            network = Network(widths, self.options)
        return _placed(network)


def _placed(network: Network) -> Network:
    """The network on the GPU of this process, where there is one."""
    return network.cuda() if torch.cuda.is_available() else network


def _refuse_other_widths(graph: FeaturedGraph, wanted: tuple[int, int]) -> None:
    nodes, edges = graph.widths
    if nodes != wanted[0]:
        raise ShapeError(f"The graph has {nodes} numbers on a node, but the encoder takes {wanted[0]}. Give every graph as many.")
    if edges != wanted[1] and graph.edges.size:
        raise ShapeError(f"The graph has {edges} numbers on an edge, but the encoder takes {wanted[1]}. Give every graph as many.")


def _choice(word: str, value: Any, kind: Any) -> Any:
    known = get_args(kind)
    if value not in known:
        raise OpError(f"{word}={shorten(value)} is no choice of an encoder. {suggestion(value, known)}")
    return value


def _widths(hidden: Any) -> tuple[int, ...]:
    widths = tuple(hidden) if isinstance(hidden, Sequence) and not isinstance(hidden, str) else ()
    if not widths or any(isinstance(width, bool) or not isinstance(width, int) or width < 1 for width in widths):
        raise OpError(f"hidden={shorten(hidden)} is no list of widths of at least 1. Write hidden=(16, 32) or the like.")
    return widths
