"""The register of words: a page's text flows in and tells its words; the page itself is imported when one of them is asked for."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from netgraph.op import Op

ENTRY = re.compile(r'^@word\("(\w+)"(, LOSSES)?\)$', re.MULTILINE)
FOREIGN = re.compile(r"(aten|torch)\.\w+")


class Register(Mapping[str, type[Op]]):
    """Words and their classes. No word is ever taken for a module or an attribute: only pages that announced it are imported."""

    def __init__(self) -> None:
        self._pages: dict[str, str] = {}
        self._kinds: dict[str, type[Op]] = {}

    def announce(self, word: str, page: str) -> None:
        """Let it be known that a word stands on a page."""
        self._pages[word] = page

    def enter(self, word: str, kind: type[Op]) -> None:
        """Let it be known what a word stands for."""
        self._kinds[word] = kind

    def family(self, name: str) -> dict[str, str]:
        """The words of one family, and their pages."""
        return {word: page for word, page in self._pages.items() if family_of(page) == name}

    def __getitem__(self, word: str) -> type[Op]:
        if word not in self._kinds:
            importlib.import_module(self._pages[word])
        return self._kinds[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)

    def __contains__(self, word: object) -> bool:
        return word in self._pages


class Vocabulary(Register):
    """A register that knows besides its own words those of other libraries, such as "aten.index_put"; it does not list them."""

    def __getitem__(self, word: str) -> type[Op]:
        if word not in self._pages and is_foreign(word):
            importlib.import_module("netgraph.ops.foreign")
            return self._kinds["foreign"]
        return super().__getitem__(word)

    def __contains__(self, word: object) -> bool:
        return super().__contains__(word) or is_foreign(word)


def is_foreign(word: object) -> bool:
    """Whether a word is that of another library.

    >>> is_foreign("aten.index_put"), is_foreign("relu")
    (True, False)
    """
    return isinstance(word, str) and FOREIGN.fullmatch(word) is not None


OPS, LOSSES = Vocabulary(), Register()

Kind = TypeVar("Kind", bound=type[Op])


def family_of(page: str) -> str:
    """The family of a page's words: its name, up to the first underscore.

    >>> family_of("netgraph.ops.pool_adaptive")
    'pool'
    """
    return page.rsplit(".", 1)[-1].partition("_")[0]


def word(name: str, register: Register = OPS) -> Callable[[Kind], Kind]:
    """Make the class known as a word of the vocabulary."""
    def enter(kind: Kind) -> Kind:
        kind.family, kind.word = family_of(kind.__module__), name
        register.enter(name, kind)
        return kind
    return enter


def announce_page(page: str, text: str) -> None:
    """Announce the words that stand in a page's text."""
    for name, is_loss in ENTRY.findall(text):
        (LOSSES if is_loss else OPS).announce(name, page)
