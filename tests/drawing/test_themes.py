"""Themes: colours that are told apart and read, a file of one's own, and what is no theme."""

from __future__ import annotations

import xml.dom.minidom
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from netgraph.drawing import draw
from netgraph.drawing.placement import Place
from netgraph.drawing.themes.colours import colour, contrast
from netgraph.drawing.themes.hatching import HATCHES, strokes
from netgraph.drawing.themes.palettes import COLOUR_BLIND, PRINT, THEMES
from netgraph.drawing.themes.theme import Theme, theme
from netgraph.errors import DrawError, FileError
from netgraph.ops import OPS
from netgraph.stack import chain
from netgraph.zoo import resnet

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])

FAMILIES = sorted({op.family for op in OPS.values()})
APART = 8.0      # CIEDE2000; about 2 is the least that is noticed at all


def seen(colour: str, vision: str) -> np.ndarray:
    """The colour in CIELAB as that vision has it."""
    rgb = np.array([int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    t = _XYZ @ np.clip(VISIONS[vision] @ linear, 0, 1) / _XYZ.sum(axis=1)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """CIEDE2000 (Sharma, Wu & Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + dh / 2) % 360
    t = (1 - 0.17 * _cos(hm - 30) + 0.24 * _cos(2 * hm) + 0.32 * _cos(3 * hm + 6) - 0.2 * _cos(4 * hm - 63))
    sl, sc, sh = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2), 1 + 0.045 * cm, 1 + 0.015 * cm * t
    turn = -np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2)))) * 2 * np.sqrt(cm**7 / (cm**7 + 25.0**7))
    dl, dc, dhue = (l2 - l1) / sl, (c2 - c1) / sc, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2)) / sh
    return float(np.sqrt(dl**2 + dc**2 + dhue**2 + turn * dc * dhue))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


@pytest.mark.parametrize(("one", "other", "apart"), [      # from table 1 of Sharma, Wu & Dalal 2005
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644), ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082)])
def test_the_measure_of_colours_is_that_of_its_paper(one, other, apart):
    assert distance(np.array(one), np.array(other)) == pytest.approx(apart, abs=1e-4)


@pytest.mark.parametrize("vision", VISIONS)
def test_families_are_told_apart_with_every_kind_of_colour_vision(vision):
    fills = {family: seen(COLOUR_BLIND.paint(family).fill, vision) for family in FAMILIES}
    near = {(a, b): apart for a, b in combinations(FAMILIES, 2) if (apart := distance(fills[a], fills[b])) < APART}
    assert not near


def test_the_print_theme_is_black_on_white_and_tells_families_by_grey_and_hatch():
    painted = (part for paint in PRINT.families.values() for part in (paint.fill, paint.edge, paint.ink))
    colours = [PRINT.paper, PRINT.ink, PRINT.wire, *painted]
    assert all(text[1:3] == text[3:5] == text[5:7] for text in colours)
    assert len({(PRINT.paint(family).fill, PRINT.paint(family).hatch) for family in FAMILIES}) == len(FAMILIES)
    assert max(PRINT.wire_width, PRINT.edge_width, PRINT.frame_width) < 1


@pytest.mark.parametrize("hatch", HATCHES)
def test_hatches_stay_in_their_place(hatch):
    place = Place(3, 5, 5, 32)
    lines = strokes(place, hatch)
    assert lines
    assert all(place.x <= x <= place.right and place.y <= y <= place.bottom for line in lines for x, y in line)


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_titles_and_labels_are_read_on_what_they_stand_on(palette: Theme):
    assert all(contrast(palette.title_on(paint.fill), paint.fill) >= 4.5 for paint in palette.families.values())
    assert all(contrast(palette.quiet, under) >= 4.5 for under in (palette.paper, *palette.frames))


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_draws_a_picture_that_parses(name):
    root = xml.dom.minidom.parseString(draw(resnet(18), theme=name).svg().encode()).documentElement
    assert root.getElementsByTagName("rect")[0].getAttribute("fill") == THEMES[name].paper


def test_a_file_overrides_any_role_of_its_base(tmp_path: Path):
    (tmp_path / "house.toml").write_text('base = "dark"\npaper = "navy"\nwire_width = 2\nframes = ["#111", "#222222"]\n'
                                         '[plain]\nedge = "#ABCDEF"\n[families.conv]\nfill = "tomato"\nhatch = "x"\n', encoding="utf-8")
    own, base = theme(str(tmp_path / "house.toml")), THEMES["dark"]
    assert (own.name, own.paper, own.wire_width, own.frames) == ("house", "#000080", 2.0, ("#111111", "#222222"))
    assert (own.plain.edge, own.plain.fill) == ("#abcdef", base.plain.fill)
    assert (own.paint("conv").fill, own.paint("conv").edge, own.paint("conv").hatch) == ("#ff6347", base.paint("conv").edge, "x")
    assert own.paint("dense") == base.paint("dense")
    assert 'fill="#000080"' in draw(chain(3, 1), theme=str(tmp_path / "house.toml")).svg()


@pytest.mark.parametrize(("text", "message"), [
    ('papper = "#fff"', "t.toml: there is no role 'papper' in a theme. Did you mean 'paper'?"),
    ('paper = "tomatoe"', "t.toml: paper is 'tomatoe', which is no colour. Did you mean 'tomato'?"),
    ('paper = "#12345"', """t.toml: paper is '#12345', which is no colour. Write "#rrggbb", or a name of CSS such as "tomato"."""),
    ("paper = 3", """t.toml: paper is 3, which is no colour. Write "#rrggbb", or a name of CSS such as "tomato"."""),
    ('base = "drak"', "t.toml: base is 'drak', but there is no such theme. Did you mean 'dark'?"),
    ('[families.cnov]\nfill = "red"', "t.toml: [families] there is no role 'cnov' in a theme. Did you mean 'conv'?"),
    ('[families.conv]\nfil = "red"', "t.toml: [families.conv] there is no role 'fil' in a theme. Did you mean 'fill'?"),
    ('[families.conv]\nhatch = "?"', 't.toml: [families.conv] hatch is \'?\'. Choose one of: / // \\ | || - -- x + ., or "" for none.'),
    ('families = 3', "t.toml: [families] is 3, but takes roles with their values. Write a table of TOML."),
    ('frames = ["red"]', "t.toml: frames takes the colours of frames and of frames in them, but got ['red']. Write a list of two."),
    ('wire_width = -1', "t.toml: wire_width is -1. Give pixels from 0 to 10."),
    ('wire_width = true', "t.toml: wire_width is True. Give pixels from 0 to 10."),
])
def test_a_file_with_a_mistake_is_refused_with_the_cure(tmp_path: Path, text: str, message: str):
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DrawError) as error:
        theme(str(tmp_path / "t.toml"))
    assert str(error.value) == message


@pytest.mark.parametrize("content", [b"\xff\xfe", b"paper", b"[" * 100_000, b'a = "' + b"x" * 2_000_000 + b'"'])
def test_a_file_that_is_no_theme_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "t.toml").write_bytes(content)
    with pytest.raises((DrawError, FileError)):
        theme(str(tmp_path / "t.toml"))


def test_a_missing_file_is_refused():
    with pytest.raises(FileError, match=r"There is no file 'mine.toml'"):
        theme("mine.toml")


def test_colours_are_taken_in_three_spellings():
    assert colour("Gold", "fill") == colour("#FFD700", "fill") == "#ffd700"
    assert colour("#fc0", "fill") == "#ffcc00"
