"""The register of words: a class flows in, and is known from then on by its name. Nothing is ever looked up by import or getattr."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from netgraph.op import Op

OPS: dict[str, type[Op]] = {}
LOSSES: dict[str, type[Op]] = {}

Kind = TypeVar("Kind", bound=type[Op])


def word(name: str, register: dict[str, type[Op]] | None = None) -> Callable[[Kind], Kind]:
    """Make the class known as a word of the vocabulary; its family is the page that it stands on, `pool` also for `pool_adaptive`."""
    def enter(kind: Kind) -> Kind:
        kind.family = kind.__module__.rsplit(".", 1)[-1].partition("_")[0]
        (OPS if register is None else register)[name] = kind
        return kind
    return enter
