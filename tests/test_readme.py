"""The README says what is true: its first script runs and prints what stands there, its commands are the ones that are tested."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(language):
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for word, text in blocks if word == language]


@pytest.fixture(scope="module")
def first_screen(tmp_path_factory):
    folder, printed = tmp_path_factory.mktemp("readme"), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(fenced("python")[0], "README.md", "exec"), {})
    return folder, printed.getvalue()


def test_the_first_script_prints_what_the_readme_shows(first_screen):
    *table, loss = first_screen[1].rstrip().split("\n")
    *shown, shown_loss = fenced("")[0].rstrip().split("\n")
    assert [line.rstrip() for line in table] == [line.rstrip() for line in shown]
    assert loss[:14] == shown_loss[:14]                   # the last digits of 500 steps in float32 depend on the machine


def test_the_first_script_draws_the_picture_of_the_readme(first_screen):
    assert (first_screen[0] / "two-layer.png").stat().st_size > 5000
    assert all((ROOT / path).is_file() for path in re.findall(r'src="([^"]+)"', README))


def test_links_lead_somewhere():
    assert all((ROOT / path).exists() for path in re.findall(r"\]\(([^)#:]+)\)", README))


def test_every_command_of_the_readme_exists():
    from netgraph.cli.commands import commands
    named = set(re.findall(r"^netgraph (\w+)", "\n".join(fenced("")), re.MULTILINE))
    assert named and named == set(commands.commands)
