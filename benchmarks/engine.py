"""Measures netgraph against every rival that is installed, on the works W1 to W7, and prints tables as Markdown.

    python benchmarks/engine.py [W1 W2 ...] [--threads 1 2] [--compile] [--plot speed.png]

All engines of a work are measured in one run, in turn, so that a change of the machine's speed meets all of them alike. Each number of
threads has a process of its own, since libraries read it when they are imported. With one thread the figure that counts is the median of
CPU time, with several that of wall time; in brackets the spread from the first to the third quartile.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chart import save_chart
from tables import full_table, machine, short_table

MEASURE = Path(__file__).with_name("measure.py")


def thread_limits(threads: int) -> dict[str, str]:
    """The environment in which every library uses so many threads."""
    eigen = str(threads > 1).lower()
    return {**{f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}, "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"}


def results(works: list[str], threads: int, seconds: float, with_compile: bool) -> Iterator[dict[str, Any]]:
    """The figures of each work, as they come in."""
    command = [sys.executable, str(MEASURE), *works, "--threads", str(threads), "--seconds", str(seconds),
               *["--compile"] * with_compile]
    with subprocess.Popen(command, env={**os.environ, **thread_limits(threads)}, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        sys.exit(process.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*", help="names of works; all without any")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, default=1.0, help="measured for each engine and work")
    parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler and minutes")
    parser.add_argument("--plot", type=Path, help="write a bar chart of the first number of threads")
    options = parser.parse_args()
    print(machine())
    for threads in options.threads:
        rows = []
        for row in results(options.works, threads, options.seconds, options.compile):
            rows.append(row)
            print(f"{row['work']} on {threads} thread{'s' * (threads > 1)}: measured", file=sys.stderr, flush=True)
        print(f"\n{short_table(rows)}\n\n{full_table(rows)}", flush=True)
        if options.plot and threads == options.threads[0]:
            save_chart(rows, options.plot)


if __name__ == "__main__":
    main()
