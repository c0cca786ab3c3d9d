"""The constants of ops: a value as the user wrote it flows in, the checked value that the op computes with comes out."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import typing
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from netgraph.cache import cached
from netgraph.errors import OpError, shorten, suggestion

LARGEST = 2**40   # no layer has more units, channels or rows than this


def integer(value: object, least: int, what: str) -> int:
    """The value as an int of at least `least`; a bool, a float and a str are none."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ValueError(f"{what} of at least {least}" if least > -LARGEST else what)
    if int(value) > LARGEST:
        raise ValueError(f"{what} of at most 2**40")
    return int(value)


def whole_number(word: str, value: object, least: int) -> int:
    """The value of an option such as `epochs`, as an int of at least `least`.

    Raises: OpError for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise OpError(f"{word}={shorten(value)} is no whole number of at least {least}. Correct it.")
    return int(value)


def size(value: object) -> int:
    """A positive whole number."""
    return integer(value, 1, "a whole number")


def size_or_sizes(value: object) -> int | tuple[int, ...]:
    """A positive whole number, or a tuple of them."""
    return sizes(value) if isinstance(value, (tuple, list)) else size(value)


def scale(value: object) -> float | tuple[float, ...]:
    """A number above 0, or a tuple of them."""
    if not isinstance(value, (tuple, list)):
        return positive(value)
    if not value:
        raise ValueError("a number above 0 or a tuple of them")
    return tuple(positive(part) for part in value)


def count(value: object) -> int:
    """A whole number of at least 0."""
    return integer(value, 0, "a whole number")


def counts(value: object) -> tuple[int, ...]:
    """Whole numbers of at least 0."""
    if not isinstance(value, (tuple, list)) or not value:
        raise ValueError("a tuple of whole numbers of at least 0")
    return tuple(count(part) for part in value)


def whole(value: object) -> int:
    """Any whole number."""
    return integer(value, -LARGEST, "a whole number")


def sizes(value: object) -> tuple[int, ...]:
    """Positive whole numbers."""
    if not isinstance(value, (tuple, list)) or not value:
        raise ValueError("a tuple of whole numbers of at least 1")
    return tuple(size(part) for part in value)


PARTS = ("", "a whole number", "a whole number, or a pair (height, width) of them,",
         "a whole number, or three (depth, height, width) of them,")
EACH = ("", "One whole number.", "One whole number for both sides of an image, or one for each: (height, width).",
        "One whole number for all sides of a volume, or one for each: (depth, height, width).")
PIXELS = ("", " or a whole number", ", a whole number or a pair (height, width)", ", a whole number or three (depth, height, width)")


def sides(rank: int, least: int = 1) -> Callable[[object], tuple[int, ...]]:
    """What reads one whole number for all sides of an image, or one for each; `rank` is the number of sides."""
    def read(value: object) -> tuple[int, ...]:
        parts = value if isinstance(value, (tuple, list)) else (value,) * rank
        if len(parts) != rank:
            raise ValueError(f"{PARTS[rank]} of at least {least}")
        return tuple(integer(part, least, PARTS[rank]) for part in parts)
    read.__doc__ = EACH[rank]
    return read


def pads(rank: int) -> Callable[[object], tuple[int, ...] | str]:
    """What reads the pixels added on both ends of each side, or "same" (the output keeps the size) or "valid" (none)."""
    def read(value: object) -> tuple[int, ...] | str:
        if isinstance(value, str):
            if value not in ("same", "valid"):
                raise ValueError(f"'same', 'valid'{PIXELS[rank]}")
            return value
        return sides(rank, least=0)(value)
    read.__doc__ = 'Pixels added on both ends of each side, or "same" (the output keeps the size) or "valid" (none).'
    return read


def optional(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """What reads None as None, and anything else as `read` does."""
    def read_or_none(value: object) -> Any:
        return None if value is None else read(value)
    read_or_none.__doc__ = (read.__doc__ or "").replace(".", ", or None.", 1)
    return read_or_none


def even_sizes(value: object) -> tuple[int, ...]:
    """Whole numbers of at least 0, two for each dim, the last dim first: (left, right, top, bottom)."""
    if not isinstance(value, (tuple, list)) or not value or len(value) % 2:
        raise ValueError("a tuple of whole numbers of at least 0, two for each dim, the last dim first")
    return tuple(integer(part, 0, "a whole number") for part in value)


def dims(value: object) -> tuple[int, ...]:
    """One dim or several, counted as in PyTorch, batch first."""
    parts = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not parts:
        raise ValueError("a dim or a tuple of dims")
    return tuple(whole(part) for part in parts)


def shape(value: object) -> tuple[int | str, ...]:
    """The shape of one sample: sizes, or names such as "T" for sizes that only the data knows."""
    wanted = "a tuple of sizes, such as (3, 32, 32) or ('T', 64), without the batch"
    if not isinstance(value, (tuple, list)):
        raise ValueError(wanted)
    return tuple(part if isinstance(part, str) and part.isidentifier() else integer(part, 1, f"{wanted}, each") for part in value)


def real(value: object) -> float:
    """A finite number."""
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:                                # an int beyond all floats
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def positive(value: object) -> float:
    """A number above 0."""
    if real(value) <= 0:
        raise ValueError("a number above 0")
    return real(value)


def not_negative(value: object) -> float:
    """A number of at least 0."""
    if real(value) < 0:
        raise ValueError("a number of at least 0")
    return real(value)


def probability(value: object) -> float:
    """A number from 0 up to, not including, 1."""
    if not 0 <= real(value) < 1:
        raise ValueError("a probability: at least 0, less than 1")
    return real(value)


def limit(value: object) -> float | None:
    """A bound, or None for no bound."""
    return None if value is None else real(value)


def switch(value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return value


Size = Annotated[int, size]
Sizes = Annotated[tuple[int, ...], sizes]
Count = Annotated[int, count]
Counts = Annotated[tuple[int, ...], counts]
SizeOrSizes = Annotated[int | tuple[int, ...], size_or_sizes]
OptionalSize = Annotated[int | None, optional(size)]
OptionalSizes = Annotated[int | tuple[int, ...] | None, optional(size_or_sizes)]
OptionalScale = Annotated[float | tuple[float, ...] | None, optional(scale)]
Single = Annotated[tuple[int, ...], sides(1)]
Pair = Annotated[tuple[int, ...], sides(2)]
Triple = Annotated[tuple[int, ...], sides(3)]
OptionalSingle = Annotated[tuple[int, ...] | None, optional(sides(1))]
OptionalPair = Annotated[tuple[int, ...] | None, optional(sides(2))]
OptionalTriple = Annotated[tuple[int, ...] | None, optional(sides(3))]
SingleMargin = Annotated[tuple[int, ...], sides(1, least=0)]
Margin = Annotated[tuple[int, ...], sides(2, least=0)]
TripleMargin = Annotated[tuple[int, ...], sides(3, least=0)]
SinglePads = Annotated[tuple[int, ...] | str, pads(1)]
Pads = Annotated[tuple[int, ...] | str, pads(2)]
TriplePads = Annotated[tuple[int, ...] | str, pads(3)]
Dim = Annotated[int, whole]
Dims = Annotated[tuple[int, ...], dims]
OptionalDims = Annotated[Any, optional(dims)]        # `at` has put all dims in the place of None before forward sees it
OptionalDim = Annotated[int | None, optional(whole)]
Margins = Annotated[tuple[int, ...], even_sizes]
SampleShape = Annotated[tuple[int | str, ...], shape]
Number = Annotated[float, real]
Positive = Annotated[float, positive]
NotNegative = Annotated[float, not_negative]
Probability = Annotated[float, probability]
Limit = Annotated[float | None, limit]
OptionalNotNegative = Annotated[float | None, optional(not_negative)]
Switch = Annotated[bool, switch]


def _choice(words: tuple[Any, ...]) -> Callable[[object], object]:
    def choose(value: object) -> object:
        if not any(type(value) is type(word) and value == word for word in words):
            raise ValueError("one of " + ", ".join(repr(word) for word in words))
        return value
    return choose


def _converter(hint: Any) -> Callable[[object], object]:
    if get_origin(hint) is Literal:
        return _choice(get_args(hint))
    return typing.cast("Callable[[object], object]", get_args(hint)[1])


@cached
def converters(kind: type) -> dict[str, Callable[[object], object]]:
    """What reads each constant of an op: {field: function from the user's value to the checked one}.

    A field that would hide a method of its class, such as `shape`, has an underscore behind its name.
    """
    hints = get_type_hints(kind, include_extras=True)
    return {field.name.rstrip("_"): _converter(hints[field.name]) for field in dataclasses.fields(kind)}


@cached
def required(kind: type) -> frozenset[str]:
    """The constants that an op cannot do without."""
    return frozenset(field.name.rstrip("_") for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING)


def read_field(kind: type, name: str, value: object, who: str) -> object:
    """The checked value of one constant.

    Raises: OpError saying what it wants and what came.
    """
    try:
        return converters(kind)[name](value)
    except ValueError as error:
        raise OpError(f"{who} was given {name}={shorten(value)}, but wants {error}. {_cure(kind, name, value)}") from None


def read_fields(kind: type, given: Mapping[str, object], who: str) -> dict[str, Any]:
    """The checked values of all constants that were given, by name.

    Raises: OpError for a word that is no constant, or for a value that it does not take.
    """
    known = converters(kind)
    for word in given.keys() - known.keys():
        raise OpError(f"{who} has no constant {shorten(word)}. {suggestion(word, known) if known else 'Leave it out.'}")
    return {word: read_field(kind, word, value, who) for word, value in given.items()}


def _cure(kind: type, name: str, value: object) -> str:
    """What to write instead: the same number, where only its type is wrong, as in "64" or 64.0."""
    if type(value) is not str and not isinstance(value, float):
        return "Correct it."
    for number in (int, float):
        with contextlib.suppress(ValueError, OverflowError):
            plain = number(value)
            if plain == float(value):
                converters(kind)[name](plain)
                return f"Write {name}={plain}."
    return "Correct it."
