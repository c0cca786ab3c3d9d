"""The gallery shows every net of the zoo, and its command writes what its pages show."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

import netgraph as ng

FOLDER = Path(__file__).parent.parent / "docs" / "gallery"
gallery = SimpleNamespace(**runpy.run_path(str(FOLDER / "make.py")))


def test_every_function_of_the_zoo_is_shown():
    assert {net.function for net in gallery.NETS} == {name for name in ng.zoo.__all__ if not name.startswith("add_")}


def test_every_call_is_a_net():
    for net in gallery.NETS:
        assert eval(net.call, {"ng": ng}).nodes == net.build().nodes


def test_the_command_writes_every_picture_that_a_page_shows(tmp_path):
    nets = tuple(net for net in gallery.NETS if net.name in ("mlp", "lenet"))
    size = gallery.make(tmp_path, nets)
    text = "".join((tmp_path / name).read_text() for name in ("README.md", "mlp.md", "lenet.md"))
    shown = {*re.findall(r"pictures/([\w.-]+)", text)}
    assert shown == {path.name for path in (tmp_path / "pictures").iterdir()}
    assert size == sum((tmp_path / "pictures" / name).stat().st_size for name in shown)
    assert all(f"## {view}" in (tmp_path / "lenet.md").read_text() for view in gallery.WAYS)


@pytest.mark.skipif(not (FOLDER / "README.md").is_file(), reason="the gallery is made by its command")
def test_the_committed_gallery_is_whole_and_small():
    pictures = {path.name: path.stat().st_size for path in (FOLDER / "pictures").iterdir()}
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md"))
    assert {*re.findall(r"pictures/([\w.-]+)", text)} == pictures.keys()
    assert sum(pictures.values()) <= gallery.MOST_BYTES
