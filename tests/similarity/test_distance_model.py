"""The shipped encoder for edit distances: its file, and the script that makes it."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

import netgraph as ng
from netgraph.similarity.directed_gin import HIGHEST, HIGHEST_POOLED, HIGHEST_SUM, HOPS, ROWS, SCALE, distance_encoder, read_encoder
from netgraph.similarity.fixed_point import LIMIT, snapped
from tests.similarity.edit_oracle import random_net

ROOT = Path(__file__).parents[2]
MODEL = files("netgraph.similarity").joinpath("models/distance.safetensors")


def test_the_file_is_small_and_says_how_it_was_made():
    assert len(MODEL.read_bytes()) <= 1_500_000
    with safe_open(str(MODEL), framework="numpy") as file:
        made = json.loads(file.metadata()["netgraph"])
    assert made["encoder"] == "distance"
    assert made["held out"] == 0
    assert made["data"] in files("netgraph.similarity").joinpath("models/distance.md").read_text(encoding="utf-8")


def test_the_arrays_lie_on_the_grid():
    encoder = distance_encoder()
    assert encoder.table.shape[0] == ROWS
    assert len(encoder.first) == len(encoder.second) == HOPS
    layers = (*encoder.first, *encoder.second, *encoder.bend)
    for array in (encoder.table, encoder.read, encoder.back, *(part for layer in layers for part in layer)):
        assert np.array_equal(array, snapped(array))


def test_no_sum_of_products_can_leave_what_float64_holds_exactly():
    encoder = distance_encoder()
    (inner, _), (outer, _) = encoder.bend
    highest = [(encoder.read, HIGHEST_POOLED), (inner, HIGHEST_POOLED / SCALE), (outer, HIGHEST), (encoder.back, HIGHEST),
               *((weight, HIGHEST_SUM) for weight, _ in encoder.first), *((weight, HIGHEST) for weight, _ in encoder.second)]
    assert all(np.abs(weight).sum(axis=0).max() * most < LIMIT for weight, most in highest)


@pytest.mark.slow
def test_the_script_trains_an_encoder_that_can_be_read(tmp_path):
    draw = random.Random(0)
    graphs = [random_net(draw.randint(4, 9), draw, ("input", "relu", "add")) for _ in range(24)]
    lines = [{"graph": i, "ops": [graph.nodes[node]["op"] for node in graph], "edges": list(graph.edges)} for i, graph in enumerate(graphs)]
    lines += [{"pair": [i, i + 1], "ged": ng.distance(graphs[i], graphs[i + 1]), "condition": "A", "split": "train"} for i in range(23)]
    with gzip.open(tmp_path / "pairs.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(map(json.dumps, lines)))
    subprocess.run([sys.executable, str(ROOT / "benchmarks/train_distance.py"), str(tmp_path / "pairs.gz"), "-o", str(tmp_path / "made"),
                    "--steps", "3"], check=True, capture_output=True, cwd=ROOT, timeout=300)
    assert read_encoder((tmp_path / "made").read_bytes()).read.shape == distance_encoder().read.shape
