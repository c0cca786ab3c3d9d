"""A cache for functions of types: a function flows in, the same function that remembers its results comes out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])


def cached(function: Function) -> Function:
    """`functools.cache`, typed as the function itself.

    >>> cached(abs)(-1)
    1
    """
    return cast("Function", cache(function))
