"""Named arrays and a record of plain data go in, one safetensors file comes out; and back, broken files refused in words.

The record stands as JSON in the file's metadata, with a checksum of the arrays. The file is written beside its place and then moved
there, so that a crash leaves what was there.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from netgraph.errors import FileError
from netgraph.files import readable_path, reason, replacing

KEY = "netgraph"
VERSION = 1
AGAIN = "Write or download it again."
Arrays = dict[str, np.ndarray]


def write_record(path: str | os.PathLike[str], kind: str, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a record and its arrays as a file that says what `kind` of thing it holds.

    Raises: FileError when it cannot be written.
    """
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    text = json.dumps({"kind": kind, "version": VERSION, "checksum": _checksum(whole), "record": dict(record)})
    with replacing(path) as temporary:
        try:
            save_file(whole, temporary, metadata={KEY: text})
        except SafetensorError as error:
            raise OSError(f"safetensors says: {error}") from error


def read_record(path: str | os.PathLike[str], kind: str, maker: str) -> tuple[dict[str, Any], Arrays]:
    """The record and the arrays of a file of that kind; `maker` is what writes such files, for the refusal.

    Raises: FileError when there is no such file, it is broken, or it holds something else.
    """
    source = readable_path(path)
    try:
        with safe_open(source, framework="numpy") as file:
            head = _head((file.metadata() or {}).get(KEY))
            if head is None or head.get("kind") != kind:
                raise FileError(f"'{path}' is a safetensors file, but holds no {kind}. Name a file that {maker} has written.")
            if head.get("version") != VERSION:
                raise FileError(f"'{path}' is of version {head.get('version')}, and version {VERSION} is read. "
                                "Install a newer netgraph, or write the file again.")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping, though it has keys
    except SafetensorError as error:
        raise FileError(f"'{path}' is no sound safetensors file: {error}. {AGAIN}") from error
    except OSError as error:
        raise FileError(f"'{path}' could not be read: {reason(error)}. Check its permissions.") from error
    if head.get("checksum") != _checksum(arrays) or not isinstance(head.get("record"), dict):
        raise FileError(f"'{path}' is damaged: its arrays are not those that were written. {AGAIN}")
    return head["record"], arrays


def as_bytes(plain: Any) -> np.ndarray:
    """Plain data as an array of bytes, for what is too long for metadata.

    >>> plain_of(as_bytes({"a": [1, "é"]}))
    {'a': [1, 'é']}
    """
    return np.frombuffer(json.dumps(plain, ensure_ascii=False).encode(), np.uint8)


def plain_of(array: np.ndarray) -> Any:
    """The plain data that `as_bytes` was given.

    Raises: ValueError for bytes that are no JSON.
    """
    return json.loads(array.tobytes().decode())


def _head(text: str | None) -> dict[str, Any] | None:
    try:
        head = json.loads(text) if text else None
    except ValueError:
        return None
    return head if isinstance(head, dict) else None


def _checksum(arrays: Mapping[str, np.ndarray]) -> int:
    total = 0
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total = zlib.crc32(f"{name} {array.dtype.str} {array.shape}".encode(), total)
        total = zlib.crc32(array.reshape(-1).view(np.uint8).data, total)
    return total
