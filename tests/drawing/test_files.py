"""What is written: SVG that parses, PNG and PDF with text in them, DOT that Graphviz reads; and no file is half-written."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings
import xml.dom.minidom
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from netgraph.drawing import Drawing, draw
from netgraph.drawing.formats.raster import capped_zoom
from netgraph.drawing.layout.graphviz_engine import program
from netgraph.errors import DrawError, FileError
from netgraph.stack import chain


def test_svg_is_well_formed_and_has_words_for_those_who_cannot_see_it(drawing: Drawing) -> None:
    root = xml.dom.minidom.parseString(drawing.svg().encode()).documentElement
    assert root.getAttribute("role") == "img"
    assert root.getElementsByTagName("title")[0].firstChild.data == drawing.picture.title
    assert "parameter" in root.getElementsByTagName("desc")[0].firstChild.data


def test_every_box_of_the_svg_has_its_own_title(drawing: Drawing) -> None:
    root = xml.dom.minidom.parseString(drawing.svg().encode()).documentElement
    titles = [group.getElementsByTagName("title")[0] for group in root.getElementsByTagName("g")]
    assert [title.firstChild.data for title in titles] == [box.tip for box in drawing.picture.boxes]


def test_svg_is_the_same_each_time(graph: object) -> None:
    assert draw(graph).svg() == draw(graph).svg()


def test_svg_fetches_and_runs_nothing(drawing: Drawing) -> None:
    svg = drawing.svg().replace("http://www.w3.org/2000/svg", "")
    assert not [word for word in ("http", "<script", "<image", "href", "url(", "@import", "<foreignObject") if word in svg]


def test_hostile_names_stay_text_in_svg(evil: Drawing) -> None:
    root = xml.dom.minidom.parseString(evil.svg().encode()).documentElement
    tags = {node.tagName for node in root.getElementsByTagName("*")}
    assert tags == {"title", "desc", "rect", "path", "polygon", "g", "text"}


def test_hostile_names_stay_labels_in_dot(evil: Drawing) -> None:
    done = subprocess.run([program(), "-Tdot_json"], input=evil.dot().encode(), capture_output=True, check=True)
    read = json.loads(done.stdout)
    nodes = [thing for thing in read["objects"] if thing["name"].startswith("b")]
    assert len(nodes) == len(evil.picture.boxes)
    assert not [thing for thing in read["objects"] if "URL" in thing]


def test_dot_has_every_box_and_wire(drawing: Drawing) -> None:
    done = subprocess.run([program(), "-Tplain"], input=drawing.dot().encode(), capture_output=True, check=True)
    kinds = [line.split(" ", 1)[0] for line in done.stdout.decode().splitlines()]
    assert kinds.count("node") == len(drawing.picture.boxes)
    assert kinds.count("edge") == len(drawing.picture.wires)


def test_png_has_ink_where_the_words_are() -> None:
    drawing = draw(chain(3, 4, "tanh", 1))
    image = imread(io.BytesIO(drawing.png(dpi=96)))[..., :3]
    assert image.shape[:2] == (round(drawing.sheet.height), round(drawing.sheet.width))
    for box in drawing.picture.boxes:
        place = drawing.sheet.layout.boxes[box.id]
        for text in drawing.sheet.cards[box.id].texts:
            x, y = round(place.x + text.x), round(place.y + text.y)
            patch = image[y - round(text.size * 0.6):y, x:x + round(text.width)]
            assert np.ptp(patch) > 0.3, text.text


def test_png_grows_with_dpi() -> None:
    drawing = draw(chain(3, 4, 1))
    assert imread(io.BytesIO(drawing.png(dpi=192))).shape[0] == 2 * imread(io.BytesIO(drawing.png(dpi=96))).shape[0]


def test_pdf_is_a_pdf_with_its_font_inside() -> None:
    content = draw(chain(3, 4, 1)).pdf()
    assert content.startswith(b"%PDF")
    assert b"Inter" in content


def test_too_many_pixels_are_capped_with_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"At 192 dpi this picture would have 40,000 × 20,000 pixels"):
        zoom = capped_zoom(20_000, 10_000, 192)
    assert 20_000 * zoom * 10_000 * zoom <= 40_000_001


@pytest.mark.parametrize("dpi", [0, -1, float("nan"), True, "96", None])
def test_dpi_has_to_be_a_number(dpi: object) -> None:
    with pytest.raises(DrawError, match="dpi is a number from 1 to 10,000"):
        capped_zoom(100, 100, dpi)


@pytest.mark.parametrize("suffix", Drawing.WRITERS)
def test_each_suffix_is_saved(tmp_path: Path, suffix: str) -> None:
    assert draw(chain(3, 4, 1)).save(tmp_path / f"net{suffix}") == [tmp_path / f"net{suffix}"]
    assert [file.name for file in tmp_path.iterdir()] == [f"net{suffix}"]


@pytest.mark.parametrize("name", ["net.jpeg", "net", ".png", "net.svg.gz"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DrawError, match=r"does not say what to write. End it in .png, .svg, .pdf, .html, .dot, .mmd or .tex."):
        draw(chain(3, 1)).save(tmp_path / name)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        draw(chain(3, 1)).save(tmp_path / "no" / "net.svg")


def test_what_stood_there_stays_when_drawing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "net.png"
    target.write_text("old")
    monkeypatch.setattr("netgraph.drawing.formats.raster.png", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        draw(chain(3, 1)).save(target)
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_characters_that_no_font_has_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netgraph.drawing.fallback._font_files", tuple)
    with pytest.warns(UserWarning, match="No font on this machine shows 层"):
        draw(chain(3, {"id": "层", "units": 1})).png(dpi=48)


def test_text_within_the_shipped_font_looks_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netgraph.drawing.fallback._font_files", lambda: pytest.fail("looked for fonts"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(chain(3, {"id": "σ(Wx) ⊕ é ß Ω Ж", "units": 1})).png(dpi=48)


def test_a_notebook_shows_the_svg() -> None:
    drawing = draw(chain(3, 1))
    assert drawing._repr_svg_() == drawing.svg()
    assert drawing._repr_png_() is None


def test_a_notebook_shows_a_huge_drawing_as_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netgraph.drawing.figure.LARGEST_IN_NOTEBOOK", 100)
    drawing = draw(chain(3, 1))
    assert drawing._repr_svg_() is None
    assert drawing._repr_png_().startswith(b"\x89PNG")


def test_drawing_imports_neither_torch_nor_matplotlib(tmp_path: Path) -> None:
    script = ("import sys; from netgraph.stack import chain; from netgraph.drawing import draw; "
              f"draw(chain(3, 4, 1)).save({str(tmp_path / 'net.png')!r}); "
              "print([name for name in ('torch', 'matplotlib', 'fontTools') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
