"""Measures the peak memory of training W4 in netgraph and in torch, each in a process of its own, and prints a table.

    python benchmarks/memory.py [--steps 20]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

NET = "W4"
IMPORTED, TRAINED = "with the library imported", "after training"


def peak_mib() -> float:
    """The most memory that this process held so far: of Linux its own high-water mark, elsewhere what `getrusage` says.

    (On Linux `ru_maxrss` counts what the parent held when it started the process.)
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def train_netgraph(steps: int) -> None:
    """Print the peaks of a process that trains with netgraph."""
    from rivals import netgraph_step
    from works import work_named
    print(peak_mib())
    step = netgraph_step(work_named(NET))
    for _ in range(steps):
        step()
    print(peak_mib())


def train_torch(steps: int) -> None:
    """Print the peaks of a process that trains with torch."""
    import torch  # noqa: F401  its import is a part of what is measured
    from rival_torch import torch_step
    from works import work_named
    print(peak_mib())
    step = torch_step(work_named(NET), threads=1)
    for _ in range(steps):
        step()
    print(peak_mib())


ENGINES = {"netgraph": train_netgraph, "torch eager": train_torch}


def peaks(engine: str, steps: int) -> tuple[float, float]:
    """MiB with the library imported, and after training, in a process of its own."""
    command = [sys.executable, __file__, "--steps", str(steps), "--inside", engine]
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    printed = subprocess.run(command, env={**os.environ, **one_thread}, stdout=subprocess.PIPE, text=True, check=True).stdout
    imported, trained = map(float, printed.split())
    return imported, trained


def memory_table(steps: int) -> str:
    """The peaks of both engines, and netgraph's share of torch's."""
    both = {engine: peaks(engine, steps) for engine in ENGINES}
    lines = [f"| peak memory of {NET}'s process | {IMPORTED} | {TRAINED}, {steps} steps |", "|---|---:|---:|"]
    lines += [f"| {engine} | {imported:.1f} MiB | {trained:.1f} MiB |" for engine, (imported, trained) in both.items()]
    share = [ours / theirs for ours, theirs in zip(both["netgraph"], both["torch eager"], strict=True)]
    return "\n".join([*lines, f"| netgraph / torch | {share[0]:.3f} | {share[1]:.3f} |"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--inside", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        ENGINES[options.inside](options.steps)
    else:
        print(memory_table(options.steps))


if __name__ == "__main__":
    main()
