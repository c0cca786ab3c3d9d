"""Export: every file gives torch's own numbers on batches of any size, is named as the graph, and is whole or not there."""

from __future__ import annotations

import builtins
import json
from importlib.util import find_spec

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph.engines.torch_export import exporting, onnx_file
from tests.engines.test_loops import NETS as RECURRENT
from tests.zoo.test_zoo import SMALL, data_for

SUFFIXES = (".pt2", pytest.param(".onnx", marks=pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs onnxruntime")))
QUICK = ("mlp", "lenet")


def forked() -> nx.DiGraph:
    """Two inputs and two outputs, with ids that only str tells apart, and one of them of any length."""
    G = nx.DiGraph()
    G.add_node("a b", shape=("T", 4))
    G.add_node(1, shape=(4,))
    G.add_node("m", op="mean", dim=1)
    G.add_node("p.q", units=3)
    G.add_node("1", units=2, activation="softmax")
    G.add_edges_from([("a b", "m"), ("m", "p.q"), (1, "p.q"), ("p.q", "1"), (1, "1")])
    G.graph["outputs"] = ["p.q", "1"]
    return G


def outputs_of(path, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """What the file gives, run as its own runtime runs it."""
    if path.suffix == ".onnx":
        import onnxruntime
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, inputs)
    outputs = torch.export.load(path).module()(*map(torch.tensor, inputs.values()))
    return [output.detach().numpy() for output in (outputs if isinstance(outputs, tuple) else (outputs,))]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SMALL])
def test_a_net_of_the_zoo_gives_its_numbers_in_another_runtime(name, suffix, tmp_path):
    net = ng.compile(SMALL[name](), seed=0)
    done = ng.export(net, tmp_path / f"net{suffix}")
    xs = [x if x.dtype.kind == "i" else x.astype("float32") for x in data_for(net.graph, samples=5)]
    (found,) = outputs_of(done.path, dict(zip(done.inputs, xs, strict=True)))
    np.testing.assert_allclose(found, net(*xs), rtol=1e-3, atol=1e-4)              # float32 through all layers in another order of sums
    assert done.inputs == tuple(map(str, net.layers.inputs)) and done.outputs == tuple(map(str, net.layers.outputs))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_inputs_and_outputs_are_called_as_their_nodes_and_have_any_size(suffix, tmp_path):
    net = ng.compile(forked(), seed=0)
    done = ng.export(net, tmp_path / f"net{suffix}")
    assert done.inputs == ("a b", "1") and done.outputs == ("p.q", "_x31_")
    rng = np.random.default_rng(0)
    for count, length in ((1, 1), (4, 9)):
        xs = [rng.standard_normal(shape).astype("float32") for shape in ((count, length, 4), (count, 4))]
        for mine, theirs in zip(net(*xs), outputs_of(done.path, dict(zip(done.inputs, xs, strict=True))), strict=True):
            np.testing.assert_allclose(theirs, mine, rtol=1e-5, atol=1e-6)


def test_a_dim_may_have_the_name_of_the_batch(tmp_path):
    G = ng.chain(("batch", 4), {"op": "mean", "dim": 1}, 2)
    assert ng.export(G, tmp_path / "net.pt2").difference < 1e-6


def test_an_archive_keeps_the_names(tmp_path):
    done = ng.export(forked(), tmp_path / "net.pt2")
    names = {"netgraph.json": ""}
    torch.export.load(done.path, extra_files=names)
    assert json.loads(names["netgraph.json"]) == {"inputs": ["a b", "1"], "outputs": ["p.q", "_x31_"]}


def test_a_file_that_gives_other_numbers_is_not_written(tmp_path, monkeypatch):
    (tmp_path / "net.pt2").write_bytes(b"before")
    monkeypatch.setattr(exporting, "run_archive", lambda path, samples: (torch.zeros(3, 2),))
    with pytest.raises(ng.ExportError, match=r"The \.pt2 file gives other numbers than the module: they differ by up to"):
        ng.export(ng.chain(3, 2), tmp_path / "net.pt2")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("net.pt2", b"before")]


def test_a_net_that_torch_cannot_record_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def fail(net, path):
        raise RuntimeError("no such operator\nand a page more")

    monkeypatch.setattr(exporting, "write_archive", fail)
    with pytest.raises(ng.ExportError) as refusal:
        ng.export(ng.chain(3, 2), tmp_path / "net.pt2")
    assert str(refusal.value) == ("torch could not record the net for a .pt2 file: no such operator. Try .onnx, or write the net as source "
                                  "with to_source(G, 'torch').")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    with pytest.raises(ng.ExportError) as refusal:
        ng.export(ng.chain(3, 2), tmp_path / "net.onnx")
    assert str(refusal.value) == ("Writing ONNX needs onnx and onnxscript, which this Python does not have. "
                                  "Install it with pip install 'netgraph-nn[onnx]'.")


def test_without_a_runtime_a_file_is_written_and_said_to_be_unchecked(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "write_onnx", lambda net, path: path.write_bytes(b"onnx"))
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    done = ng.export(ng.chain(3, 2), tmp_path / "net.onnx")
    assert (done.checked_by, done.difference) == (None, None)


def test_weights_beyond_what_onnx_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: name)
    monkeypatch.setattr(onnx_file, "LARGEST", 31)
    with pytest.raises(ng.ExportError, match=r"and an \.onnx file holds less than 2\. Export a \.pt2 file\."):
        ng.export(ng.chain(3, 2), tmp_path / "net.onnx")


@pytest.mark.parametrize("net", [3, builtins, torch.nn.Linear(1, 1)], ids=["number", "library", "module"])
def test_what_is_no_net_is_refused(net, tmp_path):
    with pytest.raises(ng.ExportError, match="A graph or a NumPy net is exported, but got"):
        ng.export(net, tmp_path / "net.pt2")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("make", RECURRENT.values(), ids=RECURRENT)
def test_a_net_that_loops_over_time_is_recorded_for_any_number_of_steps(make, suffix, tmp_path):
    net = ng.compile(make(), seed=0)
    done = ng.export(net, tmp_path / f"net{suffix}")
    rng = np.random.default_rng(0)
    for count, steps in ((1, 1), (4, 9)):
        xs = [rng.standard_normal((count, steps, 3)).astype("float32") for _ in done.inputs]
        (found,) = outputs_of(done.path, dict(zip(done.inputs, xs, strict=True)))
        np.testing.assert_allclose(found, net(*xs), rtol=1e-4, atol=1e-5)         # float32 through 9 steps, which feed their rounding on


def test_what_one_part_of_a_split_gave_at_several_steps_before_is_recorded(tmp_path):
    G = ng.chain(4, {"id": "s", "op": "split", "split_size": 2})
    G.add_node("late", units=2)
    G.add_node("later", units=2)
    G.add_node("y", op="add")
    G.add_edge("s", "late", output=1, delay=1)
    G.add_edge("s", "later", output=1, delay=3)
    G.add_edges_from([("s", "y", {"output": 0}), ("late", "y"), ("later", "y")])
    net, x = ng.compile(G), np.random.default_rng(0).standard_normal((2, 5, 4)).astype("float32")
    (found,) = outputs_of(ng.export(net, tmp_path / "net.pt2").path, {"x": x})
    np.testing.assert_allclose(found, net(x), rtol=1e-5, atol=1e-6)
