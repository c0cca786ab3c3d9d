"""What a caller asks of a net flows in; the variant or number that it means comes out, or a refusal that shows the choice."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TypeVar

from netgraph.errors import OpError, shorten
from netgraph.fields import size, sizes

Value = TypeVar("Value")


def variant(net: str, asked: object, known: Mapping[int, Value] | Mapping[str, Value]) -> Value:
    """What a published variant is made of.

    Raises: OpError with all variants, for one that was never published.

    >>> variant("vit", "b15", {"b16": 12, "b32": 12})
    Traceback (most recent call last):
    netgraph.errors.OpError: ng.zoo.vit has no variant 'b15'. Choose one of: 'b16', 'b32'.
    """
    for name, value in known.items():
        if type(name) is type(asked) and name == asked:
            return value
    raise OpError(f"ng.zoo.{net} has no variant {shorten(asked)}. Choose one of: {', '.join(map(repr, known))}.")


def count(net: str, word: str, asked: object) -> int:
    """A number of layers, units or heads.

    Raises: OpError for anything but a whole number of at least 1.

    >>> count("unet", "depth", 0)
    Traceback (most recent call last):
    netgraph.errors.OpError: ng.zoo.unet was given depth=0, but wants a whole number of at least 1. Correct it.
    """
    try:
        return size(asked)
    except ValueError as error:
        raise OpError(f"ng.zoo.{net} was given {word}={shorten(asked)}, but wants {error}. Correct it.") from None


def image_sides(net: str, shape: object) -> tuple[int, int]:
    """The height and width of an image (C, H, W).

    Raises: OpError for another shape.

    >>> image_sides("unet", (1, 256, 128))
    (256, 128)
    """
    with contextlib.suppress(ValueError):
        if len(sides := sizes(shape)) == 3:
            return sides[1], sides[2]
    raise OpError(f"ng.zoo.{net} was given shape={shorten(shape)}, but wants that of an image, such as (3, 224, 224). Correct it.")
