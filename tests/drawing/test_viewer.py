"""The HTML page: one file that fetches nothing, holds every layer, and lets no name be markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.facts import facts
from netgraph.drawing.text import clean
from netgraph.inference import infer
from netgraph.stack import chain
from netgraph.zoo import resnet, transformer_encoder

VOID = {"meta", "link", "input"}


class Page(HTMLParser):
    """The tags of a page, and the text of each element that has no element in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))


def data_of(text: str) -> dict[str, object]:
    return json.loads(re.search(r'<script type="application/json" id="net">(.*?)</script>', text, re.DOTALL).group(1))


@pytest.fixture(scope="module")
def page(drawing: Drawing) -> str:
    return drawing.html()


def test_the_page_is_well_formed_and_has_a_name_for_each_control(page: str, drawing: Drawing) -> None:
    read = Page(page)
    assert not read.open
    assert ("title", clean(drawing.title)) in read.texts
    controls = [attributes for tag, attributes in read.tags if tag in ("button", "input", "canvas")]
    assert all(attributes.get("aria-label") or attributes.get("title") for attributes in controls)


def test_nothing_is_fetched(page: str) -> None:
    assert "http" not in page.replace("Content-Security-Policy", "").replace("http-equiv", "")
    links = [value for _, attributes in Page(page).tags for key, value in attributes.items() if key in ("src", "href", "action")]
    assert links == ["data:,"]


def test_only_the_script_and_style_of_the_page_itself_may_run(page: str) -> None:
    policy = next(attributes["content"] for tag, attributes in Page(page).tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[-1]
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy


def test_every_box_and_wire_is_in_the_data(page: str, drawing: Drawing) -> None:
    data = data_of(page)
    place = {box.id: number for number, box in enumerate(drawing.picture.boxes)}
    assert [box[:2] for box in data["boxes"]] == [[round(place.x, 1), round(place.y, 1)] for place in drawing.sheet.layout.boxes.values()]
    assert [wire[:2] for wire in data["wires"]] == [[place[wire.source], place[wire.target]] for wire in drawing.picture.wires]
    assert len(data["frames"]) == len(drawing.sheet.layout.frames)


def test_a_click_tells_all_that_is_known_of_a_layer(page: str, graph: object, drawing: Drawing) -> None:
    data, plan = data_of(page), infer(graph)
    for box, rows in zip(drawing.picture.boxes, data["facts"], strict=True):
        known = facts(plan[box.members[0]]) if box.members else []
        assert [tuple(data["words"][word] for word in row) for row in rows[len(rows) - len(known):]] == known


def test_a_fold_names_the_layers_it_stands_for() -> None:
    data = data_of(draw(chain(8, *[8] * 60), fold=True).html())
    assert any("60 layers: dense1, dense2" in word for word in data["words"])


def test_what_is_drawn_once_for_many_opens_into_each_of_them() -> None:
    drawing = draw(transformer_encoder(layers=12))
    data = data_of(drawing.html())
    opened = data["unfolded"]
    for box, copies in zip(drawing.picture.boxes, data["copies"], strict=True):
        assert len(copies) >= box.repeats
    reached = [number for copies in data["copies"] for number in copies]
    assert sorted(reached) == list(range(len(opened["boxes"])))
    assert {frame[5] for frame in opened["frames"]} >= {f"layer{number}" for number in range(12)}
    assert [bool(frame[7]) for frame in data["frames"]] == ["×12" in frame[5] for frame in data["frames"]]


def test_a_page_without_repeats_holds_the_net_once() -> None:
    assert "unfolded" not in data_of(draw(chain(3, 4, 1)).html())


def test_a_frame_knows_what_is_in_it() -> None:
    drawing = draw(resnet(18), depth=None)
    data = data_of(drawing.html())
    inside = {frame[5]: {data["boxes"][number][8] for number in frame[6]} for frame in data["frames"] if frame[4] == 0}
    assert inside["head"] == {"avgpool", "fc"}


def test_hostile_names_are_no_markup(evil: Drawing) -> None:
    read, plain = Page(evil.html()), Page(draw(chain(4, 1)).html())
    assert [tag for tag, _ in read.tags] == [tag for tag, _ in plain.tags]


def test_the_page_itself_is_small() -> None:
    assert len(draw(chain(3, 1)).html().encode()) < 40_000


def test_the_light_page_turns_dark_with_the_system_and_others_stay() -> None:
    assert [theme["paper"] for theme in data_of(draw(chain(3, 1)).html())["themes"]] == ["#ffffff", "#12161d"]
    assert len(data_of(draw(chain(3, 1), theme="print").html())["themes"]) == 1
