"""Measures the NumPy executor against its rivals on the works W1 to W7, and prints a table.

    python benchmarks/engine.py [W1 W2 ...] [--threads 1] [--compile] [--plot engine.png]

All engines of a work are measured in one run, in turn, so that a change of the machine's speed meets all of them alike. Figures are
medians of CPU time for one step; in brackets the spread from the first to the third quartile.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("works", nargs="*", help="names of works; all without any")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=1.0, help="measured for each engine and work")
parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler and minutes")
parser.add_argument("--plot", type=Path, help="write a bar chart")
options = parser.parse_args()
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = str(options.threads)

import numpy as np  # noqa: E402  the number of threads is read when NumPy is imported

sys.path.insert(0, str(Path(__file__).parent))
from rivals import Step, rivals  # noqa: E402
from works import works  # noqa: E402

ROUNDS = 15


def measure(steps: dict[str, Step], seconds: float) -> dict[str, tuple[float, float, float]]:
    """Quartiles of the CPU seconds of one step, the steps taken in turn."""
    counts = {}
    for name, step in steps.items():
        step()
        start = time.process_time()
        step()
        counts[name] = max(1, int(seconds / ROUNDS / max(time.process_time() - start, 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(counts[name]):
                step()
            times[name].append((time.process_time() - start) / counts[name])
    return {name: tuple(np.quantile(values, (0.25, 0.5, 0.75))) for name, values in times.items()}


def printed(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def main() -> None:
    if not options.compile and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(options.threads)
    results = {}
    print("| work | engine | one step | its time / netgraph's |\n|---|---|---|---|")
    for work in works():
        if options.works and work.name not in options.works:
            continue
        steps = rivals(work, options.compile)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(options.threads)
        results[work.name] = measure(steps, options.seconds)
        ours = results[work.name]["netgraph"][1]
        for name, (low, median, high) in results[work.name].items():
            what = f"{work.name}: {work.what}" if name == "netgraph" else ""
            spread = f"{printed(low)} to {printed(high)}"
            print(f"| {what} | {name} | {printed(median)} ({spread}) | {median / ours:.2f} |", flush=True)
    if options.plot:
        plot(results, options.plot)


def plot(results: dict[str, dict[str, tuple[float, float, float]]], path: Path) -> None:
    """Bars: each engine's time as a multiple of netgraph's."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(8, 4.5), layout="constrained", dpi=160)
    axes = figure.subplots()
    names = sorted({name for result in results.values() for name in result} - {"netgraph"})
    for i, name in enumerate(names):
        there = [(j, result[name][1] / result["netgraph"][1]) for j, result in enumerate(results.values()) if name in result]
        width = 0.8 / len(names)
        axes.bar([j + (i - len(names) / 2) * width for j, _ in there], [ratio for _, ratio in there], width, label=name)
    axes.axhline(1, color="#111827", linewidth=1)
    axes.set_xticks(range(len(results)), list(results))
    axes.set_yscale("log")
    axes.set_ylabel("time / netgraph's time")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


if __name__ == "__main__":
    main()
