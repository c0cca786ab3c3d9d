"""Overlays: every number is on its card, in the colour of its class, which the legend tells; folded cards take theirs together."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import netgraph as ng
from netgraph.drawing.themes.colours import contrast
from netgraph.drawing.themes.palettes import THEMES

G = ng.chain(3, 4, "tanh", 5, 2)
SECONDS = {"dense1": 0.001, "dense2": 0.0035, "dense3": 0.0121}


def fill_of(drawing, id: str) -> str:
    box = next(box for box in drawing.picture.boxes if id in box.members)
    return drawing.theme.paint_of(box).fill


def test_numbers_stand_on_their_cards_in_a_unit_that_suits_the_largest():
    drawing = ng.draw(G, overlay=ng.Overlay(SECONDS, "time", "s"))
    assert [box.lines[-1] for box in drawing.picture.boxes] == ["input 3", "1 ms", "3.5 ms", "12.1 ms"]
    assert drawing.picture.caption == "time: 16.6 ms in all"


def test_larger_numbers_are_darker_and_the_legend_has_every_colour():
    drawing = ng.draw(G, overlay=ng.Overlay(SECONDS, "time", "s"))
    contrasts = [contrast(fill_of(drawing, id), "#ffffff") for id in SECONDS]
    assert contrasts == sorted(contrasts) and len(set(contrasts)) == 3
    families = {family for family, _ in drawing.picture.legend}
    assert {box.family for box in drawing.picture.boxes if box.family} <= families
    assert [word for _, word in drawing.picture.legend] == ["0 to 2.5 ms", "2.5 to 5 ms", "5 to 7.5 ms", "7.5 to 10 ms", "10 to 12.5 ms"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("values", [{"dense1": 1.0, "dense2": 2.0, "dense3": 6.0}, {"dense1": -5.0, "dense2": 0.0, "dense3": 6.0}],
                         ids=["magnitudes", "signed"])
def test_text_is_read_on_every_colour(theme, values):
    drawing = ng.draw(G, overlay=values, theme=theme)
    for family, _ in drawing.picture.legend:
        paint = drawing.theme.paint(family)
        assert contrast(paint.fill, paint.ink) >= 4.5                             # WCAG 2.2, small print
        assert contrast(paint.fill, drawing.theme.title_on(paint.fill)) >= 4.5
    assert len({drawing.theme.paint(family).fill for family, _ in drawing.picture.legend}) == len(drawing.picture.legend)


def test_signs_are_told_by_two_hues_with_nothing_in_the_middle():
    drawing = ng.draw(G, overlay={"dense1": -6.0, "dense2": 0.1, "dense3": 6.0})
    assert [word for _, word in drawing.picture.legend] == ["−6 to −4", "−4 to −2", "−2 to 0", "0 to 2", "2 to 4", "4 to 6"]
    assert [fill_of(drawing, id) for id in ("dense1", "dense3")] == [drawing.theme.paint(family).edge for family in ("conv", "dense")]


@pytest.mark.parametrize(("together", "wanted"), [("sum", 24.0), ("mean", 1.0), ("max", 1.0)])
def test_folded_cards_take_their_numbers_together(together, wanted):
    net = ng.chain(8, *[8] * 24)
    overlay = ng.Overlay({f"dense{i}": 1.0 for i in range(1, 25)}, "things", together=together)
    drawing = ng.draw(net, overlay=overlay, fold=True)
    counts = {box.lines[-1]: len(box.members) for box in drawing.picture.boxes if len(box.members) > 1}
    shown = sum(int(float(line.split()[0])) for line in counts) if together == "sum" else 1
    alone = sum(1 for box in drawing.picture.boxes if len(box.members) == 1 and box.family)
    assert counts and (shown + alone == wanted if together == "sum" else all(line == "1" for line in counts))


def test_every_number_of_a_large_net_is_in_the_picture():
    net = ng.zoo.resnet(50)
    ids = [layer.id for layer in ng.infer(net)]
    overlay = ng.Overlay(dict(zip(ids, range(len(ids)), strict=True)), "place")
    boxes = ng.draw(net, overlay=overlay).picture.boxes
    assert sum(overlay.of(box.members) or 0 for box in boxes) == sum(range(len(ids)))


def test_a_block_has_the_numbers_of_its_parts():
    net = ng.chain((5, 8), {"op": "attention", "num_heads": 2, "id": "a"})
    profile = ng.profile(net, np.ones((2, 5, 8)), repeats=1)
    boxes = {box.members: box for box in ng.draw(net, overlay=profile.memory).picture.boxes}
    assert re.search(r"KiB$|bytes( in all)?$", boxes[("a",)].lines[-1])


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_painted_as_the_largest(value):
    drawing = ng.draw(G, overlay=ng.Overlay({"dense1": value, "dense2": 1.0, "dense3": 0.1}, "deviation", together="mean"))
    assert fill_of(drawing, "dense1") == fill_of(drawing, "dense2")


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".html", ".dot", ".mmd", ".tex"])
def test_an_overlay_is_written_in_every_format(suffix, tmp_path):
    drawing = ng.draw(G, overlay=SECONDS)
    (path,) = drawing.save(tmp_path / f"net{suffix}")
    content = path.read_bytes()
    if suffix in (".svg", ".dot", ".mmd"):
        assert fill_of(drawing, "dense3") in content.decode()


@pytest.mark.parametrize(("overlay", "said"), [
    (3, "overlay is 3, but takes a dict from ids to numbers, or what a profile gives."),
    ({"nobody": 1}, "The overlay has a number for 'nobody', but the net has no such node. Leave it out."),
    ({"dense1": "much"}, "The overlay has 'much' for 'dense1', which is no number. Give one."),
], ids=["number", "id", "value"])
def test_what_is_no_overlay_is_refused(overlay, said):
    with pytest.raises(ng.DrawError) as refusal:
        ng.draw(G, overlay=overlay)
    assert str(refusal.value).startswith(said)


def test_the_overlay_of_a_torch_module_goes_to_the_nodes_that_it_became():
    import torch
    from torch import nn

    module = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.MultiheadAttention(4, 2, batch_first=True))
    module.forward = lambda x: (y := module[1](module[0](x)), module[2](y, y, y, need_weights=False)[0])[1]
    graph = ng.from_torch(module, torch.randn(2, 5, 3))
    overlay = ng.Overlay({"0": 1.0, "1.0": 2.0, "1.1": 4.0, "2": 8.0, "2.out_proj": 16.0}, "count")
    drawing = ng.draw(graph, overlay=overlay, fold=False)
    numbers = {box.members[0]: float(line) for box in drawing.picture.boxes for line in box.lines if line.replace(".", "").isdigit()}
    assert numbers == {"layer_0": 1, "layer_1_0": 2, "layer_1_1": 4, "layer_2": 24}


def test_the_overlay_of_another_net_is_refused():
    with pytest.raises(ng.DrawError, match="no node of the net is called so"):
        ng.draw(ng.chain(3, 2), overlay=ng.Overlay({"layer4.conv": 1.0}, "time", "s"))
