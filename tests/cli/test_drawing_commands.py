"""Many nets to many files, streams in the place of files, and the difference of two nets."""

from __future__ import annotations

import io
import sys

import pytest

import netgraph as ng
from netgraph.cli.door import run
from netgraph.cli.draw import draw
from netgraph.cli.views import VIEWS

JSON = '{"netgraph": 1, "nodes": [{"id": "x", "shape": [3]}, {"id": "h", "units": 4}], "edges": [{"source": "x", "target": "h"}]}'


@pytest.fixture
def nets(folder):
    """Three nets of their own in a folder of their own: a.json, b.json, c.json."""
    (folder / "nets").mkdir()
    for number, name in enumerate("abc", 3):
        ng.save(ng.chain(number, 4, "relu", 2), folder / "nets" / f"{name}.json")
    return [f"nets/{name}.json" for name in "abc"]


@pytest.fixture
def typed(monkeypatch):
    """Puts bytes on stdin."""
    return lambda content: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_many_nets_are_drawn_by_one_command(nets, netgraph, folder):
    (folder / "out").mkdir()
    outcome = netgraph("draw", *nets, "-o", "out/{name}.svg")
    sizes = {name: (folder / "out" / f"{name}.svg").stat().st_size for name in "abc"}
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "".join(f"out/{name}.svg: {size:,} bytes\n" for name, size in sizes.items())


def test_many_nets_are_named_after_themselves(nets, netgraph, folder):
    netgraph("draw", *nets, "net.py:images", "--format", "dot")
    assert sorted(path.name for path in folder.glob("*.dot")) == ["a.dot", "b.dot", "c.dot", "images.dot"]


def test_of_many_nets_one_that_is_wrong_is_told_and_the_others_are_drawn(nets, netgraph, folder):
    outcome = netgraph("draw", nets[0], "broken.py", "net.py:wrong", nets[1], "-o", "{name}.svg")
    assert outcome.code == 1
    lines = outcome.err.splitlines()
    assert lines[0] == ("netgraph: error: broken.py: 'broken.py' failed in line 1: ZeroDivisionError: division by zero. "
                        "Correct it there; `python broken.py` shows more.")
    assert all(line.startswith("netgraph: error: net.py:wrong: ") for line in lines[1:4])
    assert lines[4:] == ["netgraph: error: 2 of 4 nets could not be drawn."]
    assert sorted(path.name for path in folder.glob("*.svg")) == ["a.svg", "b.svg"]


def test_a_folder_that_is_not_there_stops_all_before_anything_is_written(nets, netgraph, folder):
    outcome = netgraph("draw", *nets, "-o", "no/{name}.svg")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "netgraph: error: 'no/a.svg' cannot be written: there is no folder 'no'. Make it first.\n"


def test_two_names_of_one_file_are_refused_before_anything_is_written(nets, netgraph, folder):
    outcome = netgraph("draw", nets[0], "nets/../nets/a.json")
    assert outcome.code == 2
    assert not list(folder.glob("*.png"))


def test_a_net_is_read_from_stdin(typed, netgraph, folder):
    typed(JSON.encode())
    assert netgraph("draw", "-", "-o", "a.svg").code == 0
    assert "dense 4" in (folder / "a.svg").read_text()


def test_every_command_reads_stdin(typed, netgraph):
    typed(JSON.encode())
    assert netgraph("check", "-").out == "ok: net: 2 layers, x (3) → h (4), 16 parameters\n"


@pytest.mark.parametrize(("content", "message"), [
    (b"", "stdin cannot be read as JSON."), (b"\xff\xfe", "stdin cannot be read as JSON."), (b"G = 1", "stdin cannot be read as JSON.")])
def test_what_is_no_json_on_stdin_is_refused(content, message, typed, netgraph):
    typed(content)
    outcome = netgraph("check", "-")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"netgraph: error: {message}")


@pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF"), ("dot", b"digraph")])
def test_a_picture_is_written_to_stdout_and_nothing_else(format, start, folder, capsysbinary):
    assert run(["draw", "net.py", "-o", "-", "--format", format]) == 0
    assert capsysbinary.readouterr().out.startswith(start)


def test_a_picture_on_stdout_is_that_of_the_file(folder, capsysbinary):
    run(["draw", "net.py", "-o", "-", "--format", "svg"])
    assert capsysbinary.readouterr().out == ng.draw(ng.chain(2, 8, "tanh", 3, name="arms")).svg().encode()


@pytest.mark.parametrize("view", [view for view, way in VIEWS.items() if way.needs_weights])
def test_weights_that_a_net_carries_are_drawn(view, netgraph, folder):
    ng.save(ng.compile(ng.chain(2, 3)).graph, folder / "net.safetensors")
    assert netgraph("draw", "net.safetensors", "-o", "a.svg", "--view", view).code == 0
    assert "dense1.weight" in (folder / "a.svg").read_text()


@pytest.mark.parametrize("view", [view for view, way in VIEWS.items() if way.needs_weights])
def test_a_net_without_weights_is_sent_to_training(view, netgraph, folder):
    outcome = netgraph("draw", "net.py", "-o", "a.svg", "--view", view)
    assert (outcome.code, outcome.err) == (1, f"netgraph: error: 'net.py' carries no weights to show as {view}. "
                                              "Train it first, with 'netgraph train', and draw what that saves.\n")


@pytest.mark.parametrize("view", [view for view, way in VIEWS.items() if not way.needs_weights])
def test_every_view_draws(view, netgraph, folder):
    outcome = netgraph("draw", "net.py", "-o", "a.svg", "--view", view)
    assert (outcome.code, outcome.err) == (0, "")
    assert "<svg" in (folder / "a.svg").read_text()[:200]


def test_every_option_of_the_command_goes_with_some_view():
    of_the_command = {"inputs", "nets", "output", "format", "view", "dpi"}
    assert {option.name for option in draw.params} - of_the_command <= {word for view in VIEWS.values() for word in view.options}


def test_the_command_shows_what_the_library_shows():
    from netgraph.drawing.composition.cards import SHOWN
    (show,) = (option for option in draw.params if option.name == "show")
    assert set(show.type.choices) == set(SHOWN)


def test_groups_are_shut_at_a_depth(netgraph, folder):
    ng.save(ng.zoo.resnet(18), folder / "resnet.json")
    netgraph("draw", "resnet.json", "-o", "a.svg", "--depth", "1")
    assert (folder / "a.svg").read_bytes() == ng.draw(ng.zoo.resnet(18), depth=1).svg().encode()


def test_a_net_that_a_view_cannot_show_is_told_and_the_others_are_drawn(netgraph, folder):
    outcome = netgraph("draw", "net.py", "net.py:images", "-o", "{name}.svg", "--view", "neurons")
    assert outcome.code == 1
    assert outcome.err.startswith("netgraph: error: net.py:images: ")
    assert [path.name for path in folder.glob("*.svg")] == ["net.svg"]


def test_unfolded_is_what_was_asked(netgraph, folder):
    ng.save(ng.chain(2, *[2] * 60), folder / "deep.json")
    netgraph("draw", "deep.json", "-o", "a.svg")
    netgraph("draw", "deep.json", "-o", "b.svg", "--no-fold")
    assert (folder / "a.svg").stat().st_size < (folder / "b.svg").stat().st_size


def test_diff_says_what_the_library_says(nets, netgraph):
    outcome = netgraph("diff", "net.py", "net.py:small")
    both = ng.chain(2, 8, "tanh", 3), ng.chain(2, {"id": "only", "units": 1, "activation": "sigmoid"})
    assert (outcome.code, outcome.out) == (0, f"{ng.diff(*both)}\n")


def test_diff_of_equal_nets(netgraph):
    assert netgraph("diff", "net.py", "net.py", "--exit-code").out == "no difference\n"


def test_diff_tells_by_its_exit_code_on_request(netgraph):
    assert netgraph("diff", "net.py", "net.py", "--exit-code").code == 0
    assert netgraph("diff", "net.py", "net.py:small", "--exit-code").code == 3


def test_diff_draws_both(nets, netgraph, folder):
    outcome = netgraph("diff", "net.py:small", "net.py", "-o", "a.svg")
    assert outcome.out.endswith(f"a.svg: {(folder / 'a.svg').stat().st_size:,} bytes\n")
    assert "+ added" in (folder / "a.svg").read_text()


def test_diff_on_stdout_is_the_picture_alone(folder, capsysbinary):
    assert run(["diff", "net.py", "net.py:small", "-o", "-", "--format", "svg", "--exit-code"]) == 3
    assert capsysbinary.readouterr().out.startswith(b"<svg")


def test_diff_compares_weights_on_request(netgraph, folder):
    for seed in (0, 1):
        ng.save(ng.compile(ng.chain(2, 3), seed=seed), folder / f"{seed}.safetensors")
    assert netgraph("diff", "0.safetensors", "1.safetensors").out == "no difference\n"
    assert "weight differs by up to " in netgraph("diff", "0.safetensors", "1.safetensors", "--weights").out


def test_draw_takes_a_theme_of_ones_own_a_focus_and_a_paper(netgraph, folder):
    (folder / "own.toml").write_text('paper = "navy"')
    netgraph("draw", "net.py", "-o", "own.svg", "--theme", "own.toml", "--focus", "op=dense", "--rest", "cut")
    assert 'fill="#000080"' in (folder / "own.svg").read_text()
    netgraph("draw", "net.py", "-o", "net.pdf", "--page", "a4", "--theme", "print")
    assert (folder / "net.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("suffix", "start"), [("html", "<!doctype html>"), ("tex", "% Drawn by netgraph"), ("mmd", "---\ntitle: ")])
def test_draw_writes_formats_for_the_web_and_for_papers(netgraph, folder, suffix, start):
    netgraph("draw", "net.py", "-o", f"net.{suffix}")
    assert (folder / f"net.{suffix}").read_text(encoding="utf-8").startswith(start)


MODULE = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.last = torch.nn.Embedding(9, 4), torch.nn.Linear(4, 2)

    def forward(self, words):
        return self.last(self.table(words))

class Sized(torch.nn.Linear):
    pass
"""


def test_a_torch_module_is_a_net_on_inputs_of_a_given_shape(netgraph, folder):
    (folder / "model.py").write_text(MODULE)
    assert netgraph("draw", "model.py:Net", "--input", "1x5:int", "-o", "net.svg").code == 0
    assert (folder / "net.svg").read_text().startswith("<svg")
    assert netgraph("check", "model.py:Net", "--input", "1x5:int").out == "ok: Net: 3 layers, words (5) → last (5 × 2), 46 parameters\n"
    assert "self.last = nn.Linear(4, 2)" in netgraph("source", "model.py:Net", "--input", "1x5:int", "--backend", "torch").out


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["model.py:Net"], "Net is a torch module, whose inputs have no shape before it is called. Add an example: --input 1x3x224x224, the "
                       "batch first, or --input 1x16:int for indices."),
    (["model.py:Sized", "--input", "1x3"], "Sized() failed: Linear.__init__() missing 2 required positional arguments: 'in_features' and "
                                           "'out_features'. Make one in the file, net = Sized(...), and name that.")])
def test_a_torch_module_that_cannot_be_read_so_is_refused(arguments, sentence, netgraph, folder):
    (folder / "model.py").write_text(MODULE)
    outcome = netgraph("check", *arguments)
    assert outcome.code == 1
    assert outcome.err == f"netgraph: error: {sentence}\n"


def test_a_shape_that_is_none_is_refused(netgraph, folder):
    outcome = netgraph("check", "net.py", "--input", "3xa")
    assert outcome.code == 2
    assert "'3xa' is no shape of an input. Write 1x3x224x224, the batch first, or 1x16:int for indices." in outcome.err
