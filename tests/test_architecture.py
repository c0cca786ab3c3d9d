"""The guides against the house: every page and room that they name is there, and docs/architecture.md names every room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import netgraph

ROOT = Path(netgraph.__file__).parent
GUIDE = ROOT.parent / "docs" / "architecture.md"
NAME = re.compile(r"`([a-z_0-9/]+(?:\.py|/))`")


def resolved(line: str) -> list[tuple[str, Path | None]]:
    """Each page or room that a line names, by its path in netgraph/ or beside the one that the line named before; None if it is nowhere."""
    found: list[tuple[str, Path | None]] = []
    beside = ROOT
    for name in NAME.findall(line):
        path = next((place / name for place in (ROOT, beside) if (place / name).exists()), None)
        beside = path.parent if path else beside
        found.append((name, path))
    return found


NAMED = [pair for paragraph in re.split(r"\n\n|\n(?=\|)", GUIDE.read_text(encoding="utf-8")) for pair in resolved(paragraph)]
PLACES = sorted({(guide.name, name) for guide in GUIDE.parent.glob("*.md") if guide != GUIDE
                 for name in re.findall(r"[`(/ ]((?:[a-z_0-9]+/)+[a-z_0-9]+\.py)\b", guide.read_text(encoding="utf-8"))})
ROOMS = sorted(path.parent for path in ROOT.rglob("__init__.py") if path.parent != ROOT)
GROUND = sorted(path for path in ROOT.glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize(("name", "path"), NAMED, ids=[name for name, _ in NAMED])
def test_a_page_or_room_that_the_guide_names_is_there(name, path):
    assert path is not None, f"docs/architecture.md names {name}, which is nowhere"


@pytest.mark.parametrize("path", [*ROOMS, *GROUND], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_guide_names_every_room_and_every_page_outside_of_rooms(path):
    assert path in {found for _, found in NAMED}


@pytest.mark.parametrize(("guide", "name"), PLACES)
def test_a_script_or_page_that_another_guide_names_by_its_path_is_there(guide, name):
    assert (ROOT / name).exists() or (ROOT.parent / name).exists(), f"docs/{guide} names {name}, which is nowhere"
