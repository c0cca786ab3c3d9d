"""Mermaid text: every line is one that its grammar has, and no name gets out of its label."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.formats.mermaid import escaped
from netgraph.drawing.text import clean
from netgraph.drawing.themes.palettes import THEMES
from netgraph.errors import DrawWarning
from netgraph.stack import chain

LABEL = r'"(?:[^"`<>\[\]{}|;:#&\\%.\-]|#\d+;|<br>)+"'
STYLE = r"(?:fill|stroke|color|stroke-width|stroke-dasharray|opacity):[#\w. ]+"
LINES = {       # the statements of a flowchart that are written
    "direction": r"flowchart (?:LR|TB)",
    "words": r"acc(?:Title|Descr): [^:{};#\"]+",
    "box": rf"b\w+(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\(\({LABEL}\)\)|\[\[{LABEL}\]\]):::f\d+",
    "wire": rf"b\w+ (?:-->|-\.->|-\.-|==>)(?:\|{LABEL}\|)? b\w+",
    "frame": rf"subgraph g[\d_]+\[{LABEL}\]",
    "member": r"b\w+",
    "end": r"end",
    "style": rf"style [bg][\d_]+ {STYLE}(?:,{STYLE})*",
    "class": rf"classDef \w+ {STYLE}(?:,{STYLE})*",
    "faded": r"class b\d+(?:,b\d+)* faded",
}


def kinds(text: str) -> list[str]:
    start, title, config, end, *lines, last = text.split("\n")
    assert (start, end, last) == ("---", "---", "")
    assert isinstance(json.loads(title.removeprefix("title: ")), str)
    assert isinstance(json.loads(config.removeprefix("config: ")), dict)
    found = [next((kind for kind, pattern in LINES.items() if re.fullmatch(pattern, line.strip())), line) for line in lines]
    assert set(found) <= LINES.keys()
    return found


def test_every_box_wire_and_frame_is_a_statement(drawing: Drawing) -> None:
    found = kinds(drawing.mermaid())
    assert found[0] == "direction"
    assert found.count("box") == len(drawing.picture.boxes)
    assert found.count("wire") == len(drawing.picture.wires)
    assert found.count("frame") == found.count("end")


def test_hostile_names_stay_labels(evil: Drawing) -> None:
    assert kinds(evil.mermaid()).count("box") == len(evil.picture.boxes)


def test_a_label_reads_as_it_was_meant() -> None:
    text = 'a "b" <c> #d; `e` [f] {g} %h& \\i'
    assert unescape(re.sub(r"#(\d+);", r"&#\1;", escaped(text)[1:-1])) == clean(text)


def test_styles_and_focus_are_statements() -> None:
    drawing = draw(chain(3, 4, 1), style={"units=4": {"fill": "gold", "width": 2, "dashed": True}}, focus="units=4")
    assert {"style", "faded"} <= set(kinds(drawing.mermaid()))


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_is_written(theme: str) -> None:
    assert THEMES[theme].wire in draw(chain(3, 1), theme=theme).mermaid()


def test_a_text_beyond_the_limits_of_mermaid_is_written_with_a_warning() -> None:
    drawing = draw(chain(8, *[8] * 600), fold=False)
    with pytest.warns(DrawWarning, match="Mermaid draws 500 edges .* has 600 and"):
        drawing.mermaid()
