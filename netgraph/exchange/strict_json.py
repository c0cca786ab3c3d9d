"""JSON text goes in, plain values come out; what the standard leaves open (a key twice, NaN, endless depth) is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from netgraph.errors import shorten
from netgraph.exchange.misfit import MisfitError
from netgraph.exchange.plain import DIGIT_LIMIT

MEMORY_BUDGET = 256 * 2**20


def text_of(content: bytes) -> str:
    """The bytes as UTF-8 text, without a byte order mark.

    Raises: MisfitError naming the first byte that is no UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MisfitError(f"Byte {error.start} is no UTF-8 text. Save the file as UTF-8.") from error


def parse(text: str) -> Any:
    """The values that the JSON text says.

    Raises: MisfitError where it is no JSON, a key stands twice, or a number is endless; and when it would take too much memory.

    >>> parse('{"units": 10}')
    {'units': 10}
    """
    check_budget(text)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise MisfitError(f"Line {error.lineno}, column {error.colno} is no JSON: {error.msg.lower()}. "
                          "Correct it there.") from error
    except RecursionError as error:
        raise MisfitError("Its brackets are nested too deep to be read. Make it flatter.") from error


def check_budget(text: str) -> None:
    """Raises: MisfitError when the text's values would take more than 256 MiB once parsed.

    Measured with CPython 3.11: a filled dict takes about 190 bytes, a list 66, a number and its place 40.
    """
    memory = len(text) + 190 * text.count("{") + 66 * text.count("[") + 40 * text.count(",")
    if memory > MEMORY_BUDGET:
        raise MisfitError(f"Its text describes so much that reading it would take {memory // 2**20} MiB of memory, and "
                          f"{MEMORY_BUDGET // 2**20} are allowed. Keep arrays in a .safetensors file, and split larger graphs.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        double = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MisfitError(f"The key {shorten(double)} stands twice in one object. Leave one out.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > DIGIT_LIMIT:
        raise MisfitError(f"An integer of {len(digits)} digits stands in it. Write at most {DIGIT_LIMIT}.")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MisfitError(f"The number {shorten(digits)} is too large for a float. Write a smaller one.")
    return number


def _constant(word: str) -> float:
    raise MisfitError(f"{word} is no JSON number. Write a finite one, or keep it in an array.")
