"""The README says what is true: its first script runs and prints what stands there, its commands are the ones that are tested."""

import contextlib
import inspect
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


def test_every_script_of_the_readme_runs_in_turn(tmp_path):
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(io.StringIO()):
        names = {}
        for block in fenced("python"):
            exec(compile(block, "README.md", "exec"), names)
    assert names["accuracy"] > 0.9
    assert {path.name for path in tmp_path.iterdir()} == {"two-layer.png", "curves.png", "digits.safetensors", "resnet18.png"}


def test_the_readme_names_every_net_of_the_zoo():
    from netgraph import zoo
    assert all(f"`{name}`" in README for name in zoo.__all__ if not name.startswith("add_"))


def public_things():
    """Every public name of netgraph and its zoo, and what is public in its classes, but for what goes to and fro inside."""
    import netgraph
    from netgraph import zoo
    inside = {"NumpyNet.runner", "NumpyNet.train", "NumpyNet.training_data", "Trainer.net", "Drawing.WRITERS", "Figure.WRITERS",
              "Animation.WRITERS"}
    things = {name: getattr(netgraph, name) for name in netgraph.__all__ if name != "__version__"}
    things |= {f"zoo.{name}": getattr(zoo, name) for name in zoo.__all__}
    for owner in [name for name, thing in things.items() if inspect.isclass(thing) and not issubclass(thing, Exception)]:
        members = {f"{owner}.{name}": member for name, member in vars(things[owner]).items() if not name.startswith("_")}
        things |= {name: member for name, member in members.items()
                   if inspect.getdoc(member) and name not in inside and not isinstance(member, str)}       # which is a field's default
    return things


def test_every_public_name_has_an_example():
    assert [name for name, thing in public_things().items() if ">>>" not in (inspect.getdoc(thing) or "")] == []


def test_links_lead_somewhere():
    assert all((ROOT / path).exists() for path in re.findall(r"\]\(([^)#:]+)\)", README))


def test_every_command_of_the_readme_exists():
    from netgraph.cli.commands import commands
    named = set(re.findall(r"^netgraph (\w+)", "\n".join(fenced("")), re.MULTILINE))
    assert named and named == set(commands.commands)
