"""Graphs, vectors or an index come in, with words for each; vectors, names and labels go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.drawing.text import clean
from netgraph.errors import DataError, DrawError
from netgraph.similarity.library import Index


@dataclass(frozen=True, eq=False)
class Subjects:
    """What is drawn: a vector, a name and a label for each, and the graph where there is one. Labels are empty where none were given.

    Shapes: vectors (n, d).
    """

    vectors: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...]
    graphs: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def groups(self) -> list[str]:
        """The labels, the most frequent first; none where nothing is labelled.

        >>> Subjects(np.zeros((3, 2)), ("a", "b", "c"), ("x", "y", "y")).groups
        ['y', 'x']
        """
        counts = Counter(label for label in self.labels if label)
        return sorted(counts, key=lambda label: (-counts[label], label))


def read_subjects(graphs: Any, labels: Iterable[Any] | None = None, names: Iterable[Any] | None = None) -> Subjects:
    """What is to be drawn. `graphs` are graphs, which are embedded by their families, or vectors (n, d), or an index.

    An index gives its ids as names, and as labels what its metadata calls `label` or `family`.

    Raises: DrawError for nothing at all, DataError where not as many words as graphs came, and whatever `embed` refuses.

    >>> import netgraph as ng
    >>> read_subjects([ng.chain(3, 2, name="small"), ng.chain(3, 4)], labels=["a", "b"]).names
    ('small', 'net')
    """
    given: tuple[Any, ...] = ()
    if isinstance(graphs, Index):
        vectors, own = graphs.vectors, list(graphs.ids)
        notes = [graphs.metadata(name) for name in own]
        labels = [note.get("label", note.get("family", "")) for note in notes] if labels is None else labels
    elif isinstance(graphs, np.ndarray):
        vectors, own = _table(graphs), [f"{at}" for at in range(len(graphs))]
    else:
        given = tuple(graphs)
        vectors, own = _embedded(given), [str(graph.graph.get("name") or "net") for graph in given]
    if not len(vectors):
        raise DrawError("There is nothing to draw. Give at least one graph.")
    return Subjects(vectors, _words("names", names, own), _words("labels", labels, [""] * len(own)), given)


def _embedded(graphs: Sequence[Any]) -> np.ndarray:
    from netgraph.similarity.embedding import embed
    return np.asarray(embed(graphs, task="family")) if graphs else np.zeros((0, 0))


def _table(vectors: np.ndarray) -> np.ndarray:
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not np.isfinite(vectors).all():
        raise DataError(f"Vectors are a table (n, d) of finite numbers, but got {vectors.dtype} {vectors.shape}. Correct them.")
    return vectors.astype(np.float64)


def _words(what: str, given: Iterable[Any] | None, own: Sequence[str]) -> tuple[str, ...]:
    words = list(own if given is None else given)
    if len(words) != len(own):
        raise DataError(f"There are {len(words)} {what} for {len(own)} graphs. Give one for each.")
    return tuple(clean("" if word is None else word) for word in words)


def middle_of(subjects: Subjects, group: str, places: np.ndarray) -> int:
    """The member of a group that stands nearest to the middle of it."""
    members = np.array([at for at, label in enumerate(subjects.labels) if label == group])
    return int(members[np.square(places[members] - np.median(places[members], axis=0)).sum(axis=1).argmin()])
