"""The command as a process of its own: its exit code, its streams, an interruption, a closed pipe, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "netgraph"]


def call(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output="stdout" not in options, timeout=120, **{"text": True, **options})


@pytest.mark.parametrize(("arguments", "code"), [
    (["check", "net.py"], 0), (["check", "net.py:wrong"], 1), (["check"], 2), (["--help"], 0)])
def test_the_exit_code_tells_a_wrong_net_from_a_wrong_command_line(arguments, code, folder):
    assert call(*arguments).returncode == code


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_an_interruption_is_one_line_and_leaves_the_old_file(folder):
    Path("slow.py").write_text("import netgraph as ng\nG = ng.chain(2, 3)\nopen('started', 'w').close()\n")
    Path("out.json").write_text("old")
    options = ["--data", "data.npz", "--loss", "cross_entropy", "--epochs", "100000000", "-o", "out.json"]
    process = subprocess.Popen([*COMMAND, "train", "slow.py", *options], stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))     # a background job ignores it
    try:
        while not Path("started").exists() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert error == "netgraph: interrupted; nothing was left half-written.\n"
    assert process.returncode in (130, -signal.SIGINT)     # the latter while a library is imported; a shell calls both 130
    assert Path("out.json").read_text() == "old"
    assert [path.name for path in folder.iterdir() if path.name.startswith(".netgraph")] == []


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
@pytest.mark.parametrize("arguments", [["ops"], ["--help"], ["summary", "net.py"]])
def test_a_closed_pipe_is_silent(arguments, folder):
    reading, writing = os.pipe()
    os.close(reading)
    done = call(*arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_said(folder):
    with open("/dev/full", "w") as full:
        done = call("ops", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith("netgraph: error: The output could not be written: no space left on device.")
    assert len(done.stderr.splitlines()) == 1


def test_an_output_that_lacks_a_character_gets_its_escape(folder):
    done = call("summary", "net.py", env={**os.environ, "PYTHONIOENCODING": "latin-1"}, encoding="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"x (2) \u2192 dense2 (3)" in done.stdout
