"""Pairs of small graphs in arrays go in; the best map of the nodes of each pair comes out, with a word on whether it is proven the best.

A map of the nodes of the smaller graph into those of the larger one tells edits: a node more, a label that differs, an edge that has no
counterpart. With these costs some map tells the fewest edits that there are: `max(n) + E1 + E2 - score`, where the score of a map is the
number of equal labels and twice that of common edges. A beam search lays node after node of all pairs at once, and keeps those partial
maps that may still come to the highest score. When no map that it let go could have come higher than the best one found, that is proven.

Source: Riesen & Bunke 2009 (edits as a map of nodes); Neuhaus, Riesen & Bunke 2006 (beam search).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Side:
    """One graph of each of P pairs, all with as many nodes, at most 64. Row k of `succ` has bit v where an edge goes from node k to v.

    Shapes: labels, succ, pred (P, N); loops (P, N), whether a node has an edge to itself, which succ and pred leave out.
    """

    labels: Array
    succ: Array
    pred: Array
    loops: Array

    def take(self, rows: Array) -> Side:
        """The side of some of the pairs."""
        return Side(self.labels[rows], self.succ[rows], self.pred[rows], self.loops[rows])

    @property
    def edge_count(self) -> Array:
        """Edges of each graph, loops left out."""
        return np.asarray(count(self.succ).sum(axis=1))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Graphs with `a` nodes beside graphs with `b` nodes, a <= b, and what a map of the first k nodes can still gain.

    Shapes: gain (P, a, b), for laying a node on another; hopes (P, a + 1, slots), how often a label is among the nodes from k on;
    slots (P, slots), where that label stands on the large side; outward, inward (P, a + 1, a), edges from a node to those from k on
    and back; inner (P, a + 1), edges among those from k on; loops (P, a + 1), theirs to themselves; looped (P,), the large side's as bits.
    """

    small: Side
    large: Side
    gain: Array
    hopes: Array
    slots: Array
    outward: Array
    inward: Array
    inner: Array
    loops: Array
    looped: Array


@dataclass(frozen=True, eq=False)
class Beam:
    """Partial maps, W of each pair. `images` are bits, `succ` and `pred` the rows of the large side that they stand for.

    Shapes: images, succ, pred (P, W, k); used, inner, score (P, W).
    """

    images: Array
    succ: Array
    pred: Array
    used: Array
    inner: Array
    score: Array


@dataclass(frozen=True, eq=False)
class Found:
    """The best score of each pair, and the highest that a map which was let go could have had.

    Shapes: score, lost (P,); images (P, a), the best map as bits.
    """

    score: Array
    lost: Array
    images: Array = field(repr=False)

    @property
    def is_proven(self) -> Array:
        """Whether no map has a higher score."""
        return self.score >= self.lost


def count(bits: Array) -> Array:
    """How many bits are set, as small integers."""
    return np.asarray(np.bitwise_count(bits), np.int16)


def pairs_of(small: Side, large: Side) -> Pairs:
    """The pairs with all that depends on the number of nodes laid alone."""
    size = small.succ.shape[1]
    one = small.succ.dtype.type(1)
    rest = np.array([(2**size - 1) & -2**k for k in range(size + 1)], small.succ.dtype)
    equal = small.labels[:, :, None] == large.labels[:, None, :]
    gain = equal + 2 * (small.loops[:, :, None] & large.loops[:, None, :])
    first = ~np.tril(small.labels[:, :, None] == small.labels[:, None, :], -1).any(axis=2)
    alike = (small.labels[:, :, None] == small.labels[:, None, :]) & first[:, :, None]
    hopes = np.stack([alike[:, :, k:].sum(axis=2) for k in range(size + 1)], axis=1)
    bits = one << np.arange(large.labels.shape[1], dtype=small.succ.dtype)
    slots = np.where(equal & first[:, :, None], bits, 0).sum(axis=2, dtype=small.succ.dtype)
    outward, inward = (count(rows[:, None, :] & rest[:, None]) for rows in (small.succ, small.pred))
    inner = np.stack([outward[:, k, k:].sum(axis=1) for k in range(size + 1)], axis=1).astype(np.int16)
    loops = np.stack([small.loops[:, k:].sum(axis=1) for k in range(size + 1)], axis=1).astype(np.int16)
    looped = np.where(large.loops, bits, 0).sum(axis=1, dtype=bits.dtype)
    return Pairs(small, large, gain.astype(np.int16), hopes.astype(np.int16), slots, outward, inward, inner, loops, looped)


def search(pairs: Pairs, width: int, known: Array) -> Found:
    """The best map of each pair that a beam of this width comes to; only maps that beat the `known` score are looked for."""
    found = Found(known, np.full(len(known), -1, np.int16), np.zeros(pairs.small.succ.shape, pairs.small.succ.dtype))
    beam = _start(pairs)
    for node in range(pairs.small.succ.shape[1]):
        beam, lost = _lay(pairs, beam, node, width, known)
        found = replace(found, lost=np.maximum(found.lost, lost))
    best = beam.score.argmax(axis=1)
    rows = np.arange(len(best))
    return replace(found, score=np.maximum(known, beam.score[rows, best]), images=beam.images[rows, best])


def _start(pairs: Pairs) -> Beam:
    size = len(pairs.gain)
    none = np.zeros((size, 1, 0), pairs.large.succ.dtype)
    return Beam(none, none, none, np.zeros((size, 1), none.dtype), pairs.large.edge_count[:, None].astype(np.int16),
                np.zeros((size, 1), np.int16))


def _lay(pairs: Pairs, beam: Beam, node: int, width: int, known: Array) -> tuple[Beam, Array]:
    """The beam with one node more laid on every node that is free, cut to the width; and the best hope that was cut."""
    large = pairs.large
    bits = large.succ.dtype.type(1) << np.arange(large.succ.shape[1], dtype=large.succ.dtype)
    free = ~beam.used[:, :, None]
    used = beam.used[:, :, None] | bits
    score = beam.score[:, :, None] + pairs.gain[:, node][:, None] + 2 * _common(pairs, beam, node)
    inner = beam.inner[:, :, None] - count(large.succ[:, None] & free) - count(large.pred[:, None] & free)
    hope = score + _hope(pairs, beam, node + 1, used, inner)
    allowed = (free & bits != 0) & (beam.score >= 0)[:, :, None] & (hope > known[:, None, None])
    hope, score = np.where(allowed, hope, -1).reshape(len(hope), -1), np.where(allowed, score, -1)
    kept, lost = _cut(hope, score.reshape(hope.shape), width)
    parent, image = np.divmod(kept, len(bits))
    rows = np.arange(len(hope))[:, None]
    grown = (np.concatenate([old[rows, parent], new[:, :, None]], axis=2) for old, new in
             ((beam.images, bits[image]), (beam.succ, large.succ[rows, image]), (beam.pred, large.pred[rows, image])))
    return Beam(*grown, *(values.reshape(hope.shape)[rows, kept] for values in (used, inner, score))), lost


def _common(pairs: Pairs, beam: Beam, node: int) -> Array:
    """Common edges between the nodes laid before and this one, for each image of it."""
    zero = np.zeros_like(beam.used)
    sources, targets = zero, zero
    for k in range(node):
        bit = pairs.small.pred.dtype.type(1 << k)
        sources = sources | np.where(pairs.small.pred[:, node, None] & bit, beam.images[:, :, k], 0)
        targets = targets | np.where(pairs.small.succ[:, node, None] & bit, beam.images[:, :, k], 0)
    common: Array = count(sources[:, :, None] & pairs.large.pred[:, None]) + count(targets[:, :, None] & pairs.large.succ[:, None])
    return common


def _hope(pairs: Pairs, beam: Beam, laid: int, used: Array, inner: Array) -> Array:
    """What the nodes that are not laid can add at most: equal labels, edges to those that are laid, among themselves, to themselves."""
    free, large = ~used, pairs.large
    labels = sum(np.minimum(pairs.hopes[:, laid, slot, None, None], count(pairs.slots[:, slot, None, None] & free))
                 for slot in range(pairs.slots.shape[1]) if pairs.hopes[:, laid, slot].any())
    edges = np.minimum(inner, pairs.inner[:, laid, None, None])
    for k in range(laid):
        rows = ((beam.succ[:, :, k, None], beam.pred[:, :, k, None]) if k < laid - 1 else (large.succ[:, None], large.pred[:, None]))
        for mine, row in zip((pairs.outward, pairs.inward), rows, strict=True):
            if mine[:, laid, k].any():
                edges = edges + np.minimum(mine[:, laid, k, None, None], count(row & free))
    if pairs.loops[:, laid].any():
        edges = edges + np.minimum(pairs.loops[:, laid, None, None], count(pairs.looped[:, None, None] & free))
    hope: Array = labels + 2 * edges
    return hope


def _cut(hope: Array, score: Array, width: int) -> tuple[Array, Array]:
    """The places of the highest hopes, of equal ones the highest scores; and the highest hope that is not among them."""
    size = hope.shape[1]
    if size <= width:
        return np.broadcast_to(np.arange(size), hope.shape), np.full(len(hope), -1, np.int16)
    order = np.argpartition(-(hope.astype(np.int32) * 4096 + score), width - 1, axis=1)
    lost = np.take_along_axis(hope, order[:, width:], axis=1).max(axis=1)
    return order[:, :width], lost
