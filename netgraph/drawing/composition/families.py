"""The families of ops in a picture come in; their words and paints for a legend go out, if they can be told apart."""

from __future__ import annotations

from collections.abc import Iterable

from netgraph.drawing.composition.words import FAMILY_WORDS
from netgraph.drawing.themes.theme import Paint, Theme


def told_apart(families: Iterable[str], theme: Theme) -> list[tuple[str, Paint]]:
    """The word and paint of each family once; none where two of them would look alike, since then a legend says nothing.

    >>> from netgraph.drawing.themes.theme import theme
    >>> [word for word, _ in told_apart(["input", "conv", "conv"], theme("light"))]
    ['input', 'convolution']
    """
    paints = {family: theme.paint(family) for family in families}
    looks = {(paint.fill, paint.edge) for paint in paints.values()}
    return [(FAMILY_WORDS.get(family, family), paint) for family, paint in paints.items()] if len(looks) == len(paints) else []
