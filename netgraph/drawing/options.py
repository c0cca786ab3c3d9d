"""The words that a drawing is asked for with go in; the same words, checked, come out in one record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from netgraph.drawing.composition.cards import SHOWN
from netgraph.drawing.composition.detail import Depth, Fold
from netgraph.drawing.composition.focus import RESTS, Focus, Rest
from netgraph.drawing.composition.styles import Style
from netgraph.errors import DrawError, shorten, suggestion


@dataclass(frozen=True)
class Options:
    """How the layers of a net are drawn; each is explained at `draw`.

    Raises: DrawError for a word that it does not know.
    """

    show: Collection[str] = ("shapes", "parameters", "legend")
    fold: Fold = "auto"
    depth: Depth = "auto"
    focus: Focus | None = None
    rest: Rest = "fade"
    style: Style | None = None

    def __post_init__(self) -> None:
        if self.fold not in (True, False, "auto"):
            raise DrawError(f"fold is True, False or 'auto', but got {shorten(self.fold)}. Leave it out for 'auto'.")
        is_count = isinstance(self.depth, int) and not isinstance(self.depth, bool) and self.depth >= 0
        if self.depth not in (None, "auto") and not is_count:
            raise DrawError(f"depth counts nested groups from 0, but got {shorten(self.depth)}. "
                            "Leave it out for 'auto', or give None for all.")
        if self.rest not in RESTS:
            raise DrawError(f"rest is {shorten(self.rest)}. {suggestion(self.rest, RESTS)}")
        for word in self.shown:
            if word not in SHOWN:
                raise DrawError(f"A drawing cannot show {shorten(word)}. {suggestion(word, SHOWN)}")

    @property
    def shut(self) -> Depth:
        """How deep groups may be nested before they are drawn as one card: all are open where single layers are to be seen."""
        return None if self.depth == "auto" and (self.style is not None or self.focus is not None) else self.depth

    @property
    def shown(self) -> tuple[str, ...]:
        """What is written beside the layers."""
        return (self.show,) if isinstance(self.show, str) else tuple(self.show or ())
