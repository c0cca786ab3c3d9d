"""TikZ text: only commands that netgraph writes are in it, whatever names say, and everything is where the sheet has it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.formats.tex import escaped
from netgraph.drawing.formats.tikz import PREAMBLE
from netgraph.errors import DrawError, DrawWarning
from netgraph.stack import chain
from netgraph.zoo import resnet

COMMANDS = {"begin", "end", "definecolor", "useasboundingbox", "filldraw", "fill", "draw", "nettext", "bfseries"}
SIGNS = {"textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "textquotedbl", "textquotesingle",
         "textasciigrave", "textperiodcentered", "texttimes", "ldots", "ensuremath", "to", "netchar"}


def body(drawing: Drawing) -> str:
    text = drawing.tikz()
    assert text.startswith(PREAMBLE)
    return text.removeprefix(PREAMBLE)


def test_nothing_but_known_commands_is_written(drawing: Drawing) -> None:
    text = body(drawing)
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= COMMANDS | SIGNS
    assert text.count("begin{tikzpicture}") == text.count("end{tikzpicture}") == 1


def test_hostile_names_are_no_commands(evil: Drawing) -> None:
    text = body(evil)
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= COMMANDS | SIGNS
    assert set(re.findall(r"\\(?:begin|end)\{(\w+)\}", text)) == {"document", "tikzpicture"}
    assert text.count("$") == text.count(r"\$")
    assert text.count("%") == text.count(r"\%")


def test_braces_are_balanced(evil: Drawing) -> None:
    depth = 0
    for sign in re.findall(r"\\.|[{}]", evil.tikz(), re.DOTALL):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0


def test_every_box_stands_where_the_sheet_has_it(drawing: Drawing) -> None:
    text = body(drawing)
    for place in drawing.sheet.layout.boxes.values():
        assert f"({place.x:.1f}".removesuffix(".0") in text
    assert text.count(r"\draw[net") >= len(drawing.picture.wires)


def test_a_fold_is_marked() -> None:
    assert r"\texttimes{}60" in draw(chain(8, *[8] * 60), fold=True).tikz()


def test_characters_that_pdflatex_lacks_are_named_in_a_warning() -> None:
    drawing = draw(chain(3, {"id": "层", "units": 1}))
    with pytest.warns(DrawWarning, match=r"pdflatex cannot set 层; it writes \[U\+5C42\]"):
        assert r"\netchar{5C42}" in drawing.tikz()


def test_a_picture_that_tex_cannot_place_is_refused_with_the_cure() -> None:
    drawing = draw(chain(8, *[8] * 400), fold=False, direction="LR")
    drawing.__dict__["sheet"] = type(drawing.sheet)(**{**vars(drawing.sheet), "width": 30_000})
    with pytest.raises(DrawError, match='Draw it with page="a4"'):
        drawing.tikz()


def test_each_page_is_a_picture() -> None:
    drawing = draw(resnet(18), page="a4", fold=False)
    assert drawing.tikz().count("begin{tikzpicture}") == len(drawing.pages) > 1


def test_each_ascii_sign_is_written_so_that_it_is_read() -> None:
    names = {r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"\textless{}": "<", r"\textgreater{}": ">",
             r"\textbar{}": "|", r"\textquotedbl{}": '"', r"\textquotesingle{}": "'", r"\textasciigrave{}": "`", "-{}": "-", ",{}": ","}
    for code in range(33, 127):
        written = escaped(chr(code))
        assert names.get(written, written.removeprefix("\\")) == chr(code)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex")
def test_pdflatex_takes_it(evil: Drawing, tmp_path: Path) -> None:
    evil.save(tmp_path / "net.tex")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-800:]
