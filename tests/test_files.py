"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from netgraph.errors import FileError
from netgraph.files import read_bytes, readable_path, replacing, writable_path


def test_new_content_takes_the_place_of_the_old(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new" and os.listdir(tmp_path) == ["a.txt"]


def test_temporary_path_has_the_suffix_and_folder_of_the_file(tmp_path):
    with replacing(tmp_path / "a.svg") as temporary:
        assert temporary.suffix == ".svg" and temporary.parent == tmp_path


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_failure_or_interruption_leaves_the_old_file_alone(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("ne")
        raise error
    assert (tmp_path / "a.txt").read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_full_disk_is_a_refusal(tmp_path):
    with pytest.raises(FileError, match="no space left on device"), replacing(tmp_path / "a.txt"):
        raise OSError(28, "No space left on device")
    assert not os.listdir(tmp_path)


def test_link_is_followed(tmp_path):
    (tmp_path / "target.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("target.txt")
    with replacing(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "target.txt").read_text() == "new"


def test_permissions_of_the_old_file_are_kept(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(0o640)
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_new_file_has_the_permissions_of_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_file_made_anew_by_a_library_has_the_permissions_of_the_old_one(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(0o640)
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.unlink()
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize(("name", "words"), [("", "is a folder"), ("none/a.txt", "there is no folder"), ("x" * 300, "too long")])
def test_place_that_cannot_be_written_is_refused(tmp_path, name, words):
    with pytest.raises(FileError, match=words), replacing(tmp_path / name):
        pass
    assert not os.listdir(tmp_path)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")
def test_device_is_neither_read_nor_replaced():
    for look in (readable_path, writable_path):
        with pytest.raises(FileError, match="ordinary file"):
            look("/dev/zero")


def test_file_beyond_its_budget_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(bytes(2**20 + 1))
    with pytest.raises(FileError, match="larger than the 1 MiB"):
        read_bytes(tmp_path / "a.json", 2**20)
