"""A box of a picture goes in; its measured card, with every line of text in its place, comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from netgraph.drawing.text import Weight, clean, fit, width_of
from netgraph.picture import Box
from netgraph.wording import SEPARATOR

Role = Literal["title", "line", "badge", "glyph"]

GRID = 4
PADDING = 12
LINE = 16
TITLE_SIZE = 13.0
SMALL_SIZE = 11.0
GLYPH_SIZE = 28
BADGE_GAP = 12
STACK = 4            # offset of each card behind a folded one
WIDEST = 248


@dataclass(frozen=True)
class Text:
    """A line of text: its left end and baseline, measured from the top left of what holds it, in pixels."""

    text: str
    x: float
    y: float
    size: float
    weight: Weight
    role: Role

    @property
    def width(self) -> float:
        """Measured width in pixels."""
        return width_of(self.text, self.size, self.weight)


@dataclass(frozen=True)
class Card:
    """A measured box: its outer size in pixels and its texts. `stacked` cards have two more behind them, inside the size."""

    width: float
    height: float
    texts: tuple[Text, ...]
    stacked: bool = False

    @property
    def face(self) -> tuple[float, float]:
        """Width and height of the front card."""
        behind = 2 * STACK if self.stacked else 0
        return self.width - behind, self.height - behind


def measure(box: Box) -> Card:
    """The card of a box, as wide as its text and no wider than 248 pixels.

    >>> card = measure(Box("b0", "h", lines=("dense 100",)))
    >>> card.height, card.width % 8
    (48, 0)
    """
    return _glyph(box) if box.form == "glyph" else _card(box)


def _glyph(box: Box) -> Card:
    """A circle around a sign, or a capsule where something is said beside it."""
    size = 22.0
    width = width_of(box.title, size)
    # Inter draws its operators around 0.364 em above the baseline.
    text = Text(box.title, (GLYPH_SIZE - width) / 2, GLYPH_SIZE / 2 + 0.364 * size, size, "Regular", "glyph")
    if not box.lines:
        return Card(GLYPH_SIZE, GLYPH_SIZE, (text,))
    said = fit(clean(box.lines[0]), WIDEST - GLYPH_SIZE - PADDING, SMALL_SIZE)
    beside = Text(said, GLYPH_SIZE, GLYPH_SIZE / 2 + 4, SMALL_SIZE, "Regular", "line")
    return Card(GRID * math.ceil((GLYPH_SIZE + beside.width + PADDING) / GRID), GLYPH_SIZE, (text, beside))


def title_room(box: Box) -> float:
    """The most pixels that the title of a card may take."""
    return WIDEST - 2 * _side(box) - _for_badge(box)


def _side(box: Box) -> float:
    return PADDING + (4 if box.form == "pill" else 0)


def _for_badge(box: Box) -> float:
    return width_of(box.badge, SMALL_SIZE, "Medium") + BADGE_GAP if box.badge else 0


def _card(box: Box) -> Card:
    side, for_badge = _side(box), _for_badge(box)
    widest = WIDEST - 2 * side
    title = fit(clean(box.title) or "·", title_room(box), TITLE_SIZE, "SemiBold")
    lines = [fit(part, widest, SMALL_SIZE) for line in box.lines for part in _wrapped(clean(line), widest)]
    title_width = width_of(title, TITLE_SIZE, "SemiBold")
    inner = max([title_width + for_badge, *(width_of(line, SMALL_SIZE) for line in lines)])
    width = max(8 * math.ceil((inner + 2 * side) / 8), 64)
    height = LINE * (1 + len(lines)) + LINE
    return Card(width + 2 * STACK * (box.repeats > 1), height + 2 * STACK * (box.repeats > 1),
                tuple(_typeset(box, title, lines, width, side)), box.repeats > 1)


def _wrapped(line: str, widest: float) -> list[str]:
    """The line, cut between its parts where it is too wide for the card."""
    parts: list[str] = []
    for part in line.split(SEPARATOR):
        if parts and width_of(joined := parts[-1] + SEPARATOR + part, SMALL_SIZE) <= widest:
            parts[-1] = joined
        else:
            parts.append(part)
    return parts


def _typeset(box: Box, title: str, lines: list[str], width: float, side: float) -> list[Text]:
    centred = not box.badge and (box.form == "pill" or not lines)

    def left(text: str, size: float, weight: Weight) -> float:
        return (width - width_of(text, size, weight)) / 2 if centred else side

    baseline = 8 + 12.5 if lines else 16 + 4.7
    texts = [Text(title, left(title, TITLE_SIZE, "SemiBold"), baseline, TITLE_SIZE, "SemiBold", "title")]
    if box.badge:
        start = width - side - width_of(box.badge, SMALL_SIZE, "Medium")
        texts.append(Text(box.badge, start, baseline, SMALL_SIZE, "Medium", "badge"))
    for number, line in enumerate(lines, 1):
        texts.append(Text(line, left(line, SMALL_SIZE, "Regular"), 8 + 12 + LINE * number, SMALL_SIZE, "Regular", "line"))
    return texts
