"""Patterns of graphs go in; a vector for each graph comes out: by hashed signs of the patterns, and by a graph convolution on op codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from netgraph.similarity.fixed_point import gathered, product, snapped
from netgraph.similarity.labelled import Batch
from netgraph.similarity.labelling import Views, views_of
from netgraph.similarity.patterns import Patterns, label_keys, mixed

SIGNS = 256
RARITY_BITS = 6
KIN = 1
BLOCK = 512
VIEW_WEIGHTS = (0.5, 0.5, 0.2)
CONVOLUTION_WEIGHT = 0.3
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class FamilyEncoder:
    """What was learned from a corpus: how rare each pattern is, and the codes and weights of one directed graph convolution.

    A pattern is a node's label c with the sets of labels before and behind it. The convolution gives it the state
    wave(W · (code(c), mean of code before, mean of code behind) + b); a graph's vector is the sum of the states of its different
    patterns by their rarity, beside the sum of signs that are drawn from the patterns' hashes, which tells apart what the codes do not.

    Shapes: pattern_keys (P,) uint64 ascending, rarity (P,); label_keys (L,) uint64 ascending, codes (L, K), weight (3 K, D), bias (D,).
    """

    pattern_keys: np.ndarray
    rarity: np.ndarray
    unseen_rarity: np.ndarray
    label_keys: np.ndarray
    codes: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    @property
    def dimensions(self) -> int:
        return SIGNS + len(self.bias)

    def arrays(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> FamilyEncoder:
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def embed(self, batch: Batch) -> np.ndarray:
        """A vector of length 1 for each graph, the same to the last bit whatever stands beside it and however its nodes are ordered.

        Shapes: (graphs, dimensions) float32.
        """
        views = views_of(batch)
        signs = self._signs(views, len(batch))
        learned = self._states(views.kin)
        states = self._pooled(views.kin, keys_of(views)[KIN], learned.__getitem__, len(batch))
        both = np.concatenate([_unit(signs), CONVOLUTION_WEIGHT**0.5 * _unit(states)], axis=1)
        vectors: np.ndarray = both / (1 + CONVOLUTION_WEIGHT) ** 0.5
        return vectors.astype(np.float32)

    def _signs(self, views: Views, count: int) -> np.ndarray:
        total = np.zeros((count, SIGNS))
        for view, keys, weight in zip(views, keys_of(views), VIEW_WEIGHTS, strict=True):
            total += weight**0.5 * self._pooled(view, keys, partial(_signs_at, keys), count)
        return total

    def _states(self, patterns: Patterns) -> np.ndarray:
        codes = self._codes(patterns.labels)
        before, behind = (_mean(codes, pairs, len(patterns.keys)) for pairs in (patterns.sources, patterns.targets))
        return wave(product(np.concatenate([codes[patterns.center], before, behind], axis=1), self.weight.astype(np.float64)) + self.bias)

    def _codes(self, labels: tuple[str, ...]) -> np.ndarray:
        """The learned code of each label; one from its hash for a label that was not seen."""
        keys = label_keys(labels)
        place, is_known = _places(self.label_keys, keys)
        size = self.codes.shape[1]
        drawn = snapped(signs_of(keys)[:, :size] * np.abs(self.codes).mean())
        return np.where(is_known[:, None], self.codes[place].astype(np.float64), drawn)

    def _pooled(self, patterns: Patterns, keys: np.ndarray, states: Callable[[slice], np.ndarray], count: int) -> np.ndarray:
        """The states of each graph's patterns, summed by rarity, over the length of the vector of rarities."""
        from scipy.sparse import csc_array  # which counted edits do without
        place, is_known = _places(self.pattern_keys, keys)
        rarity = np.where(is_known, self.rarity[place], self.unseen_rarity).astype(np.float64)
        pairs = csc_array((rarity[patterns.members], (patterns.graphs, patterns.members)), shape=(count, len(keys)))
        square = np.bincount(patterns.graphs, weights=rarity[patterns.members] ** 2, minlength=count)
        blocks = [slice(start, start + BLOCK) for start in range(0, len(keys), BLOCK)]
        sums: np.ndarray = sum((pairs[:, some] @ states(some) for some in blocks[1:]), pairs[:, blocks[0]] @ states(blocks[0]))
        pooled: np.ndarray = sums / np.sqrt(np.maximum(square, 1))[:, None]
        return pooled


def keys_of(views: Views) -> tuple[np.ndarray, ...]:
    """The keys of each view's patterns, such that the same pattern has another one in another view."""
    return tuple(mixed(view.keys + np.uint64(number)) for number, view in enumerate(views))


def signs_of(keys: np.ndarray) -> np.ndarray:
    """SIGNS numbers -1 or 1 for each key, as good as drawn anew for every key.

    Shapes: keys (N,) uint64 -> (N, SIGNS).

    >>> signs = signs_of(np.arange(1000, dtype=np.uint64))
    >>> bool(np.abs(signs.mean()) < 0.01), bool(np.abs(signs @ signs[0] / SIGNS)[1:].max() < 0.4)
    (True, True)
    """
    words = mixed(mixed(keys)[:, None] + _STEP * np.arange(1, SIGNS // 64 + 1, dtype=np.uint64))
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1)
    signs: np.ndarray = bits * 2.0 - 1.0
    return signs


def _signs_at(keys: np.ndarray, some: slice) -> np.ndarray:
    return signs_of(keys[some])


def wave(x: np.ndarray) -> np.ndarray:
    """The triangle wave of period 4 from 1 at 0 to -1 at 2: a cosine that stays on the grid.

    >>> wave(np.array([0.0, 1.0, 2.0, 3.5, -4.0]))
    array([ 1. ,  0. , -1. ,  0.5,  1. ])
    """
    heights: np.ndarray = np.abs(np.mod(x, 4.0) - 2.0) - 1.0
    return heights


def _mean(codes: np.ndarray, pairs: np.ndarray, count: int) -> np.ndarray:
    sums = gathered(codes, pairs[1], pairs[0], count)
    return snapped(sums / np.maximum(np.bincount(pairs[0], minlength=count), 1)[:, None])


def _places(known: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return place, known[place] == keys


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, by sums of squares that are exact and so the same whatever the order."""
    rows = snapped(rows)
    units: np.ndarray = rows / np.sqrt(np.maximum((rows * rows).sum(axis=1, keepdims=True), 2.0**-28))
    return units
