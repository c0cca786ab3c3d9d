"""Measures every engine on the works in turn, in one process with one number of threads; figures go to stdout, a line of JSON a work.

    python benchmarks/measure.py --threads 1 [W1 W2 ...]      (engine.py calls it, once for each number of threads)
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numpy as np
from rivals import PRODUCTS, Step, rivals
from works import works

ROUNDS = 15
QUARTILES = (0.25, 0.5, 0.75)
SAME = 0.01                                                # how far a rival's loss may lie off netgraph's, in float32
UNCHECKED = {*PRODUCTS, "scikit-learn"}                    # they compute no loss, or from a start of their own


def measure(steps: dict[str, Step], seconds: float) -> dict[str, dict[str, list[float]]]:
    """Quartiles of the CPU and the wall seconds of one step, the steps taken in turn."""
    counts = {name: max(1, int(seconds / ROUNDS / _rough_seconds(step))) for name, step in steps.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(counts[name]):
                step()
            times[name].append(((time.process_time() - cpu) / counts[name], (time.perf_counter() - wall) / counts[name]))
    quartiles = {name: np.quantile(pairs, QUARTILES, axis=0).T.tolist() for name, pairs in times.items()}
    return {name: {"cpu": cpu, "wall": wall} for name, (cpu, wall) in quartiles.items()}


def _rough_seconds(step: Step) -> float:
    for _ in range(3):                                     # the first calls compile
        step()
    start, calls = time.perf_counter(), 0
    while calls < 100 and time.perf_counter() - start < 0.02:
        step()
        calls += 1
    return (time.perf_counter() - start) / calls


def able(steps: dict[str, Step], work: str) -> dict[str, Step]:
    """Those that can do the work. A rival that breaks down on it is named on stderr and left out."""
    kept = {}
    for name, step in steps.items():
        try:
            step()
        except Exception as error:                         # whatever the compiler of a rival raises
            if name == "netgraph":
                raise
            print(f"{work}: {name} fails: {str(error).splitlines()[:2]}", file=sys.stderr, flush=True)
        else:
            kept[name] = step
    return kept


def require_same(steps: dict[str, Step]) -> None:
    """The next step of each engine gives netgraph's loss or output: they do the same work.

    Raises: SystemExit naming the engine that does another.
    """
    wanted = np.asarray(steps["netgraph"](), "float64")
    for name, step in steps.items():
        if name != "netgraph" and name not in UNCHECKED:
            got = np.asarray(step(), "float64")
            if got.shape != wanted.shape or np.abs(got - wanted).max() > SAME * max(1.0, np.abs(wanted).max()):
                sys.exit(f"{name} computes something else than netgraph: {got.ravel()[:3]}, not {wanted.ravel()[:3]}.")


def faster_products(figures: dict[str, Any]) -> dict[str, Any]:
    """The same, but of the two layouts of the matrix products only the faster one, as "GEMMs alone"."""
    there = sorted((name for name in PRODUCTS if name in figures), key=lambda name: figures[name]["cpu"][1])
    return {("GEMMs alone" if name in there else name): figure for name, figure in figures.items() if name not in there[1:]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    for work in works():
        if not options.works or work.name in options.works:
            steps = able(rivals(work, options.threads, options.compile), work.name)
            require_same(steps)
            figures = faster_products(measure(steps, options.seconds))
            print(json.dumps({"threads": options.threads, "work": work.name, "what": work.what, "figures": figures}), flush=True)


if __name__ == "__main__":
    main()
