"""OpenBLAS's kernels: when the wider ones are chosen, and that nobody's own choice is changed."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import netgraph as ng
from netgraph import blas

WIDE_AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2 avx512f avx512cd avx512bw avx512dq avx512vl\n\nprocessor\t: 1\n"
OTHERS = {
    "Intel": WIDE_AMD.replace("AuthenticAMD", "GenuineIntel"), "AMD with AVX2": WIDE_AMD.replace("avx512bw", ""),
    "a later processor alone": "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n\n" + WIDE_AMD,
    "Arm": "Features\t: fp asimd\n", "nothing": "",
}
TOLD = "import os, sys; sys.argv = ['netgraph', 'ops']; from netgraph.cli import main\ntry: main()\nexcept SystemExit: pass\n" \
       "print('\\n' + str(os.environ.get('OPENBLAS_CORETYPE')))"


@pytest.fixture
def untouched(monkeypatch):
    """An environment in which nobody has chosen, and NumPy is still to be imported."""
    monkeypatch.setenv(blas.CORE_TYPE, "")                 # so that what a test sets goes with it
    monkeypatch.delenv(blas.CORE_TYPE)
    monkeypatch.delitem(sys.modules, "numpy")


def test_amd_with_avx512_is_told_by_its_first_processor(tmp_path):
    (tmp_path / "cpuinfo").write_text(WIDE_AMD)
    assert blas.is_amd_with_avx512(tmp_path / "cpuinfo")


@pytest.mark.parametrize("other", OTHERS)
def test_no_other_processor_is_taken_for_one(other, tmp_path):
    (tmp_path / "cpuinfo").write_text(OTHERS[other])
    assert not blas.is_amd_with_avx512(tmp_path / "cpuinfo")


def test_where_a_system_says_nothing_nothing_is_known(tmp_path):
    assert not blas.is_amd_with_avx512(tmp_path / "none")
    assert blas.loaded_kernels(tmp_path / "none") is None


@pytest.mark.parametrize("is_wide", [True, False])
def test_wide_kernels_are_chosen_where_the_processor_has_them(is_wide, untouched, monkeypatch):
    monkeypatch.setattr(blas, "is_amd_with_avx512", lambda: is_wide)
    blas.choose_wide_kernels()
    assert os.environ.get(blas.CORE_TYPE) == (blas.WIDE if is_wide else None)


def test_a_choice_stands(untouched, monkeypatch):
    monkeypatch.setattr(blas, "is_amd_with_avx512", lambda: True)
    monkeypatch.setenv(blas.CORE_TYPE, "Haswell")
    blas.choose_wide_kernels()
    assert os.environ[blas.CORE_TYPE] == "Haswell"


def test_behind_the_import_of_numpy_nothing_is_set(untouched, monkeypatch):
    monkeypatch.setattr(blas, "is_amd_with_avx512", lambda: True)
    monkeypatch.setitem(sys.modules, "numpy", np)
    blas.choose_wide_kernels()
    assert blas.CORE_TYPE not in os.environ


def test_the_command_line_chooses_for_its_own_process(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != blas.CORE_TYPE}
    done = subprocess.run([sys.executable, "-c", TOLD], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == (blas.WIDE if blas.is_amd_with_avx512() else "None")


def test_importing_netgraph_changes_no_environment(tmp_path):
    code = "import os; before = dict(os.environ); import netgraph as ng; ng.compile(ng.chain(2, 1)); print(dict(os.environ) == before)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout == "True\n"


@pytest.mark.parametrize(("size", "is_worth_it"), [(256, True), (4, False)])
def test_a_plan_gives_advice_where_a_net_gains_by_it(size, is_worth_it, monkeypatch):
    monkeypatch.setattr(blas, "is_amd_with_avx512", lambda: True)
    monkeypatch.setattr(blas, "loaded_kernels", lambda: "Haswell")
    net = ng.compile(ng.chain(size, size, size))
    net(np.ones((64, size), "float32"))
    assert net.plan.endswith(blas.ADVICE) == is_worth_it


def test_wide_kernels_that_run_already_need_no_advice(monkeypatch):
    monkeypatch.setattr(blas, "is_amd_with_avx512", lambda: True)
    monkeypatch.setattr(blas, "loaded_kernels", lambda: "SkylakeX")
    assert blas.advice() == ""
