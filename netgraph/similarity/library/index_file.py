"""The content of an index goes in and one file comes out; and back, a broken file refused in words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.errors import FileError, shorten
from netgraph.similarity.labelled import LabelledGraph
from netgraph.similarity.library.stored_graphs import packed, unpacked
from netgraph.similarity.record_file import AGAIN, as_bytes, plain_of, read_record, write_record

KIND = "index"
WALKED = "walked."
OPTIONS = {"task", "measure", "method"}
Entry = tuple[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Content:
    """All that stands in the file of an index: a name and its metadata for each vector, graphs and the walked graph where there are any.

    Shapes: entries and graphs (n,), vectors (n, d), sizes (n, 2).
    """

    options: Mapping[str, Any]
    entries: Sequence[Entry]
    vectors: np.ndarray
    sizes: np.ndarray
    graphs: Sequence[LabelledGraph] | None = None
    walked: Mapping[str, np.ndarray] = field(default_factory=dict)
    about: str = ""


def write_index(path: str | os.PathLike[str], content: Content) -> None:
    """Write the file; what stood there stays until it is whole.

    Raises: FileError when it cannot be written.
    """
    arrays = {"entries": as_bytes([list(entry) for entry in content.entries]), "vectors": content.vectors, "sizes": content.sizes}
    arrays |= {} if content.graphs is None else packed(content.graphs)
    arrays |= {f"{WALKED}{name}": array for name, array in content.walked.items()}
    write_record(path, KIND, {**content.options, "about": content.about}, arrays)


def read_index(path: str | os.PathLike[str]) -> Content:
    """What stands in the file.

    Raises: FileError for a file that is missing, broken, or holds something else.
    """
    record, arrays = read_record(path, KIND, "ng.Index.save or 'netgraph index'")
    try:
        entries = [(name, metadata) for name, metadata in plain_of(arrays["entries"])]
        vectors, sizes = arrays["vectors"], arrays["sizes"]
        walked = {name.removeprefix(WALKED): array for name, array in arrays.items() if name.startswith(WALKED)}
        graphs = unpacked(arrays) if "graph.ops" in arrays else None
        options = {word: record[word] for word in OPTIONS}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise FileError(f"'{path}' lacks a part of an index: {shorten(str(error), 100)}. {AGAIN}") from error
    _require_sound(path, entries, vectors, graphs)
    if sizes.shape != (len(vectors), 2) or not np.isfinite(sizes).all():
        raise FileError(f"'{path}' has sizes {sizes.shape} that do not go with its {len(vectors)} vectors. {AGAIN}")
    return Content(options, entries, vectors, sizes, graphs, walked, str(record.get("about", "")))


def _require_sound(path: str | os.PathLike[str], entries: Sequence[Entry], vectors: np.ndarray, graphs: Sequence[Any] | None) -> None:
    names = [name for name, _ in entries]
    if not all(isinstance(name, str) and isinstance(metadata, dict) for name, metadata in entries) or len(set(names)) < len(names):
        raise FileError(f"'{path}' has names that are no words, or come twice. {AGAIN}")
    if vectors.ndim != 2 or vectors.dtype != np.float32 or len(vectors) != len(names) or not np.isfinite(vectors).all():
        raise FileError(f"'{path}' has {len(names)} names, but vectors {vectors.dtype} {vectors.shape} that do not go with them. {AGAIN}")
    if graphs is not None and len(graphs) != len(names):
        raise FileError(f"'{path}' has {len(names)} names, but {len(graphs)} graphs. {AGAIN}")
