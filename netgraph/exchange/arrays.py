"""An array goes in, its type, shape and exact bytes as JSON can hold them come out, and back.

Up to 100 finite numbers are written as numbers, for people; more, or NaN and infinities, as base64 of the little-endian bytes
in C order. Either way every value comes back bit for bit (the payload of a NaN too, since it is never written as a number).
"""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from netgraph.errors import shorten, suggestion
from netgraph.exchange.misfit import MisfitError

READABLE_SIZE = 100
DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64", "complex64", "complex128")
_NUMBER_KINDS: dict[str, tuple[type, ...]] = {"b": (bool,), "i": (int,), "u": (int,), "f": (int, float)}


def is_plain_array(value: object) -> bool:
    """Whether it is an ndarray of truth values or numbers, and no subclass that means something more.

    >>> is_plain_array(np.zeros(3)), is_plain_array(np.array(["a"])), is_plain_array([0.0])
    (True, False, False)
    """
    return type(value) in (np.ndarray, np.memmap) and isinstance(value, np.ndarray) and value.dtype.name in DTYPES


def native(array: np.ndarray) -> np.ndarray:
    """The same values in C order and the machine's byte order; not copied where they already are.

    >>> native(np.array([1.0], dtype=">f4")).dtype == np.float32
    True
    """
    return np.asarray(array).astype(np.dtype(array.dtype.name), order="C", copy=False)


def array_to_plain(array: np.ndarray) -> dict[str, Any]:
    """The array as {"dtype": ..., "shape": [...], "values": [...]}, or "base64" in place of "values".

    >>> array_to_plain(np.array([[1, 2]], dtype="int8"))
    {'dtype': 'int8', 'shape': [1, 2], 'values': [1, 2]}
    >>> array_to_plain(np.array(np.inf, dtype="float16"))
    {'dtype': 'float16', 'base64': 'AHw='}
    """
    array = native(array)
    plain: dict[str, Any] = {"dtype": array.dtype.name} | ({"shape": list(array.shape)} if array.shape else {})
    if array.size <= READABLE_SIZE and array.dtype.kind in _NUMBER_KINDS and np.isfinite(array).all():
        return plain | {"values": array.ravel().tolist()}
    content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return plain | {"base64": base64.b64encode(content).decode("ascii")}


def array_from_plain(plain: Any, where: str) -> np.ndarray:
    """The array that `array_to_plain` wrote.

    Raises: MisfitError when type, shape and content do not agree; nothing is allocated before they do.

    >>> array_from_plain({"dtype": "int8", "shape": [1, 2], "values": [1, 2]}, "Node 'h'")
    array([[1, 2]], dtype=int8)
    """
    if not isinstance(plain, dict) or set(plain) - {"shape"} not in ({"dtype", "values"}, {"dtype", "base64"}):
        raise MisfitError(f'{where} is no array. Write it as {{"dtype": ..., "shape": [...], "values": [...]}}, or with "base64".')
    if plain["dtype"] not in DTYPES:
        raise MisfitError(f"{where} has the dtype {shorten(plain['dtype'])}. {suggestion(plain['dtype'], DTYPES)}")
    dtype, shape = np.dtype(plain["dtype"]), checked_shape(plain.get("shape", []), where)
    read = _from_values if "values" in plain else _from_base64
    return read(plain, dtype, math.prod(shape), where).reshape(shape)


def checked_shape(shape: Any, where: str) -> tuple[int, ...]:
    """The shape as a tuple. Raises: MisfitError when it is no list of at most 32 sizes from 0 up."""
    if not isinstance(shape, list) or len(shape) > 32 or any(type(n) is not int or not 0 <= n < 2**48 for n in shape):
        raise MisfitError(f"{where} has the shape {shorten(shape)}. Write a list of at most 32 sizes from 0 up.")
    return tuple(shape)


def check_truth_values(array: np.ndarray, where: str) -> None:
    """Raises: MisfitError when a bool array holds a byte other than 0 and 1, with which NumPy would miscount."""
    if array.dtype == bool and array.size and array.view(np.uint8).max() > 1:
        raise MisfitError(f"{where} has truth values that are neither 0 nor 1. Write the file again.")


def _from_values(plain: dict[str, Any], dtype: np.dtype, count: int, where: str) -> np.ndarray:
    values = plain["values"]
    if not isinstance(values, list) or len(values) != count:
        raise MisfitError(f"{where} has a shape of {count} values, but its values are not that many in one flat list. "
                          "Correct one of them.")
    kinds = _NUMBER_KINDS.get(dtype.kind, ())
    if any(type(value) not in kinds for value in values):
        raise MisfitError(f"{where} has values that are not of dtype {dtype.name}. Correct the dtype or the values.")
    try:
        with np.errstate(over="raise"):
            return np.array(values, dtype=dtype)
    except (OverflowError, FloatingPointError) as error:
        raise MisfitError(f"{where} has a value too large for {dtype.name}. Correct the dtype or the value.") from error


def _from_base64(plain: dict[str, Any], dtype: np.dtype, count: int, where: str) -> np.ndarray:
    text, size = plain["base64"], count * dtype.itemsize
    if not isinstance(text, str) or len(text) != 4 * math.ceil(size / 3):
        raise MisfitError(f"{where} has a shape of {count} values of {dtype.name}, but its base64 is not that of {size} bytes. "
                          "Correct its shape, or write the file again.")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:   # binascii.Error, and characters outside ASCII
        raise MisfitError(f"{where} has base64 that cannot be read: {str(error).lower()}. Write the file again.") from error
    if len(content) != size:
        raise MisfitError(f"{where} has base64 of {len(content)} bytes where {size} are wanted. Write the file again.")
    array = native(np.frombuffer(content, dtype=dtype.newbyteorder("<"))).copy()
    check_truth_values(array, where)
    return array
