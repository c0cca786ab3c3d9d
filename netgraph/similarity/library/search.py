"""A table of vectors and one vector more come in; the rows nearest to it go out, found by comparing all, or by a walk from row to row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from netgraph.packages import package

Measure = Literal["cosine", "euclidean"]
EQUAL = 4                # digits to which scores are compared
SPARE = 32               # rows beyond those asked for, which are compared once more in float64
LINKS, BUILDING, SEARCHING = 16, 128, 96     # of the walked graph: links of a vector, candidates held while it is built and searched


def scores(rows: np.ndarray, vector: np.ndarray, measure: Measure) -> np.ndarray:
    """How near each row is, in float64, larger for nearer: the cosine, or the distance with a minus before it.

    Shapes: rows (n, d), vector (d,) -> (n,).

    >>> scores(np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([1.0, 0.0]), "cosine")
    array([1., 0.])
    >>> scores(np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([2.0, 3.0]), "euclidean")
    array([-3., -2.])
    """
    table, wanted = rows.astype(np.float64), vector.astype(np.float64)
    if measure == "euclidean":
        far: np.ndarray = np.sqrt(np.square(table - wanted).sum(axis=1))
        return -far
    sizes = np.sqrt(np.square(table).sum(axis=1)) * np.sqrt(np.square(wanted).sum())
    cosines: np.ndarray = np.clip(np.divide(table @ wanted, sizes, out=np.zeros(len(table)), where=sizes > 0), -1.0, 1.0)
    return cosines


def ordered(places: np.ndarray, found: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """In which order matches are told: by their scores; of equal scores, to four digits, that of the least gap, then of the first place.

    Shapes: places, found scores and gaps (n,) -> (n,).

    >>> ordered(np.array([7, 8, 9]), np.array([0.5, 0.90001, 0.9]), np.array([0, 3, 1]))
    array([2, 1, 0])
    """
    order: np.ndarray = np.lexsort((places, gaps, -np.round(found, EQUAL)))
    return order


class Exact:
    """All rows compared in one matrix product."""

    def __init__(self, rows: np.ndarray, measure: Measure) -> None:
        self.rows = rows
        squares = np.einsum("nd,nd->n", rows, rows)
        # A product with the vector, times one number and plus another for each row, puts the rows in their order.
        self._factor = 1 / np.sqrt(np.maximum(squares, np.finfo(np.float32).tiny)) if measure == "cosine" else None
        self._half = squares / 2

    def candidates(self, vector: np.ndarray, count: int) -> np.ndarray:
        """The places of the nearest rows, in no order, and a few more.

        >>> rows = np.eye(3, dtype=np.float32)
        >>> sorted(Exact(rows, "cosine").candidates(rows[1], 3).tolist())
        [0, 1, 2]
        """
        near = self.rows @ vector
        near = near - self._half if self._factor is None else near * self._factor
        many = count + SPARE
        return np.argpartition(near, -many)[-many:] if many < len(near) else np.arange(len(near))


class Approximate:
    """A graph of rows that are near each other (Malkov & Yashunin 2018), walked by the library usearch.

    A row is known to it by a number, which it keeps when others are removed; `numbers` are those of the rows, from least to greatest.
    """

    def __init__(self, walked: Any, numbers: np.ndarray) -> None:
        self.walked, self.numbers = walked, numbers

    def candidates(self, vector: np.ndarray, count: int) -> np.ndarray:
        """The places of rows that are likely to be the nearest, in no order."""
        found: np.ndarray = np.searchsorted(self.numbers, self.walked.search(vector, count + SPARE).keys)
        return found

    def extended(self, rows: np.ndarray) -> None:
        """Take in the rows of a table that has become longer."""
        if len(rows) > len(self.numbers):
            start = int(self.numbers[-1]) + 1 if len(self.numbers) else 0
            new = np.arange(start, start + len(rows) - len(self.numbers), dtype=np.uint64)
            self.walked.add(new, rows[len(self.numbers):])
            self.numbers = np.concatenate([self.numbers, new])

    def reduced(self, kept: np.ndarray) -> None:
        """Leave out the rows that are not kept.

        Shapes: kept (n,), truth values.
        """
        self.walked.remove(self.numbers[~kept])
        self.numbers = self.numbers[kept]

    def content(self) -> dict[str, np.ndarray]:
        """The graph as arrays."""
        return {"graph": np.frombuffer(bytes(self.walked.save()), np.uint8), "numbers": self.numbers}


def approximate(rows: np.ndarray, measure: Measure) -> Approximate:
    """The graph of these rows, made anew.

    Raises: InstallError without usearch.
    """
    library = package("usearch.index", "similarity", "An approximate index")
    made = Approximate(library.Index(ndim=rows.shape[1], metric="cos" if measure == "cosine" else "l2sq", dtype="f32", connectivity=LINKS,
                                     expansion_add=BUILDING, expansion_search=SEARCHING), np.zeros(0, np.uint64))
    made.extended(rows)
    return made


def restored(content: Mapping[str, np.ndarray], rows: np.ndarray) -> Approximate:
    """The graph that `content` gave.

    Raises: ValueError or KeyError where it is not one of these rows.
    """
    library = package("usearch.index", "similarity", "An approximate index")
    walked, numbers = library.Index.restore(content["graph"].tobytes()), content["numbers"]
    if walked is None or not len(walked) == len(numbers) == len(rows) or walked.ndim != rows.shape[1]:
        raise ValueError("its graph of neighbours is not one of its vectors")
    walked.expansion_search = SEARCHING
    return Approximate(walked, numbers)
