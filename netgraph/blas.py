"""Matrix products: what the processor can do, and what OpenBLAS does on it, flow in; wider kernels, or advice, come out."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

CORE_TYPE = "OPENBLAS_CORETYPE"                            # OpenBLAS reads it when NumPy is imported, and never again
WIDE = "SKYLAKEX"                                          # its kernels for AVX-512, whoever made the processor
NARROW = ("Haswell", "Zen")                                # its kernels for AVX2
NAME_FUNCTIONS = ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename")
NEEDED = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
ADVICE = (f"NumPy's OpenBLAS runs kernels for older processors here. With {CORE_TYPE}={WIDE} in the environment before NumPy\n"
          "is imported, matrix products take about half the time.")


def choose_wide_kernels() -> None:
    """Have OpenBLAS take its AVX-512 kernels on an AMD processor that has the instructions, unless somebody has chosen already.

    It is for a process of one's own, before NumPy is imported; behind that it does nothing. Processes that this one starts inherit it.
    """
    if CORE_TYPE not in os.environ and "numpy" not in sys.modules and is_amd_with_avx512():
        os.environ[CORE_TYPE] = WIDE


def advice() -> str:
    """What would make matrix products sooner done in this process; "" where there is nothing to say."""
    return ADVICE if is_amd_with_avx512() and loaded_kernels() in NARROW else ""


def is_amd_with_avx512(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether Linux says so of the first processor; of any other system nothing is known.

    On Intel's processors OpenBLAS chooses by the instructions; AMD's it knows by model, and takes a new one for an old one.
    """
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as file:
            first = file.read(8192).partition("\n\n")[0]
    except OSError:
        return False
    fields = {word.strip(): value.split() for word, _, value in (line.partition(":") for line in first.splitlines())}
    return fields.get("vendor_id") == ["AuthenticAMD"] and set(fields.get("flags", ())) >= NEEDED


def loaded_kernels(maps: Path = Path("/proc/self/maps")) -> str | None:
    """The name of the kernels that the OpenBLAS of this process runs; None where it cannot be told, or there is none."""
    try:
        libraries = {words[-1] for line in maps.read_text(errors="replace").splitlines() if "openblas" in (words := line.split())[-1]}
        told = map(_kernels_of, sorted(libraries, key=lambda path: "numpy" not in path))
        return next((name for name in told if name), None)
    except OSError:
        return None


def _kernels_of(library: str) -> str | None:
    opened = ctypes.CDLL(library)
    tell = next((getattr(opened, name) for name in NAME_FUNCTIONS if hasattr(opened, name)), None)
    if tell is None:
        return None
    tell.restype = ctypes.c_char_p
    return str(tell().decode())
