"""The name of an optional package goes in; the package comes out, or a refusal that says how to install it."""

from __future__ import annotations

import warnings
from importlib import import_module
from types import ModuleType

from netgraph.errors import InstallError


def package(name: str, extra: str, purpose: str) -> ModuleType:
    """The package, imported; what it says of its own deprecated parts while it is imported is not the user's matter.

    Raises: InstallError where it is not installed.

    >>> package("no_such_package", "similarity", "A graph encoder")
    Traceback (most recent call last):
    netgraph.errors.InstallError: A graph encoder takes the package no_such_package, which is not installed. Write pip install
        'netgraph-nn[similarity]'.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return import_module(name)
    except ModuleNotFoundError as error:
        raise InstallError(f"{purpose} takes the package {(error.name or name).partition('.')[0]}, which is not installed. "
                           f"Write pip install 'netgraph-nn[{extra}]'.") from None
