"""What each command writes and says."""

from __future__ import annotations

import ast
import warnings

import numpy as np
import pytest

import netgraph as ng
from netgraph.cli.commands import commands

BRIEFLY = ("train", "--data", "data.npz", "--epochs", "1")
COMMANDS = ("draw", "diff", "compare", "search", "index", "summary", "check", "train", "export", "source", "autograd", "profile", "ops",
            "demo")


def test_the_commands_are_listed_as_a_newcomer_needs_them(netgraph):
    help = netgraph("--help").out
    assert tuple(commands.commands) == COMMANDS
    assert [help.index(f"\n  {name} ") for name in COMMANDS] == sorted(help.index(f"\n  {name} ") for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example_of_the_command(name, netgraph):
    outcome = netgraph(name, "--help")
    assert outcome.code == 0
    assert f"    netgraph {name}" in outcome.out


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"ops", "demo"}))
def test_help_says_that_a_python_file_is_run(name, netgraph):
    assert "code, and it is run" in " ".join(netgraph(name, "--help").out.split())


def test_the_version_is_told(netgraph):
    assert netgraph("--version").out == f"netgraph {ng.__version__}\n"


def test_no_command_shows_the_help(netgraph):
    assert netgraph().out == netgraph("--help").out


def test_draw_writes_a_png_named_after_the_net_and_says_its_size(netgraph, folder):
    outcome = netgraph("draw", "net.py")
    content = (folder / "net.png").read_bytes()
    assert content[:4] == b"\x89PNG"
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    assert outcome.out == f"net.png: {width:,} × {height:,} pixels, {len(content):,} bytes\n"


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<svg"), ("a.pdf", b"%PDF"), ("a.dot", b"digraph"), ("A.PNG", b"\x89PNG")])
def test_draw_writes_the_format_of_the_suffix(name, start, netgraph, folder):
    assert netgraph("draw", "net.py:images", "-o", name).code == 0
    assert start in (folder / name).read_bytes()[:100]


def test_draw_names_the_picture_after_the_named_graph(netgraph, folder):
    netgraph("draw", "net.py:images")
    assert (folder / "images.png").exists()


def test_draw_takes_direction_theme_and_what_is_shown(netgraph, folder):
    netgraph("draw", "net.py", "-o", "a.svg", "--direction", "TB", "--theme", "dark", "--show", "weights", "--fold")
    assert "W 8×2" in (folder / "a.svg").read_text()


def test_a_higher_dpi_gives_more_pixels(netgraph, folder):
    netgraph("draw", "net.py", "-o", "a.png", "--dpi", "96")
    netgraph("draw", "net.py", "-o", "b.png", "--dpi", "192")
    small, large = (int.from_bytes((folder / name).read_bytes()[16:20]) for name in ("a.png", "b.png"))
    assert abs(large - 2 * small) <= 1


def test_summary_prints_the_table_in_full_where_there_is_no_terminal(netgraph, folder):
    ng.save(ng.chain(2, {"id": "long" * 40, "units": 3}), "long.json")
    assert "long" * 40 in netgraph("summary", "long.json").out


def test_summary_prints_every_row_on_request(netgraph, folder):
    ng.save(ng.chain(2, *[2] * 99), "deep.json")
    assert "more layers" in netgraph("summary", "deep.json").out
    assert "dense50 " in netgraph("summary", "deep.json", "--all").out


def test_check_says_what_the_net_is(netgraph):
    assert netgraph("check", "net.py").out == "ok: arms: 3 layers, x (2) → dense2 (3), 51 parameters\n"


def test_check_lists_every_complaint_on_a_line(netgraph):
    outcome = netgraph("check", "net.py:wrong")
    assert (outcome.code, outcome.out) == (1, "")
    lines = outcome.err.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("netgraph: error: Node '") for line in lines)


def test_train_saves_what_the_library_would_have_trained(netgraph, folder):
    outcome = netgraph("train", "net.py", "--data", "data.npz", "--loss", "cross_entropy", "--optimizer", "sgd", "--lr", "0.1",
                       "--epochs", "7", "--seed", "3", "-o", "out.safetensors")
    data = np.load("data.npz")
    net = ng.compile(ng.chain(2, 8, "tanh", 3), seed=3)
    history = net.fit(data["x"], data["y"], loss="cross_entropy", optimizer="sgd", lr=0.1, epochs=7)
    trained = ng.compile(ng.load("out.safetensors"))
    assert np.array_equal(trained.parameters["dense2.weight"], net.parameters["dense2.weight"])
    assert outcome.out.startswith(f"loss {history.loss[0]:.4g} -> {history.loss[-1]:.4g} in 7 epochs of 60 samples, ")


def test_train_in_torch_comes_to_what_numpy_comes_to(netgraph):
    words = ("train", "net.py", "--data", "data.npz", "--loss", "cross_entropy", "--epochs", "4", "--batch-size", "9", "--dtype", "float64",
             "--validation", "0.2", "--metric", "accuracy")
    mine = netgraph(*words, "-o", "numpy.json")
    theirs = netgraph(*words, "--backend", "torch", "--checkpoint", "run.pt", "-o", "torch.json")
    assert (theirs.code, theirs.out.partition(" s\n")[0][:40]) == (0, mine.out.partition(" s\n")[0][:40])
    first, second = (ng.compile(ng.load(f"{name}.json"), dtype="float64").parameters for name in ("numpy", "torch"))
    assert all(np.allclose(second[name], array, rtol=1e-8) for name, array in first.items())       # Adam divides by small roots


@pytest.mark.parametrize("words", [("net.py:images", "--x", "images"), ("net.py:words", "--x", "indices"), ("net.py:two",)],
                         ids=["images", "indices", "several"])
def test_train_in_torch_takes_every_kind_of_input(words, netgraph):
    loss = "mse" if words[0] == "net.py:two" else "cross_entropy"
    assert netgraph(*BRIEFLY, *words, "--loss", loss, "--backend", "torch", "--amp").code == 0


def test_train_in_torch_resumes(netgraph):
    words = (*BRIEFLY, "net.py", "--loss", "cross_entropy", "--backend", "torch", "--checkpoint", "run.pt", "--resume", "--patience", "9")
    assert " in 1 epoch of" in netgraph(*words).out
    assert " in 3 epochs of" in netgraph(*words, "--epochs", "3").out


def test_train_keeps_samples_for_validation_and_measures_there(netgraph):
    out = netgraph("train", "net.py", "--data", "data.csv", "--target", "arm", "--loss", "cross_entropy", "--validation", "0.25",
                   "--metric", "accuracy", "--batch-size", "9", "--epochs", "2").out
    assert "of 45 samples" in out
    assert "on 15 samples kept for validation" in out
    assert ", accuracy 0." in out


def test_train_reads_the_same_from_csv_and_npz(netgraph):
    words = ("--loss", "cross_entropy", "--epochs", "3")
    first, second = (netgraph("train", "net.py", "--data", name, *words).out.partition(" in ")[0] for name in ("data.npz", "data.csv"))
    assert first == second


def test_train_reshapes_rows_to_images(netgraph):
    assert netgraph(*BRIEFLY, "net.py:images", "--x", "images", "--loss", "cross_entropy").code == 0


def test_train_feeds_indices_to_an_embedding(netgraph):
    assert netgraph(*BRIEFLY, "net.py:words", "--x", "indices", "--loss", "cross_entropy").code == 0


def test_train_gives_a_single_output_its_column(netgraph):
    assert netgraph(*BRIEFLY, "net.py:small", "--y", "p", "--loss", "mse", "--metric", "mse").code == 0


def test_train_feeds_several_inputs_and_outputs_by_their_ids(netgraph):
    assert netgraph(*BRIEFLY, "net.py:two", "--loss", "mse").code == 0


def test_train_may_put_the_weights_into_the_file_it_read(netgraph, folder):
    ng.save(ng.chain(2, 3), "net.safetensors")
    assert netgraph(*BRIEFLY, "net.safetensors", "--loss", "cross_entropy", "-o", "net.safetensors").code == 0
    assert "weight" in ng.load("net.safetensors").edges["x", "dense1"]


def test_train_stops_early(netgraph):
    words = ("--loss", "cross_entropy", "--lr", "3", "--epochs", "2000", "--patience", "2")
    out = netgraph("train", "net.py", "--data", "data.npz", *words).out
    assert " in 2,000 epochs" not in out


def test_train_draws_the_loss(netgraph, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)          # matplotlib's own, while it is imported
        assert netgraph(*BRIEFLY, "net.py", "--loss", "cross_entropy", "--plot", "loss.svg").code == 0
    assert b"<svg" in (folder / "loss.svg").read_bytes()


def test_export_says_what_it_wrote_and_how_it_was_checked(netgraph, folder):
    outcome = netgraph("export", "net.py", "-o", "arms.pt2")
    assert (outcome.code, outcome.err) == (0, "")
    said, checked = outcome.out.splitlines()
    assert said == f"arms.pt2: x → dense2, {(folder / 'arms.pt2').stat().st_size:,} bytes"
    assert checked.startswith("checked with torch 2.") and checked.endswith("differ from torch's by at most 0")


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_source_prints_what_the_library_gives(backend, netgraph):
    assert netgraph("source", "net.py", "--backend", backend).out == ng.to_source(ng.chain(2, 8, "tanh", 3, name="arms"), backend)


def test_source_writes_a_file_that_python_reads(netgraph, folder):
    assert netgraph("source", "net.py", "-o", "out.py").code == 0
    assert ast.parse((folder / "out.py").read_text())


@pytest.mark.parametrize(("net", "loss"), [
    ("net.py", "cross_entropy"), ("net.py:small", "bce"), ("net.py:words", "mse"), ("net.py:two", "sse"), ("net.py:images", None)])
def test_autograd_draws_every_kind_of_net(net, loss, netgraph, folder):
    outcome = netgraph("autograd", net, "-o", "a.svg", *(["--loss", loss] if loss else []))
    assert (outcome.code, outcome.err) == (0, "")
    assert "<svg" in (folder / "a.svg").read_text()[:100]


@pytest.mark.parametrize("options", [("--style", "raw"), ("--backend", "numpy", "--loss", "mse"), ("--no-fold", "--depth", "0")])
def test_autograd_is_drawn_in_other_ways(options, netgraph, folder):
    outcome = netgraph("autograd", "net.py", "-o", "a.svg", *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert "<svg" in (folder / "a.svg").read_text()[:100]


def test_autograd_of_a_recurrent_net_is_drawn(netgraph, folder):
    (folder / "loop.py").write_text("import netgraph as ng; G = ng.chain(3, {'id': 'h', 'units': 4}, 2); G.add_edge('h', 'h', delay=1)")
    for backend in ("torch", "numpy"):
        assert netgraph("autograd", "loop.py", "--backend", backend, "-o", "a.svg").code == 0
        assert ">×4<" in (folder / "a.svg").read_text()


def test_autograd_draws_a_loop_along_a_few_steps(netgraph, folder):
    G = ng.chain(3, {"id": "h", "units": 2, "activation": "tanh"})
    G.add_edge("h", "h", delay=1)
    ng.save(G, folder / "loop.json")
    outcome = netgraph("autograd", "loop.json", "-o", "loop.svg", "--loss", "cross_entropy", "--style", "raw")
    assert (outcome.code, outcome.err) == (0, "")
    assert (folder / "loop.svg").read_text().count("TanhBackward0") >= 4


def test_ops_lists_every_word(netgraph):
    from netgraph.engines.training.metrics import METRICS
    from netgraph.engines.training.optimizers import OPTIMIZERS
    from netgraph.ops import LOSSES, OPS
    from netgraph.weights import INITIALISERS
    words = [line.split()[0] for line in netgraph("ops").out.splitlines() if line.startswith("  ")]
    assert sorted(words) == sorted([*OPS, *LOSSES, *OPTIMIZERS, *INITIALISERS, *METRICS])


def test_ops_says_something_of_every_word(netgraph):
    assert all(len(line.split()) > 1 for line in netgraph("ops").out.splitlines() if line.startswith("  "))


def test_ops_shows_fields_with_defaults_and_meanings(netgraph):
    out = netgraph("ops", "conv2d").out
    assert "  kernel_size   required  One whole number" in out
    assert "  as every node: activation, label, share, trainable, within" in out
    assert "  stride        (1, 1)    One whole number" in out


def test_ops_lists_a_family(netgraph):
    assert netgraph("ops", "loss").out.splitlines()[:2] == ["loss", "  sse              Σ (x − y)²."]


def test_ops_shows_a_word_and_the_family_of_its_name(netgraph):
    out = netgraph("ops", "norm").out
    assert out.startswith("norm (reduce)") and "\nnorm\n  layernorm" in out


def test_ops_says_of_each_field_what_it_may_be(netgraph):
    from netgraph.engines.training.optimizers import OPTIMIZERS
    assert all("tuple[" not in netgraph("ops", name).out for name in OPTIMIZERS)


def test_ops_shows_the_slots_of_a_block_and_which_may_be_left_out(netgraph):
    out = netgraph("ops", "attention").out
    assert "inputs: query, and if wanted key, value, mask, added (slot='query' or 'key' or 'value' or 'mask' or 'added')" in out


def test_ops_shows_slots(netgraph):
    assert "inputs: x, y (slot='x' or 'y')" in netgraph("ops", "matmul").out


def test_demo_declares_trains_and_draws(netgraph, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outcome = netgraph("demo", "--output-dir", "here/there")
    assert outcome.code == 0
    files = sorted(path.name for path in (folder / "here/there").iterdir())
    assert files == ["data.npz", "loss.png", "net.png", "net.py", "trained.safetensors"]
    assert netgraph("check", "here/there/net.py").code == 0
    assert "accuracy 100.0%" in outcome.out


def test_a_warning_is_one_line(netgraph, folder):
    declaration = "G = ng.chain(2, 1)\nwarnings.simplefilter('always')\nwarnings.warn('two\\nlines')\n"
    (folder / "loud.py").write_text(f"import warnings, netgraph as ng\n{declaration}")
    assert netgraph("check", "loud.py").err == "netgraph: warning: two lines\n"
