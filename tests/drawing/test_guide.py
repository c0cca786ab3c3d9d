"""The guide to drawing says what is so: its scripts run, its queries find something, its theme is one."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

import netgraph as ng
from netgraph.drawing import Drawing
from netgraph.drawing.themes.palettes import THEMES
from netgraph.drawing.themes.theme import theme
from netgraph.inference import infer
from netgraph.query import select
from netgraph.zoo import resnet

GUIDE = (Path(__file__).parents[2] / "docs" / "drawing.md").read_text(encoding="utf-8")
SCRIPTS = [match.replace("\n    ", "\n") for match in re.findall(r"(?:\n    .+)+", GUIDE)]
QUERIES = re.findall(r"^\| `([^`]+=[^`]+)` \|", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_runs(script: str, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        exec(compile(script, "drawing.md", "exec"), {"ng": ng, "G": resnet(18)})


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_one(query: str) -> None:
    assert QUERIES
    select(infer(resnet(18)), query)


def test_the_theme_is_one(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL).group(1), encoding="utf-8")
    assert theme(str(tmp_path / "house.toml")).paint("conv").hatch == "/"


def test_every_suffix_and_theme_is_named() -> None:
    assert set(re.findall(r"^\| `(\.\w+)` \|", GUIDE, re.MULTILINE)) == Drawing.WRITERS.keys()
    assert all(f'"{name}"' in GUIDE for name in THEMES)
