"""Every refusal of netgraph: a sentence of fact (who, wanted, got) and a sentence of cure go in, a typed error comes out."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Sequence


class NetgraphError(Exception):
    """The root of all refusals.

    `complaints` holds every single refusal: itself, or the several that one check found.

    >>> NetgraphError("'h' has no units. Write units=10.").complaints
    (NetgraphError("'h' has no units. Write units=10."),)
    """

    @property
    def complaints(self) -> tuple[NetgraphError, ...]:
        return (self,)


class GraphError(NetgraphError):
    """The graph itself is not one that netgraph reads: its type, its cycles, its edges, its slots."""


class OpError(NetgraphError):
    """A word that is not in the vocabulary: an op, a field of one, a loss, an optimiser, an initialiser."""


class ShapeError(NetgraphError):
    """Shapes that do not fit each other."""


class WeightError(NetgraphError):
    """An array of a weight, bias or buffer that does not fit its place."""


class DataError(NetgraphError):
    """Data handed to a net that is not what its inputs, outputs or loss take."""


class FileError(NetgraphError):
    """A file that cannot be read, is not what it says it is, or cannot be written."""


class DrawError(NetgraphError):
    """A picture that cannot be made as asked."""


class TrainingError(NetgraphError):
    """A training run that cannot go on, or options that contradict each other."""


class ComplaintsError(NetgraphError):
    """Several refusals found by one check, one a line."""

    def __init__(self, complaints: Sequence[NetgraphError]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self._complaints = tuple(complaints)

    @property
    def complaints(self) -> tuple[NetgraphError, ...]:
        return self._complaints

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self._complaints,)


def raise_all(complaints: Sequence[NetgraphError]) -> None:
    """Raise what was found: nothing for none, the complaint itself for one, all together for several."""
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        raise ComplaintsError(complaints)


def suggestion(word: object, known: Iterable[str]) -> str:
    """The near miss as a question, or the whole choice when nothing is near.

    >>> suggestion("rleu", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> suggestion("swish", ["relu", "tanh"])
    'Choose one of: relu, tanh.'
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(word)[:80], names, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(names)}."


def shorten(thing: object, width: int = 60) -> str:
    """The repr of a value or id, cut to fit in a sentence: no control characters, no deep nesting, no code of a hostile `__repr__` trusted.

    >>> shorten("x" * 100, width=8)
    "'xxxx..."
    >>> shorten(10**5000)
    'an integer of 16610 bits'
    """
    if isinstance(thing, int) and thing.bit_length() > 4096:
        return f"an integer of {thing.bit_length()} bits"
    text = _REPR.repr(thing)
    if isinstance(thing, str):
        start = thing[:width + 1]
        text = repr(start) if start.isprintable() else ascii(start)
    return text if len(text) <= width else text[: width - 3] + "..."


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 200
_REPR.maxtuple = _REPR.maxlist = 12
