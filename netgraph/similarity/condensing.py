"""A batch of graphs goes in; its condensed form comes out: what only scales, moves or masks is gone, and idioms are one operation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netgraph.similarity.labelled import Batch
from netgraph.similarity.wiring import Wiring, first_of_each, wired
from netgraph.similarity.words import Word, word_of

# A product x · f(x) by the word of f, with the most steps back from f to x, is one operation.
IDIOMS = {"sigmoid": ("silu", 1), "hardsigmoid": ("hardswish", 1), "relu6": ("hardswish", 1), "clamp": ("hardswish", 1),
          "tanh": ("mish", 2), "rsqrt": ("rms_norm", 3)}


@dataclass(frozen=True, eq=False)
class Condensed:
    """A batch whose nodes are the operations that count, with the words for them.

    Shapes: word (size,) as places in `words`; has_params (size,) bool.
    """

    batch: Batch
    words: tuple[Word, ...]
    word: np.ndarray
    has_params: np.ndarray
    wiring: Wiring

    def flags(self, name: str) -> np.ndarray:
        """Whether each node's word is of a kind, such as "is_counted"."""
        flags: np.ndarray = np.array([getattr(word, name) for word in self.words], bool)[self.word]
        return flags


def condense(batch: Batch) -> Condensed:
    """The batch without what passes values on, with x · sigmoid(x) and the like as one operation."""
    ops = sorted(set(batch.ops))
    place = {op: i for i, op in enumerate(ops)}
    words = [word_of(op) for op in ops] + [word_of(made) for made, _ in IDIOMS.values()]
    word = np.array([place[op] for op in batch.ops], np.int64)
    is_input, is_constant = (np.array(flags)[word] for flags in zip(*((w.name == "input", w.is_constant) for w in words), strict=True))
    sources, targets = batch.edges[:, ~is_constant[batch.edges[1]]]
    wiring, fed_weights = _constants_folded(wired(len(word), sources, targets), is_input, batch.owners)
    has_params = (batch.params > 0) | fed_weights
    is_passing, is_scale = (np.array(flags) for flags in zip(*((w.is_passing, w.is_learned_scale) for w in words), strict=True))
    wiring = _bridged_throughout(wiring, is_passing[word] & ~has_params | is_scale[word])
    wiring, word = _idioms(wiring, word, words, len(ops))
    return Condensed(batch, tuple(words), word, has_params, _bridged_throughout(wiring, is_passing[word] & ~has_params | is_scale[word]))


def siblings_merged(wiring: Wiring, alike: np.ndarray) -> Wiring:
    """Nodes of one kind with one and the same source taken as one, such as the projections to query, key and value.

    Shapes: alike (size,), a number for each kind, below 0 for nodes that stay single.
    """
    into = np.arange(wiring.size)
    twins = np.flatnonzero((wiring.fan_in == 1) & (alike >= 0) & wiring.stays)
    if len(twins):
        into[twins] = twins[first_of_each(wiring.parents()[twins] * (alike.max() + 1) + alike[twins])]
    return wiring.merged(into)


def _constants_folded(wiring: Wiring, is_input: np.ndarray, owners: np.ndarray) -> tuple[Wiring, np.ndarray]:
    """Without what no input flows into, such as learned positions, and the nodes that such a thing flows into: to them it is a weight.

    A graph without an input keeps all its nodes.
    """
    has_input = np.bincount(owners[is_input], minlength=owners[-1] + 1)[owners] > 0
    fed_weights = np.zeros(wiring.size, bool)
    while True:
        constant = (wiring.fan_in == 0) & ~is_input & has_input & wiring.stays
        if not constant.any():
            return wiring, fed_weights
        fed_weights[wiring.targets[constant[wiring.sources]]] = True
        wiring = wiring.without_nodes(constant)


def _bridged_throughout(wiring: Wiring, passing: np.ndarray) -> Wiring:
    """Bridged again and again, since a node whose two sources have become one may pass as well."""
    while True:
        now = passing & wiring.stays & (wiring.fan_in == 1)
        fewer = wiring.bridged(now)
        if np.count_nonzero(fewer.stays) == np.count_nonzero(wiring.stays):
            return fewer
        wiring = fewer


def _idioms(wiring: Wiring, word: np.ndarray, words: list[Word], first_made: int) -> tuple[Wiring, np.ndarray]:
    names = np.array([w.name for w in words])[word]
    fan_in, parents = wiring.fan_in, wiring.parents()
    is_product = (names == "mul") & (fan_in == 2)
    both = np.bincount(wiring.targets, weights=wiring.sources, minlength=wiring.size).astype(np.int64)
    word, inner = word.copy(), np.zeros(wiring.size, bool)
    cut = np.zeros(len(wiring.sources), bool)
    for number, (factor, (_, steps)) in enumerate(IDIOMS.items()):
        edges = np.flatnonzero(is_product[wiring.targets] & (names[wiring.sources] == factor))
        at, product = wiring.sources[edges], wiring.targets[edges]
        whole, walk = both[product] - at, [at]
        met = np.zeros(len(edges), bool)
        for _ in range(steps):
            at = np.where((at >= 0) & ~met & (fan_in[at] == 1), parents[at], np.where(met, at, -1))
            walk.append(at)
            met |= at == whole
        cut[edges[met]] = True
        word[product[met]] = first_made + number
        for node in walk[:-1]:
            inside = node[met & (node != whole)]
            inner[inside[inside >= 0]] = True
    wiring = wiring.without_edges(cut)
    return _unused_gone(wiring, inner), word


def _unused_gone(wiring: Wiring, candidates: np.ndarray) -> Wiring:
    """Without those candidates that nothing uses any more, then those that only they used."""
    while True:
        unused = candidates & wiring.stays
        unused[wiring.sources] = False
        if not unused.any():
            return wiring
        wiring = wiring.without_nodes(unused)
