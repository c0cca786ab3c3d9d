"""Graphs or vectors go in with names and metadata; the nearest to a graph or vector come out, best first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import networkx as nx
import numpy as np

from netgraph.errors import DataError, FileError, OpError, shorten, suggestion
from netgraph.similarity.labelled import LabelledGraph, read_all
from netgraph.similarity.library.given import choice, new_names, plain_note, table_of
from netgraph.similarity.library.index_file import Content, read_index, write_index
from netgraph.similarity.library.search import Approximate, Exact, Measure, approximate, ordered, restored, scores
from netgraph.similarity.record_file import AGAIN

Method = Literal["auto", "exact", "approximate"]
Task = Literal["family", "distance"]
Subject: TypeAlias = nx.DiGraph | LabelledGraph | Sequence[float] | np.ndarray
Graphs = Iterable[nx.DiGraph | LabelledGraph]
MEASURES: dict[str, Measure] = {"family": "cosine", "distance": "euclidean"}
MOST_EXACT = 100_000     # vectors that are all compared, where nothing else is asked for
RERANKED = 100
MOST_NAMES = 1000        # that are looked through for a near miss


@dataclass(frozen=True)
class Match:
    """One of the nearest: its name, how near it is, what is known of it, and where it was aligned, the edits to it that are foretold.

    `score` is larger for nearer: the cosine, or the Euclidean distance with a minus before it.

    >>> Match("resnet34", 0.98, {"family": "resnet"}).metadata["family"]
    'resnet'
    """

    id: str
    score: float
    metadata: Mapping[str, Any] = field(default_factory=dict)
    distance: float | None = None


class Index:
    """Vectors under names, searched for the nearest.

    `task` is the embedding of graphs that are added and asked for: "family" or "distance". Vectors of any other origin may be added in
    place of graphs. `measure` is "cosine" or "euclidean", by default what the task is learned for. `method` is "exact", where all vectors
    are compared, "approximate", where the library usearch walks from one to the next, or "auto": exact up to 100,000 vectors.
    `keep_graphs` keeps the graphs too, so that the best can be aligned.

    Raises: OpError for an option that there is not.

    >>> index = Index()
    >>> index.add(np.eye(3), ids=["a", "b", "c"], metadata=[{"colour": "red"}, {}, {}])
    >>> [(match.id, match.score, match.metadata) for match in index.query([1, 0, 0], k=1)]
    [('a', 1.0, {'colour': 'red'})]
    >>> len(index), "b" in index
    (3, True)
    """

    def __init__(self, task: Task = "family", *, measure: Measure | None = None, method: Method = "auto",
                 keep_graphs: bool = False) -> None:
        self.task, self.method = choice("task", task, Task), choice("method", method, Method)
        self.measure = choice("measure", MEASURES[self.task] if measure is None else measure, Measure)
        self.about = ""
        self._entries: dict[str, dict[str, Any]] = {}
        self._graphs: list[LabelledGraph] | None = [] if keep_graphs else None
        self._rows: list[np.ndarray] = []
        self._sizes: list[np.ndarray] = []
        self._engine: Exact | Approximate | None = None
        self._ids: tuple[str, ...] | None = None

    def add(self, graphs: Graphs | np.ndarray, ids: Iterable[str] | None = None,
            metadata: Iterable[Mapping[str, Any]] | None = None) -> None:
        """Add graphs, or vectors (n, d), under names; without names they are counted on. Metadata is plain data that JSON can hold.

        Raises: DataError for names that are there already, or come twice; numbers that do not go together; vectors of another width.

        >>> import netgraph as ng
        >>> index = Index()
        >>> index.add([ng.chain(3, 2), ng.chain(3, 4, "relu", 2)], ids=["small", "larger"])
        >>> index.ids
        ('small', 'larger')
        """
        records = None if isinstance(graphs, np.ndarray) else read_all(graphs)
        if self._graphs is not None and records is None:
            raise DataError("This index keeps graphs, but got vectors. Add graphs, or make it without keep_graphs.")
        rows = table_of(graphs if records is None else self._embedded(records))
        names = new_names(ids, len(rows), self._entries)
        notes = [{}] * len(rows) if metadata is None else [plain_note(note) for note in metadata]
        if len(names) != len(rows) or len(notes) != len(rows):
            raise DataError(f"There are {len(rows)} vectors, {len(names)} ids and {len(notes)} metadata. Give one of each.")
        if self._rows and rows.shape[1] != self._rows[0].shape[1]:
            raise DataError(f"A vector has {rows.shape[1]} numbers, but the index has {self._rows[0].shape[1]}. Use the same encoder.")
        if len(rows):
            self._rows.append(rows)
            self._sizes.append(np.array([size_of(record) for record in records]) if records else np.zeros((len(rows), 2)))
            self._entries.update(zip(names, (dict(note) for note in notes), strict=True))
            self._ids, self._engine = None, self._engine if isinstance(self._engine, Approximate) else None
            if self._graphs is not None and records is not None:
                self._graphs += records

    def remove(self, ids: str | Iterable[str]) -> None:
        """Take out what stands under these names.

        Raises: DataError for a name that is not there.

        >>> index = Index(); index.add(np.eye(2), ids=["a", "b"]); index.remove("a"); index.ids
        ('b',)
        """
        gone = {ids} if isinstance(ids, str) else set(ids)
        for name in gone:
            self._require(name)
        kept = np.array([name not in gone for name in self._entries], bool)
        if isinstance(self._engine, Approximate):
            self._searched()
            self._engine.reduced(kept)
        self._rows, self._sizes, self._ids = [self.vectors[kept]], [self.sizes[kept]], None
        self._engine = self._engine if isinstance(self._engine, Approximate) else None
        if self._graphs is not None:
            self._graphs = [graph for graph, stays in zip(self._graphs, kept, strict=True) if stays]
        self._entries = {name: note for name, note in self._entries.items() if name not in gone}

    def query(self, subject: Subject, k: int = 10, *, rerank: bool = False) -> list[Match]:
        """The k nearest to a graph or vector, best first; of equal ones the graph nearest in size, then the one that was added first.

        With `rerank` the best 100 are aligned with the graph, and those come first to which the fewest edits are foretold.

        Raises: DataError for a vector of another width, or for `rerank` where the index keeps no graphs.

        >>> index = Index(measure="euclidean"); index.add(np.array([[0.0], [3.0], [1.0]]))
        >>> [(match.id, match.score) for match in index.query([0.9], k=2)]
        [('2', -0.1), ('0', -0.9)]
        """
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise DataError(f"k is how many matches are wanted, but got {shorten(k)}. Write a whole number of at least 1.")
        if isinstance(subject, Sequence) and any(isinstance(part, nx.Graph) for part in subject):
            raise DataError("A query is one graph or vector, but got several graphs. Ask for each: [index.query(G) for G in graphs].")
        record = None if isinstance(subject, Sequence | np.ndarray) else read_all([subject])[0]
        if rerank and (record is None or self._graphs is None):
            raise DataError("Only a graph is aligned, and only with an index that keeps graphs. Make it with Index(keep_graphs=True), "
                            "or with netgraph index --keep-graphs.")
        vector = self._vector(subject if record is None else self._embedded([record])[0])
        if not self._entries:
            return []
        many = max(k, RERANKED) if rerank else k
        places = self._searched().candidates(vector, many)
        found = scores(self.vectors[places], vector, self.measure)
        order = ordered(places, found, np.abs(self.sizes[places] - size_of(record)).sum(axis=1))[:many]
        names = self.ids
        matches = [Match(name := names[places[at]], float(f"{found[at]:.7g}"), self._entries[name]) for at in order]
        return matches if record is None or not rerank else self._aligned(record, matches, places[order])[:k]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index as one file: safetensors, with names and metadata as JSON. What stood there stays until the new one is whole.

        Raises: FileError when it cannot be written.

        >>> import tempfile
        >>> index = Index(); index.add(np.eye(2), ids=["a", "b"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     index.save(f"{folder}/lib.idx")
        ...     Index.load(f"{folder}/lib.idx").ids
        ('a', 'b')
        """
        engine = self._searched() if self._entries else None
        options = {"task": self.task, "measure": self.measure, "method": self.method}
        walked = engine.content() if isinstance(engine, Approximate) else {}
        write_index(path, Content(options, list(self._entries.items()), self.vectors, self.sizes, self._graphs, walked, self.about))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Index:
        """The index that `save` wrote.

        Raises: FileError for a file that is missing, broken, or no index.

        >>> Index.load("missing.idx")
        Traceback (most recent call last):
        netgraph.errors.FileError: There is no file 'missing.idx'. Check the path.
        """
        content = read_index(path)
        try:
            index = cls(**content.options)
            index._engine = restored(content.walked, content.vectors) if content.walked else None
        except (OpError, ValueError, KeyError) as error:
            raise FileError(f"'{path}' cannot be searched: {shorten(str(error), 100)}. {AGAIN}") from error
        index._entries = dict(content.entries)
        index._rows, index._sizes = ([content.vectors], [content.sizes]) if len(content.vectors) else ([], [])
        index._graphs = None if content.graphs is None else list(content.graphs)
        index.about = content.about
        return index

    @property
    def ids(self) -> tuple[str, ...]:
        """The names, in the order in which they were added.

        >>> index = Index(); index.add(np.eye(2)); index.ids
        ('0', '1')
        """
        if self._ids is None:
            self._ids = tuple(self._entries)
        return self._ids

    @property
    def vectors(self) -> np.ndarray:
        """The vectors in the order of the names, float32.

        >>> index = Index(); index.add(np.eye(2)); index.vectors.shape
        (2, 2)
        """
        return _as_one(self._rows, np.zeros((0, 0), np.float32))

    @property
    def sizes(self) -> np.ndarray:
        """How large the graphs are, as logarithms of their operations and parameters; 0 for vectors of other origin. Shape: (n, 2).

        >>> index = Index(); index.add(np.eye(2)); index.sizes.tolist()
        [[0.0, 0.0], [0.0, 0.0]]
        """
        return _as_one(self._sizes, np.zeros((0, 2)))

    def metadata(self, id: str) -> dict[str, Any]:
        """What is known of the vector under a name.

        >>> index = Index(); index.add(np.eye(1), ["a"], [{"year": 2015}]); index.metadata("a")
        {'year': 2015}
        """
        self._require(id)
        return dict(self._entries[id])

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def __repr__(self) -> str:
        return f"<Index of {len(self):,} vectors for {self.task}>"

    def _searched(self) -> Exact | Approximate:
        """What searches the present vectors."""
        is_exact = self.method == "exact" or (self.method == "auto" and len(self) <= MOST_EXACT)
        if is_exact:
            self._engine = self._engine if isinstance(self._engine, Exact) else Exact(self.vectors, self.measure)
        elif isinstance(self._engine, Approximate):
            self._engine.extended(self.vectors)
        else:
            self._engine = approximate(self.vectors, self.measure)
        return self._engine

    def _embedded(self, records: list[LabelledGraph]) -> np.ndarray:
        from netgraph.similarity.embedding import embed
        vectors: np.ndarray = embed(records, task=self.task)
        return vectors

    def _aligned(self, record: LabelledGraph, matches: list[Match], places: np.ndarray) -> list[Match]:
        from netgraph.similarity.distance import distance_matrix
        graphs = [self._graphs[at] for at in places] if self._graphs is not None else []
        edits = distance_matrix([record], graphs)[0]
        order = np.argsort(edits, kind="stable")
        return [replace(matches[at], distance=float(edits[at])) for at in order]

    def _vector(self, value: Any) -> np.ndarray:
        vector: np.ndarray = table_of(np.asarray(value)[None])[0]
        if self._rows and len(vector) != self.vectors.shape[1]:
            raise DataError(f"A vector has {len(vector)} numbers, but the index has {self.vectors.shape[1]}. Use the same encoder.")
        return vector

    def _require(self, name: str) -> None:
        if name not in self._entries:
            cure = suggestion(name, list(self._entries)[:MOST_NAMES]) if self._entries else "It is empty; add graphs first."
            raise DataError(f"The index has no {shorten(name)}. {cure}")


def size_of(record: LabelledGraph | None) -> np.ndarray:
    """Logarithms of a graph's operations and parameters; 0 where there is no graph. Shape: (2,).

    >>> size_of(None)
    array([0., 0.])
    """
    return np.zeros(2) if record is None else np.log1p([len(record), record.params.sum()])


def _as_one(parts: list[np.ndarray], nothing: np.ndarray) -> np.ndarray:
    """The rows of all parts, which are one from then on."""
    if len(parts) > 1:
        parts[:] = [np.concatenate(parts)]
    return parts[0] if parts else nothing
