"""The door of the command line: arguments flow in; a command runs; refusals become sentences on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from netgraph.blas import choose_wide_kernels
from netgraph.cli.commands import commands
from netgraph.cli.speech import complain, refuse, say
from netgraph.errors import NetgraphError
from netgraph.files import reason

DONE, WRONG, MISUSED, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141      # the last two are those of a shell: 128 + the signal's number


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave Python with its exit code: 0 done, 1 a wrong net or file, 2 a wrong command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")        # a terminal that has no '×' shall not stop a table
    choose_wide_kernels()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of one call; what it has to say stands on stdout and stderr."""
    try:
        with _one_line_warnings():
            _obey(arguments)
        return DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        complain(error.format_message())
        say(f"Try '{error.ctx.command_path if error.ctx else 'netgraph'} --help'.", is_error=True)
        return MISUSED
    except NetgraphError as error:
        refuse(error)
    except (KeyboardInterrupt, click.Abort):
        say("netgraph: interrupted; nothing was left half-written.", is_error=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)              # else Python complains when it flushes stdout at its end
        return UNREAD
    except ImportError as error:
        complain(f"This needs {error.name or 'a package'}, which cannot be imported: {error}. Install it with pip.")
    except MemoryError:
        complain("There is not enough memory. Use a smaller net or batch, or a machine with more.")
    except OSError as error:
        complain(f"{error.filename or 'The output'} could not be written: {reason(error)}. Make room, or name another file.")
    return WRONG


def _obey(arguments: Sequence[str]) -> None:
    try:
        with commands.make_context("netgraph", list(arguments)) as context:
            commands.invoke(context)
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()                                    # so that a full disk or a closed pipe is met here


@contextmanager
def _one_line_warnings() -> Iterator[None]:
    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        complain(str(message), word="warning")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
