"""The titles of a picture and the room each has go in; where those that would be cut short begin, so that they differ, comes out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from re import finditer

CUT = "…"


def told_apart(titles: Iterable[str], cut: Callable[[str], str]) -> dict[str, str]:
    """The titles that `cut` leaves alike, by what to write instead: from the word on in which they differ.

    >>> told_apart(["layers.0.norm", "layers.1.norm", "y"], lambda title: title if len(title) < 9 else title[:7] + "…")
    {'layers.0.norm': '…0.norm', 'layers.1.norm': '…1.norm'}
    """
    known = sorted(set(titles))
    found = {}
    for title in known:
        start = 0
        while (shown := cut(_from(title, start))).endswith(CUT) and (more := _shared(known, title, start + len(shown.strip(CUT)))) > start:
            start = more
        if start:
            found[title] = _from(title, start)
    return found


def _from(title: str, start: int) -> str:
    return CUT + title[start:] if start else title


def _shared(known: list[str], title: str, shown: int) -> int:
    """How long the words are that all titles share that begin like this one as far as it is shown; 0 where it stands alone."""
    head = title[:shown].rstrip()
    first, last = bisect_left(known, head), bisect_left(known, head + chr(0x10FFFF)) - 1
    if first == last:
        return 0
    alike = next((at for at, (a, b) in enumerate(zip(known[first], known[last], strict=False)) if a != b), len(known[first]))
    return max((match.end() for match in finditer(r"[\W_]+", known[first][:alike])), default=0)
