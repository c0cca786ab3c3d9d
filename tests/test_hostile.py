"""The adversary: what no net, no data and no option may do is refused in a sentence, at once, with nothing run and nothing left behind."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

import netgraph as ng
from netgraph.errors import DataError, DrawError, FileError, GraphError, NetgraphError, OpError, TrainingError, WeightError

X, Y = np.ones((5, 3)), np.zeros((5, 2))


def small_net(**options: Any) -> Any:
    return ng.compile(ng.chain(3, 4, "relu", 2), seed=0, **options)


def fit(**options: Any) -> Any:
    return small_net().fit(X, Y, **{"loss": "mse", "lr": 1e-3, **options})


def layer(**attributes: Any) -> nx.DiGraph:
    """x -> h, where h has these attributes."""
    graph = nx.DiGraph([("x", "h")])
    graph.add_node("x", op="input", shape=(3,))
    graph.add_node("h", **{"op": "dense", "units": 4, **attributes})
    return graph


def edge(**attributes: Any) -> nx.DiGraph:
    graph = layer()
    graph.add_edge("x", "h", **attributes)
    return graph


def called(name: Any) -> nx.DiGraph:
    return nx.relabel_nodes(layer(), {"h": name})


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def everyone_to_everyone(count: int) -> nx.DiGraph:
    graph = nx.complete_graph(count, nx.DiGraph)
    nx.set_node_attributes(graph, "add", "op")
    return graph


class Trap:
    """Whoever looks at it more closely than by its type falls in."""

    __hash__ = object.__hash__

    def spring(self, *_: object, **__: object) -> Any:
        raise RuntimeError("the trap was sprung")

    __repr__ = __str__ = __bool__ = __len__ = __iter__ = __float__ = __array__ = spring


class Loud:
    def __repr__(self) -> str:
        return "\x1b[2J\n" + "z" * 10**7


TRAP, LOUD, HUGE, THIN = Trap(), Loud(), 10**5000, np.broadcast_to(np.float64(1), (2**40, 3))
Case = tuple[Callable[[], Any], type[NetgraphError], str]

GRAPHS: dict[str, Case] = {
    "a cycle through everything": (lambda: ng.check(everyone_to_everyone(100)), GraphError, "cycle: 0 -> 1 -> 0."),
    "None": (lambda: ng.check(None), GraphError, "got None of type NoneType"),
    "the class": (lambda: ng.draw(nx.DiGraph), GraphError, "A net is a networkx.DiGraph"),
    "a trap": (lambda: ng.compile(TRAP), GraphError, "of type Trap"),
    "a huge integer as id": (lambda: ng.check(called(HUGE)), GraphError, "Number the nodes from 0"),
    "a trap as id": (lambda: ng.check(called(TRAP)), GraphError, "is of type Trap"),
    "100,000 nested lists as op": (lambda: ng.check(layer(op=deep(100_000))), OpError, "Node 'h' has op=[[[["),
    "100,000 nested lists as units": (lambda: ng.check(layer(units=deep(100_000))), OpError, "Node 'h' was given units=[[[["),
    "100,000 nested lists as a weight": (lambda: ng.check(edge(weight=deep(100_000))), WeightError, "The weight of the edge 'x' -> 'h'"),
    "100,000 nested lists as a slot": (lambda: ng.check(edge(slot=deep(100_000))), GraphError, "The edge 'x' -> 'h' has slot="),
    "3,000 nested groups": (lambda: ng.check(layer(within="/".join("g" * 3000))), OpError, "3,000 nested groups, but 64 is the most"),
    **{f"a trap as {word}": ((lambda word=word: ng.check(layer(**{word: TRAP}))), NetgraphError, "'h'")
       for word in ("op", "units", "activation", "within", "label", "share", "trainable", "bias", "note")},
    **{f"a trap as {word} of an edge": ((lambda word=word: ng.check(edge(**{word: TRAP}))), NetgraphError, "'x' -> 'h'")
       for word in ("weight", "slot", "output", "trainable", "init", "delay", "mask")},
    **{f"a loud {word}": ((lambda word=word: ng.check(layer(**{word: LOUD}))), NetgraphError, "'h'") for word in ("op", "units", "share")},
    "a huge number of units": (lambda: ng.check(layer(units=HUGE)), OpError, "an integer of 16610 bits"),
    "more arrays than memory": (lambda: ng.compile(ng.chain(2**40, 2**20)), WeightError, "has shape (1048576, 1099511627776)"),
    "more arrays than memory, for torch": (lambda: ng.compile(ng.chain(2**40, 2**20), "torch"), WeightError, "Use smaller layers"),
    "a masked weight": (lambda: ng.check(edge(weight=np.ma.ones((4, 3)))), WeightError, "is a masked array"),
    "a weight beyond float32": (lambda: ng.compile(edge(weight=np.full((4, 3), 1e300))), WeightError, "'h.weight' holds numbers"),
    "a thin weight of 2^40 numbers": (lambda: ng.check(edge(weight=THIN)), WeightError, "(1099511627776, 3), but wants (4, 3)"),
    "code as a dim": (lambda: ng.check(ng.chain(("__import__('os').system('x')",), 3)), OpError, "Node 'x' was given shape="),
}

CHAINS: dict[str, Case] = {
    "code": (lambda: ng.chain(3, "os.system"), OpError, "but got 'os.system'"),
    "a trap": (lambda: ng.chain(3, TRAP), OpError, "A layer of a chain is"),
    "an op that is a list": (lambda: ng.chain(3, {"op": []}), OpError, "the layer {'op': []}"),
    "a field that is a number": (lambda: ng.chain(3, {"op": "relu", 1: 2}), OpError, "the layer {'op': 'relu', 1: 2}"),
    "None as id": (lambda: ng.chain(3, {"op": "relu", "id": None}), OpError, "give it a str or an int"),
    "a list as id": (lambda: ng.chain(3, {"op": "relu", "id": []}), OpError, "give it a str or an int"),
    "an empty dict": (lambda: ng.check(ng.chain(3, {})), OpError, "has no op"),
    "an unknown op before an activation": (lambda: ng.check(ng.chain(3, {"op": "zzz"}, "relu")), OpError, "op='zzz'"),
}

WORDS: dict[str, Case] = {
    "code as a loss": (lambda: ng.loss("__import__('os')"), OpError, "is no loss"),
    "a trap as a loss": (lambda: ng.loss(TRAP), OpError, "is no loss"),
    "a huge integer as a loss": (lambda: ng.loss(HUGE), OpError, "an integer of 16610 bits is no loss"),
    "code as an optimiser": (lambda: ng.optimizer("os.system"), OpError, "'os.system' is no optimiser"),
    "a trap as an optimiser": (lambda: ng.optimizer(TRAP), OpError, "is no optimiser"),
    "a list as a schedule": (lambda: ng.schedule([], 0.1), OpError, "[] is no schedule"),
    "a schedule of steps of 0": (lambda: ng.schedule("step", 0.1, step_size=0), OpError, "was given step_size=0"),
    "a schedule without its step": (lambda: ng.schedule("step", 0.1), OpError, "lacks step_size. Add step_size=..."),
    "a schedule of a word": (lambda: ng.schedule("cosine", "fast", epochs=3), OpError, "was given lr='fast'"),
    "an unknown backend": (lambda: ng.compile(layer(), "os"), OpError, "backend='os' is no backend"),
    "float16": (lambda: ng.compile(layer(), dtype="float16"), OpError, "dtype='float16'"),
    "a huge seed": (lambda: ng.compile(layer(), seed=-HUGE), OpError, "seed=an integer of 16610 bits"),
    "an unknown metric": (lambda: small_net().score(X, Y, metric=[]), OpError, "[] is no metric"),
    "a metric of None": (lambda: small_net().score(X, Y, metric=lambda o, t: None), DataError, "gave None. Return one number"),
    "a metric of words": (lambda: small_net().score(X, Y, metric=lambda o, t: "good"), DataError, "gave 'good'"),
    "a threshold of None": (lambda: small_net().score(X, Y, threshold=None), OpError, "threshold=None is no finite number"),
}

TRAINING: dict[str, Case] = {
    **{f"{value!r} as {word}": ((lambda word=word, value=value: fit(**{word: value})), NetgraphError, f"{word}={value!r}")
       for word, values in {"lr": (0, -1, True, "x", float("nan"), float("inf")), "epochs": (-1, True, 1.5, "x", None),
                            "batch_size": (0, -1, True, 1.5, "x"), "clip_norm": (0, float("nan")), "metrics": (3, None, "accuracy"),
                            "callbacks": (3, None, "x"), "validation": (3, "x")}.items() for value in values},
    "validation without targets": (lambda: fit(validation=[X]), DataError, "is no pair. Give validation=(x, y)"),
    "a callback that is none": (lambda: fit(callbacks=[3]), OpError, "The callback 3 cannot be called"),
    "a trainer that is none": (lambda: fit(trainer="adam"), TrainingError, "trainer='adam' is no trainer"),
    "another net's trainer": (lambda: fit(trainer=small_net().trainer(loss="mse")), TrainingError, "belongs to another net"),
    "a rate that is a word": (lambda: fit(lr=lambda epoch: "fast"), OpError, "lr gave 'fast' for epoch 0"),
    "a rate that ends": (lambda: fit(lr=[1e-3, float("nan")].__getitem__, epochs=2), OpError, "lr gave nan for epoch 1"),
    "a loss that diverges": (lambda: fit(lr=1e20, epochs=20), TrainingError, "training diverged"),
    "a batch norm of one": (lambda: ng.compile(ng.chain(3, {"op": "batchnorm"})).fit(X[:1], X[:1], loss="mse"), DataError, "'batchnorm1'"),
}

DATA: dict[str, Case] = {
    **{f"{name} as input": ((lambda value=value: small_net()(value)), DataError, words) for name, (value, words) in {
        "another shape": (np.ones((5, 4)), "wants shape (N, 3), N samples, but got (5, 4)"),
        "a single sample": (np.ones(3), "a batch of one"), "no samples": (np.ones((0, 3)), "was given no samples"),
        "a number": (3, "but got ()"), "None": (None, "Input 'x' holds object"), "text": ("abc", "not real numbers"),
        "ragged lists": ([[1, 2, 3], [1]], "rows differ in length"), "complex numbers": (X * 1j, "complex128"),
        "objects": (X.astype(object), "holds object"), "integers beyond 64 bits": ([[10**30] * 3], "holds object"),
        "a masked array": (np.ma.masked_equal(X, 1), "is a masked array"), "a trap": (TRAP, "cannot be read as an array: RuntimeError"),
        "records": (np.zeros((5, 3), [("a", "f4")]), "not real numbers"), "numbers beyond float32": (X * 1e300, "too large for float32"),
        "an unknown name": ({"z": X}, "the inputs 'x', but was given 'z'"), "2^40 thin samples": (THIN, "does not fit into memory"),
        "2^40 thin samples as they are": (np.broadcast_to(np.float32(1), (2**40, 3)), "Use smaller ones"),
        "nested lists": (deep(100_000), "Input 'x'")}.items()},
    "targets of another shape": (lambda: small_net().fit(X, X, loss="mse"), DataError, "has shape (5, 3), but the net gives (5, 2)"),
    "targets of another count": (lambda: small_net().fit(X, Y[:3], loss="mse"), DataError, "There are 5 samples"),
    "NaN that is looked for": (lambda: small_net(check_finite=True)(X * np.nan), DataError, "Node 'dense1' is the first to give NaN"),
    "predict by -1": (lambda: small_net().predict(X, batch_size=-1), OpError, "batch_size=-1 is no whole number of at least 1"),
    "predict by halves": (lambda: small_net().predict(X, batch_size=1.5), OpError, "batch_size=1.5"),
    "ragged parameters": (lambda: small_net().parameters.__setitem__("dense1.bias", [[1], []]), WeightError, "'dense1.bias' was set to"),
    "an unknown parameter": (lambda: small_net().parameters["dense9.bias"], WeightError, "Did you mean 'dense"),
}

PATHS: dict[str, Case] = {
    **{f"{name}: {verb}": ((lambda do=do, path=path: do(path)), NetgraphError, words if verb != "draw" else "End it in .png")
       for name, path, words in [("no text", "", "path"), ("a NUL", "a\0.json", "NUL"), ("a lone surrogate", "\ud800.json", "no file name"),
                                 ("a pickle", "net.pt", "'net.pt'"), ("a number", 3, "3")]
       for verb, do in [("load", ng.load), ("save", lambda path: ng.save(layer(), path)),
                        ("draw", lambda path: ng.draw(layer()).save(path))]},
    "/dev/zero": (lambda: ng.load("/dev/zero"), FileError, "/dev/zero"),
    "a trap: load": (lambda: ng.load(TRAP), FileError, "A path is wanted"),
    "a trap: save": (lambda: ng.save(layer(), TRAP), FileError, "A path is wanted"),
    "a missing folder": (lambda: ng.save(layer(), "no-such-folder/net.json"), FileError, "there is no folder"),
    "an unknown theme": (lambda: ng.draw(layer(), theme="eval"), DrawError, "no theme 'eval'"),
}

TABLE = {f"{part}: {name}": case for part, cases in [
    ("graph", GRAPHS), ("chain", CHAINS), ("word", WORDS), ("fit", TRAINING), ("data", DATA), ("path", PATHS)]
    for name, case in cases.items()}


def peak_mib() -> float:
    resource = pytest.importorskip("resource")
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / (2**20 if sys.platform == "darwin" else 2**10)


@pytest.mark.parametrize("name", TABLE)
def test_it_is_refused_in_words_at_once_and_nothing_is_left(name, tmp_path, monkeypatch):
    action, kind, words = TABLE[name]
    monkeypatch.chdir(tmp_path)
    memory, started = peak_mib(), time.perf_counter()
    with pytest.raises(kind) as refusal:
        action()
    assert time.perf_counter() - started < 2 + 8 * ("torch" in name)       # torch itself is imported there
    assert peak_mib() - memory < 200 or "torch" in name
    text = str(refusal.value)
    assert words in text and text.endswith((".", "?")) and "\x1b" not in text
    assert all(len(line) < 3000 for line in text.splitlines()) and os.listdir(tmp_path) == []


ODD_GRAPHS: dict[str, nx.DiGraph] = {}
for _odd, _nodes, _edges, _outputs in [
    ("an input alone", {"x": {}}, [], None),
    ("an input as an output", {"x": {}, "h": {"units": 2}}, [("x", "h")], ["x", "h"]),
    ("one output twice", {"x": {}, "h": {"units": 2}}, [("x", "h")], ["h", "h"]),
    ("an input that nobody uses", {"x": {}, "z": {"shape": (3,)}, "h": {"units": 2}}, [("x", "h")], ["h"]),
    ("two nets in one", {"x": {}, "z": {"shape": (3,)}, "h": {"units": 2}, "k": {"units": 1}}, [("x", "h"), ("z", "k")], None),
    ("an output inside", {"x": {}, "h": {"units": 3, "activation": "relu"}, "k": {"units": 2}}, [("x", "h"), ("h", "k")], ["h", "k"]),
    ("a branch that leads nowhere", {"x": {}, "h": {"units": 2}, "k": {"units": 2}}, [("x", "h"), ("x", "k")], ["h"]),
    ("ids of every kind", {"x": {}, -1: {"units": 3}, 0: {"units": 3}, "": {"units": 3}, " ": {"units": 3}, "class": {"units": 3},
                           'a"; import os #': {"units": 3}, "q" * 10_000: {"units": 3}, -(2**70): {"units": 2}},
     list(nx.utils.pairwise(["x", -1, 0, "", " ", "class", 'a"; import os #', "q" * 10_000, -(2**70)])), None),
]:
    _graph = nx.DiGraph(name=_odd, **({"outputs": _outputs} if _outputs else {}))
    _graph.add_nodes_from((node, attributes or {"op": "input", "shape": (3,)}) for node, attributes in _nodes.items())
    _graph.add_edges_from(_edges)
    ODD_GRAPHS[_odd] = _graph


def flat(outputs: Any) -> np.ndarray:
    return np.concatenate([each.ravel() for each in (outputs if isinstance(outputs, tuple) else (outputs,))])


@pytest.mark.parametrize("name", ODD_GRAPHS)
def test_an_odd_graph_runs_trains_copies_and_is_written_out(name, tmp_path):
    graph = ODD_GRAPHS[name]
    net = ng.compile(graph, seed=0)
    inputs = [np.random.default_rng(i).standard_normal((4, 3)) for i in range(len(net.layers.inputs))]
    outputs = net(*inputs)
    zeros = tuple(np.zeros_like(each) for each in outputs) if isinstance(outputs, tuple) else np.zeros_like(outputs)
    assert np.isfinite(net.fit(tuple(inputs) if len(inputs) > 1 else inputs[0], zeros, loss="mse", lr=0.01, epochs=2).loss).all()
    program: dict[str, Any] = {}
    exec(net.source, program)
    wanted = flat(net(*inputs))
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), lambda *x: program["forward"]({**net.parameters}, *x)):
        np.testing.assert_allclose(flat(twin(*inputs)), wanted, rtol=1e-5, atol=1e-6)
    compile(ng.to_source(graph, "torch"), name, "exec")
    ng.draw(graph).save(tmp_path / "net.svg")
    ng.save(net.graph, tmp_path / "net.safetensors")
    assert list(ng.load(tmp_path / "net.safetensors")) == list(graph)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "float16", "float64", ">f4", "longdouble"])
def test_a_weight_of_any_real_dtype_and_layout_is_taken(dtype):
    weight = np.asfortranarray((np.arange(12).reshape(4, 3) % 2).astype(dtype))
    weight.flags.writeable = False
    net, program = ng.compile(edge(weight=weight)), {}
    exec(net.source, program)
    assert net.parameters["h.weight"].dtype == np.float32 and (net.parameters["h.weight"] == weight).all()
    assert np.allclose(program["forward"](program["start"](), X), net(np.asfortranarray(X)) - net.parameters["h.bias"]
                       + program["start"]()["h.bias"], atol=1e-6)
    net.fit(X, np.zeros((5, 4)), loss="mse", lr=0.1)
    assert (weight == (np.arange(12).reshape(4, 3) % 2)).all()             # the graph's own stays as it is


def test_an_index_into_a_later_axis_is_written_as_python():
    graph = ng.chain((4, 5), {"op": "dense", "units": 5}, {"op": "select", "dim": 2, "index": 1})
    net, program = ng.compile(graph), {}
    exec(net.source, program)
    x, y = np.ones((3, 4, 5), "float32"), np.zeros((3, 4), "float32")
    gradients = program["loss_and_gradients"](dict(net.parameters), x, y)[1]
    for name, gradient in net.gradients(x, y, loss="mse")[1].items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_threads_that_share_a_net_get_what_they_asked_for():
    net = ng.compile(ng.chain(30, 300, "relu", 2), seed=0)
    data = [np.random.default_rng(i).standard_normal((64, 30)) for i in range(4)]
    target, wrong = np.zeros((64, 2)), []
    calls, steps = [net(x) for x in data], [net.gradients(x, target, loss="mse")[1] for x in data]

    def work(i: int) -> None:
        for _ in range(40):
            gradients = net.gradients(data[i], target, loss="mse")[1]
            if not np.array_equal(net(data[i]), calls[i]) or any(not np.array_equal(gradients[name], steps[i][name]) for name in gradients):
                wrong.append(i)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda trainer: pickle.loads(pickle.dumps(trainer))], ids=["deepcopy", "pickle"])
def test_a_copied_trainer_goes_on_with_a_net_of_its_own(copied):
    x, y = X.astype("float32"), Y.astype("float32")
    trainer = small_net().trainer(loss="mse", optimizer="adam", lr=0.01)
    for _ in range(3):
        trainer(x, y)
    before, twin = trainer.net.parameters.flat.copy(), copied(trainer)
    twin(x, y)
    assert (twin.net.parameters.flat != before).any() and (trainer.net.parameters.flat == before).all()
    trainer(x, y)
    np.testing.assert_array_equal(trainer.net.parameters.flat, twin.net.parameters.flat)


def test_weights_are_finite_after_a_last_step_that_diverged():
    net = small_net()
    with pytest.raises(TrainingError, match="no longer finite"):
        net.fit(X * 1e10, Y + 1e15, loss="mse", lr=1e20)
    assert np.isfinite(net.parameters.flat).all()


def test_an_interrupted_fit_leaves_a_net_that_works():
    net = ng.compile(ng.chain(100, 300, "relu", 100))
    x = np.ones((500, 100), "float32")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            net.fit(x, x, loss="mse", epochs=10**9)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert np.isfinite(net(x[:2])).all() and np.isfinite(net.fit(x, x, loss="mse").loss).all()


def test_a_callback_may_use_the_net_that_trains():
    def callback(net: Any, history: Any) -> None:
        assert net(X).shape == (5, 2) and len(net.graph) == 3
        if len(history.loss) < 2:
            net.fit(X, Y, loss="mse")
    assert len(fit(epochs=3, callbacks=[callback]).loss) == 3


@pytest.mark.parametrize(("arguments", "code"), [
    (["check", "missing.json"], 1), (["check", "net.json"], 1), (["draw", "net.json", "-o", "old.png"], 1), (["summary", "/dev/zero"], 1),
    (["draw", "good.json", "-o", "no-such-folder/net.png"], (1, 2)), (["draw", "good.json", "-o", "net.exe"], 2),
    (["train", "good.json", "--data", "net.json"], (1, 2)), (["check", "a\x1b[2J.json"], 1), (["eval", "good.json"], 2),
], ids=lambda value: " ".join(map(repr, value)) if isinstance(value, list) else "")
def test_the_command_line_refuses_in_three_lines(arguments, code, tmp_path):
    (tmp_path / "net.json").write_text("[" * 200_000)
    (tmp_path / "old.png").write_text("old")
    ng.save(layer(), tmp_path / "good.json")
    before = sorted(os.listdir(tmp_path))
    process = subprocess.run([sys.executable, "-m", "netgraph", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert process.returncode in (code if isinstance(code, tuple) else (code,))
    assert "Traceback" not in process.stderr and "\x1b" not in process.stderr and 1 <= len(process.stderr.splitlines()) <= 3
    assert sorted(os.listdir(tmp_path)) == before and (tmp_path / "old.png").read_text() == "old"
