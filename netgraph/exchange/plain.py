"""Attribute values go in, values that JSON can hold come out, and back again without a loss.

None, truth values, numbers, texts and dicts stand for themselves, and a JSON array is a tuple, since tuples are what declarations
hold. What JSON has no word for is a dict of one key: {"$list": [...]}, {"$dict": [[key, value], ...]} where the keys are not
plain text, {"$array": ...} and {"$scalar": ...} for NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from netgraph.errors import shorten
from netgraph.exchange.arrays import array_from_plain, array_to_plain, is_plain_array
from netgraph.exchange.misfit import MisfitError, Place, place_text

DEPTH_LIMIT = 64
DIGIT_LIMIT = 1000

PutArray = Callable[[np.ndarray, Place], Any]
TakeArray = Callable[[Any, str], np.ndarray]


def put_inline(array: np.ndarray, place: Place) -> dict[str, Any]:
    """The array as plain data, where it stands."""
    return {"$array": array_to_plain(array)}


def to_plain(value: Any, place: Place, put: PutArray = put_inline) -> Any:
    """The value in the words of JSON; `put` says how an array is written.

    Raises: MisfitError where a value is not plain data, naming its place.

    >>> to_plain({"shape": (3, 32), "sizes": [1, 2]}, ("x",))
    {'shape': [3, 32], 'sizes': {'$list': [1, 2]}}
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind in _CHECKS:
        if complaint := _CHECKS[kind](value):
            raise MisfitError(f"{place_text(place)} {complaint}")
        return value
    if len(place) > DEPTH_LIMIT:
        raise MisfitError(f"{place_text(place[:4])} is nested deeper than {DEPTH_LIMIT} levels, or holds itself. Make it flatter.")
    if kind is tuple:
        return [to_plain(item, (*place, index), put) for index, item in enumerate(value)]
    if kind is list:
        return {"$list": [to_plain(item, (*place, index), put) for index, item in enumerate(value)]}
    if kind is dict:
        return _dict_to_plain(value, place, put)
    if is_plain_array(value):
        return put(value, place)
    if isinstance(value, np.generic) and is_plain_array(np.asarray(value)):
        return {"$scalar": array_to_plain(np.asarray(value))}
    raise MisfitError(f"{place_text(place)} is a {kind.__module__}.{kind.__qualname__}, and a file holds plain data alone. "
                      "Write it as a number, text, tuple, list, dict, or NumPy array of numbers.")


def from_plain(value: Any, place: Place, take: TakeArray | None = None) -> Any:
    """The value that `to_plain` wrote; `take` gives the arrays that lie outside the text.

    Raises: MisfitError where the words are not those of `to_plain`, naming the place.

    >>> from_plain({"shape": [3, 32], "sizes": {"$list": [1, 2]}}, ("x",))
    {'shape': (3, 32), 'sizes': [1, 2]}
    """
    if isinstance(value, str):
        if complaint := _text_complaint(value):
            raise MisfitError(f"{place_text(place)} {complaint}")
        return value
    if not isinstance(value, list | dict):
        return value
    if len(place) > DEPTH_LIMIT:
        raise MisfitError(f"{place_text(place[:4])} is nested deeper than {DEPTH_LIMIT} levels. Make it flatter.")
    if isinstance(value, list):
        return tuple(from_plain(item, (*place, index), take) for index, item in enumerate(value))
    tag = next((key for key in value if key.startswith("$")), None)
    if tag is None:
        return {from_plain(key, place): from_plain(item, (*place, key), take) for key, item in value.items()}
    if len(value) > 1:
        raise MisfitError(f"{place_text(place)} has {shorten(tag)} beside other keys. A word with $ stands alone.")
    return _tagged_from_plain(tag, value[tag], place, take)


def _dict_to_plain(value: dict[Any, Any], place: Place, put: PutArray) -> Any:
    keys = [to_plain(key, (*place, "a key")) for key in value]
    items = [to_plain(item, (*place, key), put) for key, item in value.items()]
    if all(isinstance(key, str) and not key.startswith("$") for key in keys):
        return dict(zip(keys, items, strict=True))
    return {"$dict": [list(pair) for pair in zip(keys, items, strict=True)]}


def _tagged_from_plain(tag: str, content: Any, place: Place, take: TakeArray | None) -> Any:
    if tag == "$list" and isinstance(content, list):
        return list(from_plain(content, place, take))
    if tag == "$dict" and isinstance(content, list):
        return _dict_from_pairs(content, place, take)
    if tag in ("$array", "$scalar"):
        array = array_from_plain(content, place_text(place))
        if tag == "$scalar" and array.shape:
            raise MisfitError(f"{place_text(place)} has a $scalar of shape {array.shape}. Leave its shape out, or write $array.")
        return array[()] if tag == "$scalar" else array
    if tag == "$tensor" and take is not None:
        return take(content, place_text(place))
    raise MisfitError(f"{place_text(place)} has {shorten(tag)}, which this file has no meaning for. "
                      "Its words are $list, $dict, $array and $scalar.")


def _dict_from_pairs(pairs: list[Any], place: Place, take: TakeArray | None) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise MisfitError(f"{place_text(place)} has a $dict that is no list of [key, value] pairs. Write it as pairs.")
        key = from_plain(pair[0], (*place, "a key"))
        try:
            is_known = key in result
        except TypeError as error:
            raise MisfitError(f"{place_text(place)} has a key that is a list or dict. Write a number, text or tuple.") from error
        if is_known:
            raise MisfitError(f"{place_text(place)} has the key {shorten(key)} twice. Leave one out.")
        result[key] = from_plain(pair[1], (*place, key), take)
    return result


def _text_complaint(text: str) -> str | None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"holds {shorten(text)}, which has half a character (a lone surrogate). Write whole characters."
    return None


def _integer_complaint(number: int) -> str | None:
    if number.bit_length() > DIGIT_LIMIT * 3.3:
        return f"is an integer of more than {DIGIT_LIMIT} digits. Write a smaller one."
    return None


def _float_complaint(number: float) -> str | None:
    if math.isfinite(number):
        return None
    return f"is {number}, and a file holds finite numbers alone. Write a finite one, or keep it in an array."


_CHECKS: dict[type, Callable[[Any], str | None]] = {str: _text_complaint, int: _integer_complaint, float: _float_complaint}
