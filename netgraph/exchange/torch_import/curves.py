"""Curves recognised: a sketch flows in; where a module writes the activation 'gelu' out in arithmetic, it is one node."""

from __future__ import annotations

import numpy as np

from netgraph.exchange.torch_import.made import Made
from netgraph.exchange.torch_import.probing import computed
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.tidying import outputs_of, reaching, users_of
from netgraph.exchange.torch_import.values import NoWordError, Value
from netgraph.ops import OPS

STEPS = frozenset({"mul", "add", "pow", "square", "tanh", "erf", "constant"})
PLACES = np.linspace(-8, 8, 161)[:, None]                  # at which curves are compared, each a sample of one number
GELUS: tuple[dict[str, str], ...] = ({}, {"approximate": "tanh"})


def recognise_curves(sketch: Sketch) -> None:
    """Put a 'gelu' in the place of every x · (1 + tanh or erf of what is made of x) / 2."""
    users = users_of(sketch)
    outputs = outputs_of(sketch)
    for index in reaching(sketch):
        if sketch.nodes[index].op == "mul":
            try:
                sketch.nodes[index] = _curve_at(sketch, index, users, outputs)
            except NoWordError:
                continue


def _curve_at(sketch: Sketch, last: int, users: dict[int, list[int]], outputs: set[int]) -> Made:
    """The activation whose last step a node is.

    Raises: NoWordError where it is none, or something else wants what happens inside.
    """
    begin = _begin(sketch, last)
    between, waiting = set[int](), [last]
    while waiting:
        index = waiting.pop()
        made = sketch.nodes[index]
        if index in between or index == begin.node:
            continue
        if made.op not in STEPS or len(between) > 16:
            raise NoWordError("it is no curve")
        between.add(index)
        waiting += [source.node for source, _ in made.edges if made.op != "constant"]
    inner = between - {last}
    if not any(sketch.nodes[index].op in ("tanh", "erf") for index in inner) or any(
            index in outputs or not between.issuperset(users[index]) for index in inner if sketch.nodes[index].op != "constant"):
        raise NoWordError("it is no curve")
    curve = _run(sketch, sorted(between), begin)
    for words in GELUS:
        if curve.shape == PLACES.shape and np.allclose(curve, OPS["gelu"](**words).at((1,)).forward(PLACES), rtol=1e-6, atol=1e-6):
            return Made({"op": "gelu", **words}, [(begin, {})], call=sketch.nodes[last].call, shapes=sketch.nodes[last].shapes)
    raise NoWordError("it is another curve")


def _begin(sketch: Sketch, last: int) -> Value:
    """What the curve is drawn over: what the sum of 1 and a tanh or erf is multiplied by, before any factor."""
    edges = sketch.nodes[last].edges
    if len(edges) == 1 and sketch.nodes[edges[0][0].node].op == "mul":
        edges = sketch.nodes[edges[0][0].node].edges
    beside = [source for source, _ in edges if not _is_lifted(sketch, source.node)]
    if len(edges) != 2 or len(beside) != 1:
        raise NoWordError("it is no curve")
    begin, = beside
    made = sketch.nodes[begin.node]
    return made.edges[0][0] if made.op == "mul" and len(made.edges) == 1 else begin


def _is_lifted(sketch: Sketch, index: int) -> bool:
    made = sketch.nodes[index]
    terms = sorted(sketch.nodes[source.node].op for source, _ in made.edges)
    return made.op == "add" and terms in (["constant", "erf"], ["constant", "tanh"])


def _run(sketch: Sketch, between: list[int], begin: Value) -> np.ndarray:
    results = {begin.node: PLACES}
    for index in between:
        made = sketch.nodes[index]
        given = [] if made.op == "constant" else [results[source.node] * words.get("weight", 1) for source, words in made.edges]
        if made.op == "constant" and np.size(made.words["value"]) != 1:
            raise NoWordError("its constants differ from number to number")
        results[index] = np.reshape(made.words["value"], (1, 1)) if made.op == "constant" else computed(made, given, [(1,)] * len(given), 0)
    return results[between[-1]]
