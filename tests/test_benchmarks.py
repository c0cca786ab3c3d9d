"""The benchmark suite runs: every engine that is installed does a small work, and the figures become tables and a picture."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import networkx as nx
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def row():
    command = [sys.executable, str(FOLDER / "measure.py"), "W2", "--seconds", "0.001"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def rooms(monkeypatch):
    """The modules of the suite by name, importable while a test runs."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import chart
    import tables
    return {"chart": chart, "tables": tables}


def test_every_engine_that_is_installed_is_measured(row):
    assert {"netgraph", "GEMMs alone", "tutorial, float64", "torch eager", "scikit-learn"} <= set(row["figures"])


def test_quartiles_of_both_clocks_stand_in_order(row):
    assert all(clock == sorted(clock) and clock[0] > 0 for figure in row["figures"].values() for clock in figure.values())


def test_a_table_has_a_line_for_each_work(row, rooms):
    lines = rooms["tables"].short_table([row, row]).split("\n")
    assert [line.count("|") for line in lines] == [lines[0].count("|")] * 4


def test_the_full_table_has_a_line_for_each_engine(row, rooms):
    assert len(rooms["tables"].full_table([row]).split("\n")) == 2 + len(row["figures"])


def test_the_chart_is_a_picture(row, rooms, tmp_path):
    rooms["chart"].save_chart([row] * 4, tmp_path / "speed.png")
    assert (tmp_path / "speed.png").stat().st_size > 20_000


def test_a_search_is_measured_both_ways():
    command = [sys.executable, str(FOLDER / "similarity_search.py"), "400"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[0].startswith("400 vectors of ")
    assert [line.split()[0] for line in lines[1:]] == ["exact", "approximate"]
    assert all(float(line.rpartition(" ")[2]) > 0.95 for line in lines[1:])


def test_a_cell_holds_what_reaches_its_output(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    from nas_bench_201 import cell
    words = {name: sorted(nx.get_node_attributes(cell(ops), "op").values()) for name, ops in {
        "nothing": ("none",) * 6, "a wire": ("none", "none", "none", "skip", "none", "none"),
        "a dead end": ("conv2d", "none", "none", "skip", "none", "none"), "all": ("conv2d",) * 6}.items()}
    assert words["nothing"] == words["a wire"] == words["a dead end"] == ["input", "output"]
    assert words["all"] == ["add"] * 2 + ["conv2d"] * 6 + ["input", "output"]


def test_importing_is_measured_beside_torchview_or_without():
    command = [sys.executable, str(FOLDER / "importing.py"), "mlp", "--rounds", "1"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.count("|") for line in lines] == [8, 8, 8]
    assert lines[2].startswith("| mlp | ")


def test_cells_are_written_as_their_authors_count_them(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    from nas_bench_201 import EDGES, OPS, written
    assert written(("skip", "none", "conv2d", "skip", "none", "skip")) == "#+#+in+(in)@conv2d"
    assert len(set(map(written, product(OPS, repeat=len(EDGES))))) == 6466          # Dong & Yang 2020, section 2.1
