"""Texts that differ in numbers go in; one text that lists them comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from netgraph.wording import SEPARATOR

ONE = r"\d+(?:\.\d+)?[kMGT]?"
NUMBERS = re.compile(rf"{ONE}(?:, (?:… )?{ONE})*")     # one, or a list that was made before
INTO = " → "         # of pieces one behind the other it is said what goes into the first and comes out of the last
BETWEEN = " … "
COUNTED = " functions"     # what follows a count, of which the least and the most are told
MOST_LISTED = 4      # numbers that are written out; of more the first two and the last


def listed_numbers(texts: Sequence[str]) -> str:
    """The text that all share, with the numbers in which they differ; where they differ in more, the first and the last text.

    >>> listed_numbers(["dense 8 · relu", "dense 8 · relu"]), listed_numbers(["conv2d 64 · 3×3", "conv2d 96 · 3×3", "conv2d 128 · 3×3"])
    ('dense 8 · relu', 'conv2d 64, 96, 128 · 3×3')
    >>> listed_numbers([f"dense {n}" for n in (64, 96, 128, 160, 192)])
    'dense 64, 96, … 192'
    >>> listed_numbers(["8 layers · 64 → 96", "8 layers · 96 → 128"])
    '8 layers · 64 → 128'
    >>> listed_numbers(["64 × 56 × 56", "128 × 28 × 28"]), listed_numbers(["46 functions", "46 functions", "44 functions"])
    ('64 × 56 × 56 … 128 × 28 × 28', '44 to 46 functions')
    """
    first, last = texts[0], texts[-1]
    if all(text == first for text in texts):
        return first
    parts = [text.split(SEPARATOR) for text in texts]
    if len({len(row) for row in parts}) == 1 < len(parts[0]):
        return SEPARATOR.join(listed_numbers(column) for column in zip(*parts, strict=True))
    if INTO in first and INTO in last:
        return first.split(INTO)[0] + INTO + last.split(INTO)[-1]
    columns = list(zip(*(NUMBERS.findall(text) for text in texts), strict=False))
    moving = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    if len({NUMBERS.sub("#", text) for text in texts}) > 1 or len(moving) != 1:
        return f"{first.split(BETWEEN)[0]}{BETWEEN}{last.split(BETWEEN)[-1]}"
    at = list(NUMBERS.finditer(first))[moving[0]]
    numbers = dict.fromkeys(number for group in columns[moving[0]] for number in group.replace("… ", "").split(", "))
    rest = first[at.end():]
    return first[:at.start()] + (_range(list(numbers)) if rest.startswith(COUNTED) else _row(list(numbers))) + rest


def _range(counts: Sequence[str]) -> str:
    ordered = sorted(counts, key=int)
    return f"{ordered[0]} to {ordered[-1]}"


def _row(numbers: Sequence[str]) -> str:
    return ", ".join(numbers) if len(numbers) <= MOST_LISTED else f"{numbers[0]}, {numbers[1]}, … {numbers[-1]}"
