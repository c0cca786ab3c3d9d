"""What a command has to say flows in; lines on stdout and stderr come out."""

from __future__ import annotations

import os
from pathlib import Path

import click

from netgraph.errors import NetgraphError

LONGEST = 1000     # characters of one complaint
MOST_LINES = 3     # of a refusal


def say(text: str, *, is_error: bool = False) -> None:
    """Write a line, or several, to stdout or stderr."""
    click.echo(text, err=is_error)


def complain(text: str, word: str = "error") -> None:
    """Write one line to stderr that begins as every complaint does."""
    say(f"netgraph: {word}: {one_line(text)}", is_error=True)


def one_line(text: str) -> str:
    r"""The text without line breaks and other characters that would move the cursor, cut where it is very long.

    >>> one_line("a\nb\x1b")
    'a b '
    """
    line = "".join(c if c.isprintable() else " " for c in text[:LONGEST + 1])
    return line if len(text) <= LONGEST else line[:LONGEST] + "…"


def refuse(error: NetgraphError, most: int | None = MOST_LINES, about: str = "") -> None:
    """Write the complaints of a refusal, one a line; where there are more than `most` lines, the last says how many are left.

    With `about` each begins with what it is about: the one of several nets that is wrong.
    """
    start = f"{about}: " if about else ""
    complaints = [f"{start}{complaint}" for complaint in error.complaints]
    shown = complaints if most is None or len(complaints) <= most else complaints[:most - 1]
    for complaint in shown:
        complain(complaint)
    if len(shown) < len(complaints):
        complain(f"{start}... and {len(complaints) - len(shown):,} more; 'netgraph check' lists them all.")


def report(path: str | os.PathLike[str], about: str = "") -> None:
    """Say which file was written, what it holds and how large it is."""
    size = Path(path).stat().st_size
    say(f"{os.fspath(path)}: {f'{about}, ' if about else ''}{size:,} bytes")
