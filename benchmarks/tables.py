"""The measured figures flow in; Markdown comes out: a short table, a full one, and a line about the machine."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from netgraph.blas import loaded_kernels

Row = dict[str, Any]                                       # of one work: its names, and for each engine the quartiles of both clocks
SHORT = ("netgraph", "torch eager", "torch.compile", "JAX jit", "scikit-learn", "ONNX Runtime", "GEMMs alone")
LIBRARIES = {"numpy": "NumPy", "torch": "torch", "jax": "JAX", "scikit-learn": "scikit-learn", "onnxruntime": "ONNX Runtime",
             "onnx": "onnx"}


def clock(row: Row) -> str:
    """The clock that counts: CPU time for one thread, wall time for several."""
    return "cpu" if row["threads"] == 1 else "wall"


def printed(seconds: float) -> str:
    """A time in three digits.

    >>> printed(1.234e-5), printed(0.0456)
    ('12.3 µs', '45.6 ms')
    """
    value, unit = (seconds * 1e6, "µs") if seconds < 1e-3 else (seconds * 1e3, "ms")
    return f"{value:.{max(0, 2 - (value >= 10) - (value >= 100))}f} {unit}"


def short_table(rows: list[Row]) -> str:
    """A line a work, a column an engine; behind each time how many times netgraph's it is."""
    names = [name for name in SHORT if any(name in row["figures"] for row in rows)]
    lines = [f"| work, {_threads(rows[0])} | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for row in rows:
        ours = _median(row, "netgraph")
        cells = [_cell(row, name, ours) for name in names]
        lines.append(f"| {row['work']}: {row['what']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def full_table(rows: list[Row]) -> str:
    """A line for each work and engine: both clocks with their spread."""
    lines = [f"| work, {_threads(rows[0])} | engine | CPU time of a step | wall time | times netgraph's |", "|---|---|---:|---:|---:|"]
    for row in rows:
        for name, figure in row["figures"].items():
            what = f"{row['work']}: {row['what']}" if name == "netgraph" else ""
            ratio = _median(row, name) / _median(row, "netgraph")
            lines.append(f"| {what} | {name} | {_spread(figure['cpu'])} | {_spread(figure['wall'])} | {ratio:.2f} |")
    return "\n".join(lines)


def machine() -> str:
    """What it was measured on."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    versions = [f"{name} {metadata.version(package)}" for package, name in LIBRARIES.items() if _is_installed(package)]
    model, kernels = (models or [platform.processor()])[0], loaded_kernels()
    blas = f"; OpenBLAS runs its {kernels} kernels" if kernels else ""
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {', '.join(versions)}; float32{blas}."


def _cell(row: Row, name: str, ours: float) -> str:
    if name not in row["figures"]:
        return ""
    time = printed(_median(row, name))
    return time if name == "netgraph" else f"{time} ({_median(row, name) / ours:.2f})"


def _median(row: Row, name: str) -> float:
    return float(row["figures"][name][clock(row)][1])


def _threads(row: Row) -> str:
    return "1 thread, CPU time" if row["threads"] == 1 else f"{row['threads']} threads, wall time"


def _spread(quartiles: list[float]) -> str:
    low, median, high = quartiles
    return f"{printed(median)} ({printed(low)} to {printed(high)})"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
