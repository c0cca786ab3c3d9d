"""Broken and hostile data files: refused in words, before memory is taken and without running anything."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from netgraph.cli.data_file import read_arrays, read_table
from netgraph.errors import DataError, FileError


def archive(path, **members: bytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)


def npy(shape, content=b"", descr="<f8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": descr})
    return file.getvalue() + content


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "data.npz")


def test_arrays_come_back_as_they_were_saved(path):
    np.savez_compressed(path, x=np.arange(6.0).reshape(2, 3), y=np.array([True, False]))
    arrays = read_arrays(path)
    assert list(arrays) == ["x", "y"]
    assert arrays["x"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", bytes(range(256)) * 9])
def test_what_is_no_npz_is_refused(content, path):
    with open(path, "wb") as file:
        file.write(content)
    with pytest.raises(FileError, match=r"is no \.npz file that can be read"):
        read_arrays(path)


def test_a_truncated_file_is_refused_wherever_it_ends(path):
    np.savez(path, x=np.arange(50.0), y=np.arange(9))
    with open(path, "rb") as file:
        whole = file.read()
    for end in range(0, len(whole), 7):
        with open(path, "wb") as file:
            file.write(whole[:end])
        with pytest.raises(FileError):
            read_arrays(path)


def test_a_flipped_byte_is_refused_or_harmless(path):
    np.savez(path, x=np.arange(20.0))
    with open(path, "rb") as file:
        whole = bytearray(file.read())
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        with open(path, "wb") as file:
            file.write(changed)
        try:
            arrays = read_arrays(path)
        except FileError:
            continue
        assert sum(array.nbytes for array in arrays.values()) <= 160


def test_objects_are_refused(path):
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(FileError, match="holds Python objects, which could run code"):
        read_arrays(path)


@pytest.mark.parametrize("shape", [(2**40,), (2**40, 2**20), (3,), ()])
def test_a_header_that_does_not_agree_with_its_bytes_is_refused(shape, path):
    archive(path, x=npy(shape, b"\0" * 16))
    with pytest.raises(FileError, match="its bytes are too few or too many"):
        read_arrays(path)


def test_a_small_file_that_inflates_to_a_gigabyte_is_refused_before_it_does(path):
    count = 2**30
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("x.npy", "w", force_zip64=True) as member:
        member.write(npy((count,), descr="|u1"))
        for _ in range(64):
            member.write(bytes(count // 64))
    tracemalloc.start()
    with pytest.raises(FileError, match="but inflates to 1,073,741,952"):
        read_arrays(path)
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    tracemalloc.stop()


def test_data_that_compresses_well_is_read(path):
    np.savez_compressed(path, x=np.zeros((1000, 1000)))
    assert read_arrays(path)["x"].shape == (1000, 1000)


@pytest.mark.parametrize(("text", "names"), [
    ("a,b\n1,2\n", ["a", "b"]), ("1,2\n3,4\n", ["1", "2"]), ('\ufeff"a x","b"\n1,2\n', ["a x", "b"])])
def test_the_first_line_of_a_table_may_name_its_columns(text, names, tmp_path):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert read_table(str(tmp_path / "t.csv"))[0] == names


@pytest.mark.parametrize(("content", "error", "words"), [
    (b"", DataError, "has no rows"), (b"a,b\n", DataError, "has no rows"), (b"a,b\n1,x\n", FileError, "could not convert string 'x'"),
    (b"1,2\n3\n", FileError, "number of columns changed"), (b"\xff\xfe1,2\n", FileError, "no table of numbers"),
    (b"1,2\n3,nan\n", DataError, "nan in row 2 of its numbers, column 2"), (b"1,inf\n", DataError, "inf in row 1"),
    (b"1;2\n3;4\n", FileError, "no table of numbers"), (b"\0" * 9, DataError, "has no rows")])
def test_what_is_no_table_of_numbers_is_refused(content, error, words, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(error, match=words):
        read_table(str(tmp_path / "t.csv"))
