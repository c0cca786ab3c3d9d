"""Readable source: it runs alone, with NumPy or torch alone, and computes what the engines compute."""

import ast

import networkx as nx
import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph.block import Block
from netgraph.ops import LOSSES, OPS
from netgraph.plan import TIME


def declared(op, constants, shapes):
    """A net of one op, a dense layer behind it, so that something is learned."""
    G = nx.DiGraph()
    for i, shape in enumerate(shapes):
        G.add_node(f"x{i}", op="input", shape=shape or (1,))
    G.add_node("node", op=op, **constants)
    for i in range(len(shapes)):
        G.add_edge(f"x{i}", "node", **({} if OPS[op].is_symmetric or len(shapes) == 1 else {"slot": i}))
    if OPS[op].gives_integers:
        G.add_node("table", op="embedding", num_embeddings=6, embedding_dim=2)
        G.add_edge("node", "table")
    if OPS[op].gives_infinities:
        G.add_node("shares", op="softmax")
        G.add_edge("node", "shares")
    G.add_node("flat", op="flatten")
    G.add_edge("table" if OPS[op].gives_integers else "shares" if OPS[op].gives_infinities else "node", "flat")
    G.add_node("y", op="dense", units=2)
    G.add_edge("flat", "y")
    return G


CASES = [(op, constants, shapes) for op, kind in OPS.items() if op != "input" for constants, shapes in kind.examples if () not in shapes]
CASE_IDS = [f"{op}-{i}" for i, (op, _, _) in enumerate(CASES)]


def example_data(G, steps=4):
    plan, rng = ng.infer(G), np.random.default_rng(0)
    shapes = {name: (3, *(steps if dim == TIME else dim for dim in plan.sample_shapes(name)[0])) for name in plan.inputs}
    return [rng.integers(0, 2, shape) if plan[name].is_integer else rng.standard_normal(shape) for name, shape in shapes.items()]


def run(source):
    scope = {}
    exec(compile(source, "<source>", "exec"), scope)
    return scope


@pytest.mark.parametrize(("op", "constants", "shapes"), CASES, ids=CASE_IDS)
def test_numpy_source_computes_what_the_net_computes(op, constants, shapes):
    G = declared(op, constants, shapes)
    net, data, y = ng.compile(G, dtype="float64"), example_data(G), np.zeros((3, 2))
    program = run(ng.to_source(G, loss="sse"))
    p = program["start"](0, "float64")
    assert set(p) == {*net.parameters, *net.buffers}
    assert all((p[name] == value).all() for name, value in net.parameters.items())
    np.testing.assert_allclose(program["forward"](p, *data), net(*data), rtol=0, atol=1e-12)
    random = [np.random.default_rng((0, 1))] if "rng" in ng.to_source(G).split("def loss_and_gradients")[1].split(":")[0] else []
    loss, gradients = program["loss_and_gradients"](p, *data, y, *random)
    expected, expected_gradients = net.gradients(tuple(data) if len(data) > 1 else data[0], y, loss="sse")
    assert loss == pytest.approx(expected, abs=1e-12) and set(gradients) == set(expected_gradients)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected_gradients[name], rtol=0, atol=1e-12)


TWICE = [(op, constants, shapes[0]) for op, constants, shapes in CASES
         if len(shapes) == 2 and shapes[0] == shapes[1] and not OPS[op].gives_integers and not issubclass(OPS[op], Block)]


@pytest.mark.parametrize(("op", "constants", "shape"), TWICE, ids=[f"{op}-{i}" for i, (op, *_) in enumerate(TWICE)])
def test_numpy_source_adds_the_gradients_of_a_source_that_feeds_both_slots(op, constants, shape):
    G = ng.chain(shape, {"id": "h", "units": shape[-1], "activation": "sigmoid"})
    G.add_node("node", op=op, **constants)
    G.add_edge("h", "node", slot=(0, 1))
    net = ng.compile(G, dtype="float64")
    x = np.random.default_rng(0).standard_normal((3, *shape))
    y = np.ones(net(x).shape)
    gradients = run(ng.to_source(G, loss="sse"))["loss_and_gradients"](dict(net.parameters), x, y)[1]
    for name, gradient in net.gradients(x, y, loss="sse")[1].items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")      # torch's note on its own speed
@pytest.mark.parametrize(("op", "constants", "shapes"), CASES, ids=CASE_IDS)
def test_torch_source_takes_the_modules_weights_and_computes_the_same(op, constants, shapes):
    G = declared(op, constants, shapes)
    module = ng.compile(G, "torch", dtype="float64").eval()
    written = run(ng.to_source(G, "torch"))["Net"]().double().eval()
    written.load_state_dict(module.state_dict())
    data = [torch.tensor(array) for array in example_data(G)]
    assert torch.equal(written(*data), module(*data))


@pytest.mark.parametrize("loss", LOSSES)
def test_the_source_writes_out_every_loss(loss):
    G = ng.chain(3, 4, "tanh", 2, "sigmoid")
    net, x = ng.compile(G, dtype="float64"), np.random.default_rng(0).standard_normal((5, 3))
    y = np.random.default_rng(1).random((5, 2))
    program = run(ng.to_source(G, loss=loss))
    value, gradients = program["loss_and_gradients"](program["start"](0, "float64"), x, y)
    expected, expected_gradients = net.gradients(x, y, loss=loss)
    assert value == pytest.approx(expected, abs=1e-12)
    assert max(abs(gradients[name] - expected_gradients[name]).max() for name in gradients) < 1e-12


def test_net_source_has_the_loss_that_the_net_was_trained_with():
    net = ng.compile(ng.chain(3, 1))
    assert "(mse)" in net.source
    net.fit(np.ones((2, 3)), np.ones((2, 1)), loss="sse", lr=0.1)
    assert "(sse)" in net.source


def test_training_with_the_source_alone_is_training_with_the_net():
    G = ng.chain(3, 4, "relu", 1)
    net, x, y = ng.compile(G, dtype="float64"), np.ones((5, 3)), np.zeros((5, 1))
    program = run(net.source)
    p = program["start"](0, "float64")
    for _ in range(5):
        _, g = program["loss_and_gradients"](p, x, y)
        for name in g:
            p[name] -= 0.1 * g[name]
    net.fit(x, y, loss="mse", lr=0.1, epochs=5)
    assert all(abs(p[name] - value).max() < 1e-12 for name, value in net.parameters.items())


def test_small_given_arrays_are_written_out_and_large_ones_asked_for():
    G = ng.chain(30, {"id": "h", "units": 20, "bias": np.arange(20.0)})
    G.edges["x", "h"]["weight"] = np.ones((20, 30))
    program = run(ng.to_source(G))
    p = program["start"]({"h.weight": G.edges["x", "h"]["weight"]}, dtype="float64")
    assert (p["h.bias"] == np.arange(20.0)).all() and (p["h.weight"] == 1).all()


HOSTILE = ['a"; import os #', "class", "__import__", "eval", "self", "p", "g", "np", "torch", "F", "loss", "d", "隐藏层", "a.b",
           "x\ny", "'''", '"""', "ﬁ", 3, "3", ""]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_hostile_names_run_no_code_and_change_no_result(backend):
    G = nx.DiGraph(name='"""\nimport os')
    G.add_node("in", shape=(2,))
    for before, name in zip(["in", *HOSTILE], HOSTILE, strict=False):
        G.add_node(name, units=2, activation="tanh")
        G.add_edge(before, name)
    plain = nx.convert_node_labels_to_integers(G)
    source, x = ng.to_source(G, backend), np.ones((3, 2))
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}
    imports = [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    if backend == "numpy":
        assert imports == ["import numpy as np"]
        assert all(call.startswith(("np.", "rng.", "p.items")) or call.endswith((".sum", ".mean")) for call in calls)
        program = run(source)
        result = program["forward"](program["start"](0), x.astype("float32"))
        np.testing.assert_allclose(result, ng.compile(plain)(x), atol=1e-6)
    else:
        assert imports == ["import torch", "from torch import nn"]
        written = next(value for value in run(source).values() if isinstance(value, type))()
        written.load_state_dict(ng.compile(G, "torch").state_dict())
        np.testing.assert_allclose(written(torch.ones(3, 2)).detach(), ng.compile(plain)(x), atol=1e-6)
