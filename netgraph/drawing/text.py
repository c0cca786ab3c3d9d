"""Text and a size go in; its width, or the text made clean and short enough for its place, comes out."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

Weight = Literal["Regular", "Medium", "SemiBold"]
FONTS = Path(__file__).parent / "fonts"
LONGEST = 400   # characters of a text that are looked at; no place on a picture holds more


@cache
def advances(weight: Weight) -> dict[str, float]:
    """How far each character of the shipped font moves the pen, in em."""
    table = json.loads((FONTS / "advances.json").read_text(encoding="utf-8"))
    scale = 1 / table["units_per_em"]
    return {character: units * scale for character, units in zip(table["characters"], table["advances"][weight], strict=True)}


def width_of(text: str, size: float, weight: Weight = "Regular") -> float:
    """Width of one line in pixels.

    >>> width_of("", 12), width_of("mm", 12) > width_of("ii", 12)
    (0, True)
    """
    table = advances(weight)
    return size * sum(table[c] if c in table else _foreign_advance(c) for c in text)


def clean(text: object) -> str:
    """One line without control characters, marks that turn the reading direction, or lone surrogates.

    >>> clean("a\\u202eb\\x00c\\nd")
    'abc d'
    """
    line = " ".join(str(text)[:LONGEST * 4].split())[:LONGEST]
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def fit(text: str, width: float, size: float, weight: Weight = "Regular") -> str:
    """The text, its end replaced by an ellipsis where it is wider than its place.

    >>> fit("a rather long name", 60, 12)
    'a rather…'
    """
    if width_of(text, size, weight) <= width:
        return text
    room = width - width_of("…", size, weight)
    table = advances(weight)
    for place, c in enumerate(text):
        room -= size * (table[c] if c in table else _foreign_advance(c))
        if room < 0:
            return text[:place].rstrip() + "…"
    return text


def foreign(text: str) -> set[str]:
    """The characters that the shipped font lacks.

    >>> foreign("σ(x) → ⊕")
    set()
    """
    return {c for c in text if c not in advances("Regular") and not unicodedata.combining(c)}


def count_text(count: int) -> str:
    """A count as a reader takes it in: three digits and a letter.

    >>> [count_text(n) for n in (950, 61706, 11689512, 1824000000)]
    ['950', '61.7k', '11.7M', '1.82G']
    """
    for limit, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= limit * 0.9995:
            return f"{count / limit:#.3g}".rstrip(".") + letter
    return str(count)


def _foreign_advance(c: str) -> float:
    # Wide enough for any system font that stands in: a full em for wide characters, nothing for combining marks.
    if unicodedata.combining(c):
        return 0.0
    return 1.25 if unicodedata.east_asian_width(c) in ("W", "F") or ord(c) > 0xFFFF else 0.75
