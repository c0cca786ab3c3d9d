"""Pages: type that can be read on every one, each layer on exactly one, and each cut wire marked on both."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
from pypdf import PdfReader

from netgraph.drawing import Drawing, draw
from netgraph.drawing.paper import LEAST_PT, paper_size, smallest_pt
from netgraph.errors import DrawError, DrawWarning
from netgraph.stack import chain
from netgraph.zoo import resnet, transformer_encoder, unet

LARGE = {"resnet": lambda: resnet(18), "transformer": transformer_encoder, "unet": lambda: unet(depth=6),
         "chain": lambda: chain(16, *range(17, 90))}


@pytest.fixture(scope="module", params=LARGE)
def net(request: pytest.FixtureRequest) -> nx.DiGraph:
    return LARGE[request.param]()


@pytest.fixture(scope="module")
def large(net: nx.DiGraph) -> Drawing:
    return draw(net, page="a4", fold=False)


def test_the_type_of_every_page_can_be_read(large: Drawing) -> None:
    assert len(large.pages) > 1
    assert min(smallest_pt(page.sheet, page.zoom) for page in large.pages) >= LEAST_PT


def test_each_layer_is_on_one_page_and_each_edge_ends_on_one(large: Drawing, net: nx.DiGraph) -> None:
    pictures = [page.sheet.picture for page in large.pages]
    assert Counter(node for picture in pictures for box in picture.boxes for node in box.members) == Counter(list(net.nodes))
    assert Counter(edge for picture in pictures for wire in picture.wires for edge in wire.members) == Counter(list(net.edges))


def test_a_cut_wire_is_marked_with_the_page_that_it_goes_to_and_comes_from(large: Drawing) -> None:
    page_of = {node: page.number for page in large.pages for box in page.sheet.picture.boxes for node in box.members}
    for page in large.pages:
        picture = page.sheet.picture
        for wire in picture.wires:
            source, target = picture.box(wire.source), picture.box(wire.target)
            if not source.members:
                assert source.lines == (f"from page {page_of[wire.members[0][0]]}",)
            if not target.members:
                numbers = {int(number) for number in re.findall(r"\d+", target.title)}
                assert numbers
                assert page.number not in numbers


def test_every_page_is_on_paper_of_the_same_size_with_its_number(large: Drawing) -> None:
    assert {(page.width, page.height) for page in large.pages} <= {(794, 1123), (1123, 794)}
    assert len({(page.width, page.height) for page in large.pages}) == 1
    assert all(f">{page.number} / {len(large.pages)}</text>" in page.svg() for page in large.pages)


def test_everything_is_on_the_paper(large: Drawing) -> None:
    for page in large.pages:
        assert page.sheet.width * page.zoom <= page.width
        assert page.sheet.height * page.zoom <= page.height
        for place in page.sheet.layout.boxes.values():
            assert place.x >= 0
            assert place.right <= page.sheet.width
            assert place.bottom <= page.sheet.height


def test_one_pdf_holds_all_pages() -> None:
    drawing = draw(resnet(18), page="a4", fold=False)
    pages = PdfReader(io.BytesIO(drawing.pdf())).pages
    assert len(pages) == len(drawing.pages)
    assert {tuple(sorted(round(float(side)) for side in page.mediabox[2:])) for page in pages} == {(595, 842)}
    assert "resnet18" in pages[1].extract_text()


def test_pictures_of_several_pages_are_numbered_files(tmp_path: Path) -> None:
    drawing = draw(unet(depth=6), page="a4")
    paths = drawing.save(tmp_path / "net.svg")
    assert [path.name for path in paths] == [f"net-{number}.svg" for number in range(1, len(drawing.pages) + 1)]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_small_net_takes_one_page_and_one_file(tmp_path: Path) -> None:
    drawing = draw(chain(3, 4, 1), page="a5")
    assert [path.name for path in drawing.save(tmp_path / "net.png", dpi=48)] == ["net.png"]
    assert "1 / 1" not in drawing.pages[0].svg()


def test_larger_paper_takes_fewer_pages() -> None:
    net = unet(depth=6)
    assert len(draw(net, page="a3").pages) < len(draw(net, page="a4").pages)


def test_a_pdf_that_could_not_be_read_on_paper_warns_with_the_cure() -> None:
    drawing = draw(resnet(18), fold=False)
    with pytest.warns(DrawWarning, match=r'the smallest type of this picture would have \d.\d pt, less than the 7 that can be read. '
                                         r'Draw it with page="a4" for several pages, or with page="whole" if it is not for print.'):
        drawing.pdf()


def test_a_pdf_of_a_whole_sheet_that_was_asked_for_does_not_warn() -> None:
    drawing = draw(resnet(18), page="whole", fold=False)
    (page,) = PdfReader(io.BytesIO(drawing.pdf())).pages
    assert float(page.mediabox[2]) == pytest.approx(drawing.width * 0.75, abs=1)
    assert drawing.pages == ()


def test_a_layer_wider_than_a_page_shrinks_with_a_warning() -> None:
    net = nx.DiGraph()
    net.add_node("x", op="input", shape=(4,))
    for number in range(60):
        net.add_edge("x", net.add_node(f"h{number}", op="dense", units=4) or f"h{number}")
    with pytest.warns(DrawWarning, match=r'the smallest type has \d.\d pt.* Take a larger paper, such as page="a3", or fold.'):
        assert draw(net, page="a5", fold=False).pages


@pytest.mark.parametrize(("page", "message"), [
    ("a44", "There is no paper 'a44'. Did you mean 'a4'?"),
    ((10, 20), 'page is (10, 20), which is no paper. Write page="a4", or (width, height) in millimetres from 80 to 2,000.'),
    (4, 'page is 4, which is no paper. Write page="a4", or (width, height) in millimetres from 80 to 2,000.'),
    ((210, float("nan")), 'page is (210, nan), which is no paper. Write page="a4", or (width, height) in millimetres from 80 to 2,000.'),
])
def test_an_unknown_paper_is_refused_with_the_choice(page: object, message: str) -> None:
    with pytest.raises(DrawError) as error:
        draw(chain(3, 1), page=page)
    assert str(error.value) == message


def test_papers_have_the_sizes_of_iso_216_and_of_america() -> None:
    for number in (3, 4, 5):
        width, height = paper_size(f"a{number}")
        assert height / width == pytest.approx(2 ** 0.5, rel=0.01)
    assert paper_size("letter") == pytest.approx((816, 1056), abs=0.5)
