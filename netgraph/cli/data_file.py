"""A file of data flows in; its arrays or its table come out, when they are no larger than the file lets one think."""

from __future__ import annotations

import csv
import math
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from netgraph.errors import DataError, FileError, shorten, suggestion
from netgraph.files import readable_path, reason

FREELY = 64 * 2**20       # bytes that an .npz may always inflate to
RATIO = 100               # times its size that it may inflate to beyond that
MOST = 16 * 2**30         # bytes that no data file may exceed
LONGEST_LINE = 2**20


def read_arrays(path: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name. Nothing is allocated before their sizes are known to agree with the file.

    Raises: FileError when it is no .npz file, holds Python objects, or inflates to far more than its size.
    """
    source = readable_path(path)
    try:
        with zipfile.ZipFile(source) as archive:
            _require_modest(path, sum(member.file_size for member in archive.infolist()), source.stat().st_size)
            _require_plain(path, archive)
        with np.load(source, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise FileError(f"'{path}' is no .npz file that can be read: {error}. "
                        f"Write it with numpy.savez(path, x=..., y=...).") from error
    except OSError as error:
        raise FileError(f"'{path}' could not be read: {reason(error)}. Check its permissions.") from error


def _require_modest(path: str, inflated: int, size: int) -> None:
    if inflated > MOST or inflated > max(FREELY, RATIO * size):
        raise FileError(f"'{path}' has {size:,} bytes, but inflates to {inflated:,}. "
                        f"Write it with numpy.savez, which does not compress.")


def _require_plain(path: str, archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        with archive.open(member) as file:
            _require_plain_member(file, member, path)


def _require_plain_member(file: IO[bytes], member: zipfile.ZipInfo, path: str) -> None:
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    name = member.filename.removesuffix(".npy")
    if dtype.hasobject:
        raise FileError(f"The array {shorten(name)} in '{path}' holds Python objects, which could run code. "
                        f"Save an array of numbers.")
    if math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
        raise FileError(f"The array {shorten(name)} in '{path}' says it has shape {shape}, but its bytes are too few or too many. "
                        f"Write the file again.")


def read_table(path: str) -> tuple[list[str], np.ndarray]:
    """The names of a .csv file's columns ("1", "2", ... where it has no line of names) and its numbers.

    Raises: FileError when it is no table of numbers, DataError when a number is missing or infinite.
    """
    source = readable_path(path)
    if source.stat().st_size > MOST:
        raise FileError(f"'{path}' is larger than {MOST:,} bytes. Keep large data in an .npz file.")
    try:
        first = _first_row(source)
        names = [] if all(map(_is_number, first)) else [word.strip() for word in first]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)             # a table without rows is refused below
            table = np.loadtxt(source, delimiter=",", skiprows=int(bool(names)), ndmin=2, comments=None, quotechar='"',
                               encoding="utf-8-sig")
    except (ValueError, csv.Error) as error:                          # also what is no UTF-8
        fact = str(error).partition(";")[0].rstrip(".")
        raise FileError(f"'{path}' is no table of numbers with commas between them: {fact}. "
                        f"Correct it, write classes as 0, 1, 2, ..., or save arrays with numpy.savez.") from error
    except OSError as error:
        raise FileError(f"'{path}' could not be read: {reason(error)}. Check its permissions.") from error
    if not table.size:
        raise DataError(f"'{path}' has no rows of numbers. Give it one for each sample.")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise DataError(f"'{path}' has {table[row, column]} in row {row + 1} of its numbers, column {column + 1}. "
                        f"Fill it in, or leave the row out.")
    return names or [str(place + 1) for place in range(table.shape[1])], table


def _first_row(source: Path) -> list[str]:
    with source.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline(LONGEST_LINE)
    return next(csv.reader([line]), [])


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def columns(names: Sequence[str], wanted: Sequence[str], path: str) -> list[int]:
    """The places of the wanted columns, or of the last one when none is named.

    Raises: DataError for a name that the table does not have.

    >>> columns(["a", "b", "kind"], [], "t.csv"), columns(["a", "b", "kind"], ["a"], "t.csv")
    ([2], [0])
    """
    for name in wanted:
        if name not in names:
            raise DataError(f"'{path}' has no column {shorten(name)}. {suggestion(name, names)}")
    return [names.index(name) for name in wanted] or [len(names) - 1]
