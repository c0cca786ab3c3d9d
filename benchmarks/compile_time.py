"""Measures how long compiling takes for 1,000 to 10,000 layers, and prints a table with a straight line laid through the figures.

    python benchmarks/compile_time.py [--repeats 3]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time

import numpy as np
from works import skipping

import netgraph as ng

DEPTHS = (1000, 2000, 4000, 7000, 10_000)
WIDTH = 4


def seconds_to_first_output(depth: int) -> tuple[float, float]:
    """CPU seconds of `ng.compile`, and of the first call, which makes the routine for the shape of its data."""
    graph, x = skipping(depth, WIDTH), np.ones((2, WIDTH), "float32")
    gc.collect()
    start = time.process_time()
    net = ng.compile(graph)
    compiled = time.process_time()
    net(x)
    return compiled - start, time.process_time() - compiled


def compile_table(repeats: int) -> str:
    """Medians for each depth, and the line t = a + b · layers that fits their sum best."""
    seconds_to_first_output(100)
    lines = ["| layers | ng.compile | first call | both, a layer |", "|---:|---:|---:|---:|"]
    totals = []
    for depth in DEPTHS:
        pairs = [seconds_to_first_output(depth) for _ in range(repeats)]
        compiled, called = (statistics.median(times) for times in zip(*pairs, strict=True))
        totals.append(compiled + called)
        lines.append(f"| {depth:,} | {compiled:.2f} s | {called:.2f} s | {1e3 * totals[-1] / depth:.3f} ms |")
    return "\n".join([*lines, "", line_sentence(totals)])


def line_sentence(totals: list[float]) -> str:
    """What the straight line through the totals says, and how well it lies."""
    slope, start = np.polyfit(DEPTHS, totals, 1)
    rest = np.asarray(totals) - (start + slope * np.asarray(DEPTHS))
    share = 1 - rest.var() / np.var(totals)
    return f"Straight line: {start:.2f} s + {slope * 1e3:.3f} ms a layer, R² = {share:.4f}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    print(compile_table(parser.parse_args().repeats))


if __name__ == "__main__":
    main()
