"""Styles and focus: what a query finds looks otherwise, the rest steps back or is cut off, and nothing else changes."""

from __future__ import annotations

from collections import Counter

import pytest

from netgraph.drawing import Drawing, draw
from netgraph.drawing.themes.colours import contrast
from netgraph.errors import DrawError, GraphError
from netgraph.inference import infer
from netgraph.picture import Box, Look
from netgraph.query import select
from netgraph.stack import chain
from netgraph.zoo import resnet

NET = resnet(18)


def box_of(drawing: Drawing, node: object) -> Box:
    return next(box for box in drawing.picture.boxes if node in box.members)


def test_a_query_styles_the_layers_that_it_finds_and_no_others() -> None:
    drawing = draw(NET, style={"op=conv2d, stride=2": {"fill": "gold", "width": 3}})
    found = select(infer(NET), "op=conv2d, stride=2")
    assert {box.members for box in drawing.picture.boxes if box.look.fill == "#ffd700"} == {(id,) for id in found}
    assert drawing.svg().count('fill="#ffd700"') == len(found)
    assert all(box.look == Look() for box in drawing.picture.boxes if box.members[0] not in found)


def test_later_queries_go_over_earlier_ones() -> None:
    drawing = draw(chain(3, 4, 1), style={"op=dense": {"fill": "gold", "edge": "red"}, "units=1": {"fill": "#abc"}})
    assert box_of(drawing, "dense2").look == Look(fill="#aabbcc", edge="#ff0000")


def test_a_function_styles_each_layer() -> None:
    drawing = draw(chain(3, 4, 1), style=lambda layer: {"fill": "gold"} if layer.parameter_count > 10 else None)
    assert [box.look.fill for box in drawing.picture.boxes] == [None, "#ffd700", None]


def test_a_dark_fill_gets_light_print() -> None:
    drawing = draw(chain(3, 4), style={"op=dense": {"fill": "navy"}})
    paint = drawing.theme.paint_of(box_of(drawing, "dense1"))
    assert contrast(paint.ink, paint.fill) >= 4.5
    assert contrast(drawing.theme.title_on(paint.fill), paint.fill) >= 4.5


def test_layers_that_look_different_are_not_folded_into_one() -> None:
    net = chain(8, *[8] * 60)
    drawing = draw(net, fold=True, style={"id=dense30": {"fill": "gold"}})
    assert Counter(node for box in drawing.picture.boxes for node in box.members) == Counter(list(net.nodes))
    assert box_of(drawing, "dense30").members == ("dense30",)


@pytest.mark.parametrize(("style", "message"), [
    ({"op=dense": {"fil": "red"}}, "The style of 'op=dense' has no 'fil'. Did you mean 'fill'?"),
    ({"op=dense": {"fill": "rde"}}, "The style of 'op=dense': fill is 'rde', which is no colour. Did you mean 'red'?"),
    ({"op=dense": "red"}, "The style of 'op=dense' is 'red', but takes a dict, such as {'fill': 'gold'}. Write one."),
    ({"op=dense": {"width": "3"}}, "The style of 'op=dense': width is '3'. Give pixels from 0 to 10."),
    ({"op=dense": {"dashed": 1}}, "The style of 'op=dense': dashed is 1. Write True or False."),
    ("op=dense", "style is 'op=dense', but takes a dict from queries to looks, or a function of a layer. "
                 "Write style={\"op=conv2d\": {\"fill\": \"gold\"}}."),
])
def test_a_style_with_a_mistake_is_refused_with_the_cure(style: object, message: str) -> None:
    with pytest.raises(DrawError) as error:
        draw(chain(3, 4, 1), style=style)
    assert str(error.value) == message


def test_what_is_out_of_focus_fades_with_its_wires() -> None:
    drawing = draw(NET, focus="within=layer2")
    inside = set(select(infer(NET), "within=layer2"))
    assert {box.members[0] for box in drawing.picture.boxes if not box.look.faded} == inside
    faded = [wire for wire in drawing.picture.wires if not {node for edge in wire.members for node in edge} <= inside]
    groups = sum(box.look.faded for box in drawing.picture.boxes)
    labels = sum(bool(text) for wire, text in zip(drawing.picture.wires, drawing.sheet.labels, strict=True) if wire in faded)
    assert drawing.svg().count('opacity="0.3"') == groups + 2 * len(faded) + labels


def test_a_focus_leaves_everything_in_its_place() -> None:
    assert draw(NET, focus="within=layer2", fold=False).sheet.layout == draw(NET, fold=False, depth=None).sheet.layout


def test_a_cut_keeps_the_focus_and_a_stub_for_each_neighbour() -> None:
    drawing = draw(NET, focus="within=layer2", rest="cut")
    inside = set(select(infer(NET), "within=layer2"))
    neighbours = {(a, b) for a, b in NET.edges if (a in inside) != (b in inside)}
    stubs = [box for box in drawing.picture.boxes if not box.members]
    assert {node for box in drawing.picture.boxes for node in box.members} == inside
    assert len(stubs) == len({a for a, b in neighbours if b in inside}) + len({b for a, b in neighbours if a in inside})
    edges = {(a, b) for a, b in NET.edges if a in inside or b in inside}
    assert Counter(edge for wire in drawing.picture.wires for edge in wire.members) == Counter(edges)


def test_ids_may_be_named_instead_of_a_query() -> None:
    drawing = draw(chain(3, 4, 1), focus=["dense1"])
    assert [box.look.faded for box in drawing.picture.boxes] == [True, False, True]


@pytest.mark.parametrize(("options", "message"), [
    ({"focus": "op=gru"}, "No layer of this net is found by 'op=gru', so nothing is in focus. "
                          "`netgraph summary` lists the layers; * stands for any text."),
    ({"focus": ["dense3"]}, "There is no node 'dense3' to focus on. Did you mean 'dense2'?"),
    ({"focus": 3}, "focus is 3, but takes a query or ids of nodes. Write focus='within=block3'."),
    ({"focus": []}, "focus is [], but takes a query or ids of nodes. Write focus='within=block3'."),
    ({"focus": "op=dense", "rest": "hide"}, "rest is 'hide'. Choose one of: cut, fade."),
    ({"rest": "hide"}, "rest is 'hide'. Choose one of: cut, fade."),
])
def test_a_focus_with_a_mistake_is_refused_with_the_cure(options: dict[str, object], message: str) -> None:
    with pytest.raises(DrawError) as error:
        draw(chain(3, 4, 1), **options)
    assert str(error.value) == message


def test_a_query_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(GraphError, match="Did you mean 'op'"):
        draw(chain(3, 1), focus="opp=dense")
