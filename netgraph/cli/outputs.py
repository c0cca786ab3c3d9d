"""The nets of a command line and its -o flow in; where each picture is to be written comes out, no two in one place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from netgraph.cli.options import STREAM, stem

NAME = "{name}"


def places(nets: Sequence[str], output: str | None, format: str | None, suffixes: Sequence[str], ending: str = "") -> list[str]:
    """For each net the path of its picture: -o with the net's name put in, or else the name of the net.

    `format` is a suffix without its dot, or None where the path has one; `ending` follows the name of the net by default.

    Raises: UsageError for a path without a known suffix, and for two nets in one file.

    >>> places(["nets/a.py", "nets/b.py"], "out/{name}.svg", None, [".png", ".svg"]), places(["a.py:mlp"], None, "svg", [".svg"])
    (['out/a.svg', 'out/b.svg'], ['mlp.svg'])
    """
    if format is not None and f".{format}" not in suffixes:
        raise click.UsageError(f"--format {format} is none of {_listed([suffix[1:] for suffix in suffixes])}. Choose one of these.")
    if output == STREAM:
        return _stream(nets, format, suffixes)
    pattern = output if output is not None else f"{NAME}{ending}.{format or 'png'}"
    _require_suffix(pattern, format, suffixes)
    found = [pattern.replace(NAME, stem(net)) for net in nets]
    seen: dict[str, str] = {}
    for net, path in zip(nets, found, strict=True):
        first = seen.setdefault(os.path.normcase(os.path.realpath(path)), net)
        if first is not net:
            raise click.UsageError(f"'{first}' and '{net}' would both be drawn to '{path}'. " + (
                "Give them names of their own." if NAME in pattern else f"Put {NAME} into the path, as in -o {_named(pattern)}."))
    return found


def _stream(nets: Sequence[str], format: str | None, suffixes: Sequence[str]) -> list[str]:
    if len(nets) > 1:
        raise click.UsageError("Only one picture can be written to stdout. Name one net, or files, as in -o {name}.svg.")
    if format is None:
        raise click.UsageError(f"stdout does not say what to write. Add --format {_listed([suffix[1:] for suffix in suffixes])}.")
    return [STREAM]


def _require_suffix(path: str, format: str | None, suffixes: Sequence[str]) -> None:
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        raise click.UsageError(f"'{path}' does not say what to write. End it in {_listed(suffixes)}.")
    if format is not None and suffix != f".{format}":
        raise click.UsageError(f"'{path}' ends in {suffix}, but --format says {format}. Leave one of them out.")


def _named(path: str) -> str:
    return str(Path(path).with_stem(NAME))


def _listed(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
