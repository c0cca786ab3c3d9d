"""A batch of graphs goes in; its condensed form comes out: what only scales, moves or masks is gone, and idioms are one operation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netgraph.similarity.families.wiring import Wiring, grouped, wired
from netgraph.similarity.families.words import Word, word_of
from netgraph.similarity.labelled import Batch

# A product x · f(x) is one operation: the word of f, how many steps f is behind x, and the word for the whole.
IDIOMS = (("sigmoid", 1, "silu"), ("hardsigmoid", 1, "hardswish"), ("relu6", 1, "hardswish"), ("erf", 1, "gelu"), ("tanh", 1, "gelu_tanh"),
          ("tanh", 2, "mish"), ("rsqrt", 3, "rms_norm"))


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
    words = [word_of(op) for op in ops] + [word_of(made) for _, _, made in IDIOMS]
    word = np.fromiter(map(place.__getitem__, batch.ops), np.int64, len(batch.ops))
    is_input, is_constant = (np.array(flags)[word] for flags in zip(*((w.name == "input", w.is_constant) for w in words), strict=True))
    sources, targets = batch.edges[:, ~is_constant[batch.edges[1]]]
    wiring, fed_weights = _constants_folded(wired(len(word), sources, targets), is_input, batch.owners)
    has_params = (batch.params > 0) | fed_weights
    is_power, is_sum, is_product = (np.array([w.name == name for w in words])[word] for name in ("pow", "add", "mul"))
    is_passing, is_scale = (np.array(flags) for flags in zip(*((w.is_passing, w.is_learned_scale) for w in words), strict=True))
    passing = is_passing[word] & ~has_params | is_scale[word]
    wiring = _polynomials_cut(_bridged_throughout(wiring, passing), is_power, is_sum)
    wiring, word = _idioms(_bridged_throughout(wiring, passing), word, words, is_product)
    passing = is_passing[word] & ~has_params | is_scale[word]
    return Condensed(batch, tuple(words), word, has_params, _bridged_throughout(wiring, passing))


def siblings_merged(wiring: Wiring, alike: np.ndarray) -> Wiring:
    """Nodes of one kind with one and the same source taken as one, such as the projections to query, key and value.

    Shapes: alike (size,), a number for each kind, below 0 for nodes that stay single.
    """
    into = np.arange(wiring.size)
    twins = np.flatnonzero((wiring.fan_in == 1) & (alike >= 0) & wiring.stays)
    if len(twins):
        _, firsts, kind = grouped(wiring.parents()[twins] * (alike.max() + 1) + alike[twins])
        into[twins] = twins[firsts[kind]]
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
        if not now.any():
            return wiring
        fewer = wiring.bridged(now)
        if np.count_nonzero(fewer.stays) == np.count_nonzero(wiring.stays):
            return fewer
        wiring = fewer


def _polynomials_cut(wiring: Wiring, is_power: np.ndarray, is_sum: np.ndarray) -> Wiring:
    """x + x^k with x as its only source."""
    parents, other = wiring.parents(), _sum_of_sources(wiring)[wiring.targets] - wiring.sources
    is_cut = (is_sum & (wiring.fan_in == 2))[wiring.targets] & (is_power & (wiring.fan_in == 1))[wiring.sources]
    is_cut &= parents[wiring.sources] == other
    return _unused_gone(wiring.without_edges(is_cut), is_power)


def _idioms(wiring: Wiring, word: np.ndarray, words: list[Word], is_product: np.ndarray) -> tuple[Wiring, np.ndarray]:
    """The wiring with idioms as one node, and the words of the nodes; the words of IDIOMS stand last in `words`."""
    fan_in, parents, both = wiring.fan_in, wiring.parents(), _sum_of_sources(wiring)
    into_products = np.flatnonzero((is_product & (fan_in == 2))[wiring.targets])
    word, inner = word.copy(), np.zeros(wiring.size, bool)
    is_cut = np.zeros(len(wiring.sources), bool)
    for made, (factor, steps, _) in enumerate(IDIOMS, start=len(words) - len(IDIOMS)):
        is_factor = np.array([w.name == factor for w in words])
        edges = into_products[is_factor[word[wiring.sources[into_products]]]]
        walk = [wiring.sources[edges]]
        for _ in range(steps):
            walk.append(np.where(fan_in[walk[-1]] == 1, parents[walk[-1]], walk[-1]))
        met = walk[-1] == both[wiring.targets[edges]] - walk[0]
        is_cut[edges[met]] = True
        word[wiring.targets[edges[met]]] = made
        inner[np.concatenate(walk[:-1])[np.tile(met, steps)]] = True
    return _unused_gone(wiring.without_edges(is_cut), inner), word


def _sum_of_sources(wiring: Wiring) -> np.ndarray:
    """The numbers of each node's sources added up: less the one of two sources, it is the other."""
    return np.bincount(wiring.targets, weights=wiring.sources, minlength=wiring.size).astype(np.int64)


def _unused_gone(wiring: Wiring, candidates: np.ndarray) -> Wiring:
    """Without those candidates that nothing uses any more, then those that only they used."""
    while True:
        unused = candidates & wiring.stays
        unused[wiring.sources] = False
        if not unused.any():
            return wiring
        wiring = wiring.without_nodes(unused)
