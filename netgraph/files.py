"""Paths as the user names them go in; a file that is there to read, or a safe place to write, comes out."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from zlib import crc32

from netgraph.errors import FileError, shorten, suggestion


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, of the same suffix, that takes its place when the block ends well.

    When the block raises, or is interrupted, the temporary file is removed and what stood at `path` stays as it was.
    A link is followed: the file it points to is replaced. Permissions stay as they were, or are those the user's umask gives.

    Raises: FileError when `path` cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(f"{folder}/net.txt") as temporary:
    ...         _ = temporary.write_text("x -> y")
    ...     os.listdir(folder)
    ['net.txt']
    """
    target = writable_path(path)
    temporary = target.with_name(f"{_temporary_prefix(target)}{secrets.token_hex(6)}{target.suffix}")
    try:
        # os.open, and not tempfile, so that the file gets the permissions the user's umask gives.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)   # a library that made the file anew, as safetensors does, left it to its owner alone
        _flush_to_disk(temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise FileError(f"'{path}' could not be written: {reason(error)}. "
                        "Choose a folder you may write to, with room on its disk.") from error
    finally:
        with suppress(OSError):   # it is gone already, or was never there
            temporary.unlink()


def clear_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove the temporary files that writers of `path` left, since they were killed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder, "net.txt")
    ...     Path(folder, _temporary_prefix(place) + "0.txt").touch()
    ...     clear_leftovers(place)
    ...     os.listdir(folder)
    []
    """
    target = Path(os.path.realpath(as_path(path)))
    for left in target.parent.glob(f"{_temporary_prefix(target)}*"):
        with suppress(OSError):
            left.unlink()


def _temporary_prefix(target: Path) -> str:
    """How the names of temporary files for a target begin: short, and like those of no other target in its folder."""
    return f".netgraph-{crc32(os.fsencode(target.name)):08x}-"


def writable_path(path: str | os.PathLike[str]) -> Path:
    """The place where a file may be written, links followed.

    Raises: FileError when a folder or device stands there, the file is read-only, or its folder does not exist.

    >>> writable_path("no-such-folder/net.json")
    Traceback (most recent call last):
    netgraph.errors.FileError: 'no-such-folder/net.json' cannot be written: there is no folder 'no-such-folder'. Make it first.
    """
    target = Path(os.path.realpath(as_path(path)))
    if os.path.isdir(target):
        raise FileError(f"'{path}' cannot be written: it is a folder. Name a file in it.")
    if os.path.exists(target) and not os.path.isfile(target):
        raise FileError(f"'{path}' cannot be written: it is no ordinary file. Name another.")
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise FileError(f"'{path}' cannot be written: it is read-only. Name another file, or make this one writable.")
    if not os.path.isdir(target.parent):
        raise FileError(f"'{path}' cannot be written: there is no folder '{Path(path).parent}'. Make it first.")
    return target


def readable_path(path: str | os.PathLike[str]) -> Path:
    """The ordinary file that stands at `path`.

    Raises: FileError when there is none (near names in the folder are suggested), or a folder or device stands there.

    >>> readable_path("no-such-folder/net.json")
    Traceback (most recent call last):
    netgraph.errors.FileError: There is no file 'no-such-folder/net.json': there is no folder 'no-such-folder'. Check the path.
    """
    source = as_path(path)
    if os.path.isdir(source):
        raise FileError(f"'{path}' is a folder. Name a file in it.")
    if not os.path.exists(source):
        raise FileError(f"There is no file '{path}'{_near_names(source)}")
    if not os.path.isfile(source):
        raise FileError(f"'{path}' is no ordinary file but a device or pipe. Name a file.")
    return source


def read_bytes(path: str | os.PathLike[str], budget: int) -> bytes:
    """All bytes of a file of at most `budget` bytes.

    Raises: FileError when it is not there, is larger, or cannot be read.
    """
    source = readable_path(path)
    try:
        with source.open("rb") as file:
            content = file.read(budget + 1)
    except OSError as error:
        raise FileError(f"'{path}' could not be read: {reason(error)}. Check its permissions.") from error
    if len(content) > budget:
        raise FileError(f"'{path}' is larger than the {budget // 2**20} MiB that netgraph reads of this kind of file. "
                        "Large nets belong in a .safetensors file.")
    return content


def as_path(path: str | os.PathLike[str]) -> Path:
    """The path, as one that a file may have.

    Raises: FileError for what is no text, or holds a character that no file name can.

    >>> as_path("nets/small.json").suffix
    '.json'
    """
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise FileError(f"A path is wanted, but {shorten(path)} came. Write it as text, such as 'net.json'.")
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError as error:
        raise FileError(f"The path {shorten(str(path))} has a character that no file name can hold. Write another.") from error
    if b"\0" in name:
        raise FileError(f"The path {shorten(str(path))} has a NUL character, that no file name can hold. Leave it out.")
    return Path(os.fsdecode(name))


def reason(error: OSError) -> str:
    """What the system says of an error, without its number and path.

    >>> reason(PermissionError(13, "Permission denied"))
    'permission denied'
    """
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


def _near_names(source: Path) -> str:
    folder = source.parent
    if not os.path.isdir(folder):
        return f": there is no folder '{folder}'. Check the path."
    try:
        names = [name for name in islice(os.listdir(folder), 1000) if not name.startswith(".")]
    except OSError:
        names = []   # a folder that may not be listed has nothing to suggest
    near = suggestion(source.name, names)
    return f". {near}" if near.startswith("Did") else ". Check the path."


def _flush_to_disk(path: Path) -> None:
    # Opened for writing since Windows flushes no file that is only open for reading.
    with path.open("r+b") as file:
        os.fsync(file.fileno())
