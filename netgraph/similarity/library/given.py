"""What a user hands to an index comes in; the same, checked and as the index keeps it, goes out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, get_args

import numpy as np

from netgraph.errors import DataError, OpError, shorten, suggestion


def choice(word: str, value: Any, kind: Any) -> Any:
    """The value, where it is one of a Literal.

    Raises: OpError where it is not.
    """
    known = get_args(kind)
    if value not in known:
        raise OpError(f"{word}={shorten(value)} is no choice of an index. {suggestion(value, known)}")
    return value


def table_of(vectors: Any) -> np.ndarray:
    """Vectors as float32, one a row.

    Raises: DataError for anything but finite numbers (n, d).

    >>> table_of([[1, 2]])
    array([[1., 2.]], dtype=float32)
    """
    try:
        table = np.ascontiguousarray(vectors, np.float32)
    except (TypeError, ValueError):
        table = np.full((1, 1), np.nan, np.float32)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError(f"Vectors are a table (n, d) of finite numbers, but got {shorten(vectors)}. Correct them.")
    return table


def plain_note(note: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of metadata, as JSON gives it back.

    Raises: DataError for what JSON cannot hold.

    >>> plain_note({"years": (2015, 2016)})
    {'years': [2015, 2016]}
    """
    try:
        copy: dict[str, Any] = json.loads(json.dumps(dict(note), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DataError(f"Metadata is plain data that JSON can hold, but got {shorten(note)}: {error}. Correct it.") from error
    return copy


def new_names(ids: Iterable[str] | None, count: int, taken: Collection[str]) -> list[str]:
    """Names for `count` vectors beside those that are taken; without `ids` they are counted on.

    Raises: DataError for a name that is no word, is taken, or comes twice.

    >>> new_names(None, 2, {"0": {}}), new_names(["a"], 1, {})
    (['1', '2'], ['a'])
    """
    names = [str(len(taken) + at) for at in range(count)] if ids is None else list(ids)
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str) or not name:
            raise DataError(f"An id is a word, but got {shorten(name)}. Write it as text.")
        if name in taken:
            raise DataError(f"{shorten(name)} is in the index already. Remove it first, or give another id.")
        if name in seen:
            raise DataError(f"{shorten(name)} comes twice. Give every graph an id of its own.")
        seen.add(name)
    return names
